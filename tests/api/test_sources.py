"""How much of what sources send is about people who are known: for operators and analysts."""

import pytest

from shared.storage.log.published_shares import publish
from tests.api.company import NOW, Api


@pytest.mark.parametrize("role", ["operator", "analyst"])
async def test_who_operates_and_who_analyses_sees_the_shares(api: Api, role: str) -> None:
    async with api.database.write() as connection:
        await connection.run_sync(publish, {"chat": 55, "calendar": 95}, now=NOW)
    answer = await api.get("/v1/sources", role=role)
    assert answer.status_code == 200, answer.text
    assert [(each["source"], each["known_percent"]) for each in answer.json()["data"]] == [
        ("calendar", 95),
        ("chat", 55),
    ]


@pytest.mark.parametrize("role", ["hr_partner", "leader", "employee", "integration", "auditor"])
async def test_nobody_else_does(api: Api, role: str) -> None:
    assert (await api.get("/v1/sources", role=role)).status_code == 403
