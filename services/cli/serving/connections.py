"""Open connections: how many there are, what each is waited for and since when, and which of them has to go.

A connection that nothing can be done for yet, as its request is not complete, costs nothing to end. So when there are
too many, the one that has been waited for longest makes room for the new one: whoever opens thousands and sends nothing
throws out their own. What is being answered is never thrown out. When all are, those that are kept in reserve look
after the checks of health.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, Generic, TypeVar

C = TypeVar("C")


class Wait(Enum):
    """What a connection is waited for."""

    HEAD = "head"  # of the next request, also between two requests
    BODY = "body"
    ANSWER = "answer"  # until the client has taken it


class Admission(Enum):
    """What a new connection may ask for."""

    ANYTHING = "anything"
    HEALTH = "health"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How many connections there may be, and how many seconds each may be waited for."""

    total: int
    per_address: int
    reserved: int
    seconds: dict[Wait, float]


class OpenConnections(Generic[C]):
    """Those of one port. A step costs the same however many there are. Nothing here closes a connection."""

    def __init__(self, limits: ConnectionLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits: Final = limits
        self._clock: Final = clock
        self._address: Final[dict[C, str]] = {}
        self._since: Final[dict[Wait, dict[C, float]]] = {wait: {} for wait in Wait}  # each oldest first
        self._by_address: Final[dict[str, dict[Wait, dict[C, None]]]] = {}  # the same, address by address

    def __len__(self) -> int:
        """How many there are."""
        return len(self._address)

    def admit(self, connection: C, address: str) -> tuple[Admission, C | None]:
        """Take a connection in, and wait for its first head. Says which other one has to be ended for that."""
        ended = None
        full = len(self._address) >= self._limits.total
        full_address = self._count(address) >= self._limits.per_address
        if full_address:
            ended = self._oldest_unfinished_of(address)
        elif full:
            ended = self._oldest_unfinished()
        if ended is not None:
            self.forget(ended)
        elif (full or full_address) and len(self._address) >= self._limits.total + self._limits.reserved:
            return Admission.NOTHING, None
        crowded = ended is None and (full or full_address)
        self._address[connection] = address
        self.wait(connection, Wait.HEAD)
        return Admission.HEALTH if crowded else Admission.ANYTHING, ended

    def wait(self, connection: C, wait: Wait) -> None:
        """From now on a connection is waited for this. One that was forgotten is not waited for."""
        address = self._address.get(connection)
        if address is None:
            return
        self._drop(connection, address)
        self._since[wait][connection] = self._clock()
        self._by_address.setdefault(address, {each: {} for each in Wait})[wait][connection] = None

    def forget(self, connection: C) -> None:
        """A connection is gone."""
        address = self._address.pop(connection, None)
        if address is not None:
            self._drop(connection, address)
            if not self._count(address):
                self._by_address.pop(address, None)

    def overdue(self) -> list[tuple[C, Wait]]:
        """Those that were waited for long enough, and what for."""
        now = self._clock()
        found: list[tuple[C, Wait]] = []
        for wait, waiting in self._since.items():
            for connection, since in waiting.items():
                if now - since < self._limits.seconds[wait]:
                    break
                found.append((connection, wait))
        return found

    def _count(self, address: str) -> int:
        return sum(map(len, self._by_address.get(address, {}).values()))

    def _drop(self, connection: C, address: str) -> None:
        for wait in Wait:
            self._since[wait].pop(connection, None)
            self._by_address.get(address, {}).get(wait, {}).pop(connection, None)

    def _oldest_unfinished(self) -> C | None:
        oldest = [next(iter(self._since[wait].items()), None) for wait in (Wait.HEAD, Wait.BODY)]
        return min((each for each in oldest if each is not None), key=lambda each: each[1], default=(None, 0.0))[0]

    def _oldest_unfinished_of(self, address: str) -> C | None:
        waiting = self._by_address[address]
        return next(iter(waiting[Wait.HEAD]), None) or next(iter(waiting[Wait.BODY]), None)
