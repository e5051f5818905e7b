"""What was refused and what was administered stands in the audit, by the API and by commands, with who did it."""

import itertools
import os
import re
import sqlite3
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy.engine import make_url

from services.api.endpoints import ENDPOINTS
from services.cli.errors import UsageError
from services.cli.operator_account import OPERATOR_FILE, system_user
from shared.domain.escalation.hazard_model import DEFAULT_MODEL
from shared.domain.privacy.audit_chain import Entry
from shared.domain.privacy.roles import Mode, Role
from shared.keyring import KEYS_DIRECTORY
from shared.storage.access.audit import ADMINISTRATION, REFUSED, latest_entries
from shared.storage.access.key_issue import create_key
from shared.storage.engine.database import open_database
from shared.storage.engine.schema import upgrade
from tests.api.asking import BY_ID, ask
from tests.api.company import LEADER, NOW, TOP, Api, running_api
from tests.unit.cli.program import bellwether

MODEL = DEFAULT_MODEL.version


@pytest_asyncio.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as made:
        yield made


async def entries(api: Api) -> list[Entry]:
    async with api.database.read() as connection:
        return (await connection.run_sync(latest_entries, limit=10_000))[::-1]


def key_id(token: str) -> str:
    return token.removeprefix("bw_").rpartition("_")[0]


# --- refused


async def test_what_a_role_may_not_do_is_written_down(api: Api) -> None:
    expected = []
    for role, endpoint in itertools.product(Role, ENDPOINTS):
        if role in endpoint.roles:
            continue
        answer = await ask(api, endpoint, role.value)
        assert answer.status_code == 403
        expected.append((key_id(api.tokens[role.value]), f"{endpoint.id} forbidden", REFUSED))
    found = await entries(api)
    assert [(each.key_id, each.operation, each.purpose) for each in found] == expected
    assert not any(each.rows_by_person for each in found)
    assert await api.audit() == []  # nobody was told of, and nobody finds it


async def test_every_reason_to_refuse_a_read_is_written_down(api: Api) -> None:
    relationships = BY_ID["listRelationships"]
    assert (await ask(api, relationships, "hr_partner", Purpose="curiosity")).status_code == 400
    async with api.database.write() as connection:
        await connection.exec_driver_sql("UPDATE access_case SET closed_at = 0")
    assert (await ask(api, relationships, "hr_partner")).status_code == 403
    found = [each.operation for each in await entries(api)]
    assert found == ["listRelationships purpose-missing", "listRelationships case-needed"]


@pytest.mark.parametrize("mode", [Mode.AGGREGATE, Mode.SELF])
async def test_what_the_mode_forbids_is_written_down(sqlite_url: str, mode: Mode) -> None:
    async with running_api(sqlite_url, mode=mode) as api:
        assert (await ask(api, BY_ID["listRelationships"], "hr_partner")).status_code == 403
        assert [each.operation for each in await entries(api)] == ["listRelationships case-mode-off"]


async def test_a_look_for_somebody_is_written_down_alike_whether_they_are_kept_or_not_there(api: Api) -> None:
    kept, absent = f"/v1/subjects/chain:adam|{LEADER}|vera/evidence", "/v1/subjects/pair:no|body/evidence"
    for role, path in (("hr_partner", absent), ("holder", kept)):
        answer = await api.get(path, role=role)
        if answer.status_code == 404:
            last = (await entries(api))[-1]
            assert (last.operation, last.purpose, dict(last.rows_by_person)) == ("readEvidence not-found", REFUSED, {})
    assert (await api.get(absent)).status_code == 404


async def test_asking_again_and_again_does_not_fill_the_audit(api: Api) -> None:
    for _ in range(30):
        assert (await ask(api, BY_ID["listRelationships"], "employee")).status_code == 403
        assert (await ask(api, BY_ID["listRelationships"], None)).status_code == 401  # nobody's
        assert (await ask(api, BY_ID["listRelationships"], None, Authorization="Bearer x")).status_code == 401
    assert len(await entries(api)) == 1


# --- administered through the API


async def test_every_change_of_the_api_is_written_down_with_what_was_changed(api: Api) -> None:
    async with api.database.write() as connection:
        made = await create_key(connection, name="theo", role=Role.OPERATOR, person=TOP, now=NOW)
    api.tokens["operator"] = made.token  # only people open cases
    done = []
    changes = [each for each in ENDPOINTS if each.changes and not each.readings_of_people]
    for endpoint, role in ((each, role) for each in changes for role in sorted(each.roles)):
        before = len(await entries(api))
        answer = await ask(api, endpoint, role)
        new = (await entries(api))[before:]
        if answer.status_code >= 300:  # nothing was changed
            assert not [each for each in new if each.purpose == ADMINISTRATION], endpoint.id
            continue
        (entry,) = (each for each in new if each.purpose == ADMINISTRATION)
        assert (entry.operation.split()[0], entry.key_id) == (endpoint.id, key_id(api.tokens[role]))
        done.append(endpoint.id)
    assert done


# --- administered by commands


def written(url: str) -> list[tuple[str, str, str]]:
    with sqlite3.connect(make_url(url).database or "") as store:
        return store.execute("SELECT key_id, operation, purpose FROM audit_entry ORDER BY sequence").fetchall()


@pytest.fixture
async def store(sqlite_url: str) -> str:
    database = open_database(make_url(sqlite_url))
    await upgrade(database)
    await database.close()
    return sqlite_url


ACTS: list[tuple[Sequence[str], str]] = [
    (("keys", "create", "--role", "auditor", "--name", "a"), "keys create auditor local_"),
    (("keys", "create", "--role", "operator", "--name", "b"), "keys create operator local_"),
    (("exclude", "add", "mail:a@x.io"), "exclude add"),
    (("exclude", "list"), "exclude list"),
    (("exclude", "remove", "mail:a@x.io"), "exclude remove"),
    (("model", "use", MODEL), f"model use {MODEL}"),
    (("register", "rotate"), "register rotate"),
    (("export", "facts", "--purpose", "evaluation"), "export facts"),
    (("mode", "set", "aggregate"), "mode set aggregate"),
]


def test_every_command_that_administers_is_written_down_with_who_did_it(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOGNAME", "USER", "USERNAME", "LNAME"):
        monkeypatch.setenv(name, "somebody-else")
    where = ("--database", store, "--data", str(tmp_path))
    for command, act in ACTS:
        before = len(written(store))
        result = bellwether(*command, *where)
        new = written(store)[before:]
        if act == "export facts":  # of everybody, and there is nobody
            assert new == []
            continue
        assert len(new) == 1, (command, result.exception)
        who, operation, purpose = new[0]
        assert operation.startswith(act)
        assert purpose == ADMINISTRATION
        assert re.fullmatch(rf"local_[0-9a-f]{{12}} \({re.escape(system_user())}\)", who), who
    assert bellwether("audit", "verify", *where).stdout.startswith("sound: ")
    monkeypatch.setenv("COLUMNS", "300")
    assert "exclude remove" in bellwether("audit", "list", *where).stdout


def test_without_the_key_of_an_operator_nothing_is_done(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ("--database", store, "--data", str(tmp_path))
    made = bellwether("keys", "create", "--role", "analyst", "--name", "a", *where).stdout.split()[0]
    file = tmp_path / "named.key"
    monkeypatch.setenv("BELLWETHER_OPERATOR_KEY_FILE", str(file))
    before = written(store)
    for text in (None, "", "nonsense", made, f"bw_local_{'0' * 12}_{'0' * 64}"):  # also that of another role
        if text is not None:
            file.write_text(text, encoding="ascii")
        for command, _ in [*ACTS, (("signals", "--purpose", "evaluation"), ""), (("erase", "4711", "--yes"), "")]:
            if "operator" in command:
                continue
            refused = bellwether(*command, *where)
            if command[0] == "export" and refused.exception is None:
                continue
            assert isinstance(refused.exception, UsageError), command
    assert written(store) == before
    # The one command that makes operators says so.
    assert bellwether("keys", "create", "--role", "operator", "--name", "new", *where).exit_code == 0
    assert written(store)[-1][0] == f"no account ({system_user()})"


def test_the_key_that_is_named_is_who_it_was(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = ("--database", store, "--data", str(tmp_path))
    token = bellwether("keys", "create", "--role", "operator", "--name", "olga", *where).stdout.split()[0]
    file = tmp_path / "olga.key"
    file.write_text(token + "\n", encoding="ascii")
    monkeypatch.setenv("BELLWETHER_OPERATOR_KEY_FILE", str(file))
    assert bellwether("model", "use", MODEL, *where).exit_code == 0
    assert written(store)[-1] == (f"{key_id(token)} ({system_user()})", f"model use {MODEL}", ADMINISTRATION)
    assert bellwether("keys", "revoke", key_id(token), *where).exit_code == 0  # their own
    assert isinstance(bellwether("model", "use", MODEL, *where).exception, UsageError)


def test_beside_a_file_the_account_is_made_once_and_for_its_owner_alone(store: str, tmp_path: Path) -> None:
    where = ("--database", store, "--data", str(tmp_path))
    for _ in range(2):
        assert bellwether("model", "use", MODEL, *where).exit_code == 0
    file = Path(make_url(store).database or "").parent / KEYS_DIRECTORY / OPERATOR_FILE
    assert file.stat().st_mode & 0o077 == 0
    assert len({who for who, *_ in written(store)}) == 1
    with sqlite3.connect(make_url(store).database or "") as connection:
        connection.execute("UPDATE api_key SET expires_at = 1")
    assert bellwether("model", "use", MODEL, *where).exit_code == 0
    assert len({who for who, *_ in written(store)}) == 2


def test_a_store_on_a_server_makes_no_operator_by_itself(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BELLWETHER_OPERATOR_KEY_FILE", raising=False)
    where = ("--database", postgres_url, "--data", str(tmp_path))
    assert bellwether("db", "upgrade", *where[:2]).exit_code == 0
    assert isinstance(bellwether("model", "use", MODEL, *where).exception, UsageError)
    made = bellwether("keys", "create", "--role", "operator", "--name", "first", *where)
    file = tmp_path / "operator.key"
    file.write_text(made.stdout.split()[0], encoding="ascii")
    monkeypatch.setenv("BELLWETHER_OPERATOR_KEY_FILE", str(file))
    assert bellwether("model", "use", MODEL, *where).exit_code == 0


def test_the_user_is_the_systems_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "somebody-else")
    assert system_user() != "somebody-else"
    monkeypatch.setattr("pwd.getpwuid", _unknown)
    assert system_user() == f"uid {os.getuid()}"


def _unknown(_: int) -> Any:
    raise KeyError
