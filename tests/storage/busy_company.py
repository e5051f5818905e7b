"""Fifteen people with everything that a signal is made of, under any names: messages, meetings, tickets and texts."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from shared.domain.week import DAY, HOUR, WEEK_DAYS
from shared.schemas.chat import Markers
from shared.schemas.directory import LineRecorded, ReportingLine
from shared.schemas.envelope import event_id, utc
from shared.schemas.interaction import AnyInteraction, Contact, Met, Reacted, Stepped, TicketStepKind
from tests.storage.company import AnyRecord, line, link, person

START: Final = 1_699_833_600  # a Monday
WEEKS: Final = 5
TEAMS: Final = {
    "top": ("boss",),
    "north": ("lena", "n1", "n2", "n3", "n4", "n5", "n6"),
    "south": ("liam", "s1", "s2", "s3", "s4", "s5", "s6"),
}
EVERYBODY: Final = tuple(name for team in TEAMS.values() for name in team)
MOVES: Final = ("n6", "liam", START + 3 * WEEK_DAYS * DAY)
"""Who gets which leader in the fourth week."""
_STEPS: Final[tuple[TicketStepKind, ...]] = (
    "commented", "assigned", "priority_raised", "sla_breached", "reopened", "escalated",
)  # fmt: skip

_LAST: Final[tuple[TicketStepKind, ...]] = ("resolved", "commented")

Named = Callable[[str], str]
"""What somebody is called in the log."""


@dataclass(frozen=True, slots=True)
class Week:
    """What happened in a week, in order of time."""

    number: int
    records: Sequence[AnyRecord]


def directory(named: Named = str) -> list[AnyRecord]:
    """Everybody, their accounts, and who reports to whom at first."""
    found: list[AnyRecord] = []
    for team, members in TEAMS.items():
        for name in members:
            leader = None if name == "boss" else "boss" if name == members[0] else members[0]
            found.append(person(named(name), team))
            found.append(link(_account(named, name), named(name)))
            found.append(line(named(name), named(leader) if leader else None))
    return found


def weeks(seed: int, named: Named = str, *, teams_meet: bool = True) -> list[Week]:
    """Five weeks of work. No two events have the same time."""
    return [
        Week(number, _week(random.Random(f"{seed}-{number}"), number, named, teams_meet=teams_meet))
        for number in range(WEEKS)
    ]


def _week(chance: random.Random, number: int, named: Named, *, teams_meet: bool) -> list[AnyRecord]:
    monday = START + number * WEEK_DAYS * DAY
    timed = [
        *_messages(chance, number, named),
        *_meetings(chance, number, named, teams_meet=teams_meet),
        *_tickets(chance, number, named),
    ]
    timed.sort(key=lambda each: (each.at, each.entity))
    moved = _line(*MOVES, named=named) if MOVES[2] == monday else None
    return [*([moved] if moved else []), *timed]


def _messages(chance: random.Random, number: int, named: Named) -> list[AnyInteraction]:
    found: list[AnyInteraction] = []
    for place, at in enumerate(_instants(chance, number, 160)):
        team = chance.choice([TEAMS["north"], TEAMS["south"]])
        # A person writes to the own leader, to peers, and now and then to anybody, the leader's leader among them.
        sender = chance.choice(team)
        to = [team[0]] if sender != team[0] and chance.random() < 0.4 else chance.sample(EVERYBODY, 2)
        others = [each for each in to if each != sender]
        entity = f"mail:message:{number}-{place}"
        found.append(
            Contact(
                id=entity, entity=entity, at=utc(at), channel=chance.choice(["mail", "chat"]),
                actor=_account(named, sender), recipients=tuple(_account(named, each) for each in others),
                audience=len(others), thread=f"t{place % 40}",
                in_reply_to=_account(named, others[0]) if chance.random() < 0.5 else None,
                markers=Markers(
                    basis="text", words=20, questions=chance.randrange(2), requests=chance.randrange(2),
                    acknowledges=chance.random() < 0.3, advocacy=chance.randrange(2),
                    uptake=chance.randrange(-200, 300),
                ),
            )
        )  # fmt: skip
        if chance.random() < 0.1:
            reacted = f"chat:reaction:{number}-{place}"
            found.append(
                Reacted(
                    id=reacted, entity=reacted, at=utc(at + 30), channel="chat",
                    actor=_account(named, others[0]), author=_account(named, sender),
                )
            )  # fmt: skip
    return found


def _meetings(chance: random.Random, number: int, named: Named, *, teams_meet: bool) -> list[AnyInteraction]:
    """One-to-ones with the leader, and a weekly meeting of each team with another guest every week."""
    found: list[AnyInteraction] = []
    starts = iter(_instants(chance, number, 20))
    north, south = TEAMS["north"], TEAMS["south"]
    for team, others in ((north, south), (south, north)):
        if teams_meet:
            asked = [*team[1:], others[number]]
            found.append(_met(chance, next(starts), team[0], asked, named=named, series=f"all {team[0]}"))
        found += [
            _met(chance, next(starts), team[0], [other], named=named, series=f"{team[0]} {other}") for other in team[1:]
        ]
    return found


def _met(
    chance: random.Random, start: int, host: str, asked: Sequence[str], *, named: Named, series: str
) -> AnyInteraction:
    declined = [each for each in asked if len(asked) > 2 and chance.random() < 0.2]
    entity = f"ics:meeting:{series}-{start}"
    return Met(
        id=entity, entity=entity, at=utc(start - 60), organiser=_account(named, host),
        attendees=tuple(sorted(_account(named, each) for each in asked if each not in declined)),
        declined=tuple(sorted(_account(named, each) for each in declined)),
        start=utc(start), end=utc(start + HOUR), series=series, cancelled=chance.random() < 0.2,
        changed_by=_account(named, host),
    )  # fmt: skip


def _tickets(chance: random.Random, number: int, named: Named) -> list[AnyInteraction]:
    found: list[AnyInteraction] = []
    instants = iter(sorted(_instants(chance, number, 60)))
    for place in range(12):
        reporter, assignee = chance.sample(EVERYBODY, 2)
        steps: tuple[TicketStepKind, ...] = ("created", *chance.sample(_STEPS, 3), chance.choice(_LAST))
        for step in steps:
            at = next(instants)
            entity = f"jira:step:{number}-{place}-{at}"
            found.append(
                Stepped(
                    id=entity, entity=entity, at=utc(at), ticket=f"T-{number}-{place}", step=step,
                    actor=_account(named, assignee if step == "commented" else reporter),
                    reporter=_account(named, reporter), assignee=_account(named, assignee), goal=f"g{place % 3}",
                )
            )  # fmt: skip
    return found


def _instants(chance: random.Random, number: int, count: int) -> list[int]:
    """Different instants of the working hours of a week, on whole minutes."""
    minutes = chance.sample(range(5 * 9 * 60), count)
    return [_working_minute(number, minute) for minute in minutes]


def _working_minute(number: int, minute: int) -> int:
    day, within = divmod(minute, 9 * 60)
    return START + (number * WEEK_DAYS + day) * DAY + 8 * HOUR + within * 60


def _line(of: str, to: str, since: int, *, named: Named) -> LineRecorded:
    name = event_id(source="hr", kind="line", native_id=f"{of} again")
    data = ReportingLine(person=named(of), manager=named(to), valid_from=utc(since))
    return LineRecorded(id=name, source="hr", time=utc(since), data=data)


def _account(named: Named, name: str) -> str:
    return f"mail:{named(name)}@x.io"
