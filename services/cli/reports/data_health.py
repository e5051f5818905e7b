"""What `bellwether doctor data` tells of a store: leaders, accounts and events, and what to do about them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from services.cli.importing.reporting.directory_findings import DirectoryFindings, directory_findings
from shared.domain.privacy.pseudonym import PseudonymChecks
from shared.domain.week import DAY
from shared.storage.directory.recorded import load_recorded
from shared.storage.log import event_log
from shared.storage.log.source_shares import (
    AccountShare,
    Sampled,
    account_shares,
    dead_letters_by_reason,
    sampled,
)
from shared.storage.readings.store import watermark

# As far back as most signals look.
_LATELY_SECONDS: Final = 28 * DAY
_ACCOUNTS_SHOWN: Final = 5
# Below this somebody should look. A few outsiders and machines are in every company's mail.
LOW_SHARE: Final = 0.8


@dataclass(frozen=True, slots=True)
class DataHealth:
    """What a store knows of its people, and of how much of what happens it knows who they are."""

    directory: DirectoryFindings
    accounts: list[AccountShare]
    sample: Sampled
    dead_letters: Counter[tuple[str, str]]
    waiting: int


async def data_health(connection: AsyncConnection, checks: PseudonymChecks) -> DataHealth:
    """Look at the directory, the accounts, and a sample of the last 28 days of events."""
    latest = await watermark(connection)
    recorded = await load_recorded(connection, checks)
    at = datetime.fromtimestamp(latest, UTC) if latest > 0 else datetime.now(UTC)
    return DataHealth(
        directory=directory_findings(recorded, at),
        accounts=await account_shares(connection),
        sample=await sampled(connection, since=latest - _LATELY_SECONDS),
        dead_letters=await dead_letters_by_reason(connection),
        waiting=await event_log.waiting(connection),
    )


def lines(health: DataHealth) -> Iterator[str]:
    """The page, line by line; what to do stands behind an arrow."""
    yield from _directory(health.directory)
    yield from _accounts(health)
    yield from _sources(health.sample)
    for (topic, reason), count in sorted(health.dead_letters.items()):
        yield f"{count:,} records of {topic} were refused: {reason}"
    if health.dead_letters:
        yield (
            "-> a record that was refused never counts: mend what sent it and send it again; `from_the_future` means "
            "that clocks differ"
        )
    if health.waiting:
        yield f"{health.waiting:,} events wait in the store -> start `bellwether up` on it"


def _directory(found: DirectoryFindings) -> Iterator[str]:
    yield (
        f"people: {found.people:,}, with a manager {found.with_manager:,}, at the top {found.at_the_top:,}, "
        f"without a line {found.without_line:,}; chains of three: {found.chains:,}"
    )
    if not found.people:
        yield "-> nobody is known: `bellwether import people FILE` first"
        return
    for count, what in (
        (found.chains == 0, "no chain of three -> look at the column of managers: `import people FILE --dry-run`"),
        (found.without_line, "people without a line -> their rows name no manager who could be found"),
        (found.without_account, "people without an account -> add columns of mail, chat or tracker accounts"),
        (found.managers_without_record, "managers who are not in the directory -> add their rows"),
        (found.inactive_managers, "managers who have left and still lead somebody -> import a newer table of people"),
        (len(found.in_a_circle), "people who report to themselves through others -> correct their managers"),
    ):
        if count:
            yield what if count is True else f"{count:,} {what}"


def _accounts(health: DataHealth) -> Iterator[str]:
    for each in health.accounts:
        share = each.of_nobody / each.accounts
        advice = (
            f" -> `bellwether identities list`, or a column of {each.namespace} accounts for people"
            if each.of_nobody
            else ""
        )
        yield f"{share:.0%} of {each.accounts:,} {each.namespace} accounts are linked to nobody{advice}"
    for account, events in health.sample.of_nobody.most_common(_ACCOUNTS_SHOWN):
        yield f"  {account}: {events:,} of the events looked at"


def _sources(sample: Sampled) -> Iterator[str]:
    for source, share in sorted(sample.by_source.items()):
        counting = share.counting / share.events
        advice = " -> link the accounts above" if counting < LOW_SHARE else ""
        yield f"{counting:.0%} of {share.events:,} events of {source} are about people who are known{advice}"
