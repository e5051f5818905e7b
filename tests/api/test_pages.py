"""Pages, cursors and ETags."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.storage.engine.bulk import table_of
from shared.storage.tables.directory import PersonRow
from shared.storage.tables.readings import ReadingRow
from tests.api.company import LEADER, MEMBERS, PARTNER, Api, open_cases, reading

LISTS: dict[str, dict[str, Any]] = {
    "/v1/people": {},
    "/v1/teams": {},
    "/v1/relationships": {},
    "/v1/escalation-risks": {"horizon": 28},
    f"/v1/subjects/pair:adam|{LEADER}/history": {"signal": "relationship_health"},
}


async def join(connection: AsyncConnection, *people: str) -> None:
    """Add people to the company, and open cases that are about them as well."""
    await connection.execute(insert(table_of(PersonRow)), [{"key": person, "active": True} for person in people])
    await connection.run_sync(open_cases, partner=PARTNER)


async def walk(
    api: Api, path: str, *, limit: int, between: Callable[[], Awaitable[None]] | None = None, **parameters: Any
) -> list[dict[str, Any]]:
    """Every row of a list, page by page; `between` runs after the first page."""
    rows: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        response = await api.get(path, limit=limit, **parameters, **({"cursor": cursor} if cursor else {}))
        assert response.status_code == 200, response.text
        page = response.json()
        assert 0 < len(page["data"]) <= limit
        if between is not None and not rows:
            await between()
        rows += page["data"]
        cursor = page["next_cursor"]
    return rows


async def test_pages_are_complete_and_without_repetition(api: Api) -> None:
    for path, parameters in LISTS.items():
        whole = (await api.get(path, limit=200, **parameters)).json()
        assert whole["next_cursor"] is None
        for limit in (1, 2, 3, len(whole["data"])):
            assert await walk(api, path, limit=limit, **parameters) == whole["data"], (path, limit)


async def test_pages_keep_their_filters(api: Api) -> None:
    rows = await walk(api, "/v1/relationships", limit=2, band="watch", team="engines")
    assert {row["band"] for row in rows} == {"watch"}
    assert len(rows) == len((await api.get("/v1/relationships", band="watch", team="engines")).json()["data"]) > 2


async def test_people_named_in_a_filter_are_paged_like_all(api: Api) -> None:
    named = [*MEMBERS, "nobody", MEMBERS[0], LEADER]
    rows = await walk(api, "/v1/people", limit=4, person=named)
    assert [row["person"] for row in rows] == sorted({*MEMBERS, LEADER})
    cursor = (await api.get("/v1/people", limit=4, person=named)).json()["next_cursor"]
    assert (await api.get("/v1/people", limit=4, person=named[1:], cursor=cursor)).status_code == 422


async def test_rows_that_come_or_go_between_pages_neither_repeat_nor_hide_others(api: Api) -> None:
    table = table_of(ReadingRow)
    async with api.database.write() as connection:
        await join(connection, "000", "001", "A", "B", "zz", "zzz")
    before = (await api.get("/v1/relationships", limit=200)).json()["data"]

    async def disturb() -> None:
        async with api.database.write() as connection:
            for value, pair in ((0.5, ("000", "001")), (35.0, ("A", "B")), (99.0, ("zz", "zzz"))):
                await connection.execute(insert(table), [reading("relationship_health", pair, value)])
            first, second = before[1]["people"]  # on the first page already
            await connection.execute(delete(table).where(table.c.first == first, table.c.second == second))

    rows = await walk(api, "/v1/relationships", limit=4, between=disturb)
    subjects = [row["subject"] for row in rows]
    assert len(subjects) == len(set(subjects))
    assert {row["subject"] for row in before} <= set(subjects)
    assert "pair:zz|zzz" in subjects  # came after the position
    assert "pair:000|001" not in subjects  # came before it


async def test_the_default_and_the_largest_page(api: Api) -> None:
    rows = [reading("friction", (f"f{number:03}", "g"), 1.0) for number in range(201)]
    async with api.database.write() as connection:
        await join(connection, "g", *(f"f{number:03}" for number in range(201)))
        await connection.execute(insert(table_of(ReadingRow)), rows)
    assert len((await api.get("/v1/relationships", signal="friction")).json()["data"]) == 50
    largest = (await api.get("/v1/relationships", signal="friction", limit=200)).json()
    assert len(largest["data"]) == 200
    assert largest["next_cursor"]


async def test_a_cursor_serves_only_the_list_and_filters_it_was_made_for(api: Api) -> None:
    cursor = (await api.get("/v1/relationships", limit=1)).json()["next_cursor"]
    other_list = (await api.get("/v1/people", limit=1)).json()["next_cursor"]
    history = f"/v1/subjects/pair:adam|{LEADER}/history"
    week = (await api.get(history, signal="relationship_health", limit=1)).json()["next_cursor"]
    refused = [
        await api.get("/v1/relationships", cursor=cursor, team="engines"),
        await api.get("/v1/relationships", cursor=cursor, signal="cadence"),
        await api.get("/v1/relationships", cursor=cursor, as_of="2026-W05"),
        await api.get("/v1/relationships", cursor=other_list),
        await api.get("/v1/escalation-risks", cursor=cursor),
        await api.get(f"/v1/subjects/pair:Zoe|{LEADER}/history", signal="relationship_health", cursor=week),
    ]
    texts = ["", "x", "é", "AAAA", "W10", "bnVsbA", "a" * 2001]
    refused += [await api.get("/v1/relationships", cursor=text) for text in texts]
    assert [response.status_code for response in refused] == [422] * len(refused)
    assert {response.json()["errors"][0]["parameter"] for response in refused} == {"cursor"}
    assert (await api.get("/v1/relationships", cursor=cursor, limit=7)).status_code == 200


@pytest.mark.parametrize("path", ["/v1/signals", *LISTS, f"/v1/subjects/pair:adam|{LEADER}/evidence"])
async def test_what_the_client_has_is_not_sent_again(api: Api, path: str) -> None:
    parameters = LISTS.get(path, {})
    first = await api.get(path, **parameters)
    tag = first.headers["etag"]
    assert tag.startswith('"')
    for named in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        async with api.client(**{"If-None-Match": named}) as client:
            again = await client.get(path, params=parameters or None)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    async with api.client(**{"If-None-Match": '"other"'}) as client:
        assert (await client.get(path, params=parameters or None)).content == first.content


async def test_the_tag_changes_with_the_content(api: Api) -> None:
    before = (await api.get("/v1/relationships")).headers["etag"]
    table = table_of(ReadingRow)
    async with api.database.write() as connection:
        await connection.execute(update(table).values(confidence=0.5))
    assert (await api.get("/v1/relationships")).headers["etag"] != before


async def test_what_names_people_is_never_stored_on_the_way(api: Api) -> None:
    for path in (
        "/v1/people",
        "/v1/relationships",
        "/v1/escalation-risks",
        f"/v1/subjects/pair:adam|{LEADER}/evidence",
    ):
        assert (await api.get(path)).headers["cache-control"] == "no-store"
    for path in ("/v1/teams", "/v1/signals"):
        response = await api.get(path)
        assert response.headers["cache-control"] == "private, no-cache"
        assert response.headers["vary"] == "Authorization"
