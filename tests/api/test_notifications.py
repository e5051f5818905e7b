"""Notifications and subscriptions over the API: everybody sets up their own, and tools never hear of alerts."""

from typing import Any

import pytest
from sqlalchemy import select, text, update

from shared.domain.alerts.webhook_secrets import WebhookKeys
from shared.domain.privacy.roles import Role
from shared.keyring import Keyring
from shared.storage.access.key_issue import create_key
from shared.storage.access.role_names import READER
from shared.storage.alerts.endpoints import MOST_ENDPOINTS
from shared.storage.engine.bulk import table_of
from shared.storage.engine.database import open_database
from shared.storage.tables.webhooks import WebhookEndpointRow
from tests.api.company import HOLDER, LEADER, NOW, PARTNER, Api, running_api

URL = "https://hr.example/bellwether?tenant=1"
KEYRING = Keyring(pseudonyms=None, register=None, webhooks=WebhookKeys([b"k" * 32]))
REFUSED = ("http://hr.example/", "https://127.0.0.1/", "https://localhost/", "https://a@hr.example/", "x")


async def test_a_partner_sets_up_their_own_and_nobody_else_does_or_sees_it(database_url: str) -> None:
    async with (
        running_api(database_url, keyring=KEYRING) as api,
        api.client("hr_partner") as partner,
        api.client("holder") as other,
        api.client("operator") as operator,
    ):
        # An operator had registered webhooks for all 121 people.
        for who in ("operator", "integration", "auditor", "leader", "employee", "analyst"):
            async with api.client(who) as stranger:
                assert (await stranger.post("/v1/notifications", json={"url": URL})).status_code == 403
                assert (await stranger.get("/v1/notifications")).status_code == 403
        for more in ({"partner": HOLDER}, {"person": HOLDER}, {"secret": "whsec_x"}):
            assert (await partner.post("/v1/notifications", json={"url": URL} | more)).status_code == 422
        assert (await operator.post("/v1/webhooks", json={"url": URL, "partner": HOLDER})).status_code == 404
        answered = await partner.post("/v1/notifications", json={"url": URL})
        assert answered.status_code == 201
        made = answered.json()
        secret, public_key = made.pop("secret"), made.pop("public_key")
        assert secret.startswith("whsec_")
        assert public_key.startswith("whpk_")
        assert (made["url"], made["notify"], made["enabled"]) == (URL, "changes", True)
        assert made["next_at"] == "2026-02-03T08:00:00Z"
        listed = await partner.get("/v1/notifications")
        assert listed.json()["data"] == [made]
        assert secret not in listed.text
        assert (await other.get("/v1/notifications")).json()["data"] == []
        path = f"/v1/notifications/{made['notification']}"
        for act in ("rotate", "enable", "remove"):
            assert (await other.post(f"{path}/{act}")).status_code == 404
            assert (await operator.post(f"{path}/{act}")).status_code == 403
            assert (await operator.post(f"/v1/subscriptions/{made['notification']}/{act}")).status_code == 404
        assert (await operator.get("/v1/subscriptions")).json()["data"] == []
        renewed = (await partner.post(f"{path}/rotate")).json()
        assert renewed["secret"] not in ("", secret)
        removed = (await partner.post(f"{path}/remove")).json()
        assert (removed["enabled"], removed["disabled_because"]) == (False, "removed")
        assert (await partner.get("/v1/notifications")).json()["data"] == []
        assert (await partner.post(f"{path}/enable")).status_code == 404


async def test_one_that_is_gone_can_be_enabled_again_and_always_is_kept(database_url: str) -> None:
    async with running_api(database_url, keyring=KEYRING) as api, api.client("hr_partner") as partner:
        made = (await partner.post("/v1/notifications", json={"url": URL, "notify": "always"})).json()
        async with api.database.write() as connection:
            gone = {"disabled_at": NOW, "disabled_because": "gone"}
            await connection.execute(update(table_of(WebhookEndpointRow)).values(gone))
        (seen,) = (await partner.get("/v1/notifications")).json()["data"]
        assert (seen["notify"], seen["enabled"], seen["disabled_because"]) == ("always", False, "gone")
        back = (await partner.post(f"/v1/notifications/{made['notification']}/enable")).json()
        assert (back["enabled"], back["disabled_because"]) == (True, None)


@pytest.mark.parametrize(
    ("role", "path", "body"),
    [("hr_partner", "notifications", {}), ("integration", "subscriptions", {"events": ["release.published"]})],
)
async def test_nowhere_private_and_not_without_end(sqlite_url: str, role: str, path: str, body: dict[str, Any]) -> None:
    async with running_api(sqlite_url, keyring=KEYRING) as api, api.client(role) as client:
        for url in REFUSED:
            refused = await client.post(f"/v1/{path}", json=body | {"url": url})
            assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (422, "url")
        for number in range(MOST_ENDPOINTS + 1):
            made = await client.post(f"/v1/{path}", json=body | {"url": URL})
            assert made.status_code == (201 if number < MOST_ENDPOINTS else 409)


async def test_tools_subscribe_to_what_the_program_did_and_never_to_alerts(database_url: str) -> None:
    async with (
        running_api(database_url, keyring=KEYRING) as api,
        api.client("integration") as tool,
        api.client("operator") as operator,
    ):
        for events in ([], ["alert.raised"], ["list.changed"], ["*"], ["alerts"], ["release.published", "alert"]):
            assert (await tool.post("/v1/subscriptions", json={"url": URL, "events": events})).status_code == 422
        wanted = ["import.finished", "release.published", "source.silent"]
        made = (await tool.post("/v1/subscriptions", json={"url": URL, "events": wanted})).json()
        secret = made.pop("secret")
        made.pop("public_key")
        assert made["events"] == wanted
        for client in (tool, operator):
            listed = await client.get("/v1/subscriptions")
            assert listed.json()["data"] == [made]
            assert secret not in listed.text
        another = await _key(api, Role.INTEGRATION)
        async with api.client(None, Authorization=f"Bearer {another}") as other:
            assert (await other.get("/v1/subscriptions")).json()["data"] == []
            path = f"/v1/subscriptions/{made['subscription']}"
            assert (await other.post(f"{path}/remove")).status_code == 404
        assert (await operator.post(f"{path}/rotate")).json()["secret"] != secret
        assert (await operator.post(f"{path}/remove")).json()["enabled"] is False
        async with api.client("hr_partner") as partner:
            assert (await partner.get("/v1/subscriptions")).status_code == 403


async def test_without_the_key_of_webhooks_nothing_is_set_up(sqlite_url: str) -> None:
    async with running_api(sqlite_url) as api, api.client("hr_partner") as partner:
        refused = await partner.post("/v1/notifications", json={"url": URL})
        assert (refused.status_code, refused.json()["type"]) == (503, "urn:bellwether:problem:no-webhook-key")


@pytest.mark.postgres
async def test_the_server_shows_nobody_the_notifications_of_others(postgres_url: str) -> None:
    """Without the filter of the application."""
    async with running_api(postgres_url, keyring=KEYRING) as api:
        async with api.client("hr_partner") as partner, api.client("integration") as tool:
            await partner.post("/v1/notifications", json={"url": URL})
            await tool.post("/v1/subscriptions", json={"url": URL, "events": ["release.published"]})
        reader = open_database(api.database.engine.url.set(username=READER))
        seen = {}
        for caller in (PARTNER, HOLDER, ""):
            async with reader.engine.connect() as connection:
                said = {"caller": caller}
                await connection.execute(
                    text("SELECT set_config('bellwether.tenant', 'default', true),"
                         " set_config('bellwether.caller', :caller, true)"), said,
                )  # fmt: skip
                query = select(table_of(WebhookEndpointRow).c.person)
                seen[caller] = sorted((await connection.execute(query)).scalars())
        await reader.close()
    assert seen == {PARTNER: ["", PARTNER], HOLDER: [""], "": [""]}


async def _key(api: Api, role: Role) -> str:
    async with api.database.write() as connection:
        made = await create_key(
            connection, name="x", role=role, person=None if role is Role.INTEGRATION else LEADER, now=NOW
        )
    return made.token
