"""Webhooks over the API."""

from tests.api.company import HOLDER, Api


async def test_webhooks_are_set_up_by_operators_for_partners_and_nowhere_private(api: Api) -> None:
    async with api.client("operator") as client:
        good = {"partner": HOLDER, "url": "https://hr.example/bellwether?tenant=1"}
        made = await client.post("/v1/webhooks", json=good)
        assert made.status_code == 201
        webhook = made.json()
        assert (webhook["partner"], webhook["url"], webhook["enabled"]) == (HOLDER, good["url"], True)
        for url in ("http://hr.example/", "https://127.0.0.1/", "https://localhost/", "https://a@hr.example/", "x"):
            refused = await client.post("/v1/webhooks", json=good | {"url": url})
            assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (422, "url")
        refused = await client.post("/v1/webhooks", json=good | {"partner": "nobody"})
        assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (422, "partner")
        for word, enabled, why in (("disable", False, "by-operator"), ("enable", True, None)):
            switched = (await client.post(f"/v1/webhooks/{webhook['webhook']}/{word}")).json()
            assert (switched["enabled"], switched["disabled_because"]) == (enabled, why)
        assert (await client.get("/v1/webhooks")).json()["data"] == [webhook]
        assert "whsec" not in (await client.get("/v1/webhooks")).text
