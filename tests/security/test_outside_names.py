"""A pseudonym is never the id of anybody outside: not in a token, a file, a record or a request on the command line."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import update
from typer.testing import Result

from services.cli.errors import UsageError
from shared import topics
from shared.domain.privacy.pseudonym import PseudonymGivenError, Pseudonyms
from shared.ingest.pseudonymise import pseudonymise
from shared.ingest.routing import route_of
from shared.keyring import Keyring
from shared.schemas.directory import TeamRecorded
from shared.schemas.registry import CanonicalEvent
from shared.storage.engine.bulk import table_of
from shared.storage.tables.directory import PersonRow
from tests.api.company import LEADER, Api, running_api
from tests.e2e.system import rows
from tests.names import CHECKS, PSEUDONYMS, key_files
from tests.security.issuer import AUDIENCE, Issuer, elliptic, running_issuer
from tests.security.pipeline import GATEWAY, pipeline
from tests.security.test_second_wall import SAMPLES, put, texts_in
from tests.unit.cli.program import bellwether

KEY = elliptic("e1")
COLLEAGUE = PSEUDONYMS.person("4711")
LOOKS_LIKE_ONE = (COLLEAGUE, CHECKS.add(COLLEAGUE), Pseudonyms(b"o" * 32).person("4711"))


# --- tokens


@pytest_asyncio.fixture
async def api(sqlite_url: str) -> AsyncIterator[tuple[Api, Issuer]]:
    """The API of a store that knows its leader by a pseudonym, with an identity provider."""
    with running_issuer(KEY) as issuer:
        given: dict[str, Any] = {
            "oidc_issuer": issuer.url,
            "oidc_jwks_url": f"{issuer.url}/keys",
            "oidc_audience": AUDIENCE,
        }
        async with running_api(sqlite_url, keyring=Keyring(PSEUDONYMS, None), **given) as made:
            people = table_of(PersonRow)
            async with made.database.write() as connection:
                await connection.execute(update(people).where(people.c.key == LEADER).values(key=COLLEAGUE))
            yield made, issuer


async def test_a_token_is_about_whom_the_hr_system_knows_by_its_claim(api: tuple[Api, Issuer]) -> None:
    served, issuer = api

    async def status(claim: str, role: str) -> int:
        headers = {"Purpose": "own-data", **bearer(issuer.token(KEY, sub=claim, roles=[role]))}
        async with served.client(None) as client:
            return (await client.get("/v1/own/readings", headers=headers)).status_code

    for role in ("leader", "employee", "hr_partner"):
        assert await status("4711", role) == 200
        for claim in LOOKS_LIKE_ONE:
            assert await status(claim, role) == 401, claim
            assert await status(f" {claim}", role) == 401


async def test_nor_is_it_a_machine_by_it(api: tuple[Api, Issuer]) -> None:
    served, issuer = api
    for claim, expected in (("hr-sync", 200), *((each, 401) for each in LOOKS_LIKE_ONE)):
        headers = bearer(issuer.token(KEY, sub=claim, roles=["integration"]))
        async with served.client(None) as client:
            assert (await client.get("/v1/people", headers=headers)).status_code == expected


async def test_paths_of_the_api_know_people_by_both(api: tuple[Api, Issuer]) -> None:
    served, _ = api
    async with served.client("operator") as client:
        for name in ("4711", COLLEAGUE):
            found = (await client.get("/v1/people", params={"person": name})).json()["data"]
            assert [each["person"] for each in found] == [COLLEAGUE]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


# --- the edge


def test_the_edge_takes_pseudonyms_for_nobody() -> None:
    for name in LOOKS_LIKE_ONE:
        with pytest.raises(PseudonymGivenError):
            PSEUDONYMS.person(name)
        for namespace in ("mail", "chat", "ticket"):
            with pytest.raises(PseudonymGivenError):
                PSEUDONYMS.identity(f"{namespace}:{name}")
        assert PSEUDONYMS.native_id(name) != name, "what it calls a thing is no way to somebody else's"


@pytest.mark.broker
async def test_a_producer_cannot_name_somebody_by_their_pseudonym(
    embedded_bootstrap: str, topic_prefix: str, sqlite_url: str, tmp_path: Path
) -> None:
    """In no field of any event; a record that does is a dead letter, and says so."""
    async with pipeline(
        bootstrap=embedded_bootstrap, prefix=topic_prefix, database_url=sqlite_url, keys=tmp_path, running=[GATEWAY],
        dead_letter_share=1.0,
    ) as system:  # fmt: skip
        identity = system.pseudonyms.identity("mail:ann@x.io")
        wrong = [
            (inbox(sample), msgspec.json.encode(put(record, path, name)))
            for sample in SAMPLES
            for record in [msgspec.json.decode(msgspec.json.encode(sample))]
            for path, text in texts_in(record)
            if path[0] == "data" and (":" in text or path[-1] in {"person", "manager", "owner"}) and "T" not in text
            for name in ((identity,) if ":" in text else (system.pseudonyms.person("4711"),))
        ]
        assert len(wrong) > 15
        await system.produce(wrong)
        letters: list[bytes] = []
        while len(letters) < len(wrong):
            letters = [value for _, value in await system.on_topic(topics.DEAD_LETTERS) if value]
            await asyncio.sleep(0.1)
        assert {msgspec.json.decode(each)["reason"] for each in letters} == {"pseudonym"}
        for topic in (topics.EVENTS_CHAT, topics.EVENTS_CALENDAR, topics.EVENTS_TICKET, topics.DIRECTORY):
            assert await system.on_topic(topic) == []


def inbox(event: CanonicalEvent) -> topics.Topic:
    return route_of(event).inbox


# --- files

FILES = {
    "people": ("id,name,manager\n{0},Eve,\n1,Ann,{0}\n2,Bob,1\n", 2),
    "mail": ("From,To,Date\n{0},bob@x.io,2023-11-14 10:00:00\nann@x.io,bob@x.io,2023-11-14 10:00:00\n", 1),
}


@pytest.mark.parametrize("kind", FILES)
def test_files_name_nobody_by_a_pseudonym(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that do are rejected one by one, and told of; the others come in."""
    for variable, key in key_files(tmp_path / "keys").items():
        monkeypatch.setenv(variable, key)
    text, wrong = FILES[kind]
    file = tmp_path / f"{kind}.file"
    file.write_text(text.format(COLLEAGUE))
    rejects = tmp_path / "rejects.ndjson"
    bellwether("import", kind, file, "--data", tmp_path, "--rejects", rejects)
    lines = [json.loads(line) for line in rejects.read_text().splitlines()]
    # A notice is of no row: here, that the manager of somebody is in none.
    rejected = [line for line in lines if line["rows"]]
    assert len(rejected) == wrong
    assert all("pseudonym" in line["reason"] for line in rejected)
    assert COLLEAGUE not in rejects.read_text()
    held = b"".join(path.read_bytes() for path in tmp_path.glob("bellwether.db*"))
    assert COLLEAGUE.encode() not in held


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda each: type(each).__name__)
def test_nor_do_files_of_canonical_events(
    sample: CanonicalEvent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, key in key_files(tmp_path / "keys").items():
        monkeypatch.setenv(variable, key)
    events = tmp_path / "events.ndjson"
    events.write_bytes(msgspec.json.encode(pseudonymise(sample, PSEUDONYMS)[0]) + b"\n" + msgspec.json.encode(sample))
    done = bellwether("import", "events", events, "--data", tmp_path)
    # The key of a team says no more than its name, and may stand for it.
    names_somebody = not isinstance(sample, TeamRecorded)
    assert ("a pseudonym" in done.stdout) is names_somebody
    assert rows(tmp_path / "bellwether.db", "accepted") == (1 if names_somebody else 2)


# --- the command line


OPENING = ("cases", "open", "--purpose", "escalation-prevention")


def commands() -> list[tuple[str, ...]]:
    return [
        ("access", "{}"),
        ("erase", "{}", "--yes"),
        ("exclude", "add", "{}"),
        ("exclude", "add", "mail:{}"),
        ("exclude", "add", "list:{}"),
        ("exclude", "add", "skip:{}/2"),
        ("exclude", "add", "skip:2/{}"),
        ("exclude", "remove", "{}"),
        ("keys", "create", "--role", "employee", "--name", "n", "--person", "{}"),
        ("delegates", "add", "{}", "2"),
        ("delegates", "add", "2", "{}"),
        (*OPENING, "--partner", "{}", "--person", "2"),
        (*OPENING, "--partner", "2", "--person", "{}"),
        (*OPENING, "--partner", "2", "--leader", "{}"),
    ]


@pytest.mark.parametrize("number", range(len(commands())))
def test_commands_name_nobody_by_a_pseudonym(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, key in key_files(tmp_path / "keys").items():
        monkeypatch.setenv(variable, key)
    people = tmp_path / "people.csv"
    people.write_text("id,name\n4711,Ann\n2,Bob\n")
    assert bellwether("import", "people", people, "--data", tmp_path).exit_code == 0
    command = commands()[number]
    for name in LOOKS_LIKE_ONE:
        done: Result = bellwether(*(part.format(name) for part in command), "--data", tmp_path)
        assert isinstance(done.exception, UsageError), done.stdout
        assert "pseudonym" in str(done.exception)
        assert name not in str(done.exception)
