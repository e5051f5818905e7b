"""Writes to the audit what was refused, to whom and why."""

import time
from collections.abc import Callable
from typing import Final

from services.api.auth.principals import Principal
from services.api.endpoint import Endpoint
from services.api.problems.kinds import (
    CASE_MODE_OFF,
    CASE_NEEDED,
    FORBIDDEN,
    NOT_FOUND,
    PURPOSE_MISSING,
    SELF_MODE_OFF,
    UNAUTHORIZED,
    Problem,
)
from shared.sliding_minute import SlidingMinute
from shared.storage.access.audit import REFUSED, AuditStore, Disclosure
from shared.storage.access.session_context import SessionContext, in_session_context
from shared.storage.engine.transactions import Transactions

# Anything else was not asked for in a form that could be refused, or came too often.
_REFUSALS: Final = frozenset({CASE_MODE_OFF, CASE_NEEDED, FORBIDDEN, PURPOSE_MISSING, SELF_MODE_OFF, UNAUTHORIZED})


class Refusals:
    """Of one process. The same caller is written down once a minute for the same operation and reason.

    So nobody fills the audit by asking. Whoever sends no credential, or a wrong one, is nobody: that is counted only.
    """

    def __init__(
        self, transactions: Transactions, audit: AuditStore, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._transactions: Final = transactions
        self._audit: Final = audit
        self._written: Final[SlidingMinute[tuple[str, str, str]]] = SlidingMinute(clock)

    async def note(self, principal: Principal, endpoint: Endpoint, problem: Problem, *, now: int) -> None:
        """Write an entry, if the problem is a refusal. `now` is in Unix seconds.

        What is not there is one for whoever looks for somebody: what is kept from them is answered in the same way.
        """
        if problem not in _REFUSALS and not (problem is NOT_FOUND and endpoint.readings_of_people):
            return
        key = (principal.id, endpoint.id, problem.slug)
        if self._written.wait_seconds(key, 1):
            return
        self._written.add(key)
        act = Disclosure(at=now, key_id=principal.id, operation=f"{endpoint.id} {problem.slug}", purpose=REFUSED)
        context = SessionContext(tenant=principal.tenant, caller=principal.person or "", purpose="")
        await self._transactions.write(
            in_session_context(lambda connection: self._audit.record(connection, act), context)
        )
