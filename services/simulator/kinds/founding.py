"""Founds a company in which nothing is planted yet: people with habits, a tree of leaders, days off."""

import math
import random
from datetime import datetime
from typing import Final

from services.simulator.chance import poisson, stream
from services.simulator.kinds import effects
from services.simulator.kinds.draft import Away, Draft, Line, Tie, TieKind, Worker, expit, logit
from services.simulator.names import FIRST_NAMES, SURNAMES
from services.simulator.timeline import HOUR, Timeline

_HALF_HOURS: Final = (14, 15, 16, 16, 17, 18)  # choice: begin of work, 07:00 to 09:00
_PEOPLE_PER_LEADER: Final = effects.PEOPLE / effects.LEADERS
_LEADERS_PER_HEAD: Final = effects.LEADERS / effects.HEADS
_FEWEST_HEADS: Final = 2


def found(*, kind: str, seed: int, people: int, weeks: int, ends_at: datetime, sparse: bool) -> Draft:
    """A company of so many people. Equal arguments give equal companies. Raises ValueError for too few people."""
    if people < effects.SMALLEST_PEOPLE:
        raise ValueError(f"a company of a kind has at least {effects.SMALLEST_PEOPLE} people")
    timeline = Timeline.until(ends_at, weeks=weeks)
    keys = [f"p{number:03d}" for number in range(1, people + 1)]
    leader_count = round(people / _PEOPLE_PER_LEADER)
    head_count = max(_FEWEST_HEADS, round(leader_count / _LEADERS_PER_HEAD))
    chief, heads = keys[0], keys[1 : 1 + head_count]
    leaders, members = keys[1 + head_count :][:leader_count], keys[1 + head_count + leader_count :]
    managers = dict.fromkeys(heads, chief)
    managers |= {leader: heads[index * head_count // leader_count] for index, leader in enumerate(leaders)}
    rng = stream(seed, kind, "teams")
    managers |= dict(zip(members, _spans(leaders, len(members), rng), strict=True))
    draft = Draft(
        kind=kind,
        seed=seed,
        timeline=timeline,
        workers={},
        chief=chief,
        heads=heads,
        leaders=leaders,
        lines=[Line(person, manager) for person, manager in managers.items()],
        teams={"leadership": chief} | {f"t{index + 1:02d}": leader for index, leader in enumerate(leaders)},
        asks_per_week=effects.ASKS_PER_WEEK * (effects.SPARSE_ASKS if sparse else 1.0),
        talk_every=2 if sparse else 1,
        by_mail=effects.BY_MAIL,
    )
    team_of = {leader: team for team, leader in draft.teams.items()}
    names = draft.chance("names").sample([(first, last) for first in FIRST_NAMES for last in SURNAMES], people)
    for key, name in zip(keys, names, strict=True):
        team = team_of.get(key) or team_of.get(managers.get(key, ""), "leadership")
        add_worker(draft, key, name, team=team)
    for leader in [chief, *heads, *leaders]:
        set_answered(draft, leader)
    for week in range(weeks + 1):
        draft.company_volume[week] = math.exp(draft.chance("volume", week).gauss(0.0, effects.COMPANY_SPREAD))
    _days_off(draft)
    _colleagues(draft)
    return draft


def _spans(leaders: list[str], members: int, rng: random.Random) -> list[str]:
    """The leader of each member: teams differ in size, and none is very small."""
    found = [leader for leader in leaders for _ in range(effects.SMALLEST_TEAM)][:members]
    weights = [rng.uniform(*effects.TEAM_SPREAD) for _ in leaders]
    return sorted(found + rng.choices(leaders, weights, k=members - len(found)))


def add_worker(draft: Draft, key: str, name: tuple[str, str], *, team: str) -> Worker:
    """Somebody more, with habits of their own."""
    rng = draft.chance("worker", key)
    worker = Worker(
        key=key,
        team=team,
        first=name[0],
        last=name[1],
        opens=rng.choice(_HALF_HOURS) * HOUR // 2,
        talk=math.exp(rng.gauss(0.0, effects.TALK_SPREAD)),
        delay_hours=effects.REPLY_HOURS * math.exp(rng.gauss(0.0, effects.REPLY_HOURS_SPREAD)),
        courtesy=rng.uniform(0.35, 0.65),  # as in the demo's company
    )
    draft.workers[key] = worker
    return worker


def set_answered(draft: Draft, leader: str) -> None:
    """How much somebody answers as a leader."""
    spread = draft.chance("answered", leader).gauss(0.0, effects.ANSWERED_SPREAD)
    draft.answered[leader] = expit(logit(effects.ANSWERED) + spread)


def away_weeks(draft: Draft, person: str, from_week: int, weeks: int, *, recorded: bool) -> None:
    """Somebody is away for whole weeks."""
    draft.away.append(Away(person, from_week * 7, (from_week + weeks) * 7, recorded))


def _days_off(draft: Draft) -> None:
    """Public holidays of everybody, vacations, illness. A short world has its share of them."""
    part = draft.weeks / effects.WEEKS
    rng = draft.chance("holidays")
    holidays = {rng.randrange(draft.weeks) * 7 + rng.randrange(5) for _ in range(round(effects.HOLIDAYS * part))}
    for key in draft.workers:
        rng = draft.chance("away", key)
        draft.away += [Away(key, day, day + 1, recorded=False) for day in sorted(holidays)]
        recorded = rng.random() < effects.RECORDED
        for long in effects.VACATION_WEEKS:
            first, last = effects.SUMMER if long > 1 else (1, effects.WEEKS - 1)
            begin = int(rng.randrange(first, last + 1) * part)
            if rng.random() < max(part, 0.5):
                away_weeks(draft, key, begin, long, recorded=recorded)
        for _ in range(poisson(rng, effects.ILL_DAYS * part / 2)):
            day = rng.randrange(draft.weeks * 7)
            draft.away.append(Away(key, day, day + rng.choice((1, 2, 3)), recorded=rng.random() < 1 / 2))


def _colleagues(draft: Draft) -> None:
    """Who works with whom beside the lines: two mates in the team, somebody elsewhere, leaders among each other."""
    members = [key for key in draft.workers if key not in {draft.chief, *draft.heads, *draft.leaders}]
    for leader in draft.leaders:
        _ring(draft, "mates", draft.reports(leader), effects.MATES_PER_WEEK)
    for head in [draft.chief, *draft.heads]:
        _ring(draft, "peers", draft.reports(head), effects.PEERS_PER_WEEK)
    for person in members:
        partner = draft.chance("partner", person).choice(members)
        if partner != person:
            draft.ties.append(Tie("partner", person, partner, effects.PARTNER_PER_WEEK, 0.5))


def _ring(draft: Draft, kind: TieKind, people: list[str], per_week: float) -> None:
    """Everybody has to do with the two who come next."""
    for index, person in enumerate(people):
        others = {people[(index + step) % len(people)] for step in (1, 2)} - {person}
        draft.ties += [Tie(kind, person, other, per_week, 0.5) for other in sorted(others)]
