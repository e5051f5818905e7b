"""Trees of goals as trackers give them in JSON, with the right value, and tickets that are tied to them."""

import json
from typing import Any

from shared.schemas.directory import Goal, GoalRecorded
from shared.schemas.ticket import TicketStep
from shared.sources.recognition import Sample
from shared.sources.registry import recognise
from tests.cases.test_goals import told, tree
from tests.unit.sources.reading import Found, read


def goals(document: Any) -> Found:
    return read("goals-json", json.dumps(document, ensure_ascii=False))


def goal(found: Found, key: str) -> Goal:
    return next(event.data for event in found.events if isinstance(event, GoalRecorded) and event.data.goal == key)


def issue(key: str, level: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": key[-1] * 5,
        "key": key,
        "fields": {"summary": f"About {key}", "issuetype": {"name": level}, **fields},
    }


PARENT_AND_CHILD = {"name": "Hierarchy", "inward": "is child of", "outward": "is parent of"}


def test_jira_links_parents_both_ways() -> None:
    found = goals({
        "startAt": 0,
        "issues": [
            issue("P-1", "Initiative", issuelinks=[{"type": PARENT_AND_CHILD, "outwardIssue": {"key": "P-2"}}]),
            issue("P-2", "Epic", duedate="2024-06-30", assignee={"emailAddress": "ana@x.test"}),
            issue("P-3", "Epic", issuelinks=[{"type": PARENT_AND_CHILD, "inwardIssue": {"key": "P-1"}}]),
            issue("P-4", "", issuetype={"hierarchyLevel": 1}, customfield_10018={"data": {"key": "P-1"}}),
            issue("P-5", "Epic", parent={"id": "11111", "key": "P-1"}),
            issue("P-6", "Story", parent={"key": "P-2"}),
        ],
    })  # fmt: skip
    assert tree(found) == {"P-1": None, "P-2": "P-1", "P-3": "P-1", "P-4": "P-1", "P-5": "P-1"}
    assert str(goal(found, "P-2").valid_to)[:10] == "2024-07-01"
    assert (goal(found, "P-2").owner, goal(found, "P-2").owner_identity) == (None, "mail:ana@x.test")
    assert "a ticket rather than a goal" in told(found)


def test_linear_nests_projects_in_initiatives_and_milestones_in_projects() -> None:
    project = {
        "id": "p1", "name": "Answer", "startDate": "2024-01-01", "targetDate": "2024-06-30",
        "teams": {"nodes": [{"key": "SUP", "name": "Support"}]},
        "projectMilestones": {"nodes": [{"id": "m1", "name": "Half", "targetDate": "2024-03-31"}]},
    }  # fmt: skip
    inside = {"data": {"initiatives": {"nodes": [{"id": "i1", "name": "Top", "projects": {"nodes": [project]}}]}}}
    beside = {
        "initiatives": [{"id": "i1", "name": "Top", "targetDate": None}],
        "projects": [project | {"initiatives": {"nodes": [{"id": "i1"}]}}],
    }
    for document in (inside, beside):
        found = goals(document)
        assert tree(found) == {"i1": None, "p1": "i1", "m1": "p1"}
        assert goal(found, "p1").team == "Support"
        assert not [each for each in told(found) if "already" not in each]


def test_github_has_milestones_and_issues_with_sub_issues() -> None:
    milestone = {
        "number": 3, "title": "v2", "state": "open", "open_issues": 4, "closed_issues": 1, "due_on": None,
        "url": "https://api.github.com/repos/o/r/milestones/3",
    }  # fmt: skip
    repository = {"repository_url": "https://api.github.com/repos/o/r", "state": "open"}
    found = goals([
        milestone,
        {"number": 7, "title": "Epic", **repository, "milestone": milestone, "sub_issues_summary": {"total": 2}},
        {"number": 8, "title": "Part", **repository, "sub_issues_summary": {"total": 1},
         "parent_issue_url": "https://api.github.com/repos/o/r/issues/7"},
        {"number": 9, "title": "Leaf", **repository, "sub_issues_summary": {"total": 0}},
    ])  # fmt: skip
    assert tree(found) == {"o/r/milestone/3": None, "o/r#7": "o/r/milestone/3", "o/r#8": "o/r#7"}
    assert told(found) == ["a ticket rather than a goal"]


def test_parts_are_known_from_the_whole() -> None:
    part = {"number": 8, "title": "B", "state": "open", "type": {"name": "Epic"}, "repository": {"full_name": "o/r"}}
    whole = {"number": 7, "title": "A", "state": "open", "repository": {"full_name": "o/r"}, "sub_issues": [part]}
    assert tree(goals([whole, part])) == {"o/r#7": None, "o/r#8": "o/r#7"}


def test_what_is_no_goal_is_refused_with_a_reason() -> None:
    assert told(goals({"who": {}})) == ["a goal of no known tracker"]
    assert told(read("goals-json", "{")) == ["not JSON"]
    late = {"id": "p", "name": "P", "startDate": "2024-05-01", "targetDate": "2024-01-01"}
    assert told(goals({"projects": [late]})) == ["the goal ends before it begins"]


def test_goals_and_tickets_are_told_apart() -> None:
    jira = json.dumps({"issues": [issue("P-1", "Epic", created="2024-01-01")]}).encode()
    assert recognise(None, Sample(jira, "export.json")).source.format == "ticket-json"
    assert recognise("goals", Sample(jira, "export.json")).source.format == "goals-json"
    linear = json.dumps({"projects": [{"id": "p", "name": "P", "targetDate": None}]}).encode()
    assert recognise(None, Sample(linear, "export.json")).source.format == "goals-json"


def ties(found: Found) -> dict[str, str | None]:
    steps = [event.data for event in found.events if isinstance(event.data, TicketStep)]
    return {step.ticket: step.goal for step in steps}


def test_tickets_are_tied_to_goals_by_what_they_are_a_part_of() -> None:
    created = "2024-03-04T09:00:00.000+0000"
    story = issue("P-6", "Story", created=created, parent={"key": "P-2"}, status={"name": "Done"})
    assert ties(read("ticket-json", json.dumps({"issues": [story]}))) == {"P-6": "P-2"}
    linear = {"identifier": "SUP-1", "createdAt": created, "state": {"name": "Todo"}, "project": {"id": "p1"}}
    assert ties(read("ticket-json", json.dumps([linear]))) == {"SUP-1": "p1"}
    repository = {"repository_url": "https://api.github.com/repos/o/r", "state": "open", "created_at": created}
    of_milestone = {"number": 9, **repository, "milestone": {"number": 3}, "user": {"login": "ana"}}
    of_issue = {"number": 10, **repository, "parent_issue_url": "https://api.github.com/repos/o/r/issues/7"}
    assert ties(read("ticket-json", json.dumps([of_milestone, of_issue]))) == {
        "o/r#9": "o/r/milestone/3",
        "o/r#10": "o/r#7",
    }
    table = (
        f"Issue key,Issue Type,Created,Updated,Status,Parent,Epic Link\nP-7,Story,{created},{created},Done,10002,P-2\n"
    )
    assert ties(read("ticket-log-csv", table)) == {"P-7": "P-2"}
