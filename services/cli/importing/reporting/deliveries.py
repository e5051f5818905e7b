"""What became of the events of one command: how many were known before, and which accounts they are about."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from shared.domain.facts.counting import can_count
from shared.domain.facts.digests import digest
from shared.schemas.directory import DirectoryEvent
from shared.schemas.names import accounts_in
from shared.schemas.registry import CanonicalEvent
from shared.storage.log.progress import Sent


@dataclass(slots=True)
class Deliveries:
    """Counts events as they leave the edge. Everybody in it goes by a pseudonym."""

    owned: Collection[str] = frozenset()
    """Accounts that belong to somebody."""
    keeps_sent: bool = False
    """Whether `sent` is kept, which somebody who waits needs."""
    sent: list[Sent] = field(default_factory=list)
    duplicates: int = 0
    """Events that were sent before, by this command or an earlier one."""
    happened: int = 0
    """Events that are no records of the directory."""
    counting: int = 0
    """Those of them whose people are known, so that they can count for somebody."""
    accounts: Counter[str] = field(default_factory=Counter)
    """Events by account."""
    directory: list[DirectoryEvent] = field(default_factory=list)
    """Records of the directory among the events."""
    _seen: set[bytes] = field(default_factory=set)

    def add(self, events: Iterable[CanonicalEvent], known: Collection[bytes] = frozenset()) -> None:
        """Count events that went on. `known` are digests of ids that the store had before."""
        for event in events:
            name = digest(event.id)
            self.duplicates += name in self._seen or name in known
            self._seen.add(name)
            if isinstance(event, DirectoryEvent):
                self.directory.append(event)
            else:
                self._count(event)

    def _count(self, event: Any) -> None:
        accounts = accounts_in(event)
        self.accounts.update(accounts)
        self.happened += 1
        self.counting += can_count(len(accounts), sum(each in self.owned for each in accounts))
