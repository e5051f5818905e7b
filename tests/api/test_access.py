"""Who may do what, what for, what of it is recorded, and who is never seen."""

import asyncio
import itertools
from collections import Counter
from urllib.parse import quote

import httpx
from sqlalchemy import delete, text

from services.api.operations import (
    LIST_ESCALATION_RISKS,
    LIST_PEOPLE,
    LIST_RELATIONSHIPS,
    LIST_SIGNALS,
    LIST_TEAMS,
    OPERATIONS,
    READ_EVIDENCE,
    READ_HISTORY,
    Operation,
)
from shared.domain.week import DAY
from shared.storage.bulk import table_of
from shared.storage.keys import LIFETIME_SECONDS, Role, create_key, revoke_key
from shared.storage.tables import PersonRow, ReadingRow, ReportingLineRow
from tests.api.company import CONFLICTED, HOLDER, LEADER, NOW, SKIP, Api, chains, pairs, running_api

PATHS: dict[Operation, str] = {
    LIST_PEOPLE: "/v1/people",
    LIST_TEAMS: "/v1/teams",
    LIST_RELATIONSHIPS: "/v1/relationships",
    LIST_ESCALATION_RISKS: "/v1/escalation-risks",
    READ_HISTORY: f"/v1/subjects/pair:adam|{LEADER}/history?signal=cadence",
    READ_EVIDENCE: f"/v1/subjects/pair:adam|{LEADER}/evidence",
    LIST_SIGNALS: "/v1/signals",
}
# Written out and not read from the code: who may do what is decided here a second time.
ALLOWED = {
    "hr_partner": {
        LIST_PEOPLE, LIST_TEAMS, LIST_RELATIONSHIPS, LIST_ESCALATION_RISKS, READ_HISTORY, READ_EVIDENCE, LIST_SIGNALS,
    },
    "analyst": {LIST_TEAMS, LIST_SIGNALS},
    "leader": {LIST_TEAMS, LIST_SIGNALS},
    "operator": {LIST_PEOPLE, LIST_SIGNALS},
}  # fmt: skip


async def test_every_role_may_do_what_it_is_for_and_nothing_else(api: Api) -> None:
    assert set(PATHS) == set(OPERATIONS)
    assert set(ALLOWED) == set(Role)
    for role, operation in itertools.product(Role, OPERATIONS):
        response = await api.get(PATHS[operation], role=role)
        expected = 200 if operation in ALLOWED[role] else 403
        assert response.status_code == expected, (role, operation.id)
        if expected == 403:
            assert response.json()["type"] == "urn:bellwether:problem:forbidden"
    assert {subject for _, _, _, subject, _ in await api.audit()}


async def test_without_a_good_key_every_operation_answers_the_same_bytes(api: Api) -> None:
    good = api.tokens["hr_partner"]
    async with api.database.write() as connection:
        revoked = await create_key(connection, name="revoked", role=Role.HR_PARTNER, now=NOW)
        await revoke_key(connection, revoked.key.id, now=NOW)
        expired = await create_key(connection, name="old", role=Role.HR_PARTNER, now=NOW - LIFETIME_SECONDS)
    headers: list[dict[str, str]] = [
        {},
        {"Authorization": ""},
        {"Authorization": good},
        {"Authorization": f"Basic {good}"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": f"Bearer {good[:-1]}{'0' if good[-1] != '0' else '1'}"},
        {"Authorization": f"Bearer {good} {good}"},
        {"Authorization": f"Bearer {revoked.token}"},
        {"Authorization": f"Bearer {expired.token}"},
        {"Authorization": "Bearer \x7f\t"},
    ]
    answers = set()
    for path, sent in itertools.product(PATHS.values(), headers):
        async with api.client(None, **sent) as client:
            response = await client.get(path)
        answers.add((response.status_code, response.content, tuple(sorted(response.headers.items()))))
        async with api.client(None, **sent) as client:  # parameters are not looked at before the key
            assert (await client.get(path, params={"limit": "x"})).content == response.content
    assert len(answers) == 1
    status, _, answered = answers.pop()
    assert status == 401
    assert ("www-authenticate", 'Bearer realm="bellwether"') in answered
    assert await api.audit() == []


async def test_the_scheme_is_not_case_sensitive(api: Api) -> None:
    async with api.client(None, Authorization=f"bearer {api.tokens['leader']}") as client:
        assert (await client.get("/v1/signals")).status_code == 200


async def test_a_key_revoked_after_use_is_refused_at_once(api: Api) -> None:
    async with api.database.write() as connection:
        made = await create_key(connection, name="short", role=Role.HR_PARTNER, now=NOW)
    async with api.client(None, Authorization=f"Bearer {made.token}") as client:
        assert (await client.get("/v1/relationships")).status_code == 200
        async with api.database.write() as connection:
            await revoke_key(connection, made.key.id, now=NOW)
        assert (await client.get("/v1/relationships")).status_code == 401


async def test_readings_of_people_need_case_mode(database_url: str) -> None:
    async with running_api(database_url, case_mode=False) as api:
        for operation, path in PATHS.items():
            response = await api.get(path)
            if operation.readings_of_people:
                assert response.status_code == 403
                assert response.json()["type"] == "urn:bellwether:problem:case-mode-off"
                assert response.json()["title"] == "Case mode is off"
            else:
                assert response.status_code == 200
        assert await api.audit() == []


async def test_readings_of_people_need_a_purpose(api: Api) -> None:
    for operation, path in PATHS.items():
        for purpose in ("", "curiosity", "Relationship-Support"):
            async with api.client(Purpose=purpose) as client:
                response = await client.get(path)
            assert response.status_code == (400 if operation.readings_of_people else 200)
            if operation.readings_of_people:
                assert response.json()["type"] == "urn:bellwether:problem:purpose-missing"
    assert await api.audit() == []


async def test_one_audit_row_per_person_told_of(api: Api) -> None:
    key_id = api.tokens["hr_partner"].removeprefix("bw_").rpartition("_")[0]
    async with api.client(Purpose="escalation-prevention") as client:
        page = (await client.get("/v1/escalation-risks", params={"limit": 3})).json()["data"]
    told_of = Counter(person for row in page for person in (row["person"], row["leader"], row["skip_leader"]))
    assert len(page) == 3
    assert await api.audit() == [
        (key_id, "listEscalationRisks", "escalation-prevention", person, rows)
        for person, rows in sorted(told_of.items())
    ]


async def test_subjects_are_audited_too(api: Api) -> None:
    await api.get(f"/v1/subjects/pair:adam|{LEADER}/history", signal="relationship_health")
    await api.get(f"/v1/subjects/chain:adam|{LEADER}|{SKIP}/evidence")
    assert [(operation, subject, rows) for _, operation, _, subject, rows in await api.audit()] == [
        ("readHistory", "adam", 4),
        ("readHistory", LEADER, 4),
        ("readEvidence", "adam", 3),
        ("readEvidence", LEADER, 3),
        ("readEvidence", SKIP, 3),
    ]


async def test_only_what_is_told_is_audited(api: Api) -> None:
    await api.get("/v1/people")
    await api.get("/v1/teams")
    await api.get("/v1/relationships", person="nobody")
    await api.get("/v1/relationships", limit="many")
    await api.get(f"/v1/subjects/pair:nobody|{LEADER}/evidence")
    assert await api.audit() == []
    # Whoever asks whether anything changed is told so.
    tag = (await api.get("/v1/relationships", person="adam")).headers["etag"]
    async with api.client(**{"If-None-Match": tag}) as client:
        assert (await client.get("/v1/relationships", params={"person": "adam"})).status_code == 304
    assert len(await api.audit()) == 4


async def test_no_audit_row_no_data(api: Api) -> None:
    async with api.database.write() as connection:
        await connection.execute(text("ALTER TABLE audit RENAME TO audit_elsewhere"))
    for operation, path in PATHS.items():
        response = await api.get(path)
        if operation.readings_of_people:
            assert response.status_code in (500, 503)
            assert "adam" not in response.text
        else:
            assert response.status_code == 200


# --- conflicts of interest


async def test_lists_leave_out_the_holder_and_everybody_who_ever_reported_to_them(api: Api) -> None:
    everything = (await api.get("/v1/relationships")).json()["data"]
    seen = (await api.get("/v1/relationships", role="holder")).json()["data"]
    assert len(everything) == len(pairs())
    assert seen == [row for row in everything if not CONFLICTED & set(row["people"])]
    everything = (await api.get("/v1/escalation-risks")).json()["data"]
    seen = (await api.get("/v1/escalation-risks", role="holder")).json()["data"]
    assert len(everything) == len(chains())
    assert seen == [row for row in everything if not CONFLICTED & {row["person"], row["leader"], row["skip_leader"]}]


def bytes_of(response: httpx.Response) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
    return response.status_code, response.content, response.headers.raw


async def test_forbidden_is_absent_byte_for_byte(api: Api) -> None:
    hidden = [f"pair:{a}|{b}" for a, b in pairs() if CONFLICTED & {a, b}]
    hidden += ["chain:" + "|".join(chain) for chain in chains() if CONFLICTED & set(chain)]
    assert len(hidden) == 6
    absent = await api.get(f"/v1/subjects/pair:nobody|{LEADER}/evidence", role="holder")
    assert absent.status_code == 404
    for subject in hidden:
        signal = "relationship_health" if subject.startswith("pair") else "escalation_risk_14d"
        for path in (f"{quote(subject)}/evidence", f"{quote(subject)}/history?signal={signal}"):
            assert (await api.get(f"/v1/subjects/{path}")).status_code == 200
            assert bytes_of(await api.get(f"/v1/subjects/{path}", role="holder")) == bytes_of(absent)
    malformed = ["pair:a", "pair:a|b|c", "chain:a|b", "trio:a|b|c", "pair:|b", "", "pair:a\0|b", "pair:a|b/evidence"]
    for subject in malformed:
        response = await api.get(f"/v1/subjects/{quote(subject, safe='')}/evidence", role="holder")
        assert bytes_of(response) == bytes_of(absent), subject


async def test_two_worlds_that_differ_in_what_is_forbidden_look_the_same(api: Api) -> None:
    """Every observable byte and every audit row, with and without the readings that the holder must not see."""
    requests = [
        f"/v1/{path}"
        for path in (
            "relationships", "relationships?limit=5", f"relationships?person={HOLDER}", "relationships?team=people",
            "relationships?band=strained&limit=3", "escalation-risks", "escalation-risks?min_value=0.05&limit=2",
            f"subjects/pair:{HOLDER}|{LEADER}/evidence",
            f"subjects/pair:{HOLDER}|{LEADER}/history?signal=relationship_health",
            "people", "teams",
        )
    ]  # fmt: skip

    async def observe() -> list[tuple[int, bytes, list[tuple[bytes, bytes]]]]:
        seen = []
        for path in requests:
            cursor = ""
            while cursor is not None:
                response = await api.get(
                    path + (f"{'&' if '?' in path else '?'}cursor={cursor}" if cursor else ""), role="holder"
                )
                seen.append(bytes_of(response))
                cursor = response.json().get("next_cursor")
        return seen

    with_them = await observe()
    audited = await api.audit()
    table = table_of(ReadingRow)
    concerned = [table.c[name].in_(CONFLICTED) for name in ("first", "second", "third")]
    async with api.database.write() as connection:
        deleted = await connection.execute(delete(table).where(concerned[0] | concerned[1] | concerned[2]))
    assert deleted.rowcount > 10
    assert await observe() == with_them
    assert (await api.audit())[len(audited) :] == audited


async def test_reporting_lines_that_run_in_circles_end(api: Api) -> None:
    async with api.database.write() as connection:
        lines = table_of(ReportingLineRow)
        await connection.execute(
            lines.insert(),
            [{"entity": b"circle", "person": HOLDER, "manager": "ivo", "valid_from": NOW - DAY, "valid_to": NOW}],
        )
        await connection.execute(table_of(PersonRow).delete())
    async with asyncio.timeout(10):
        seen = (await api.get("/v1/relationships", role="holder")).json()["data"]
    assert seen
    assert not CONFLICTED & {person for row in seen for person in row["people"]}
