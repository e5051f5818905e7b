"""Whom nobody reads about, and that nobody can tell."""

import asyncio
from urllib.parse import quote

import httpx
from sqlalchemy import delete, insert, update

from services.api.auth.authentication import REMEMBERED_SECONDS
from shared.domain.privacy.roles import Role
from shared.domain.week import DAY
from shared.storage.access.key_issue import create_key
from shared.storage.engine.bulk import table_of
from shared.storage.tables.access import ApiKeyRow
from shared.storage.tables.directory import PersonRow, ReportingLineRow
from shared.storage.tables.readings import ReadingRow
from tests.api.company import (
    ALERT,
    CONFLICTED,
    HOLDER,
    LEADER,
    MEMBERS,
    NOW,
    OTHER_LEADER,
    SKIP,
    TOP,
    Api,
    chains,
    open_cases,
    pairs,
    reading,
)


async def test_lists_leave_out_the_holder_and_everybody_who_ever_reported_to_them(api: Api) -> None:
    everything = (await api.get("/v1/relationships")).json()["data"]
    seen = (await api.get("/v1/relationships", role="holder")).json()["data"]
    assert len(everything) == len(pairs())
    assert seen == [row for row in everything if not CONFLICTED & set(row["people"])]
    everything = (await api.get("/v1/escalation-risks")).json()["data"]
    seen = (await api.get("/v1/escalation-risks", role="holder")).json()["data"]
    assert len(everything) == len(chains())
    # Vera has the same manager as the holder.
    assert seen == [
        row
        for row in everything
        if not CONFLICTED & {row["person"], row["leader"], row["skip_leader"]} and row["leader"] != SKIP
    ]


async def test_nobody_reads_about_those_they_report_to_but_as_the_target_of_others(api: Api) -> None:
    """Lena, who reports to vera and theo, with a case of an HR partner's."""
    async with api.database.write() as connection:
        made = await create_key(connection, name="lena", role=Role.HR_PARTNER, person=LEADER, now=NOW)
        await connection.run_sync(open_cases, partner=LEADER)
    api.tokens["lena"] = made.token
    below, above, peers = {LEADER, *MEMBERS}, {SKIP, TOP}, {OTHER_LEADER}
    seen = (await api.get("/v1/relationships", role="lena")).json()["data"]
    expected = {pair for pair in pairs() if not {*below, *above, *peers} & set(pair)}
    assert {tuple(row["people"]) for row in seen} == expected
    assert any(TOP in pair for pair in set(pairs()) - expected if LEADER not in pair)
    seen = (await api.get("/v1/escalation-risks", role="lena")).json()["data"]
    expected_chains = {chain for chain in chains() if not below & set(chain) and not {*above, *peers} & set(chain[:2])}
    assert {(row["person"], row["leader"], row["skip_leader"]) for row in seen} == expected_chains
    assert {target for *_, target in expected_chains} == {TOP}


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


async def test_groups_are_told_of_as_they_were_released_and_in_no_other_way(api: Api) -> None:
    """Their readings are exact, of every week, and of whoever is there: a difference of two is one person's."""
    groups = {"team:works": "insularity", "organisation:organisation": "factions"}
    async with api.database.write() as connection:
        for subject, signal in groups.items():
            row = reading(signal, [subject.partition(":")[2], ""], 41.5)
            await connection.execute(insert(table_of(ReadingRow)), row)
    absent = await api.get("/v1/subjects/pair:no|body/evidence")
    for subject, signal in groups.items():
        for path in (f"{subject}/evidence", f"{subject}/history?signal={signal}"):
            assert bytes_of(await api.get(f"/v1/subjects/{path}")) == bytes_of(absent)


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


async def test_a_key_of_nobody_finds_nothing_about_named_people(api: Api) -> None:
    """Such keys were made once. Whom they must be kept from cannot be known, so it is from everybody."""
    seen = await api.get("/v1/alerts")
    assert len(seen.json()["data"]) == 1
    key_id = api.tokens["hr_partner"].removeprefix("bw_").rpartition("_")[0]
    async with api.database.write() as connection:
        keys = table_of(ApiKeyRow)
        await connection.execute(update(keys).where(keys.c.id == key_id).values(person=None))
        await connection.run_sync(open_cases, partner=key_id)
    api.clock.now += REMEMBERED_SECONDS
    for path in ("alerts", "escalation-risks", "relationships"):
        answer = await api.get(f"/v1/{path}")
        assert answer.status_code == 200
        assert answer.json()["data"] == []
    person, leader, target = chains()[0]
    for path in (f"alerts/{ALERT}", f"subjects/{quote(f'chain:{person}|{leader}|{target}')}/evidence"):
        assert (await api.get(f"/v1/{path}")).status_code == 404
