"""The gate in front of every operation: who asks, may they, what for, and the audit of what they were told."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from sqlalchemy.engine import Connection
from starlette.requests import Request

from services.api.operations import Operation, Purpose
from services.api.problems import CASE_MODE_OFF, FORBIDDEN, PURPOSE_MISSING, UNAUTHORIZED, Problem, ProblemError
from services.api.settings import ApiSettings
from shared.keyring import Keyring
from shared.storage.audit import AuditStore, Disclosure
from shared.storage.database import Database
from shared.storage.keys import ApiKey, Role, authenticate
from shared.storage.queries import ReadStore
from shared.storage.register import Register
from shared.storage.transactions import Transactions, transactions

T = TypeVar("T")
Dependency = Callable[[Request], Awaitable["Visit"]]

_SCHEME: Final = "bearer "


@dataclass(frozen=True, slots=True)
class _Store:
    transactions: Transactions
    audit: AuditStore


class Gate:
    """Lets requests through to operations. Made once per process."""

    def __init__(
        self, *, settings: ApiSettings, database: Database, keyring: Keyring, clock: Callable[[], float]
    ) -> None:
        self.settings: Final = settings
        self.reads: Final = ReadStore(database.engine.dialect)
        self.names: Final = Register(database.engine.dialect, keyring.register)
        self._pseudonyms: Final = keyring.pseudonyms
        self._store: Final = _Store(transactions(database), AuditStore(database.engine.dialect))
        self._clock: Final = clock

    def permit(self, operation: Operation) -> Dependency:
        """The dependency that stands in front of an operation.

        Raises:
            ProblemError: not authenticated, not allowed, case mode is off, or no purpose is given; in this order.
        """

        async def enter(request: Request) -> Visit:
            token, now = _token(request), int(self._clock())
            key = await self._store.transactions.read(lambda connection: authenticate(connection, token, now=now))
            if key is None:
                raise ProblemError(UNAUTHORIZED)
            if key.role not in operation.roles:
                raise ProblemError(FORBIDDEN)
            purpose = self._purpose(request) if operation.readings_of_people else None
            return Visit(key=key, now=now, operation=operation, purpose=purpose, store=self._store)

        return enter

    def least_people(self, key: ApiKey) -> int:
        """Fewest people of an aggregate that this key may see."""
        return self.settings.k_leader if key.role is Role.LEADER else self.settings.k

    def pseudonym(self, person: str) -> str:
        """What a person is called in the store, given that or, where the key for it is at hand, the HR system's id."""
        return person if self._pseudonyms is None else self._pseudonyms.person(person)

    def _purpose(self, request: Request) -> Purpose:
        if not self.settings.case_mode:
            raise ProblemError(CASE_MODE_OFF)
        try:
            return Purpose(request.headers.get("purpose", ""))
        except ValueError:
            raise ProblemError(PURPOSE_MISSING) from None


class Visit:
    """One allowed request: the only way for an operation to the store."""

    def __init__(self, *, key: ApiKey, now: int, operation: Operation, purpose: Purpose | None, store: _Store) -> None:
        self.key: Final = key
        self.now: Final = now
        self._operation: Final = operation
        self._purpose: Final = purpose
        self._store: Final = store

    async def read(self, query: Callable[[Connection], T]) -> T:
        """What the query finds, which must not be readings of named people."""
        if self._operation.readings_of_people:
            raise RuntimeError(f"{self._operation.id} must be audited")
        return await self._store.transactions.read(query)

    async def read_of_people(self, query: Callable[[Connection], T], people: Callable[[T], Mapping[str, int]]) -> T:
        """What the query finds, once it stands in the audit: one row per person, with how many rows are about them.

        Query and audit are one transaction: without the audit there is no answer.
        """
        if self._purpose is None:
            raise RuntimeError(f"{self._operation.id} is not declared to read about people")
        told = Disclosure(at=self.now, key_id=self.key.id, operation=self._operation.id, purpose=self._purpose.value)

        def audited(connection: Connection) -> T:
            found = query(connection)
            self._store.audit.write(connection, told, people(found))
            return found

        return await self._store.transactions.write(audited)


def permission_problems(operation: Operation) -> tuple[Problem, ...]:
    """What the gate may answer instead of the operation."""
    return (UNAUTHORIZED, FORBIDDEN, *((CASE_MODE_OFF, PURPOSE_MISSING) if operation.readings_of_people else ()))


def _token(request: Request) -> str:
    header = request.headers.get("authorization", "")
    if header[: len(_SCHEME)].lower() != _SCHEME:
        raise ProblemError(UNAUTHORIZED)
    return header[len(_SCHEME) :].strip()
