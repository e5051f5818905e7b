"""Cursors: nobody reads in one, changes one, or uses that of somebody else."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from services.api.formats.cursor_cipher import CallerCursors, CursorCipher
from services.api.formats.pages import Cursor, Paging
from services.api.formats.subject_names import subject_text
from services.api.problems.kinds import ProblemError
from shared.domain.privacy.roles import Role
from shared.keyring import KeySettings, read_keyring
from shared.storage.access.key_issue import create_key
from shared.storage.engine.bulk import table_of
from shared.storage.tables.readings import ReadingRow
from tests.api.company import LEADER, NOW, OTHER_LEADER, PARTNER, Api, open_cases, reading, running_api

SUBJECT = f"/v1/subjects/pair:adam|{LEADER}/history"
LISTS: dict[str, dict[str, Any]] = {
    "/v1/people": {},
    "/v1/teams": {},
    "/v1/relationships": {},
    "/v1/escalation-risks": {"horizon": 28},
    SUBJECT: {"signal": "relationship_health"},
}


@pytest_asyncio.fixture
async def api(sqlite_url: str) -> AsyncIterator[Api]:
    async with running_api(sqlite_url) as made:
        yield made


def bytes_of(cursor: str) -> bytes:
    return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


def text_of(sealed: bytes) -> str:
    return urlsafe_b64encode(sealed).rstrip(b"=").decode()


async def status(api: Api, path: str, cursor: str, role: str = "hr_partner") -> int:
    return (await api.get(path, role=role, cursor=cursor, **LISTS[path])).status_code


async def test_nothing_of_the_last_row_can_be_read_in_a_cursor(api: Api) -> None:
    for path, parameters in LISTS.items():
        page = (await api.get(path, limit=1, **parameters)).json()
        sealed = bytes_of(page["next_cursor"])
        # Two or three bytes stand in a hundred random ones by chance.
        for value in re.findall(r'[^"\\[\]{},: ]{4,}', msgspec.json.encode(page["data"]).decode()):
            assert value.encode() not in sealed, (path, value)
            assert value not in page["next_cursor"], (path, value)


async def test_a_cursor_is_as_long_whoever_comes_last(api: Api) -> None:
    async with api.database.write() as connection:
        pairs = (("Zoe", 1.0), ("adam", 2.0625), ("Élodie", 3.0))
        rows = [reading("friction", (name, LEADER), value) for name, value in pairs]
        await connection.execute(insert(table_of(ReadingRow)), rows)
    pages = [(await api.get("/v1/relationships", signal="friction", limit=size)).json() for size in (1, 2)]
    assert len({len(page["next_cursor"]) for page in pages}) == 1
    assert pages[0]["next_cursor"] != pages[1]["next_cursor"]


async def test_a_changed_cursor_is_refused(api: Api) -> None:
    for path, parameters in LISTS.items():
        cursor = (await api.get(path, limit=1, **parameters)).json()["next_cursor"]
        assert await status(api, path, cursor) == 200
        sealed = bytes_of(cursor)
        changed = [
            text_of(sealed[:place] + bytes([sealed[place] ^ 1 << place % 8]) + sealed[place + 1 :])
            for place in range(0, len(sealed), 5)
        ]
        changed += [text_of(sealed[:-1]), text_of(sealed + b"\0"), text_of(sealed[16:]), cursor + "=", cursor + "A"]
        assert {await status(api, path, each) for each in changed} == {422}


async def test_a_cursor_is_good_for_its_caller_and_list_alone(api: Api) -> None:
    async with api.database.write() as connection:
        second = await create_key(connection, name="second", role=Role.HR_PARTNER, person=PARTNER, now=NOW)
        other = await create_key(connection, name="other", role=Role.HR_PARTNER, person=OTHER_LEADER, now=NOW)
        await connection.run_sync(open_cases, partner=OTHER_LEADER)
    api.tokens.update(second=second.token, other=other.token)
    cursors = {path: (await api.get(path, limit=1, **LISTS[path])).json()["next_cursor"] for path in LISTS}
    for path in LISTS:
        for made_for, cursor in cursors.items():
            assert await status(api, path, cursor) == (200 if made_for == path else 422)
        for role in ("second", "other"):
            assert await status(api, path, cursors[path], role) == 422
    swapped = subject_text("pair", "Zoe", LEADER)
    answer = await api.get(f"/v1/subjects/{swapped}/history", cursor=cursors[SUBJECT], **LISTS[SUBJECT])
    assert answer.status_code == 422


def keyring(directory: Path, *lines: str) -> Any:
    file = directory / "register.key"
    file.write_text("\n".join(lines), encoding="ascii")
    return read_keyring(KeySettings(register_key_file=file)).cursors


def test_processes_with_the_same_keys_know_each_others_cursors(tmp_path: Path) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    before, during, after = keyring(tmp_path, old), keyring(tmp_path, new, old), keyring(tmp_path, new)
    assert old.encode() not in before[0]
    made = CursorCipher(before).seal(b"[1]", [b"list"])
    assert (CursorCipher(during).open(made, [b"list"]) or b"").strip() == b"[1]"
    assert CursorCipher(after).open(made, [b"list"]) is None
    assert CursorCipher(()).open(made, [b"list"]) is None
    assert made not in {CursorCipher(()).seal(b"[1]", [b"list"]) for _ in range(3)}  # a key of each process


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(st.text(max_size=80), st.binary(max_size=120).map(text_of)))
def test_no_text_but_a_sealed_one_is_a_position(text: str) -> None:
    pages: Cursor[tuple[int, str]] = Cursor("listThings", tuple[int, str])
    cursors = CallerCursors(CursorCipher(()), tenant="default", caller="key")
    with pytest.raises(ProblemError) as refused:
        pages.read(Paging(cursor=text), cursors)
    assert refused.value.problem.status == 422
