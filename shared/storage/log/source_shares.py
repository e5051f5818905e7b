"""How much of what sources send is about people who are known. A sample of the log answers, whatever its size.

Entries of the log lie in the order of digests, which is no order at all: the first of them are a fair sample.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.facts.counting import can_count
from shared.schemas.interaction import Answered, AnyInteraction, Contact, Met, Reacted, SeriesStated, Stepped
from shared.storage.engine import bulk
from shared.storage.log.event_log import INTERACTION, entries
from shared.storage.tables.directory import IdentityLinkRow
from shared.storage.tables.facts import IdentityRow
from shared.storage.tables.log import DeadLetterRow

# Of so many events a share is right to within two percentage points.
_EVENTS_MAX: Final = 10_000
# Where most of the log is old, so much of it is looked through: some seconds.
_SCANNED_MAX: Final = 200_000
_DECODE: Final = msgspec.json.Decoder(AnyInteraction).decode


@dataclass(slots=True)
class SourceShare:
    """Events of one source in a sample, and those of them that can count for somebody."""

    events: int = 0
    counting: int = 0
    accounts: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Sampled:
    """What a sample of the log holds."""

    by_source: dict[str, SourceShare] = field(default_factory=dict)
    of_nobody: Counter[str] = field(default_factory=Counter)
    """Events by account that belongs to nobody; accounts are pseudonyms."""


@dataclass(frozen=True, slots=True)
class AccountShare:
    """Accounts of one namespace, and those of them that belong to nobody."""

    namespace: str
    accounts: int
    of_nobody: int


async def sampled(connection: AsyncConnection, *, since: int) -> Sampled:
    """Shares in a sample of events from an instant on, in Unix seconds."""
    owned = await owned_accounts(connection)
    found, events, scanned = Sampled(), 0, 0
    async for page in entries(connection):
        for entry in page:
            if entry.kind != INTERACTION or entry.at < since:
                continue
            interaction = _DECODE(entry.body)
            accounts = accounts_of(interaction)
            if not accounts:
                continue
            events += 1
            share = found.by_source.setdefault(interaction.entity.partition(":")[0], SourceShare())
            share.events += 1
            share.counting += can_count(len(accounts), len(accounts & owned))
            share.accounts |= accounts
            found.of_nobody.update(accounts - owned)
        scanned += len(page)
        if events >= _EVENTS_MAX or scanned >= _SCANNED_MAX:
            break
    return found


def accounts_of(interaction: AnyInteraction) -> frozenset[str]:
    """The accounts that an interaction is about."""
    anything: Any = interaction
    named: tuple[str | None, ...]
    match anything:
        case Contact(actor=actor, recipients=recipients, in_reply_to=answered):
            named = (actor, *recipients, answered)
        case Reacted(actor=actor, author=author):
            named = (actor, author)
        case Met() as met:
            named = (met.organiser, *met.attendees, *met.declined)
        case Stepped() as step:
            named = (step.actor, step.reporter, step.assignee, step.previous_assignee)
        case Answered(person=person):
            named = (person,)
        case SeriesStated(organiser=organiser):
            named = (organiser,)
        case _:  # a retraction is about nobody
            named = ()
    return frozenset(each for each in named if each is not None)


async def owned_accounts(connection: AsyncConnection) -> frozenset[str]:
    """Accounts that belong to somebody, now or at another time."""
    identity, link = bulk.table_of(IdentityRow).c, bulk.table_of(IdentityLinkRow).c
    query = select(identity.key).where(identity.id.in_(select(link.identity)))
    return frozenset((await connection.execute(query)).scalars())


async def account_shares(connection: AsyncConnection) -> list[AccountShare]:
    """Accounts by namespace, of all that the store has met."""
    owned = await owned_accounts(connection)
    met, unowned = Counter[str](), Counter[str]()
    for key in (await connection.execute(select(bulk.table_of(IdentityRow).c.key))).scalars():
        namespace = key.partition(":")[0]
        met[namespace] += 1
        unowned[namespace] += key not in owned
    return [AccountShare(namespace, met[namespace], unowned[namespace]) for namespace in sorted(met)]


async def dead_letters_by_reason(connection: AsyncConnection) -> Counter[tuple[str, str]]:
    """How many records were refused, by topic and reason."""
    letters = bulk.table_of(DeadLetterRow).c
    query = select(letters.topic, letters.reason, func.count()).group_by(letters.topic, letters.reason)
    return Counter({(topic, reason): count for topic, reason, count in await connection.execute(query)})
