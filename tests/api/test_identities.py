"""Accounts that belong to nobody, over the API: for operators and integrations, with an entry in the audit."""

from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import insert

from shared.storage.directory.account_decisions import AccountSuggestion
from shared.storage.directory.unlinked_accounts import suggest
from shared.storage.engine.bulk import table_of
from shared.storage.tables.accounts import UnlinkedAccountRow
from shared.storage.tables.facts import IdentityRow
from tests.api.company import Api
from tests.names import PSEUDONYMS

MINE, MACHINE = (PSEUDONYMS.identity(f"mail:{each}@x.test") for each in ("adam", "jenkins"))


@pytest_asyncio.fixture
async def accounts(api: Api) -> Api:
    """With two accounts that belong to nobody."""
    async with api.database.write() as connection:
        await connection.execute(insert(table_of(IdentityRow)), [{"key": each} for each in (MINE, MACHINE)])
        rows = [{"account": MINE, "events": 200, "beyond_people": False}]
        rows.append({"account": MACHINE, "events": 500, "beyond_people": True})
        await connection.execute(insert(table_of(UnlinkedAccountRow)), rows)
        await suggest(connection, [AccountSuggestion(MINE, person="adam", reason="name")])
    return api


async def listed(api: Api, **parameters: Any) -> list[dict[str, Any]]:
    response = await api.get("/v1/identities", role="operator", **parameters)
    assert response.status_code == 200
    found: list[dict[str, Any]] = response.json()["data"]
    return found


async def decided(api: Api, account: str, *, role: str = "operator", **body: Any) -> tuple[int, Any]:
    async with api.client(role) as client:
        response = await client.post(f"/v1/identities/{account}/decisions", json=body)
    return response.status_code, response.json()


async def test_what_is_nobodys_is_listed_and_decided(accounts: Api) -> None:
    machine, mine = await listed(accounts)
    assert mine == {
        "account": MINE, "state": "suggested", "events": 200, "suggested_person": "adam", "suggested_kind": None,
        "reason": "name", "decided_at": None,
    }  # fmt: skip
    assert (machine["suggested_kind"], machine["reason"]) == ("bot", "rate")
    assert await decided(accounts, MINE, role="integration", act="accept") == (
        200, {"account": MINE, "act": "link", "number": 1},
    )  # fmt: skip
    assert (await decided(accounts, MACHINE, act="ignore", kind="bot"))[0] == 200
    assert [each["state"] for each in await listed(accounts)] == ["ignored", "linked"]
    assert await decided(accounts, MACHINE, act="restore") == (
        200, {"account": MACHINE, "act": "restore", "number": 2},
    )  # fmt: skip
    assert [each["account"] for each in await listed(accounts, state="linked")] == [MINE]
    acts = {(operation, purpose, key) for _, operation, purpose, key, _ in await accounts.audit()}
    assert {("decideIdentity", "administration", each) for each in (MINE, MACHINE, "adam")} <= acts
    assert ("listIdentities", "administration", MINE) in acts


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"act": "link"}, 422),
        ({"act": "link", "person": "nobody"}, 404),
        ({"act": "unlink"}, 422),
        ({"act": "ignore"}, 422),
        ({"act": "restore"}, 422),
        ({"act": "reject", "person": "adam"}, 422),
        ({"act": "merge"}, 422),
    ],
)
async def test_what_cannot_be_decided_is_refused(accounts: Api, body: dict[str, Any], status: int) -> None:
    assert (await decided(accounts, MINE, **body))[0] == status


async def test_accounts_are_no_business_of_people_who_read(accounts: Api) -> None:
    for role in ("hr_partner", "analyst", "leader", "employee", "auditor"):
        assert (await accounts.get("/v1/identities", role=role)).status_code == 403
        assert (await decided(accounts, MINE, role=role, act="accept"))[0] == 403
    nobodys = PSEUDONYMS.identity("mail:nobody@x.test")
    assert (await decided(accounts, nobodys, act="accept"))[0] == 404
    assert (await decided(accounts, "mail:adam@x.test", act="accept"))[0] in {404, 422}
