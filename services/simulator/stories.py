"""The stories of the simulated company. Each changes what people do; none looks at a signal."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Final

from services.simulator.company import Unit
from services.simulator.planting import Approach, Change, Habit, Joining, Leave, Move, Planted, Pool, Tangle

QUARTER_WEEKS: Final = 13


@dataclass(frozen=True, slots=True)
class Story:
    """A story. `cast` finds people for it. Without `cast` nothing happens in it."""

    name: str
    description: str
    cast: Callable[[Pool], Planted] | None


def _first_report(team: Unit) -> str:
    return next(person for person in team.people if person != team.leader)


def _one_on_ones_cancelled(pool: Pool) -> Planted:
    team = pool.take()
    leader, members = team.leader, pool.company.members
    # Somebody who was used to a weekly one-to-one, if there is one, misses it most.
    people = [person for person in team.people if person != leader]
    person = next((person for person in people if members[person].meets_weekly), people[0])
    week = pool.ago(QUARTER_WEEKS)
    return Planted(
        story="one_on_ones_cancelled",
        from_week=week,
        people={"person": (person,), "leader": (leader,)},
        # 6 % of one-to-ones are cancelled anyway; 15 times that is nine of ten.
        changes=(Change("cancels", leader, person, week, 15.0),),
    )


def _unheard(pool: Pool) -> Planted:
    team = pool.take()
    leader, person = team.leader, _first_report(team)
    above = pool.company.manager(leader)
    week = pool.ago(10)
    return Planted(
        story="unheard",
        from_week=week,
        people={"person": (person,), "leader": (leader,), "above": (above,)},
        changes=(
            Change("answers", leader, person, week, 0.2),
            Change("delay", leader, person, week, 3.0),
            Change("acknowledges", leader, person, week, 0.3),
            # The person tries harder before going elsewhere.
            Change("starts", person, leader, week, 1.8),
            # The two had no reason to write to each other, which is what makes the approach unasked.
            Change("starts", person, above, pool.ago(16), 0.0),
            Change("starts", above, person, pool.ago(16), 0.0),
        ),
        approaches=(Approach(person, above, pool.ago(3)), Approach(person, above, pool.ago(2))),
    )


def _overload(pool: Pool) -> Planted:
    team = pool.take()
    people = tuple(person for person in team.people if person != team.leader)
    week = pool.ago(12)
    worse: tuple[tuple[tuple[Habit, float], ...], ...] = (
        (("answers", 0.7), ("delay", 2.0), ("moves", 3.0)),
        (("answers", 0.7), ("delay", 2.5)),
    )
    return Planted(
        story="overload",
        from_week=week,
        people={"leader": (team.leader,), "team": people},
        # It begins to show, and four weeks later it is worse: then half is answered, after five times as long.
        changes=tuple(
            Change(habit, team.leader, person, week + 4 * step, factor)
            for step, habits in enumerate(worse)
            for habit, factor in habits
            for person in people
        ),
    )


def _ping_pong(pool: Pool) -> Planted:
    one, two = pool.take_sisters()
    left, right = _first_report(one), _first_report(two)
    week = pool.ago(12)
    return Planted(
        story="ping_pong",
        from_week=week,
        people={"pair": (left, right)},
        tangles=(Tangle(left, right, week, 1.0), Tangle(right, left, week, 1.0)),
    )


def _silence(pool: Pool) -> Planted:
    team = pool.take()
    leader, person = team.leader, _first_report(team)
    week = pool.ago(9)
    return Planted(
        story="silence",
        from_week=week,
        people={"person": (person,), "leader": (leader,)},
        changes=(
            Change("starts", person, leader, week, 0.1),
            Change("answers", person, leader, week, 0.6),
            Change("delay", person, leader, week, 2.5),
        ),
    )


def _faction(pool: Pool) -> Planted:
    one, two = pool.take_sisters()
    week = pool.ago(12)
    across = [(a, b) for x, y in ((one, two), (two, one)) for a, b in product(x.people, y.people)]
    within = [(a, b) for x in (one, two) for a, b in product(x.people, x.people) if a != b]
    return Planted(
        story="faction",
        from_week=week,
        people={"one": one.people, "other": two.people},
        changes=(
            *(Change("starts", a, b, week, 0.3) for a, b in across),
            *(Change("answers", a, b, week, 0.7) for a, b in across),
            *(Change("starts", a, b, week, 1.3) for a, b in within),
        ),
        tangles=tuple(
            Tangle(a, b, week, 0.4)
            for x, y in ((one, two), (two, one))
            for a, b in zip(x.people[1:], y.people[1:], strict=False)
        ),
    )


def _reorganisation(pool: Pool) -> Planted:
    team = pool.take_smallest()
    people = tuple(person for person in team.people if person != team.leader)
    # The head takes the team over. What was contact past the leader is contact with the leader from then on,
    # and the old leader remains a colleague whom people write to.
    head = pool.company.manager(team.leader)
    week = pool.ago(8)
    return Planted(
        story="reorganisation",
        from_week=week,
        people={"team": people, "old_leader": (team.leader,), "new_leader": (head,)},
        move=Move(people=people, old=team.leader, new=head, week=week),
    )


def _team_unheard(pool: Pool) -> Planted:
    team = pool.take_largest()
    leader, people = team.leader, tuple(person for person in team.people if person != team.leader)
    above = pool.company.manager(leader)
    # Most of the team goes further when it begins, twice. Nothing comes of it, and it weighs on them ever since.
    bold = people[: len(people) * 2 // 3]
    week, before = pool.ago(10), pool.ago(16)
    habits: tuple[tuple[Habit, float], ...] = (
        ("answers", 0.2),
        ("delay", 4.0),
        ("acknowledges", 0.2),
        # Nine in ten one-to-ones are called off.
        ("cancels", 15.0),
    )
    return Planted(
        story="team_unheard",
        from_week=week,
        people={"leader": (leader,), "team": people, "bold": bold, "above": (above,)},
        changes=(
            *(Change(habit, leader, person, week, factor) for person in people for habit, factor in habits),
            # People ask again before they give up.
            *(Change("starts", person, leader, week, 1.8) for person in people),
            *(Change("starts", *pair, before, 0.0) for person in bold for pair in ((person, above), (above, person))),
        ),
        approaches=tuple(Approach(person, above, pool.ago(ago)) for person in bold for ago in (9, 8)),
    )


def _seasonal_leave(pool: Pool) -> Planted:
    team = pool.take()
    week = pool.ago(7)
    return Planted(
        story="seasonal_leave",
        from_week=week,
        people={"leader": (team.leader,), "team": tuple(person for person in team.people if person != team.leader)},
        leave=Leave(people=team.people, from_week=week, weeks=2),
    )


def _new_joiner(pool: Pool) -> Planted:
    team = pool.take_largest()
    person = team.people[-1]
    week = pool.ago(6)
    return Planted(
        story="new_joiner",
        from_week=week,
        people={"person": (person,), "leader": (team.leader,)},
        joining=Joining(person=person, week=week),
    )


STORIES: Final[tuple[Story, ...]] = (
    Story(
        "one_on_ones_cancelled",
        "For a quarter, a leader cancels the one-to-ones with one person of the team.",
        _one_on_ones_cancelled,
    ),
    Story(
        "unheard",
        "A person's questions to their leader stay unanswered, until the person writes to the leader's leader.",
        _unheard,
    ),
    Story("overload", "A leader answers the whole team less and later, and moves its one-to-ones.", _overload),
    Story("ping_pong", "Tickets bounce between two people of neighbouring teams and are reopened.", _ping_pong),
    Story("silence", "A person goes quiet toward their leader, and toward nobody else.", _silence),
    Story("faction", "Two neighbouring teams talk inside, less across, and fight over tickets.", _faction),
    Story(
        "reorganisation",
        "A team moves under the head it had above its leader; it writes to both, and nobody goes over anyone's head.",
        _reorganisation,
    ),
    Story(
        "team_unheard",
        "A leader drops what a whole team asks and calls off its one-to-ones; most of it wrote to the head at first.",
        _team_unheard,
    ),
    Story("seasonal_leave", "Over the holidays a team and its leader are away for two weeks.", _seasonal_leave),
    Story("new_joiner", "Somebody begins to work in a team that is doing well.", _new_joiner),
    Story("null", "Nothing happens: a company with its ordinary ups and downs.", None),
)
DEMO_STORIES: Final = tuple(story.name for story in STORIES if story.cast is not None)


def planted(names: tuple[str, ...], pool: Pool) -> tuple[Planted, ...]:
    """Cast the named stories, each in teams of its own. Raises ValueError when the company is too small."""
    return tuple(story.cast(pool) for story in STORIES if story.name in names and story.cast is not None)
