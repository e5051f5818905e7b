"""The company after its history. It makes one event at a time, whenever the next is asked for."""

import random
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.simulator.calendars import occasion
from services.simulator.company import Member
from services.simulator.conversations import GOES_ON
from services.simulator.scenario import Scenario
from services.simulator.society import MANNERS, Relation, Society, settle
from services.simulator.thread import Thread, answer_markers, ask_markers, remark_markers
from services.simulator.tickets import Ticket
from services.simulator.timeline import DAY
from shared.schemas.calendar import MeetingEvent
from shared.schemas.chat import ChatEvent
from shared.schemas.registry import CanonicalEvent
from shared.schemas.ticket import TicketEvent

SHARE_OF_TICKETS: Final = 0.2
SHARE_OF_MEETINGS: Final = 0.05
REPLIES: Final = 0.55  # of chat events, as long as somebody waits
# What is remembered between events stays small, however long it runs.
MOST_WAITING: Final = 50
MOST_OPEN: Final = 30


@dataclass(frozen=True, slots=True)
class _Waiting:
    thread: Thread
    speaker: Member
    other: Member
    ask: bool


class Live:
    """Events of the same people with the same habits; their stories go on. Made by `live`.

    Office hours are not kept, so that a demo shows something at any time of the day. Ids hold the instant in
    milliseconds: a restart at a later instant never repeats one.
    """

    def __init__(self, society: Society, rng: random.Random) -> None:
        self._society: Final = society
        self._rng: Final = rng
        self._relations: Final = [
            relation for relation in society.relations if relation.to_week > society.scenario.weeks
        ]
        self._often: Final = [MANNERS[relation.kind].per_week * relation.actor.talk for relation in self._relations]
        self._waiting: Final[deque[_Waiting]] = deque(maxlen=MOST_WAITING)
        self._open: Final[deque[Ticket]] = deque(maxlen=MOST_OPEN)
        self._latest: datetime | None = None
        self._number = 0

    def next_event(self, now: datetime) -> CanonicalEvent:
        """Return an event that happens at `now`. Raises ValueError when `now` lies before that of the last call."""
        if self._latest is not None and now < self._latest:
            raise ValueError("the instant of a live event is before that of the last one")
        self._latest = now
        self._number += 1
        kind = self._rng.random()
        if kind < SHARE_OF_TICKETS:
            return self._ticket(now)
        if kind < SHARE_OF_TICKETS + SHARE_OF_MEETINGS:
            return self._meeting(now)
        return self._message(now)

    def _native_id(self, now: datetime) -> str:
        return f"live-{int(now.timestamp() * 1000)}-{self._number}"

    def _message(self, now: datetime) -> ChatEvent:
        while self._waiting and self._rng.random() < REPLIES:
            event = self._reply(self._waiting.popleft(), now)
            if event is not None:
                return event
        relation = self._relation(now)
        mail, ask = (
            self._rng.random() < share for share in (MANNERS[relation.kind].by_mail, MANNERS[relation.kind].asks)
        )
        people = (relation.actor, relation.other, *([relation.along] if relation.along else []))
        thread = Thread(
            self._native_id(now),
            self._rng,
            people,
            "mail" if mail else "group" if relation.along else "direct",
            lively=False,
        )
        markers = ask_markers(self._rng) if ask else remark_markers(self._rng)
        thread.say(int(now.timestamp()), relation.actor, markers=markers)
        self._waiting.append(_Waiting(thread, relation.actor, relation.other, ask))
        return thread.events[-1]

    def _reply(self, waiting: _Waiting, now: datetime) -> ChatEvent | None:
        at, rng, other, speaker = int(now.timestamp()), self._rng, waiting.other, waiting.speaker
        week = self._society.timeline.week_of(at)
        answers = self._society.conduct.factor("answers", actor=other, other=speaker, week=week)
        if rng.random() >= (other.answers if waiting.ask else GOES_ON) * answers:
            return None
        kindly = self._society.conduct.factor("acknowledges", actor=other, other=speaker, week=week)
        ask = rng.random() < 1 / 4
        markers = answer_markers(rng, courtesy=other.courtesy * kindly, ask=ask)
        waiting.thread.say(at, other, markers=markers, reply_to=speaker)
        self._waiting.append(_Waiting(waiting.thread, other, speaker, ask))
        return waiting.thread.events[-1]

    def _relation(self, now: datetime) -> Relation:
        week = self._society.timeline.week_of(int(now.timestamp()))
        while True:
            relation = self._rng.choices(self._relations, self._often)[0]
            starts = self._society.conduct.factor("starts", actor=relation.actor, other=relation.other, week=week)
            if self._rng.random() < starts:
                return relation

    def _ticket(self, now: datetime) -> TicketEvent:
        at, rng, members = int(now.timestamp()), self._rng, self._society.company.members
        if not self._open or (len(self._open) < MOST_OPEN and rng.random() < 1 / 4):
            team = rng.choice(self._society.company.teams)
            reporter = members[rng.choice(self._society.company.sister(team).people)]
            ticket = Ticket(self._native_id(now), reporter, team.key, rng.choice((2, 3, 3, 4)))
            ticket.create(at)
            self._open.append(ticket)
            return ticket.events[-1]
        ticket = self._open.popleft()
        owner = ticket.assignee
        if owner is None:
            team = next(team for team in self._society.company.teams if team.key == ticket.group)
            owner = members[rng.choice(team.people)]
            ticket.assign(at, actor=owner, to=owner)
        elif ticket.status == "open":
            ticket.become(at, owner, "in_progress")
        elif rng.random() < 1 / 2:
            ticket.comment(at, owner, ask_markers(rng))
        else:
            ticket.become(at, owner, "resolved")
        if ticket.status != "resolved":
            self._open.append(ticket)
        return ticket.events[-1]

    def _meeting(self, now: datetime) -> MeetingEvent:
        relation = self._relation(now)
        at = int(now.timestamp())
        start = at + self._rng.randrange(1, 6) * DAY
        return occasion(self._native_id(now), relation, created=at, start=start)


def live(scenario: Scenario, rng: random.Random) -> Live:
    """The same company as `events(scenario)`, ready to go on from its end. Raises ValueError as `events` does."""
    return Live(settle(scenario), rng)
