"""Shapes of troubled companies: what turns bad, for whom and from when. Everything else in them is plain."""

import random
from functools import partial

from services.simulator.kinds import effects
from services.simulator.kinds.draft import FOREVER, Cause, Caused, Draft, Strength, Tie

_LEVELS = {"strong": effects.STRONG, "drift": effects.STRONG, "medium": effects.MEDIUM, "weak": effects.WEAK}
_HAZARDS = {
    "strong": effects.HAZARD_STRONG,
    "drift": effects.HAZARD_STRONG,
    "medium": effects.HAZARD_MEDIUM,
    "weak": effects.HAZARD_WEAK,
}


def unheard(draft: Draft, *, strength: Strength) -> None:
    """Some leaders stop answering some of their people: suddenly, or over eight weeks."""
    for leader in _leaders(draft, effects.CAUSED_LEADERS):
        rng = draft.chance("cause", leader)
        onset = _onset(draft, rng)
        for person in _some(draft, leader, rng, effects.CAUSED_PER_LEADER, onset):
            _unheard(draft, rng, person, leader, onset, strength=strength, cause="unheard")


def bad_to_one(draft: Draft) -> None:
    """Many leaders stop hearing one person each."""
    for leader in _leaders(draft, effects.ONE_ONLY_LEADERS):
        rng = draft.chance("cause", leader)
        onset = _onset(draft, rng)
        for person in _some(draft, leader, rng, 1, onset):
            _unheard(draft, rng, person, leader, onset, strength="strong", cause="one_only")


def bad_to_all(draft: Draft, *, strength: Strength) -> None:
    """Some leaders turn bad to everybody who reports to them: fewer answers, and fewer one-to-ones."""
    for leader in _leaders(draft, effects.CAUSED_LEADERS):
        rng = draft.chance("cause", leader)
        onset = _onset(draft, rng)
        draft.shift("held", leader, None, onset, effects.HELD_BAD, ramp_weeks=effects.FADING_WEEKS)
        for person in draft.reports(leader, onset):
            _unheard(draft, rng, person, leader, onset, strength=strength, cause="all")


def fading(draft: Draft) -> None:
    """Some leaders call off most one-to-ones with some of their people, and still answer them."""
    for leader in _leaders(draft, effects.CAUSED_LEADERS):
        rng = draft.chance("cause", leader)
        onset = _onset(draft, rng)
        for person in _some(draft, leader, rng, effects.CAUSED_PER_LEADER, onset):
            draft.shift("held", leader, person, onset, effects.HELD_FADED, ramp_weeks=effects.FADING_WEEKS)
            _cause(draft, rng, Caused(person, leader, "one_on_ones", "strong", onset, effects.HAZARD_MEETINGS))


def giving_up(draft: Draft) -> None:
    """Unheard as strongly, but instead of going past their leader people stop asking."""
    for leader in _leaders(draft, effects.CAUSED_LEADERS):
        rng = draft.chance("cause", leader)
        onset = _onset(draft, rng)
        for person in _some(draft, leader, rng, effects.CAUSED_PER_LEADER, onset):
            _unheard(draft, rng, person, leader, onset, strength="strong", cause="giving_up", hazard=0.0)
            stops = onset + effects.GIVES_UP_AFTER
            draft.shift("asks", person, leader, stops, effects.GIVEN_UP_ASKS, ramp_weeks=effects.FADING_WEEKS)


def faction_split(draft: Draft) -> None:
    """Some teams split in two; the leader hears one side, and the sides hardly talk to each other."""
    for leader in _leaders(draft, effects.CAUSED_LEADERS):
        rng = draft.chance("cause", leader)
        onset = _onset(draft, rng)
        team = draft.reports(leader, onset)
        outside, inside = team[: len(team) // 2 + 1], team[len(team) // 2 + 1 :]
        for one, other in [(a, b) for a in outside for b in inside]:
            for actor, target in ((one, other), (other, one)):
                draft.shift("talks", actor, target, onset, effects.FACTION_TALK, ramp_weeks=4)
        for person in inside:
            draft.ties.append(Tie("mates", person, leader, 0.3, 0.3, onset))
        for person in outside:
            _unheard(draft, rng, person, leader, onset, strength="strong", cause="faction")


def ticket_war(draft: Draft) -> None:
    """Two teams send tickets back and forth, and the leader of the one does not answer when asked to end it."""
    for leader in _leaders(draft, effects.CAUSED_LEADERS):
        rng = draft.chance("cause", leader)
        onset = _onset(draft, rng)
        place = draft.leaders.index(leader)
        others = draft.reports(draft.leaders[(place + 1) % len(draft.leaders)], onset)
        for index, person in enumerate(_some(draft, leader, rng, effects.CAUSED_PER_LEADER, onset)):
            draft.wars.append((person, others[index % len(others)], onset))
            draft.shift("asks", person, leader, onset, 1.3)
            _unheard(draft, rng, person, leader, onset, strength="medium", cause="ticket_war")


def bad_quarter(draft: Draft) -> None:
    """Some leaders hear their people much less for a quarter, and then as before. Few go past them."""
    for leader in _leaders(draft, effects.CAUSED_LEADERS):
        rng = draft.chance("cause", leader)
        onset = min(_onset(draft, rng), 20)
        until = onset + effects.BAD_QUARTER_WEEKS
        for person in _some(draft, leader, rng, effects.CAUSED_PER_LEADER, onset):
            _unheard(
                draft, rng, person, leader, onset,
                strength="strong", cause="heals", hazard=effects.HAZARD_HEALS, until=until,
            )  # fmt: skip


unheard_strong = partial(unheard, strength="strong")
unheard_medium = partial(unheard, strength="medium")
unheard_weak = partial(unheard, strength="weak")
unheard_slowly = partial(unheard, strength="drift")
bad_to_all_strong = partial(bad_to_all, strength="strong")
bad_to_all_medium = partial(bad_to_all, strength="medium")


def _unheard(
    draft: Draft,
    rng: random.Random,
    person: str,
    leader: str,
    onset: int,
    *,
    strength: Strength,
    cause: Cause,
    hazard: float | None = None,
    until: int = FOREVER,
) -> None:
    """From the onset a leader answers a person less, later and with less acknowledgement."""
    ramp = effects.SLOW_WEEKS if strength == "drift" else effects.SOON_WEEKS
    level = rng.uniform(*_LEVELS[strength])
    draft.shift("answers", leader, person, onset, level, ramp_weeks=ramp, to_week=until)
    draft.shift("slowness", leader, person, onset, effects.SLOWER, ramp_weeks=ramp, to_week=until)
    draft.shift("kindness", leader, person, onset, effects.COLDER, ramp_weeks=ramp, to_week=until)
    scale = _HAZARDS[strength] if hazard is None else hazard
    _cause(draft, rng, Caused(person, leader, cause, strength, onset, scale, until, ramp))


def _cause(draft: Draft, rng: random.Random, caused: Caused) -> None:
    never = rng.random() < effects.NEVER
    hazard = 0.0 if never else caused.hazard
    draft.caused.append(
        Caused(
            caused.person, caused.leader, caused.cause, caused.strength,
            caused.onset_week, hazard, caused.until_week, caused.ramp_weeks,
        )
    )  # fmt: skip


def _leaders(draft: Draft, count: int) -> list[str]:
    """Who turns bad; in a small company as many in proportion, at least two."""
    wanted = max(2, round(count * len(draft.leaders) / effects.LEADERS))
    return sorted(draft.chance("caused leaders").sample(draft.leaders, wanted))


def _onset(draft: Draft, rng: random.Random) -> int:
    first, last = effects.ONSETS
    return min(rng.randrange(first, last + 1), draft.weeks - 2)


def _some(draft: Draft, leader: str, rng: random.Random, count: int, week: int) -> list[str]:
    team = draft.reports(leader, week)
    return sorted(rng.sample(team, min(count, len(team))))
