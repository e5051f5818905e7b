"""Facts for the tests of the domain: ann reports to bob, who reports to cyd; days are counted back from a Sunday."""

from collections.abc import Iterable, Mapping
from typing import Final

from shared.domain.history import (
    COUNTER_INDEX,
    COUNTERS,
    ChainHistory,
    Channel,
    Contact,
    DayCount,
    Mark,
    Meeting,
    PairHistory,
    Step,
    TicketStep,
)
from shared.domain.week import DAY, HOUR, day_of, week_end

ANN: Final = "ann"
BOB: Final = "bob"
CYD: Final = "cyd"
NO_MARKS: Final = Mark(0)
# Sunday evening, so 2 days ago is Friday, 6 days ago Monday, 9 days ago the Friday before.
AS_OF: Final = week_end(2842)
TODAY: Final = day_of(AS_OF)


def ago(days: int, hour: float = 9.0) -> int:
    """The instant so many days before the last day, at this hour (UTC)."""
    return (TODAY - days) * DAY + int(hour * HOUR)


def contact(
    at: int,
    sender: str = ANN,
    recipient: str = BOB,
    *,
    marks: Mark = NO_MARKS,
    channel: Channel = "chat",
    thread: int = 0,
    others: tuple[str, ...] = (),
) -> Contact:
    return Contact(
        at=at, sender=sender, recipient=recipient, channel=channel, thread=thread, marks=marks, others=others
    )


def ask(at: int, sender: str = ANN, recipient: str = BOB, *, thread: int = 0, channel: Channel = "chat") -> Contact:
    return contact(at, sender, recipient, marks=Mark.TEXT | Mark.ASK, thread=thread, channel=channel)


def answer(at: int, sender: str = BOB, recipient: str = ANN, *, thread: int = 0, channel: Channel = "chat") -> Contact:
    return contact(at, sender, recipient, marks=Mark.TEXT | Mark.REPLY, thread=thread, channel=channel)


def meeting(
    start: int,
    people: tuple[str, ...] = (ANN, BOB),
    *,
    organiser: str = BOB,
    declined: tuple[str, ...] = (),
    series: int = 0,
    cancelled_by: str | None = None,
    moved_by_seconds: int = 0,
) -> Meeting:
    invited = tuple(sorted(people))
    return Meeting(
        start=start,
        end=start + HOUR // 2,
        organiser=organiser,
        people=tuple(person for person in invited if person not in declined),
        invited=invited,
        series=series,
        original_start=start - moved_by_seconds,
        cancelled=cancelled_by is not None,
        changed_by=cancelled_by or "",
        changed_at=start - DAY,
    )


def step(at: int, actor: str, target: str, kind: Step, ticket: int = 1) -> TicketStep:
    return TicketStep(at=at, actor=actor, target=target, step=kind, ticket=ticket)


def count(days_ago: int, sender: str, recipient: str, channel: Channel = "chat", **counters: int) -> DayCount:
    counts = [0] * len(COUNTERS)
    for name, value in counters.items():
        counts[COUNTER_INDEX[name]] = value
    return DayCount(day=TODAY - days_ago, sender=sender, recipient=recipient, channel=channel, counts=tuple(counts))


def pair(
    *,
    days: Iterable[DayCount] = (),
    contacts: Iterable[Contact] = (),
    meetings: Iterable[Meeting] = (),
    steps: Iterable[TicketStep] = (),
) -> PairHistory:
    """History of ann and bob, sorted as the signals expect it."""
    return PairHistory(
        first=ANN,
        second=BOB,
        days=tuple(sorted(days)),
        contacts=tuple(sorted(contacts)),
        meetings=tuple(sorted(meetings)),
        steps=tuple(sorted(steps)),
    )


def chain(
    with_leader: PairHistory | None = None,
    *,
    contacts: Iterable[Contact] = (),
    meetings: Iterable[Meeting] = (),
    sent_by_day: Mapping[int, int] | None = None,
) -> ChainHistory:
    """History of ann, bob and cyd; `contacts` and `meetings` are those of ann and cyd."""
    return ChainHistory(
        person=ANN,
        leader=BOB,
        skip=CYD,
        with_leader=with_leader or pair(),
        upward_contacts=tuple(sorted(contacts)),
        upward_meetings=tuple(sorted(meetings)),
        sent_by_day=sent_by_day or {},
    )
