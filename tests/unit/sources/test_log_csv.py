import csv
import io
import random
import zipfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.schemas.registry import CanonicalEvent
from shared.schemas.ticket import TicketCreated, TicketResolved, TicketStep
from shared.sources.reader import Options
from shared.sources.tickets.words import priority_of, status_of
from tests.unit.sources.reading import Found, read

SERVICENOW = (
    "number,incident_state,sys_mod_count,made_sla,caller_id,opened_at,sys_updated_by,sys_updated_at,priority,"
    "assignment_group,assigned_to\n"
)


def steps(found: Found) -> list[str]:
    return [event.entity.split(":")[3] for event in found.events]


def step(event: CanonicalEvent) -> TicketStep:
    assert isinstance(event.data, TicketStep)
    return event.data


def test_steps_are_what_differs_between_rows() -> None:
    found = read(
        "ticket-log-csv",
        SERVICENOW
        + "I1,New,0,true,C1,1/3/2024 08:00,U1,1/3/2024 08:05,3 - Moderate,G1,?\n"
        + "I1,Active,1,true,C1,1/3/2024 08:00,U2,1/3/2024 09:00,3 - Moderate,G1,R1\n"
        + "I1,Active,2,true,C1,1/3/2024 08:00,U2,1/3/2024 09:30,3 - Moderate,G1,R1\n"
        + "I1,Awaiting Vendor,3,true,C1,1/3/2024 08:00,U2,1/3/2024 10:00,1 - Critical,G2,?\n"
        + "I1,Resolved,4,false,C1,1/3/2024 08:00,U3,2/3/2024 08:00,1 - Critical,G2,R2\n"
        + "I1,Active,5,false,C1,1/3/2024 08:00,U1,2/3/2024 09:00,1 - Critical,G2,R2\n"
        + "I1,Closed,6,false,C1,1/3/2024 08:00,system,3/3/2024 09:00,1 - Critical,G2,R2\n",
        Options(date_order="dmy"),
    )
    assert steps(found) == [
        "created",
        "assigned", "status_changed",
        "handed_to_group", "priority_changed", "status_changed",
        "assigned", "sla_breached", "resolved",
        "reopened",
        "resolved",
    ]  # fmt: skip
    assert found.skipped == [(4, "nothing changed")]
    assert found.rows == 7
    created, *_ = found.events
    assert isinstance(created, TicketCreated)
    assert created.time == datetime(2024, 3, 1, 8, tzinfo=UTC)
    assert step(created).reporter == "ticket:c1"
    handed = step(found.events[3])
    assert (handed.previous_group, handed.group) == ("G1", "G2")
    assert (handed.previous_priority, handed.priority) == (3, 5)
    # "?" is not known, so the ticket goes from R1 to R2.
    assigned = step(found.events[6])
    assert (assigned.previous_assignee, assigned.assignee) == ("ticket:r1", "ticket:r2")
    assert step(found.events[-1]).actor is None


def test_a_column_map_reads_any_log() -> None:
    options = Options(columns={"ticket": "Ref", "time": "When", "assignee": "Holder", "status": "Phase"})
    found = read("ticket-log-csv", "Ref;When;Phase;Holder\nT;2024-01-02;To Do;a\nT;2024-01-01;Backlog;b\n", options)
    assert steps(found) == ["created", "assigned"]
    assert step(found.events[1]).previous_assignee == "ticket:b"


def test_rows_of_one_instant_are_put_in_order_and_equal_steps_told_apart() -> None:
    rows = [f"I1,New,{n},true,C1,1/3/2024 08:00,U1,1/3/2024 08:05,3 - Moderate,G1,R{n}\n" for n in range(4)]
    dmy = Options(date_order="dmy")
    straight = read("ticket-log-csv", SERVICENOW + "".join(rows), dmy)
    random.Random(2).shuffle(rows)
    assert read("ticket-log-csv", SERVICENOW + "".join(rows), dmy).events == straight.events
    assert len({event.id for event in straight.events}) == 4


def test_a_longer_log_gives_the_same_ids_first() -> None:
    rows = [f"I1,New,{n},true,C1,1/3/2024 08:00,U1,{n + 1}/3/2024 08:05,3 - Moderate,G1,R{n}\n" for n in range(4)]
    dmy = Options(date_order="dmy")
    short, full = (read("ticket-log-csv", SERVICENOW + "".join(part), dmy).events for part in (rows[:2], rows))
    assert short
    assert full[: len(short)] == short


def test_bad_rows_are_named_and_the_rest_goes_on() -> None:
    found = read(
        "ticket-log-csv", "ticket,time,status\n?,2024-01-01,new\nT,32/1/2024,new\nT,2024-01-01\nT,2024-01-01,new\n"
    )
    assert found.rejected == [(2, "the id is empty"), (3, "unreadable time"), (4, "2 cells, but the header has 3")]
    assert steps(found) == ["created"]
    assert found.rows == 4


@pytest.mark.parametrize(
    ("text", "ordinal"),
    [("1 - Critical", 5), ("4 - Low", 2), ("P1", 5), ("5", 1), ("High", 4), ("", None), ("-100", None), ("12", None)],
)
def test_priorities_are_ordinals(text: str, ordinal: int | None) -> None:
    assert priority_of(text, {}) == ordinal


@pytest.mark.parametrize(
    ("text", "status"),
    [("Awaiting User Info", "waiting"), ("In Progress", "in_progress"), ("Done", "resolved"), ("-100", None)],
)
def test_statuses_are_few(text: str, status: str | None) -> None:
    assert status_of(text, {}) == status


def test_real_bpic13(data_directory: Path) -> None:
    data = (data_directory / "bpic13" / "incidents.csv").read_bytes()
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    found = read("ticket-log-csv", data)
    assert not found.rejected
    assert found.rows == len(rows) == 47_223
    assert (
        sum(isinstance(event, TicketCreated) for event in found.events) == len({row["case"] for row in rows}) == 4_532
    )
    handoffs = groups = 0
    holders: dict[str, tuple[str, str]] = {}
    for row in rows:  # the file is in order within each case
        group, holder = holders.get(row["case"], (row["org:group"], ""))
        # The machine and nobody hold no ticket.
        now = holder if row["org:resource"] in {"Siebel", "-"} else row["org:resource"]
        if row["case"] in holders:
            groups += row["org:group"] != group
            handoffs += now != holder
        holders[row["case"]] = (row["org:group"], now)
    names = Counter(steps(found))
    assert names["handed_to_group"] == groups
    assert names["assigned"] == handoffs


@pytest.mark.slow
def test_real_servicenow(data_directory: Path) -> None:
    with zipfile.ZipFile(data_directory / "servicenow" / "incident_event_log.zip") as archive:
        data = archive.read("incident_event_log.csv")
    found = read("ticket-log-csv", data)
    assert not found.rejected
    assert found.rows == 119_998
    assert sum(isinstance(event, TicketCreated) for event in found.events) == 20_769
    resolved = {step(event).ticket for event in found.events if isinstance(event, TicketResolved)}
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    assert resolved == {row["number"] for row in rows if row["incident_state"] in {"Resolved", "Closed"}}
