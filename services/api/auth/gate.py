"""The gate in front of every endpoint: who asks, whether they may, what for, and the audit of what they read."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Final, TypeVar

from fastapi import Depends
from sqlalchemy.engine import Connection
from starlette.requests import Request

from services.api.auth.authentication import REMEMBERED_SECONDS, Authenticator
from services.api.auth.principals import Principal
from services.api.auth.rate_limits import RateLimits
from services.api.auth.refusals import Refusals
from services.api.endpoint import Endpoint
from services.api.formats.cursor_cipher import CallerCursors, CursorCipher
from services.api.problems.kinds import (
    CASE_MODE_OFF,
    CASE_NEEDED,
    FORBIDDEN,
    PURPOSE_MISSING,
    SELF_MODE_OFF,
    TOO_MANY,
    UNAUTHORIZED,
    Problem,
    ProblemError,
)
from services.api.settings import ApiSettings
from shared.domain.alerts.webhook_secrets import WebhookKeys
from shared.domain.privacy.pseudonym import Pseudonyms, is_pseudonym, looks_like_pseudonym
from shared.domain.privacy.roles import Mode, Purpose
from shared.keyring import Keyring
from shared.storage.access.api_keys import still_usable
from shared.storage.access.audit import ADMINISTRATION, AuditStore, Disclosure
from shared.storage.access.cases import has_open_case
from shared.storage.access.coverage import ANY_PURPOSE
from shared.storage.access.modes import deployment_mode
from shared.storage.access.session_context import SessionContext, disclose_nobody, in_session_context
from shared.storage.access.visibility import Viewer
from shared.storage.directory.register import Register
from shared.storage.engine.database import Database
from shared.storage.engine.transactions import Transactions, transactions
from shared.storage.readings.queries import ReadStore
from shared.storage.releases.aggregates import AggregateStore
from shared.telemetry.guess_limits import GuessLimits

T = TypeVar("T")

_OFF: Final = {Mode.SELF: SELF_MODE_OFF, Mode.CASE: CASE_MODE_OFF}


@dataclass(frozen=True, slots=True)
class Backend:
    """What endpoints read with. Made once per process."""

    settings: ApiSettings
    reads: ReadStore
    aggregates: AggregateStore
    names: Register
    pseudonyms: Pseudonyms | None
    webhook_keys: WebhookKeys | None
    cursors: CursorCipher

    def pseudonym(self, person: str) -> str:
        """The pseudonym of a person, given that or the HR system's id: for paths, filters and bodies of the API.

        Without the key the text stays as it is.
        """
        return person if self.pseudonyms is None or is_pseudonym(person) else self.pseudonyms.person(person)

    def outside_pseudonym(self, person: str) -> str | None:
        """The pseudonym of a person named outside; None for a pseudonym, which is nobody's id there."""
        return None if looks_like_pseudonym(person) else self.pseudonym(person)


@dataclass(frozen=True, slots=True)
class _Store:
    transactions: Transactions
    audit: AuditStore


class Gate:
    """Lets requests through to endpoints. Made once per process."""

    def __init__(
        self,
        *,
        settings: ApiSettings,
        database: Database,
        keyring: Keyring,
        guesses: GuessLimits,
        clock: Callable[[], float],
    ) -> None:
        dialect = database.engine.dialect
        self._backend: Final = Backend(
            settings=settings,
            reads=ReadStore(dialect),
            aggregates=AggregateStore(dialect),
            names=Register(dialect, keyring.register),
            pseudonyms=keyring.pseudonyms,
            webhook_keys=keyring.webhooks,
            cursors=CursorCipher(keyring.cursors),
        )
        self._store: Final = _Store(transactions(database), AuditStore(dialect, keyring.audit))
        self._refusals: Final = Refusals(self._store.transactions, self._store.audit)
        self._known_mode, self._mode_until = Mode.AGGREGATE, float("-inf")
        self._clock: Final = clock
        self._rates: Final = RateLimits(settings)
        self._authenticator: Final = Authenticator(
            settings,
            self._store.transactions,
            pseudonym=self._backend.outside_pseudonym,
            guesses=guesses,
            clock=clock,
        )

    def permit(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[None]]:
        """The dependency that stands in front of an endpoint. It leaves a `Visit` for the handler: `CurrentVisit`.

        Raises:
            ProblemError: not authenticated, too many wrong credentials or requests, not allowed, the mode is off, or no
                purpose is given; in this order.
        """

        async def enter(request: Request) -> None:
            principal = await self._authenticator.principal(request)
            request.state.asked = (principal, endpoint)
            self._rates.admit(principal)
            if endpoint.permission not in principal.permissions:
                raise ProblemError(FORBIDDEN)
            mode = await self._mode(principal)
            if not mode.includes(endpoint.mode):
                raise ProblemError(_OFF[endpoint.mode])
            if endpoint.mode is Mode.SELF and principal.person is None:
                raise ProblemError(FORBIDDEN)
            purpose = _purpose(request, endpoint) if endpoint.purposes else None
            request.state.visit = Visit(
                principal=principal,
                now=int(self._clock()),
                mode=mode,
                endpoint=endpoint,
                purpose=purpose,
                store=self._store,
                backend=self._backend,
            )

        return enter

    async def _mode(self, principal: Principal) -> Mode:
        """How far this deployment goes. It is looked at again after a second, and with every read about people."""
        if self._clock() >= self._mode_until:
            context = SessionContext(tenant=principal.tenant)
            self._known_mode = (await self._store.transactions.read(in_session_context(deployment_mode, context))).mode
            self._mode_until = self._clock() + REMEMBERED_SECONDS
        return self._known_mode

    async def note(self, request: Request, problem: Problem) -> None:
        """Write to the audit that a request was refused. One without a principal is nobody's."""
        asked: tuple[Principal, Endpoint] | None = getattr(request.state, "asked", None)
        if asked is not None:
            await self._refusals.note(*asked, problem, now=int(self._clock()))


class Visit:
    """One allowed request. A handler reaches the store through it and in no other way."""

    def __init__(
        self,
        *,
        principal: Principal,
        now: int,
        mode: Mode,
        endpoint: Endpoint,
        purpose: Purpose | None,
        store: _Store,
        backend: Backend,
    ) -> None:
        self.principal: Final = principal
        self.now: Final = now
        self.mode: Final = mode
        self.backend: Final = backend
        self._endpoint: Final = endpoint
        self._purpose: Final = purpose
        self._store: Final = store

    @property
    def viewer(self) -> Viewer:
        """Who will see the rows, and for what. Every query filters by it."""
        return replace(self.principal.viewer, purpose=self._purpose or ANY_PURPOSE, now=self.now)

    @property
    def cursors(self) -> CallerCursors:
        """Cursors that the principal alone can use."""
        return CallerCursors(self.backend.cursors, tenant=self.principal.tenant, caller=self.principal.id)

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run a query that finds no readings of named people. Raises RuntimeError in an endpoint that reads them."""
        if self._endpoint.readings_of_people:
            raise RuntimeError(f"{self._endpoint.id} must be audited")
        return await self._store.transactions.read(in_session_context(query, self._session_context()))

    async def write(self, change: Callable[[Connection], T]) -> T:
        """Run a change, and return its result once it is committed. Raises RuntimeError as `read` does.

        The same transaction writes it to the audit, with the `id` of what was changed. None and False changed nothing.
        """
        if self._endpoint.readings_of_people:
            raise RuntimeError(f"{self._endpoint.id} must be audited")

        def audited(connection: Connection) -> T:
            result = change(connection)
            if result is not None and result is not False:
                what = f"{self._endpoint.id} {getattr(result, 'id', '')}".rstrip()
                self._store.audit.record(connection, Disclosure(self.now, self.principal.id, what, ADMINISTRATION))
            return result

        return await self._store.transactions.write(in_session_context(audited, self._session_context()))

    async def administer(self, change: Callable[[Connection], T], about: Callable[[T], Iterable[str]]) -> T:
        """Run an act of administration, and write to the audit what it was about, by key, in the same transaction."""
        entry = Disclosure(at=self.now, key_id=self.principal.id, operation=self._endpoint.id, purpose=ADMINISTRATION)

        def audited(connection: Connection) -> T:
            done = change(connection)
            self._store.audit.write(connection, entry, dict.fromkeys(about(done), 1))
            return done

        return await self._store.transactions.write(in_session_context(audited, self._session_context()))

    async def read_of_people(self, query: Callable[[Connection], T], people: Callable[[T], Mapping[str, int]]) -> T:
        """Run a query about named people, and write to the audit how many of its rows are about each of them.

        One transaction checks the credential and the case again, runs the query and writes the audit. So a revoked key
        or a closed case counts at once, and without an audit entry there is no answer.

        Raises:
            ProblemError: the key was revoked meanwhile, or no case is open for the purpose.
        """
        purpose = self._purpose
        if purpose is None:
            raise RuntimeError(f"{self._endpoint.id} is not declared to read about people")
        disclosure = Disclosure(
            at=self.now, key_id=self.principal.id, operation=self._endpoint.id, purpose=purpose.value
        )

        def audited(connection: Connection) -> T:
            self._still_allowed(connection, purpose)
            found = query(connection)
            rows_by_person = people(found)
            if not rows_by_person:
                disclose_nobody(connection)
            self._store.audit.write(connection, disclosure, rows_by_person)
            return found

        return await self._store.transactions.write(in_session_context(audited, self._session_context(purpose)))

    def audit(
        self, connection: Connection, operation: str, *, purpose: Purpose, rows_by_person: Mapping[str, int]
    ) -> None:
        """Write to the audit, in a change, what was done about people without reading about them."""
        done = Disclosure(at=self.now, key_id=self.principal.id, operation=operation, purpose=purpose.value)
        self._store.audit.write(connection, done, rows_by_person)

    def _session_context(self, purpose: Purpose | None = None) -> SessionContext:
        """What the row policies of the database need to know of the request."""
        principal = self.principal
        return SessionContext(tenant=principal.tenant, caller=principal.person or "", purpose=purpose or "")

    def _still_allowed(self, connection: Connection, purpose: Purpose) -> None:
        principal = self.principal
        if principal.is_key and not still_usable(connection, principal.id, now=self.now):
            raise ProblemError(UNAUTHORIZED)
        if not deployment_mode(connection).mode.includes(self._endpoint.mode):
            raise ProblemError(_OFF[self._endpoint.mode])
        if self._endpoint.mode is Mode.CASE and not has_open_case(
            connection, partner=principal.name, purpose=purpose, now=self.now
        ):
            raise ProblemError(CASE_NEEDED)


async def current_visit(request: Request) -> Visit:
    """The visit that the gate left. Raises AttributeError where there is no gate in front."""
    visit: Visit = request.state.visit
    return visit


CurrentVisit = Annotated[Visit, Depends(current_visit)]
"""Parameter of a handler: the request that the gate let through."""


def permission_problems(endpoint: Endpoint) -> tuple[Problem, ...]:
    """Problems that the gate may answer with instead of the endpoint."""
    problems = [UNAUTHORIZED, TOO_MANY, FORBIDDEN]
    if endpoint.mode is not Mode.AGGREGATE:
        problems.append(_OFF[endpoint.mode])
    if endpoint.mode is Mode.CASE:
        problems.append(CASE_NEEDED)
    if endpoint.purposes:
        problems.append(PURPOSE_MISSING)
    return tuple(problems)


def _purpose(request: Request, endpoint: Endpoint) -> Purpose:
    named = request.headers.get("purpose", "")
    for purpose in endpoint.purposes:
        if purpose.value == named:
            return purpose
    raise ProblemError(PURPOSE_MISSING)
