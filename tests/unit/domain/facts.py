"""Facts for the tests of the domain: ann reports to bob, who reports to cyd; days are counted back from a Sunday."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from shared.domain.facts.history import (
    COUNTER_INDEX,
    COUNTERS,
    TEXT_COUNTER_INDEX,
    TEXT_COUNTERS,
    Channel,
    Contact,
    DayCount,
    LeaderHistory,
    Mark,
    Meeting,
    PairHistory,
    SeriesHistory,
    Step,
    TextDay,
    TicketStep,
    WholeChain,
    WholePair,
)
from shared.domain.facts.known_at import meetings_known_at, pair_known_at
from shared.domain.facts.ticket_history import Move, TicketMove, WholeTicket, in_order
from shared.domain.organisation.goals import NO_WORK, Work
from shared.domain.organisation.work_calendar import STANDARD_PAIR, PairCalendars
from shared.domain.organisation.work_ties import OrganisationTies, TeamTies, Tie
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


def text(days_ago: int, sender: str, recipient: str, channel: Channel = "chat", **counters: int) -> TextDay:
    counts = [0] * len(TEXT_COUNTERS)
    for name, value in counters.items():
        counts[TEXT_COUNTER_INDEX[name]] = value
    return TextDay(day=TODAY - days_ago, sender=sender, recipient=recipient, channel=channel, counts=tuple(counts))


def pair(
    *,
    days: Iterable[DayCount] = (),
    contacts: Iterable[Contact] = (),
    meetings: Iterable[Meeting] = (),
    steps: Iterable[TicketStep] = (),
    texts: Iterable[TextDay] = (),
    people: tuple[str, str] = (ANN, BOB),
    work: tuple[Work, Work] = (NO_WORK, NO_WORK),
    calendars: PairCalendars = STANDARD_PAIR,
) -> WholePair:
    """History of ann and bob, or two others, sorted as the signals expect it."""
    return WholePair(
        first=people[0],
        second=people[1],
        days=tuple(sorted(days)),
        contacts=tuple(sorted(contacts)),
        meetings=tuple(sorted(meetings)),
        steps=tuple(sorted(steps)),
        texts=tuple(sorted(texts)),
        first_work=work[0],
        second_work=work[1],
        calendars=calendars,
    )


def known(**facts: Any) -> PairHistory:
    """The same as it is known at the instant."""
    return pair_known_at(pair(**facts), AS_OF)


def chain(
    with_leader: WholePair | None = None,
    *,
    contacts: Iterable[Contact] = (),
    meetings: Iterable[Meeting] = (),
    sent_by_day: Mapping[int, int] | None = None,
) -> WholeChain:
    """History of ann, bob and cyd; `contacts` and `meetings` are those of ann and cyd."""
    return WholeChain(
        person=ANN,
        leader=BOB,
        skip=CYD,
        with_leader=with_leader or pair(),
        upward_contacts=tuple(sorted(contacts)),
        upward_meetings=tuple(sorted(meetings)),
        sent_by_day=sent_by_day or {},
    )


def move(
    at: int,
    kind: Move,
    actor: int = 1,
    *,
    assignee: int = 2,
    waits: bool = False,
    priority: int = 3,
    due: int = 0,
    group: str = "",
) -> TicketMove:
    """Something that happened to a ticket that identity 1 reported."""
    return TicketMove(
        at=at,
        move=kind,
        actor=actor,
        reporter=1,
        assignee=assignee,
        waits=waits,
        priority=priority,
        due=due,
        group=group,
    )


def ticket(*moves: TicketMove) -> WholeTicket:
    return WholeTicket("T-1", in_order(moves))


def leader(*pairs: WholePair, reports: Iterable[str] = (ANN,), around: Iterable[str] = (CYD,)) -> LeaderHistory:
    """Bob as a leader; `around` are his peers."""
    others = {({each.first, each.second} - {BOB}).pop(): pair_known_at(each, AS_OF) for each in pairs}
    return LeaderHistory(leader=BOB, reports=tuple(reports), peers=tuple(around), seniors=(), pairs=others)


def series(*pairs: WholePair, meetings: Iterable[Meeting] = ()) -> SeriesHistory:
    """A recurring meeting that bob hosts."""
    others = {({each.first, each.second} - {BOB}).pop(): pair_known_at(each, AS_OF) for each in pairs}
    return SeriesHistory(host=BOB, series=1, meetings=meetings_known_at(tuple(sorted(meetings)), AS_OF), pairs=others)


def tie(one: str, other: str, contacts: float, usual: float | None = None, rough: float = 0.0) -> Tie:
    first, second = sorted((one, other))
    return Tie(first, second, contacts, contacts if usual is None else usual, rough)


def organisation(teams: Mapping[str, Iterable[str]], ties: Iterable[Tie] = ()) -> OrganisationTies:
    """People by team, and their ties."""
    of = {person: team for team, people in teams.items() for person in people}
    return OrganisationTies(teams=of, ties=tuple(sorted(ties)), least=5)


def team(whole: OrganisationTies, name: str) -> TeamTies:
    """One team of an organisation."""
    members = tuple(sorted(person for person, own in whole.teams.items() if own == name))
    ends = [(each, sum(end in members for end in (each.first, each.second))) for each in whole.ties]
    return TeamTies(
        team=name,
        members=members,
        inside=tuple(each for each, own in ends if own == 2),
        across=tuple(each for each, own in ends if own == 1),
        others=len(whole.teams) - len(members),
    )
