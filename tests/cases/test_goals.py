"""Trees of goals as programs export them, with the right value."""

from shared.schemas.directory import Goal, GoalRecorded
from shared.sources.reader import Notice, Options, Rejection, Skipped
from tests.unit.sources.reading import Found, read


def goals(text: str) -> Found:
    return read("goals-csv", text, Options())


def tree(found: Found) -> dict[str, str | None]:
    return {event.data.goal: event.data.parent for event in found.events if isinstance(event, GoalRecorded)}


def told(found: Found) -> list[str]:
    return [item.reason for item in found.items if isinstance(item, Notice | Rejection | Skipped)]


def test_a_table_of_ones_own() -> None:
    found = goals(
        "goal id,objective,parent goal,owner id,team,start date,due date\n"
        "G-1,Happy customers,,100,Board,,\n"
        "G-2,Answer within a day,G-1,101,Support,2024-01-01,2024-06-30\n"
    )
    assert tree(found) == {"G-1": None, "G-2": "G-1"}
    second = found.events[1].data
    assert isinstance(second, Goal)
    assert (second.name, second.owner, second.team) == ("Answer within a day", "101", "Support")
    assert (str(second.valid_from)[:10], str(second.valid_to)[:10]) == ("2024-01-01", "2024-07-01")
    assert not told(found)


def test_an_okr_export_without_ids_names_parents_by_title() -> None:
    found = goals("Objective;Aligned to\nGrow;\nSell more;Grow\nAsk more;Sell more\n")
    assert tree(found) == {"Grow": None, "Sell more": "Grow", "Ask more": "Sell more"}


def test_the_upper_levels_of_jira_by_number_and_key() -> None:
    found = goals(
        "Issue key,Issue id,Issue Type,Summary,Parent,Epic Link\n"
        "P-1,10001,Initiative,Top,,\n"
        "P-2,10002,Epic,Middle,10001,\n"
        "P-3,10003,Story,Work,10002,P-2\n"
    )
    assert tree(found) == {"P-1": None, "P-2": "P-1"}
    assert told(found) == ["a ticket rather than a goal"]


def test_links_from_the_parent_and_titles_that_several_have() -> None:
    found = goals("id,title,sub-issues,parent\n1,Top,2;3,\n2,Same,,\n3,Same,,\n4,Below,,Same\n")
    assert tree(found) == {"1": None, "2": "1", "3": "1", "4": "Same"}
    assert told(found) == ["what this goal is a part of is in no row, or has a title that several have"]


def test_a_circle_and_a_goal_that_comes_twice_are_told() -> None:
    found = goals("goal id,objective,parent goal\na,A,b\nb,B,a\nc,C,a\na,Again,\n,,\n")
    assert tree(found) == {"a": None, "b": None, "c": "a"}
    reasons = told(found)
    assert reasons.count("this goal is a part of itself through others; that is left out") == 2
    assert "another row has this goal already" in reasons


def test_what_cannot_be_dated_is_rejected() -> None:
    found = goals("goal id,objective,start date,due date\na,A,2024-05-01,2024-04-01\nb,B,soon,\n")
    assert not found.events
    assert len(told(found)) == 2
