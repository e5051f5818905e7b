"""What an earlier version released by a weaker rule is shown by that of today: on no surface, to nobody."""

import json
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest_asyncio
from sqlalchemy import insert

from shared.domain.week import week_end
from shared.storage import export
from shared.storage.engine.bulk import table_of
from shared.storage.privacy.gauges import cohort_titles
from shared.storage.releases.ledger import cells_of
from shared.storage.tables.releases import ReleaseRow
from tests.api.company import WEEK, Api, running_api

FORMER: Final = WEEK + 1  # so that it is the latest, which metrics are of
# Before there was one rule, figures were exact, and those of escalation were shown to whoever leads nobody.
UNDER_TWO_LEADERS: Final = {"signal": "escalation_risk_14d", "people": 25, "leaders": False, "exact": True}
OF_FEW: Final = {"signal": "one_on_one", "people": 5, "leaders": True, "exact": True}
TOLD_TODAY: Final = (
    {"signal": "escalation_risk_28d", "people": 25, "leaders": True, "exact": True},
    {"signal": "unheard", "people": 10, "leaders": True, "exact": False},
    {"signal": "cadence", "people": 5, "leaders": True, "exact": False},
    {"signal": "relationship_health", "people": 5, "leaders": False, "exact": False},
)
ROLES: Final = ("analyst", "hr_partner", "leader", "integration")


def row(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "cohort": "looms", "week": FORMER, "revision": 0, "as_of": week_end(FORMER), "panel": 7, "suppressed": False,
        "mean": 61.5, "shares": json.dumps({"healthy": 0.6, "watch": 0.4}), "factors": "{}",
    } | given  # fmt: skip


@pytest_asyncio.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as made:
        async with made.database.write() as connection:
            rows = [row(each) for each in (UNDER_TWO_LEADERS, OF_FEW, *TOLD_TODAY)]
            # Of the unit above as well, which would be named in place of the team.
            rows += [row(each) | {"cohort": "works"} for each in (UNDER_TWO_LEADERS, OF_FEW)]
            await connection.execute(insert(table_of(ReleaseRow)), rows)
        yield made


async def test_no_surface_shows_what_the_rule_of_today_does_not_tell(api: Api) -> None:
    told = {each["signal"] for each in TOLD_TODAY}
    for role in ROLES:
        found = (await api.get("/v1/teams", role=role, team="looms")).json()["data"]
        shown = {each["signal"] for each in found if not each["suppressed"]}
        assert shown == (told - {"relationship_health"} if role == "leader" else told)
        hidden = [each for each in found if each["suppressed"]]
        assert {(each["people"], each["mean"], each["bands"], each["shown_in"]) for each in hidden} == {(None,) * 4}
    async with api.database.read() as connection:
        lines = [json.loads(line) async for line in export.aggregates(connection)]
        assert {each["signal"] for each in lines if each["week"] == "2026-W06" and not each["suppressed"]} == told
        week, cells = await cells_of(connection)
        assert week == FORMER
        for_everybody = {each["signal"] for each in TOLD_TODAY if each["leaders"]}
        assert {cell.signal for cell in cells if not cell.suppressed} == for_everybody
        assert "works" not in await cohort_titles(connection)
