"""From a request to its caller: the bearer credential, verified, and kept for as long as that is harmless."""

from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from starlette.requests import Request

from services.api.callers import Caller, caller_of_key
from services.api.problems import UNAUTHORIZED, ProblemError
from services.api.settings import ApiSettings
from shared.storage.keys import authenticate
from shared.storage.transactions import Transactions

_SCHEME: Final = "bearer "
# A revoked key reads aggregates and the directory for this long at most; readings of people look at once.
REMEMBERED_SECONDS: Final = 1.0
_MOST_REMEMBERED: Final = 10_000


class Authenticator:
    """Verifies credentials. Made once per process."""

    def __init__(self, settings: ApiSettings, transactions: Transactions, clock: Callable[[], float]) -> None:
        self._tenant: Final = settings.tenant
        self._transactions: Final = transactions
        self._clock: Final = clock
        self._remembered: Final[OrderedDict[bytes, tuple[float, Caller]]] = OrderedDict()

    async def caller(self, request: Request) -> Caller:
        """Who asks. Raises ProblemError for everybody who is not let in, without telling why."""
        token, now = _token(request), self._clock()
        digest = sha256(token.encode("utf-8", "surrogateescape")).digest()
        until, known = self._remembered.get(digest, (0.0, None))
        if known is not None and now < min(until, known.expires_at):
            return known
        caller = await self._verified(token, int(now))
        if caller is None:
            self._remembered.pop(digest, None)
            raise ProblemError(UNAUTHORIZED)
        self._remember(digest, now + REMEMBERED_SECONDS, caller)
        return caller

    async def _verified(self, token: str, now: int) -> Caller | None:
        key = await self._transactions.read(
            lambda connection: authenticate(connection, token, tenant=self._tenant, now=now)
        )
        return None if key is None else caller_of_key(key)

    def _remember(self, digest: bytes, until: float, caller: Caller) -> None:
        self._remembered[digest] = (until, caller)
        self._remembered.move_to_end(digest)
        if len(self._remembered) > _MOST_REMEMBERED:
            self._remembered.popitem(last=False)


def _token(request: Request) -> str:
    header = request.headers.get("authorization", "")
    if header[: len(_SCHEME)].lower() != _SCHEME:
        raise ProblemError(UNAUTHORIZED)
    return header[len(_SCHEME) :].strip()
