"""What the signals service lets into the store: nothing that is called as outside. Pure."""

from collections.abc import Iterable
from typing import Final

from shared.domain.privacy.named_things import ThingKind, is_key, is_keyed_ticket
from shared.domain.privacy.pseudonym import ArrivingNames, NotPseudonymousError, PseudonymChecks, is_pseudonymous
from shared.schemas.directory import DirectoryEvent, Goal, Person, Team
from shared.schemas.interaction import Stepped
from shared.schemas.names import renamed
from shared.transport.records import UnreadableError

_NOT_PSEUDONYMOUS: Final = "not_pseudonymous"


class Admission:
    """Lets records in, or says why not."""

    def __init__(self, checks: PseudonymChecks, *, unchecked_until_ms: float) -> None:
        """Directory records sent before `unchecked_until_ms` (since the epoch) may bear no checks."""
        self._names: Final = ArrivingNames(checks)
        self._unchecked_names: Final = ArrivingNames(checks, unchecked=True)
        self._unchecked_until_ms: Final = unchecked_until_ms

    def directory(self, event: DirectoryEvent, *, sent_ms: int) -> DirectoryEvent:
        """A record that passed the edge, without its checks. Raises UnreadableError."""
        names = self._unchecked_names if sent_ms < self._unchecked_until_ms else self._names
        if isinstance(event.data, Person | Team | Goal) and event.data.name is not None:
            raise UnreadableError("text")
        try:
            return renamed(event, names)
        except NotPseudonymousError:
            raise UnreadableError(_NOT_PSEUDONYMOUS) from None

    def identities(self, identities: Iterable[str]) -> None:
        """Accounts that an interaction names. The channel services took off their checks, so their form must do.

        Raises UnreadableError.
        """
        if not all(map(is_pseudonymous, identities)):
            raise UnreadableError(_NOT_PSEUDONYMOUS)

    def things(self, stepped: Stepped) -> None:
        """Ticket, queues and goal of a step. Raises UnreadableError where one is called as its source calls it."""
        queues = filter(None, (stepped.group, stepped.previous_group))
        keyed = is_keyed_ticket(stepped.ticket) and all(is_key(each, ThingKind.QUEUE) for each in queues)
        if not keyed or (stepped.goal is not None and not is_key(stepped.goal, ThingKind.GOAL)):
            raise UnreadableError(_NOT_PSEUDONYMOUS)
