"""What teams, goals and queues are called, over the API: for operators, one by one, and with an entry in the audit."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from cryptography.fernet import Fernet, MultiFernet

from shared.domain.privacy.named_things import ThingKind
from shared.keyring import Keyring
from shared.storage.directory.register import Entry, Register, Registration
from tests.api.company import Api, running_api
from tests.names import PSEUDONYMS

KEYRING = Keyring(pseudonyms=None, register=MultiFernet([Fernet(Fernet.generate_key())]))
SALES, YOUNG, LOOMS = (PSEUDONYMS.named(ThingKind.TEAM, each) for each in ("sales", "young", "looms"))
GOAL = PSEUDONYMS.named(ThingKind.GOAL, "growth")


@pytest_asyncio.fixture
async def open_api(database_url: str) -> AsyncIterator[Api]:
    """With an open register."""
    entries = {
        PSEUDONYMS.person("1"): Entry("1", "Ana Ruiz"), PSEUDONYMS.person("2"): Entry("2", "Dan Young"),
        SALES: Entry("sales", "Sales (Ana Ruiz)"), YOUNG: Entry("young", "Young talents"), LOOMS: Entry("Looms"),
        GOAL: Entry("growth"),
    }  # fmt: skip
    async with running_api(database_url, keyring=KEYRING) as running:
        async with running.database.write() as connection:
            register = Register(running.database.engine.dialect, KEYRING.register)
            await register.put(connection, [Registration(key, entry) for key, entry in entries.items()])
        yield running


async def listed(api: Api, **parameters: Any) -> dict[str, Any]:
    response = await api.get("/v1/names", role="operator", **parameters)
    assert response.status_code == 200
    return {each["key"]: each for each in response.json()["data"]}


async def confirm(api: Api, key: str, **body: Any) -> tuple[int, Any]:
    async with api.client("operator") as client:
        response = await client.post(f"/v1/names/{key}/confirm", json=body)
    return response.status_code, response.json()


async def test_an_operator_sees_what_waits_and_shows_it(open_api: Api) -> None:
    found = await listed(open_api, confirmed=False)
    assert found[SALES] == {
        "key": SALES, "kind": "team", "called": "Sales (Ana Ruiz)", "shown": f"Team {SALES[2:6]}", "confirmed": False,
        "holds": "name", "proposal": "Sales",
    }  # fmt: skip
    assert found[YOUNG]["holds"] == "part"
    assert set(await listed(open_api, kind="goal")) == {GOAL}
    assert await confirm(open_api, LOOMS) == (200, {"key": LOOMS, "shown": "Looms"})
    assert LOOMS not in await listed(open_api, confirmed=False)
    async with open_api.client("operator") as client:
        assert (await client.post(f"/v1/names/{LOOMS}/withdraw")).status_code == 200
        assert (await client.post(f"/v1/names/{LOOMS}/withdraw")).status_code == 404
    assert LOOMS in await listed(open_api, confirmed=False)
    acts = {(operation, purpose, key) for _, operation, purpose, key, _ in await open_api.audit()}
    assert {(each, "administration", LOOMS) for each in ("listNames", "confirmName", "withdrawName")} <= acts


async def test_a_name_of_somebody_is_refused_with_a_proposal(open_api: Api) -> None:
    for body in ({}, {"no_person": True}, {"name": "Ruiz and Ana"}):
        status, problem = await confirm(open_api, SALES, **body)
        assert (status, problem["type"]) == (409, "urn:bellwether:problem:holds-name")
    assert "Sales" in (await confirm(open_api, SALES))[1]["errors"][0]["detail"]
    assert await confirm(open_api, SALES, name="Sales") == (200, {"key": SALES, "shown": "Sales"})
    assert (await confirm(open_api, YOUNG))[0] == 409
    assert (await confirm(open_api, YOUNG, no_person=True))[0] == 200
    assert not [
        key for _, operation, _, key, _ in await open_api.audit() if operation != "confirmName" and key == SALES
    ]


async def test_what_is_there_is_not_guessed_and_words_are_words(open_api: Api) -> None:
    assert (await confirm(open_api, PSEUDONYMS.named(ThingKind.TEAM, "none")))[0] == 404
    assert (await confirm(open_api, PSEUDONYMS.person("1")))[0] == 404
    for body in ({"name": " "}, {"name": ""}, {"name": "x" * 81}, {"shown": "x"}):
        assert (await confirm(open_api, LOOMS, **body))[0] == 422


async def test_a_confirmed_name_is_shown_at_once_and_a_neutral_one_before(open_api: Api) -> None:
    async def teams() -> dict[str, Any]:
        rows = (await open_api.get("/v1/teams", role="analyst")).json()["data"]
        return {row["cohort"]: row["name"] for row in rows}

    shown = await teams()
    assert shown["engines"] == "Engines"
    assert shown["people"].startswith("Team ")
    assert shown["people"] != "Team people"
    assert shown["organisation"] is None
    people = (await open_api.get("/v1/people", person="adam", role="integration")).json()["data"]
    assert [each["team_name"] for each in people] == ["Engines"]


async def test_without_the_key_of_the_register_nothing_is_confirmed(api: Api) -> None:
    response = await api.get("/v1/names", role="operator")
    assert (response.status_code, response.json()["type"]) == (409, "urn:bellwether:problem:register-closed")
