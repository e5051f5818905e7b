"""How far a deployment goes, and what named people are read about for."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.api.settings import ApiSettings
from shared.domain.privacy.roles import LONGEST_CASE_SECONDS, Mode, Purpose, Role
from shared.storage.access.cases import list_cases, open_case
from shared.storage.access.key_issue import create_key
from tests.api.asking import BY_ID, PATHS, READS, ask, role_of
from tests.api.company import (
    HOLDER,
    LEADER,
    MEMBERS,
    NOW,
    OTHER_LEADER,
    PARTNER,
    SKIP,
    Api,
    pairs,
    running_api,
)


@pytest.mark.parametrize("mode", Mode)
async def test_people_are_read_about_only_in_a_mode_that_includes_it(database_url: str, mode: Mode) -> None:
    slugs = {Mode.SELF: "self-mode-off", Mode.CASE: "case-mode-off"}
    async with running_api(database_url, mode=mode) as api:
        for operation in READS:
            response = await ask(api, operation, role_of(operation))
            if mode.includes(operation.mode):
                assert response.status_code == 200
            else:
                assert response.status_code == 403
                assert response.json()["type"] == f"urn:bellwether:problem:{slugs[operation.mode]}"
        if mode is Mode.AGGREGATE:
            assert await api.audit() == []


def test_case_mode_needs_both_references() -> None:
    assert ApiSettings().mode is Mode.AGGREGATE
    for given in ({}, {"dpia_reference": "DPIA 7"}, {"dpia_reference": " ", "agreement_reference": "agreement"}):
        with pytest.raises(ValidationError, match=r"BELLWETHER_(DPIA|AGREEMENT)_REFERENCE"):
            ApiSettings(mode=Mode.CASE, **given)  # type: ignore[arg-type]
    assert ApiSettings(mode=Mode.CASE, dpia_reference="DPIA 7", agreement_reference="agreement").mode is Mode.CASE


async def test_readings_of_people_need_a_purpose(api: Api) -> None:
    for operation in READS:
        role = role_of(operation)
        wrong = Purpose.RELATIONSHIP_SUPPORT if operation.mode is Mode.SELF else Purpose.OWN_DATA
        for purpose in ("", "curiosity", "Relationship-Support", wrong):
            response = await ask(api, operation, role, Purpose=purpose)
            assert response.status_code == (400 if operation.readings_of_people else 200)
            if operation.readings_of_people:
                assert response.json()["type"] == "urn:bellwether:problem:purpose-missing"
    assert await api.audit() == []


async def test_people_are_read_about_only_while_a_case_for_the_purpose_is_open(api: Api) -> None:
    async with api.database.write() as connection:
        operator = await create_key(connection, name="opener", role=Role.OPERATOR, person=LEADER, now=NOW)
        partner = await create_key(connection, name="partner", role=Role.HR_PARTNER, person=OTHER_LEADER, now=NOW)
    async with (
        api.client(None, Authorization=f"Bearer {operator.token}") as opener,
        api.client(None, Authorization=f"Bearer {partner.token}") as reader,
    ):

        async def read(purpose: str = "relationship-support") -> str:
            statuses = set()
            for operation in (operation for operation in READS if operation.mode is Mode.CASE):
                response = await reader.get(PATHS[operation], headers={"Purpose": purpose})
                statuses.add("read" if response.status_code == 200 else response.json()["type"].rpartition(":")[2])
            assert len(statuses) == 1
            return str(statuses.pop())

        assert await read() == "case-needed"
        new = {"partner": OTHER_LEADER, "purpose": "relationship-support", "hours": 2}
        opened = await opener.post("/v1/cases", json=new)
        assert opened.status_code == 201
        assert opened.json() | {"case": ""} == {
            "case": "", "partner": OTHER_LEADER, "purpose": "relationship-support", "opened_by": LEADER,
            "opened_at": "2026-02-02T02:40:00Z", "expires_at": "2026-02-02T04:40:00Z", "closed_at": None, "open": True,
        }  # fmt: skip
        assert await read() == "read"
        assert await read("escalation-prevention") == "case-needed"
        api.clock.now += 7_199
        assert await read() == "read"
        api.clock.now += 1
        assert await read() == "case-needed"

        again = (await opener.post("/v1/cases", json=new)).json()["case"]
        assert await read() == "read"
        closed = await opener.post(f"/v1/cases/{again}/close")
        assert closed.json()["open"] is False
        assert await read() == "case-needed"
        assert (await opener.post(f"/v1/cases/{again}/close")).content == closed.content
        assert [case["case"] for case in (await reader.get("/v1/cases")).json()["data"]] == [
            again, opened.json()["case"],
        ]  # fmt: skip
    assert len((await api.get("/v1/cases", role="auditor")).json()["data"]) == 8
    assert {case["partner"] for case in (await api.get("/v1/cases", role="holder")).json()["data"]} == {HOLDER}


async def test_nobody_opens_a_case_for_themselves_or_as_a_machine(api: Api) -> None:
    async with api.database.write() as connection:
        made = await create_key(connection, name="opener", role=Role.OPERATOR, person=LEADER, now=NOW)
    good: dict[str, Any] = {"partner": OTHER_LEADER, "purpose": "relationship-support", "hours": 1}
    tried: list[tuple[str, dict[str, Any], int]] = [
        (made.token, {"partner": LEADER}, 409),
        (made.token, {"purpose": "own-data"}, 409),
        (api.tokens["operator"], {}, 409),
        (made.token, {"hours": 0}, 422),
        (made.token, {"hours": 721}, 422),
        (made.token, {"purpose": "curiosity"}, 422),
        (made.token, {"tenant": "elsewhere"}, 422),
        (api.tokens["hr_partner"], {}, 403),
        (made.token, {}, 201),
    ]
    for token, changed, status in tried:
        async with api.client(None, Authorization=f"Bearer {token}") as client:
            assert (await client.post("/v1/cases", json=good | changed)).status_code == status, changed


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"opened_by": PARTNER}, "by somebody else"),
        ({"purpose": Purpose.OWN_DATA}, "for one of"),
        ({"lifetime_seconds": 0}, "at most 30 days"),
        ({"lifetime_seconds": LONGEST_CASE_SECONDS + 1}, "at most 30 days"),
    ],
)
async def test_the_store_opens_no_such_case_whoever_asks(sqlite_url: str, changed: dict[str, Any], why: str) -> None:
    """The commands have no route in front of them."""
    good: dict[str, Any] = {
        "partner": PARTNER, "purpose": Purpose.RELATIONSHIP_SUPPORT, "opened_by": LEADER, "now": NOW,
        "lifetime_seconds": LONGEST_CASE_SECONDS,
    }  # fmt: skip
    async with running_api(sqlite_url, company=False) as api, api.database.write() as connection:
        before = len(await connection.run_sync(list_cases))
        with pytest.raises(ValueError, match=why):
            await connection.run_sync(lambda sync: open_case(sync, **good | changed))
        assert len(await connection.run_sync(list_cases)) == before
        await connection.run_sync(lambda sync: open_case(sync, **good))


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
