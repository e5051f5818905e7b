"""Tickets of Jira, Zendesk, ServiceNow, GitHub, GitLab and Linear, as tables and as JSON."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.schemas.ticket import TicketEvent, TicketStep
from shared.sources.reader import Options
from tests.cases.inputs import case, noticed
from tests.unit.sources.reading import Found, read

Told = list[tuple[str, str, str | None, str | None]]


def told(found: Found) -> Told:
    """Step, minute, assignee and status of each event."""
    made: Told = []
    for event in found.events:
        assert isinstance(event, TicketEvent)
        step: TicketStep = event.data
        kind = event.id.split(":", 2)[2].removeprefix(f"{step.ticket}:").partition(":")[0]
        made.append((kind, f"{event.time:%Y-%m-%d %H:%M}", step.assignee, step.status))
    return made


def table(text: str | bytes, **options: Any) -> Found:
    return read("ticket-log-csv", text, Options(**options))


def document(found: object, **options: Any) -> Found:
    return read("ticket-json", json.dumps(found), Options(**options))


@pytest.mark.parametrize(
    "written",
    [
        "31/Jan/24 3:45 PM", "Jan 31, 2024 3:45 PM", "Wednesday, January 31, 2024 3:45 PM", "31.01.2024 15:45",
        "31. Januar 2024, 15:45", "31/janv./24 3:45 PM", "31 de enero de 2024 15:45", "31 stycznia 2024 15:45",
        "2024年1月31日 下午3:45", "2024/01/31 15:45", "2024-01-31T15:45:00Z", "1/31/24 3:45 PM",
        "2024-01-31 16:45 +0100", "2024-01-31 16:45 CET", "2024-01-31 10:45 EST",
    ],
)  # fmt: skip
def test_dates_of_a_tracker_in_the_format_of_its_user(written: str) -> None:
    found = table(f'Issue key;Status;Updated\nP-1;To Do;"{written}"\n')
    assert told(found) == [("created", "2024-01-31 15:45", None, "open")]


@pytest.mark.parametrize("written", ["3/4/2024 10:00", "2024-01-31 15:45 CST", "31/01/2024 15:45 PM", "13/13/2024"])
def test_a_date_that_means_nothing_or_two_things_is_refused(written: str) -> None:
    found = table(f"Issue key;Status;Updated\nP-1;To Do;{written}\n")
    assert [line for line, _ in found.rejected] == [2]
    assert not found.events


def test_one_date_of_the_table_decides_for_all() -> None:
    found = table("key,status,created,updated\nP-1,Open,3/4/2024,3/14/2024\nP-2,Open,4/5/2024,5/6/2024\n")
    assert [minute for _, minute, *_ in told(found)] == ["2024-03-04 00:00", "2024-04-05 00:00"]


def test_a_table_of_two_orders_is_refused_as_a_whole() -> None:
    found = table("key,status,updated\nP-1,Open,14/3/2024\nP-2,Open,3/14/2024\n")
    assert found.rejected == [(1, "some dates of the column can only be day/month and others only month/day")]
    assert found.rows == 2


@pytest.mark.parametrize(
    ("language", "words"),
    {
        "en": ("Selected for Development", "In Review", "Hold", "Blocked", "Done", "Won't Do"),
        "de": ("Offen", "In Arbeit", "Wartend", "Blockiert", "Erledigt", "Geschlossen"),
        "fr": ("À faire", "En cours", "En attente", "Bloqué", "Terminé", "Fermé"),
        "es": ("Por hacer", "En curso", "En espera", "Bloqueado", "Hecho", "Cerrado"),
        "pt": ("A fazer", "Em andamento", "Aguardando", "Bloqueado", "Concluído", "Fechado"),
        "nl": ("Te doen", "In behandeling", "In de wacht", "Geblokkeerd", "Opgelost", "Gesloten"),
        "pl": ("Do zrobienia", "W toku", "Oczekuje", "Zablokowane", "Rozwiązane", "Zamknięte"),
        "it": ("Da fare", "In corso", "In attesa", "Bloccato", "Risolto", "Chiuso"),
        "ja": ("未着手", "進行中", "保留", "ブロック中", "完了", "クローズ"),
        "zh": ("待办", "进行中", "等待中", "阻塞", "已完成", "已关闭"),
    }.items(),
)
def test_statuses_of_ten_languages(language: str, words: tuple[str, ...]) -> None:
    rows = "".join(f"P-{number};2024-02-01;{word}\n" for number, word in enumerate(words))
    found = table(f"key;updated;status\n{rows}")
    created = [each.data.status for each in found.events if each.id.split(":")[3] == "created"]  # type: ignore[union-attr]
    assert created == ["open", "in_progress", "waiting", "blocked", "resolved", "closed"], language
    assert not list(noticed(found))


@pytest.mark.parametrize(
    ("word", "priority"),
    [("Hoch", 4), ("Haute", 4), ("Crítica", 5), ("Laag", 2), ("最高", 5), ("中", 3), ("2 - High", 4), ("P1", 5)],
)
def test_priorities_of_languages(word: str, priority: int) -> None:
    (event,) = table(f"key;updated;status;priority\nP-1;2024-02-01;Open;{word}\n").events
    assert event.data.priority == priority  # type: ignore[union-attr]


def test_an_unknown_word_is_said_and_can_be_mapped() -> None:
    text = "key;updated;status;priority\nP-1;2024-02-01;Done;P0!\nP-1;2024-02-02;Zurück ins Lager;P0!\n"
    found = table(text)
    assert sorted(noticed(found)) == [
        "a priority is a word that is not known; say what it means with --map-status",
        "a status is a word that is not known; say what it means with --map-status",
    ]
    mapped = table(text, words={"zurück ins lager": "open", "p0!": "5"})
    assert [kind for kind, *_ in told(mapped)] == ["created", "resolved", "reopened"]
    assert not list(noticed(mapped))


@pytest.mark.parametrize(
    "nobody", ["Unassigned", "Former user", "(empty)", "Nicht zugewiesen", "Sin asignar", "未割り当て"]
)
def test_nobody_is_no_assignee(nobody: str) -> None:
    found = table(
        f"key,updated,status,assignee,author\nP-1,2024-01-01,Open,{nobody},aa\nP-1,2024-01-02,Open,bb,aa\n"
        f"P-1,2024-01-03,Open,{nobody},aa\nP-1,2024-01-04,Open,,aa\n"
    )
    assert [(kind, assignee) for kind, _, assignee, _ in told(found)] == [
        ("created", None), ("assigned", "ticket:bb"), ("assigned", None),
    ]  # fmt: skip


@pytest.mark.parametrize("machine", ["Automation for Jira", "dependabot[bot]", "system", "build-bot", "svc-deploy"])
def test_machines_are_nobody(machine: str) -> None:
    found = table(f"key,updated,status,author\nP-1,2024-01-01,Open,{machine}\n")
    (event,) = found.events
    assert event.data.actor is None  # type: ignore[union-attr]


def test_accounts_of_jira_are_known_by_their_ids() -> None:
    found = table("Issue key,Status,Assignee,Assignee Id,Updated\nP-1,Done,Ana Lie,5b10a2,2024-01-31\n")
    assert {assignee for _, _, assignee, _ in told(found)} == {"ticket:5b10a2"}


def test_columns_of_jira_in_other_languages() -> None:
    found = table(
        "Schlüssel;Status;Zugewiesene Person;Erstellt;Aktualisiert\n"
        "P-1;Erledigt;Ana;30.01.2024 09:00;31.01.2024 15:45\n"
    )
    assert told(found) == [
        ("created", "2024-01-30 09:00", "ticket:ana", "resolved"),
        ("resolved", "2024-01-31 15:45", "ticket:ana", "resolved"),
    ]


def test_jira_with_its_history() -> None:
    fields = {
        "status": {"name": "Done"}, "created": "2024-01-01T09:00:00.000+0100",
        "updated": "2024-01-09T09:00:00.000+0100",
        "reporter": {"accountId": "r1"}, "assignee": {"accountId": "a2", "emailAddress": "Ada@x.test"},
        "comment": {"comments": [{"id": "7", "author": {"accountId": "a2"},
            "created": "2024-01-02T09:00:00.000+0100"}]},
    }  # fmt: skip
    histories = [
        {"created": "2024-01-05T09:00:00.000+0100", "author": {"accountId": "a2"},
         "items": [{"field": "status", "fromString": "In Progress", "toString": "Done"}]},
        {"created": "2024-01-03T09:00:00.000+0100", "author": {"accountId": "r1"},
         "items": [{"field": "status", "fromString": "To Do", "toString": "In Progress"},
                   {"field": "assignee", "from": None, "to": "a2"}]},
        {"created": "2024-01-04T09:00:00.000+0100", "author": {"accountId": "r1"}, "items": [{"field": "Rank"}]},
    ]  # fmt: skip
    found = document({"issues": [{"key": "P-1", "fields": fields, "changelog": {"histories": histories}}]})
    assert told(found) == [
        ("created", "2024-01-01 08:00", None, "open"),
        ("commented", "2024-01-02 08:00", None, "open"),
        ("assigned", "2024-01-03 08:00", "mail:ada@x.test", "in_progress"),
        ("status_changed", "2024-01-03 08:00", "mail:ada@x.test", "in_progress"),
        ("resolved", "2024-01-05 08:00", "mail:ada@x.test", "resolved"),
    ]


GITLAB = {
    "iid": 4, "project_id": 9, "state": "closed", "author": {"username": "bo"}, "assignee": {"username": "cy"},
    "created_at": "2024-01-01T09:00:00Z", "closed_at": "2024-01-05T09:00:00Z",
}  # fmt: skip
LINEAR = {
    "identifier": "ENG-4", "createdAt": "2024-01-01T09:00:00Z", "completedAt": "2024-01-05T09:00:00Z", "priority": 2,
    "state": {"name": "Geliefert", "type": "completed"}, "creator": {"id": "1", "email": "bo@x.test"},
    "assignee": {"id": "2", "email": "cy@x.test"}, "team": {"key": "ENG"},
}  # fmt: skip
SERVICENOW = {
    "sys_id": "1", "number": "INC1", "state": "6", "opened_at": "2024-01-01 09:00:00", "caller_id": {"value": "bo"},
    "assigned_to": {"value": "cy"}, "resolved_at": "2024-01-05 09:00:00", "sys_updated_on": "2024-02-01 09:00:00",
}  # fmt: skip
ZENDESK = {
    "id": 4, "status": "solved", "requester_id": 1, "assignee_id": 2, "created_at": "2024-01-01T09:00:00Z",
    "updated_at": "2024-01-05T09:00:00Z",
}  # fmt: skip
GITHUB = {
    "number": 4, "state": "closed", "user": {"login": "bo"}, "assignee": {"login": "cy"},
    "created_at": "2024-01-01T09:00:00Z", "closed_at": "2024-01-05T09:00:00Z",
}  # fmt: skip


@pytest.mark.parametrize(
    ("found", "assignee", "status"),
    [
        ([GITHUB], "ticket:cy", "closed"),
        ([GITLAB], "ticket:cy", "closed"),
        ({"data": {"issues": {"nodes": [LINEAR]}}}["data"]["issues"], "mail:cy@x.test", "resolved"),
        ({"result": [SERVICENOW]}, "ticket:cy", "resolved"),
        ({"tickets": [ZENDESK], "users": [{"id": 2, "email": "cy@x.test"}]}, "mail:cy@x.test", "resolved"),
    ],
)
def test_tickets_without_history_are_opened_and_stand_as_they_do(found: object, assignee: str, status: str) -> None:
    assert told(document(found)) == [
        ("created", "2024-01-01 09:00", assignee, None),
        ("resolved", "2024-01-05 09:00", assignee, status),
    ]


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("jira_times.csv", ["created", "resolved"]),
        ("jira_server_times.csv", ["created", "resolved"]),
        (
            "ticket_statuses.csv",
            ["created", "resolved", "created", "status_changed", "created", "resolved", "reopened"],
        ),
        ("ticket_unassigned.csv", ["created", "assigned", "assigned"]),
        ("excel_sep.csv", ["created"]),
        ("exports/jira.csv", ["created", "resolved", "created"]),
        ("exports/servicenow.csv", ["created", "resolved"]),
    ],
)
def test_tables_of_cases(name: str, kinds: list[str], data_directory: Path) -> None:
    found = table(case(data_directory, name))
    assert not found.rejected
    assert [kind for kind, *_ in told(found)] == kinds
    assert not any("Unassigned" in str(event) or "Automation" in str(event) for event in found.events)


def test_the_time_of_the_afternoon_of_the_cases(data_directory: Path) -> None:
    for name in ("jira_times.csv", "jira_server_times.csv"):
        assert told(table(case(data_directory, name)))[-1][1] == "2024-01-31 15:45"


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        (
            "jira.json",
            [("created", "08:12"), ("status_changed", "08:00"), ("commented", "09:00"), ("resolved", "15:40")],
        ),
        ("zendesk.json", [("created", "09:12")]),
        ("github.json", [("created", "09:00"), ("resolved", "09:00")]),
    ],
)
def test_json_of_cases(name: str, steps: list[tuple[str, str]], data_directory: Path) -> None:
    found = read("ticket-json", case(data_directory, f"exports/{name}"))
    assert not found.rejected
    assert [(kind, minute.partition(" ")[2]) for kind, minute, *_ in told(found)] == steps
