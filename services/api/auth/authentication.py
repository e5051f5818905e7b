"""Finds the principal of a request: verifies its bearer credential, and remembers it for a second."""

from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from typing import Final, TypeVar

from sqlalchemy.engine import Connection
from starlette.requests import Request

from services.api.auth.principals import Principal, principal_of_key, principal_of_token
from services.api.auth.tokens import AccessToken, TokenVerifier
from services.api.problems.kinds import TOO_MANY, UNAUTHORIZED, ProblemError
from services.api.settings import ApiSettings
from shared.storage.access.api_keys import PREFIX, authenticate, is_active
from shared.storage.access.session_context import SessionContext, in_session_context
from shared.storage.engine.transactions import Transactions
from shared.telemetry.guess_limits import GuessLimits, TooManyGuessesError, source_address

T = TypeVar("T")

_SCHEME: Final = "bearer "
# A revoked key reads aggregates and the directory for this long at most; readings of people look at once.
REMEMBERED_SECONDS: Final = 1.0
_MOST_REMEMBERED: Final = 10_000


class Authenticator:
    """Verifies credentials. Made once per process. `pseudonym` gives the pseudonym of a person."""

    def __init__(
        self,
        settings: ApiSettings,
        transactions: Transactions,
        *,
        pseudonym: Callable[[str], str | None],
        guesses: GuessLimits,
        clock: Callable[[], float],
    ) -> None:
        self._tenant: Final = settings.tenant
        self._tokens: Final = TokenVerifier(settings, clock) if settings.oidc_issuer else None
        self._transactions: Final = transactions
        self._pseudonym: Final = pseudonym
        self._guesses: Final = guesses
        self._clock: Final = clock
        self._remembered: Final[OrderedDict[bytes, tuple[float, Principal]]] = OrderedDict()

    async def principal(self, request: Request) -> Principal:
        """Who asks.

        Raises ProblemError without the reason for every credential that is not accepted, and for every one that was not
        right before while too many wrong ones come from where it comes from.
        """
        token, now = _token(request), self._clock()
        digest = sha256(token.encode("utf-8", "surrogateescape")).digest()
        until, known = self._remembered.get(digest, (0.0, None))
        if known is not None and now < min(until, known.expires_at):
            return known
        principal = await self._limited(token, int(now), source_address(request))
        if principal is None:
            self._remembered.pop(digest, None)
            raise ProblemError(UNAUTHORIZED)
        self._remember(digest, now + REMEMBERED_SECONDS, principal)
        return principal

    async def _limited(self, token: str, now: int, address: str) -> Principal | None:
        try:
            self._guesses.begin(address, token)
        except TooManyGuessesError as error:
            raise ProblemError(TOO_MANY, headers={"Retry-After": str(error.wait_seconds)}) from None
        principal = await self._verified(token, now)
        (self._guesses.wrong if principal is None else self._guesses.right)(address, token)
        return principal

    async def _verified(self, token: str, now: int) -> Principal | None:
        if self._tokens is None or token.startswith(PREFIX):
            key = await self._look(lambda store: authenticate(store, token, tenant=self._tenant, now=now))
            return None if key is None else principal_of_key(key)
        said = await self._tokens.verify(token)
        return None if said is None else await self._look(lambda store: self._known(store, said))

    async def _look(self, query: Callable[[Connection], T]) -> T:
        """What the query finds in the store of this tenant, while the principal is not known yet."""
        return await self._transactions.read(in_session_context(query, SessionContext(self._tenant)))

    def _known(self, connection: Connection, said: AccessToken) -> Principal | None:
        """Who holds a token: an active person of the directory, or a machine in a role that needs no person."""
        person = self._pseudonym(said.person)
        if person is None:
            return None
        active = is_active(connection, person)
        if active is False:
            return None  # they have left, in whatever role
        return principal_of_token(said, tenant=self._tenant, person=person if active else None)

    def _remember(self, digest: bytes, until: float, principal: Principal) -> None:
        self._remembered[digest] = (until, principal)
        self._remembered.move_to_end(digest)
        if len(self._remembered) > _MOST_REMEMBERED:
            self._remembered.popitem(last=False)


def _token(request: Request) -> str:
    header = request.headers.get("authorization", "")
    if header[: len(_SCHEME)].lower() != _SCHEME:
        raise ProblemError(UNAUTHORIZED)
    return header[len(_SCHEME) :].strip()
