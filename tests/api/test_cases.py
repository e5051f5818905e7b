"""How far a deployment goes, and what named people are read about for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select, text, update

from services.api.endpoint import Endpoint
from shared.domain.privacy.cases import CaseRuleError, CaseSubjectKind
from shared.domain.privacy.roles import LONGEST_CASE_SECONDS, Mode, Purpose, Role
from shared.storage.access.cases import NewCase, list_cases, open_case
from shared.storage.access.key_issue import create_key
from shared.storage.access.modes import DeploymentMode
from shared.storage.engine.bulk import table_of
from shared.storage.tables.access import CaseRow
from shared.storage.tables.directory import PersonRow
from tests.api.asking import BY_ID, PATHS, READS, ask, role_of
from tests.api.company import (
    HOLDER,
    HOLDERS_REPORT,
    LEADER,
    LINES,
    MEMBERS,
    NOW,
    OTHER_LEADER,
    PARTNER,
    SKIP,
    TOP,
    Api,
    open_approved,
    pairs,
    running_api,
)


def answered(operation: Endpoint) -> int:
    """The status of an answer: names are told only where the register is open, and here it is not."""
    return 409 if operation.id == "listNames" else 200


@pytest.mark.parametrize("mode", Mode)
async def test_people_are_read_about_only_in_a_mode_that_includes_it(database_url: str, mode: Mode) -> None:
    slugs = {Mode.SELF: "self-mode-off", Mode.CASE: "case-mode-off"}
    further = {Mode.AGGREGATE: {Mode.SELF, Mode.CASE}, Mode.SELF: {Mode.CASE}, Mode.CASE: set[Mode]()}
    async with running_api(database_url, mode=mode) as api:
        for operation in READS:
            response = await ask(api, operation, role_of(operation))
            if operation.mode in further[mode]:
                assert response.status_code == 403
                assert response.json()["type"] == f"urn:bellwether:problem:{slugs[operation.mode]}"
            else:
                assert response.status_code == answered(operation)
        if mode is Mode.AGGREGATE:
            assert await api.audit() == []


@pytest.mark.parametrize("mode", [Mode.SELF, Mode.CASE])
def test_what_tells_of_people_needs_both_references(mode: Mode) -> None:
    assert DeploymentMode().mode is Mode.AGGREGATE
    for references in (("", ""), ("DPIA 7", ""), (" ", "agreement")):
        with pytest.raises(ValueError, match="reference of the"):
            DeploymentMode(mode, *references)
    assert DeploymentMode(mode, "DPIA 7", "agreement").mode is mode


async def test_readings_of_people_need_a_purpose(api: Api) -> None:
    for operation in READS:
        role = role_of(operation)
        wrong = Purpose.RELATIONSHIP_SUPPORT if operation.mode is Mode.SELF else Purpose.OWN_DATA
        for purpose in ("", "curiosity", "Relationship-Support", wrong):
            response = await ask(api, operation, role, Purpose=purpose)
            assert response.status_code == (400 if operation.readings_of_people else answered(operation))
            if operation.readings_of_people:
                assert response.json()["type"] == "urn:bellwether:problem:purpose-missing"
    assert await api.audit() == []


STRANGER = "stella"  # a partner from whom nothing is kept, and for whom nobody has opened a case
ABOUT_LENA: dict[str, Any] = {"kind": "leader", "key": LEADER}


@asynccontextmanager
async def as_person(api: Api, person: str, role: Role) -> AsyncIterator[httpx.AsyncClient]:
    """A client of somebody in a role; of nobody in particular for an empty name."""
    async with api.database.write() as connection:
        people = table_of(PersonRow)
        if person == STRANGER and not (await connection.execute(select(people).where(people.c.key == person))).all():
            await connection.execute(insert(people).values(key=person, team=None, active=True))
        made = await create_key(connection, name="x", role=role, person=person or None, now=NOW)
    async with api.client(None, Authorization=f"Bearer {made.token}") as client:
        yield client


async def test_people_are_read_about_only_while_an_approved_case_for_the_purpose_is_open(api: Api) -> None:
    async with (
        as_person(api, TOP, Role.OPERATOR) as operator,
        as_person(api, STRANGER, Role.HR_PARTNER) as reader,
        as_person(api, PARTNER, Role.AUDITOR) as auditor,
    ):

        async def read(purpose: str = "relationship-support") -> str:
            statuses = set()
            for operation in (operation for operation in READS if operation.mode is Mode.CASE):
                response = await reader.get(PATHS[operation], headers={"Purpose": purpose})
                statuses.add("read" if response.status_code == 200 else response.json()["type"].rpartition(":")[2])
            assert len(statuses) == 1
            return str(statuses.pop())

        async def asked() -> str:
            opened = await reader.post("/v1/cases", json=new)
            assert opened.status_code == 201
            return str(opened.json()["case"])

        assert await read() == "case-needed"
        new = {"partner": STRANGER, "purpose": "relationship-support", "hours": 2, "subject": ABOUT_LENA}
        case = await asked()
        (waiting,) = [each for each in (await auditor.get("/v1/cases")).json()["data"] if each["case"] == case]
        assert waiting | {"case": ""} == {
            "case": "", "state": "waiting", "partner": STRANGER, "purpose": "relationship-support",
            "subject_kind": "leader", "subject": LEADER, "people": len(MEMBERS), "reason": "", "break_glass": False,
            "opened_by": STRANGER, "opened_at": "2026-02-02T02:40:00Z", "expires_at": "2026-02-02T04:40:00Z",
            "approved_by": None, "approved_at": None, "closed_at": None, "open": False,
        }  # fmt: skip
        assert await read() == "case-needed", "nobody approved it"
        approved = await auditor.post(f"/v1/cases/{case}/approve")
        assert (approved.json()["approved_by"], approved.json()["state"]) == (PARTNER, "open")
        assert (await auditor.post(f"/v1/cases/{case}/approve")).content == approved.content
        assert await read() == "read"
        assert await read("escalation-prevention") == "case-needed"
        api.clock.now += 7_199
        assert await read() == "read"
        api.clock.now += 1
        assert await read() == "case-needed"

        again = await asked()
        await auditor.post(f"/v1/cases/{again}/approve")
        assert await read() == "read"
        closed = await reader.post(f"/v1/cases/{again}/close")
        assert closed.json()["open"] is False
        assert await read() == "case-needed"
        assert (await reader.post(f"/v1/cases/{again}/close")).content == closed.content
        assert [each["case"] for each in (await reader.get("/v1/cases")).json()["data"]] == [again, case]
        assert (await operator.post(f"/v1/cases/{again}/approve")).status_code == 404, "she is above lena"
    assert len((await api.get("/v1/cases", role="auditor")).json()["data"]) == 8
    assert {case["partner"] for case in (await api.get("/v1/cases", role="holder")).json()["data"]} == {HOLDER}


async def test_a_case_opens_what_it_is_about_and_nothing_else(api: Api) -> None:
    subjects: list[tuple[CaseSubjectKind, str, int]] = [
        (CaseSubjectKind.PERSON, "adam", 1),
        (CaseSubjectKind.LEADER, LEADER, len(MEMBERS)),
        (CaseSubjectKind.LEADER, SKIP, 2),
        (CaseSubjectKind.UNIT, "engines", len(MEMBERS) + 1),
    ]
    paths = ("/v1/escalation-risks?limit=200", "/v1/relationships?limit=200", "/v1/alerts?limit=200")
    everything = [(await api.get(path)).json()["data"] for path in paths]
    async with as_person(api, STRANGER, Role.HR_PARTNER) as reader:
        for kind, subject, people in subjects:
            async with api.database.write() as connection:
                case = await connection.run_sync(open_approved, partner=STRANGER, kind=kind, subject=subject)
            about = {LEADER, *MEMBERS} if kind is CaseSubjectKind.UNIT else {subject}
            under = {"adam": None, "engines": None}.get(subject, subject)
            seen = [(await reader.get(path)).json()["data"] for path in paths]
            assert seen == [
                [row for row in rows if _is_about(row, about, under=under)] for rows in everything
            ], (kind, subject)  # fmt: skip
            assert seen[0]
            listed = (await reader.get("/v1/cases")).json()["data"]
            assert [each["people"] for each in listed if each["case"] == case] == [people]
            one, other = ("adam", LEADER, SKIP), (LEADER, SKIP, TOP)
            for chain in (one, other):
                path = f"/v1/subjects/chain:{'|'.join(chain)}/evidence"
                covered = any((row["person"], row["leader"], row["skip_leader"]) == chain for row in seen[0])
                assert (await reader.get(path)).status_code == (200 if covered else 404)
            async with api.database.write() as connection:
                await connection.execute(update(table_of(CaseRow)).where(table_of(CaseRow).c.id == case).values(
                    closed_at=NOW))  # fmt: skip


def _is_about(row: dict[str, Any], about: set[str], *, under: str | None) -> bool:
    """Whether a case about these people, or about those under a leader, covers a row of a list."""
    if "person" in row:
        return row["leader"] == under if under else row["person"] in about
    if under is None:
        return bool(about & set(row["people"]))
    others = set(row["people"]) - {under}
    reports = {person for person, manager, *_, until in LINES if manager == under and until > NOW}
    return under in row["people"] and others <= reports


async def test_who_joins_a_unit_later_is_not_in_a_case_about_it(api: Api) -> None:
    """What was approved is what was shown."""
    case = CaseRow.__tablename__
    async with api.database.write() as connection:
        await connection.execute(text(f"UPDATE {case} SET closed_at = :now"), {"now": NOW})  # noqa: S608 - our own name
        await connection.run_sync(open_approved, partner=PARTNER, kind=CaseSubjectKind.UNIT, subject="people")
    before = (await api.get("/v1/escalation-risks?limit=200")).json()["data"]
    async with api.database.write() as connection:
        await connection.execute(update(table_of(PersonRow)).values(team="people"))
    assert (await api.get("/v1/escalation-risks?limit=200")).json()["data"] == before


async def test_who_may_open_and_approve_what(api: Api) -> None:
    good: dict[str, Any] = {
        "partner": STRANGER, "purpose": "relationship-support", "hours": 1, "subject": ABOUT_LENA,
    }  # fmt: skip
    unit = {"kind": "unit", "key": "works"}
    tried: list[tuple[str, Role, dict[str, Any], int]] = [
        (STRANGER, Role.HR_PARTNER, {}, 201),
        (PARTNER, Role.OPERATOR, {}, 201),
        (PARTNER, Role.HR_PARTNER, {}, 409),  # for somebody else
        (STRANGER, Role.OPERATOR, {}, 409),  # for themselves, as no partner
        ("", Role.OPERATOR, {}, 409),  # as a machine
        (PARTNER, Role.OPERATOR, {"purpose": "own-data"}, 409),
        (PARTNER, Role.OPERATOR, {"hours": 0}, 422),
        (PARTNER, Role.OPERATOR, {"hours": 721}, 422),
        (PARTNER, Role.OPERATOR, {"purpose": "curiosity"}, 422),
        (PARTNER, Role.OPERATOR, {"tenant": "elsewhere"}, 422),
        (PARTNER, Role.OPERATOR, {"subject": {"kind": "leader", "key": "adam"}}, 422),  # leads nobody
        (PARTNER, Role.OPERATOR, {"subject": {"kind": "person", "key": "nobody"}}, 422),
        (PARTNER, Role.OPERATOR, {"subject": {"kind": "everybody", "key": "x"}}, 422),
        (PARTNER, Role.OPERATOR, {"subject": None}, 422),
        (PARTNER, Role.OPERATOR, {"subject": unit}, 409),  # says not why
        (PARTNER, Role.OPERATOR, {"subject": unit, "reason": "  "}, 409),
        (PARTNER, Role.OPERATOR, {"subject": unit, "reason": "a merger"}, 201),
        (PARTNER, Role.AUDITOR, {}, 403),
    ]
    for person, role, changed, status in tried:
        async with as_person(api, person, role) as client:
            answered = await client.post("/v1/cases", json=good | changed)
            assert answered.status_code == status, (person, role, changed, answered.text)
    async with as_person(api, STRANGER, Role.HR_PARTNER) as asking, as_person(api, PARTNER, Role.OPERATOR) as opening:
        asked = (await asking.post("/v1/cases", json=good)).json()["case"]
        opened = (await opening.post("/v1/cases", json=good)).json()["case"]
    approving: list[tuple[str, str, Role, int]] = [
        (asked, STRANGER, Role.HR_PARTNER, 409),  # the partner
        (asked, STRANGER, Role.OPERATOR, 409),  # the partner with another key
        (opened, STRANGER, Role.AUDITOR, 409),
        (opened, PARTNER, Role.OPERATOR, 409),  # who opened it
        (opened, PARTNER, Role.AUDITOR, 409),
        (asked, "", Role.OPERATOR, 409),  # a machine
        (asked, PARTNER, Role.LEADER, 403),
        *((asked, person, Role.OPERATOR, 404) for person in (LEADER, "adam", SKIP, OTHER_LEADER)),  # concerned
        ("case_0123456789abcdef", PARTNER, Role.OPERATOR, 404),
        (asked, PARTNER, Role.HR_PARTNER, 200),  # another partner
        (opened, HOLDERS_REPORT, Role.AUDITOR, 200),
    ]
    for case, person, role, status in approving:
        async with as_person(api, person, role) as client:
            answered = await client.post(f"/v1/cases/{case}/approve")
            assert answered.status_code == status, (person, role, answered.text)
            seen = (await client.get("/v1/cases")).json().get("data", [])
            assert status != 404 or case not in {each["case"] for each in seen}


async def test_breaking_the_glass_is_possible_and_loud_and_short(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    now_needed: dict[str, Any] = {
        "partner": STRANGER, "purpose": "escalation-prevention", "hours": 4, "subject": ABOUT_LENA,
        "reason": "a threat, reported by phone", "break_glass": True,
    }  # fmt: skip
    async with (
        as_person(api, STRANGER, Role.HR_PARTNER) as reader,
        as_person(api, PARTNER, Role.AUDITOR) as auditor,
    ):
        for changed in ({"hours": 5}, {"reason": ""}, {"subject": {"kind": "unit", "key": "works"}}):
            assert (await reader.post("/v1/cases", json=now_needed | changed)).status_code == 409, changed
        broken = (await reader.post("/v1/cases", json=now_needed)).json()
        assert (broken["state"], broken["open"], broken["expires_at"]) == ("break-glass", True, "2026-02-02T06:40:00Z")
        assert "the glass was broken" in caplog.text
        headers = {"Purpose": "escalation-prevention"}
        assert (await reader.get("/v1/escalation-risks", headers=headers)).json()["data"]
        told = [entry for entry in await api.audit() if entry[1] == "breakGlass"]
        assert {subject for *_, subject, _ in told} == set(MEMBERS)
        assert (await auditor.get("/v1/cases")).json()["data"][0]["case"] == broken["case"], "first of all"
        again = await reader.post("/v1/cases", json=now_needed)
        assert again.status_code == 409, "not twice before somebody looked"
        api.clock.now += 4 * 3_600
        assert (await reader.get("/v1/escalation-risks", headers=headers)).status_code == 403
        assert (await reader.post("/v1/cases", json=now_needed)).status_code == 409
        assert (await auditor.post(f"/v1/cases/{broken['case']}/approve")).status_code == 200, "once it is over as well"
        assert (await reader.get("/v1/escalation-risks", headers=headers)).status_code == 403, "which opens nothing"
        assert (await reader.post("/v1/cases", json=now_needed)).status_code == 201


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"purpose": Purpose.OWN_DATA}, "for one of"),
        ({"lifetime_seconds": 0}, "at most 30 days"),
        ({"lifetime_seconds": LONGEST_CASE_SECONDS + 1}, "at most 30 days"),
        ({"subject_kind": CaseSubjectKind.UNIT, "subject": "organisation"}, "needs a written reason"),
        ({"break_glass": True, "reason": "now"}, "at most 4 hours"),
        ({"reason": "x" * 501}, "at most 500"),
    ],
)
async def test_the_store_opens_no_such_case_whoever_asks(sqlite_url: str, changed: dict[str, Any], why: str) -> None:
    """The commands have no route in front of them."""
    good: dict[str, Any] = {
        "partner": PARTNER, "purpose": Purpose.RELATIONSHIP_SUPPORT, "opened_by": LEADER, "now": NOW,
        "lifetime_seconds": LONGEST_CASE_SECONDS, "subject_kind": CaseSubjectKind.PERSON, "subject": LEADER,
    }  # fmt: skip
    async with running_api(sqlite_url, company=False) as api, api.database.write() as connection:
        before = len(await connection.run_sync(list_cases))
        with pytest.raises(CaseRuleError, match=why):
            await connection.run_sync(lambda sync: open_case(sync, NewCase(**good | changed)))
        assert len(await connection.run_sync(list_cases)) == before
        await connection.run_sync(lambda sync: open_case(sync, NewCase(**good)))


async def test_no_case_is_opened_where_case_mode_is_off(database_url: str) -> None:
    async with running_api(database_url, mode=Mode.SELF) as api:
        response = await ask(api, BY_ID["openCase"], "operator")
        assert response.json()["type"] == "urn:bellwether:problem:case-mode-off"


async def test_the_own_view_has_ones_pairs_but_those_with_ones_reports_and_no_chain(api: Api) -> None:
    async def own(person: str, role: Role) -> list[tuple[str, ...]]:
        async with api.database.write() as connection:
            made = await create_key(connection, name="own", role=role, person=person, now=NOW)
        async with api.client(None, Authorization=f"Bearer {made.token}", Purpose="own-data") as client:
            return [(row["signal"], *row["people"]) for row in (await client.get("/v1/own/readings")).json()["data"]]

    assert await own("adam", Role.EMPLOYEE) == [("cadence", "adam", LEADER), ("relationship_health", "adam", LEADER)]
    audited = await api.audit()
    assert [(operation, purpose, subject, rows) for _, operation, purpose, subject, rows in audited] == [
        ("listOwnReadings", "own-data", "adam", 2),
        ("listOwnReadings", "own-data", LEADER, 2),
    ]
    with_others = {pair for pair in pairs() if LEADER in pair and not set(pair) & set(MEMBERS)}
    assert {tuple(people) for _, *people in await own(LEADER, Role.LEADER)} == with_others
    # The leader's own leader sees nothing of what is below.
    assert {tuple(people) for _, *people in await own(SKIP, Role.LEADER)} == set()
