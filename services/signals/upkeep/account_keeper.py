"""Takes what operators decided of accounts into the directory, and counts the accounts that belong to nobody."""

import asyncio
import logging
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace
from sqlalchemy.exc import DBAPIError

from shared.domain.organisation.hierarchy import FOREVER, SINCE_EVER
from shared.domain.privacy.pseudonym import DepartingNames, PseudonymChecks
from shared.ingest.routing import record_of
from shared.repeating import repeat
from shared.schemas.directory import IdentityLink, IdentityLinked
from shared.schemas.envelope import event_id, utc
from shared.storage.directory.account_decisions import Act, Decision
from shared.storage.directory.recorded import Recorded, load_recorded
from shared.storage.directory.unlinked_accounts import keep_unlinked, note_done, undone_links
from shared.storage.engine.database import Database
from shared.storage.log.event_log import EventLogStore

SOURCE: Final = "identities"
"""Source of the records that decisions become."""
_IDLE_SECONDS: Final = 2.0
_COUNT_SECONDS: Final = 300.0
_RETRY_SECONDS, _LONGEST_RETRY_SECONDS = 2.0, 60.0
_log: Final = logging.getLogger("bellwether.signals")


def records_of(decisions: Sequence[Decision], known: Recorded) -> Iterator[IdentityLinked]:
    """What the directory has to be told, so that the last decision on each account holds. Pure.

    Links that others gave the account end where they begin: they were never true. Names are pseudonyms.
    """
    for decision in decisions:
        own = event_id(source=SOURCE, kind="identity", native_id=_native(decision.account))
        for record in _links_of(decision.account, known):
            if record.entity != own and not (decision.act is Act.LINK and record.data.person == decision.person):
                yield _ended(record, record.revision + 1)
        if decision.act is Act.LINK:
            link = IdentityLink(
                person=decision.person,
                identity=decision.account,
                valid_from=None if decision.valid_from <= SINCE_EVER else utc(decision.valid_from),
                valid_to=None if decision.valid_to >= FOREVER else utc(decision.valid_to),
            )
            yield _record(own, link, decision.number, utc(decision.decided_at))
        elif own in known.records:
            mine = known.records[own]
            if isinstance(mine, IdentityLinked):
                yield _ended(mine, decision.number)


class AccountKeeper:
    """Looks for decisions every few seconds while it owns the singleton work."""

    def __init__(self, *, database: Database, checks: PseudonymChecks, topic_prefix: str) -> None:
        self._database: Final = database
        self._checks: Final = checks
        self._departing: Final = DepartingNames(checks)
        self._topic_prefix: Final = topic_prefix
        self._event_log: Final = EventLogStore(database.engine.dialect)
        self._counted_at = -_COUNT_SECONDS  # by the monotonic clock

    async def run(self, owns: asyncio.Event) -> None:
        """Runs until cancelled."""
        await repeat(
            self._round,
            failure="decisions on accounts not taken into the directory",
            log=_log,
            transient=(DBAPIError, OSError),
            first_seconds=_RETRY_SECONDS,
            longest_seconds=_LONGEST_RETRY_SECONDS,
            owns=owns,
        )

    async def _round(self) -> float:
        done = await self.send()
        if done or time.monotonic() - self._counted_at >= _COUNT_SECONDS:
            async with self._database.write() as connection:
                await keep_unlinked(connection)
            self._counted_at = time.monotonic()
        return _IDLE_SECONDS

    async def send(self) -> int:
        """Put what was decided in the outbox; gives how many decisions that were."""
        async with self._database.read() as connection:
            if not await undone_links(connection):
                return 0
        async with self._database.write() as connection:
            decisions = await undone_links(connection)
            known = await load_recorded(connection, self._checks)
            records = [
                record_of(each, self._departing, topic_prefix=self._topic_prefix)
                for each in records_of(decisions, known)
            ]
            await self._event_log.send(connection, records)
            await note_done(connection, decisions)
        return len(decisions)


def _links_of(account: str, known: Recorded) -> list[IdentityLinked]:
    """Records of links of an account that are in force at any time."""
    found = [each for each in known.records.values() if isinstance(each, IdentityLinked)]
    return [each for each in found if each.data.identity == account and not _is_ended(each.data)]


def _is_ended(link: IdentityLink) -> bool:
    return link.valid_to is not None and link.valid_from == link.valid_to


def _ended(record: IdentityLinked, revision: int) -> IdentityLinked:
    begins = record.data.valid_from or record.time
    return _record(record.entity, replace(record.data, valid_from=begins, valid_to=begins), revision, record.time)


def _record(entity: str, link: IdentityLink, revision: int, at: datetime) -> IdentityLinked:
    given: dict[str, Any] = {"id": f"{entity}:{revision}", "source": entity.partition(":")[0], "revision": revision}
    return IdentityLinked(**given, time=at, data=link)


def _native(account: str) -> str:
    """The pseudonym in an account, which stands for what its source calls it."""
    return account.partition(":")[2]
