"""What every operation answers, with its filters."""

from typing import Any
from urllib.parse import quote

import httpx
from prometheus_client import CollectorRegistry
from sqlalchemy import insert

from services.api.app import build
from services.api.settings import ApiSettings
from shared.domain.privacy.named_things import ThingKind, neutral_name
from shared.domain.privacy.pseudonym import KEY_BYTES, Pseudonyms
from shared.domain.signals import SIGNALS
from shared.keyring import Keyring
from shared.storage.directory.delegations import record_delegation
from shared.storage.engine.bulk import table_of
from shared.storage.tables.directory import PersonRow
from shared.storage.tables.releases import ReleaseRow
from shared.telemetry.health import Health
from shared.telemetry.metrics import Metrics
from tests.api.company import (
    CONFLICTED,
    HOLDER,
    HOLDERS_FORMER,
    LEADER,
    MEMBERS,
    NOW,
    OTHER_LEADER,
    PARTNER,
    SKIP,
    TOP,
    WEEK,
    Api,
    chains,
    pairs,
    releases,
)


def data(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    rows: list[dict[str, Any]] = response.json()["data"]
    return rows


def subject_path(text: str) -> str:
    return quote(text, safe="")


async def test_people_are_listed_by_code_point_with_their_present_manager(api: Api) -> None:
    people = data(await api.get("/v1/people"))
    keys = [person["person"] for person in people]
    assert keys == sorted({*MEMBERS, LEADER, OTHER_LEADER, SKIP, TOP, PARTNER, *CONFLICTED})
    managers = {person["person"]: person["manager"] for person in people}
    assert managers["adam"] == LEADER
    assert managers[HOLDERS_FORMER] == OTHER_LEADER
    assert managers[TOP] is None
    assert people[keys.index("adam")] == {
        "person": "adam", "hr_id": None, "name": None, "team": "engines", "team_name": "Engines",
        "manager": LEADER, "active": True,
    }  # fmt: skip


async def test_people_are_filtered_by_team_and_activity(api: Api) -> None:
    team = {person["person"] for person in data(await api.get("/v1/people", team="people"))}
    assert team == CONFLICTED
    assert [person["person"] for person in data(await api.get("/v1/people", active="false"))] == ["_kim"]
    assert data(await api.get("/v1/people", team="engines", active="false", role="operator"))
    assert data(await api.get("/v1/people", team="nobody's")) == []


async def test_people_are_found_by_key_and_who_is_not_there_is_left_out(api: Api) -> None:
    everybody = {person["person"]: person for person in data(await api.get("/v1/people"))}
    for named in (["adam"], ["日向", "Adam", "nobody", "p|q", "Adam"], ["nobody"], [LEADER, "ADAM"]):
        found = data(await api.get("/v1/people", person=named, role="integration"))
        assert found == [everybody[key] for key in sorted(set(named)) if key in everybody], named
    assert data(await api.get("/v1/people", person=["_kim", "adam"], active="false")) == [everybody["_kim"]]
    assert data(await api.get("/v1/people", person=["adam"], team="people")) == []
    assert (await api.get("/v1/people", person="adam", role="leader")).status_code == 403


async def test_people_are_found_by_hr_id_where_the_key_for_it_is_at_hand(api: Api) -> None:
    pseudonyms = Pseudonyms(bytes(KEY_BYTES))
    ada = pseudonyms.person("4711")
    async with api.database.write() as connection:
        await connection.execute(insert(table_of(PersonRow)), [{"key": ada, "active": True}])
    keyring = Keyring(pseudonyms=pseudonyms, register=None)
    app = build(ApiSettings(), Metrics(CollectorRegistry()), api.database, Health(), keyring=keyring, clock=api.clock)
    knowing = Api(app, api.database, api.metrics, api.tokens, api.clock)
    for named in (["4711"], [ada], ["4711", ada]):
        assert [person["person"] for person in data(await knowing.get("/v1/people", person=named))] == [ada]
    assert data(await knowing.get("/v1/people", person="4712")) == []
    assert data(await api.get("/v1/people", person="4711")) == []


async def test_teams_say_that_they_are_suppressed(api: Api) -> None:
    rows = data(await api.get("/v1/teams", role="analyst"))
    assert [(row["cohort"], row["signal"]) for row in rows] == [
        (cohort, signal)
        for cohort in ("engines", "looms", "organisation", "people")
        for signal in ("cadence", "relationship_health")
    ]
    by_cohort = {row["cohort"]: row for row in rows if row["signal"] == "cadence"}
    assert by_cohort["looms"] == {
        "cohort": "looms", "name": "Looms", "parent": "works", "signal": "cadence", "week": "2026-W05",
        "as_of": "2026-02-01T23:59:59Z", "suppressed": False, "shown_in": None, "people": 5, "mean": 61.5,
        "bands": {"healthy": 0.6, "watch": 0.4},
    }  # fmt: skip
    assert by_cohort["people"] == by_cohort["looms"] | {
        "cohort": "people", "name": neutral_name(ThingKind.TEAM, "people"), "parent": None, "suppressed": True,
        "shown_in": "organisation", "people": None, "mean": None, "bands": None,
    }  # fmt: skip


async def test_leaders_see_only_what_is_released_for_leaders(api: Api) -> None:
    leader = {row["cohort"]: row for row in data(await api.get("/v1/teams", signal="cadence", role="leader"))}
    assert {cohort: row["suppressed"] for cohort, row in leader.items()} == {
        "engines": False, "looms": True, "people": True, "organisation": False,
    }  # fmt: skip
    assert leader["looms"]["people"] is leader["looms"]["mean"] is leader["looms"]["bands"] is None
    assert {cohort: row["shown_in"] for cohort, row in leader.items() if row["suppressed"]} == {
        "looms": "organisation", "people": "organisation",
    }  # fmt: skip


async def test_whoever_leads_people_or_acts_for_a_leader_sees_what_is_for_leaders(api: Api) -> None:
    """Whatever their role says: what the directory knows of them counts as well."""

    async def seen(role: str) -> set[str]:
        rows = data(await api.get("/v1/teams", role=role, signal="cadence"))
        return {row["cohort"] for row in rows if not row["suppressed"]}

    everything = {"engines", "looms", "organisation"}
    assert [await seen(role) for role in ("analyst", "hr_partner", "integration")] == [everything] * 3
    assert [await seen(role) for role in ("leader", "holder")] == [everything - {"looms"}] * 2
    async with api.database.write() as connection:
        await connection.run_sync(record_delegation, principal=LEADER, delegate=PARTNER, now=NOW)
    assert await seen("hr_partner") == everything - {"looms"}


async def test_measures_of_escalation_are_the_same_to_everybody(api: Api) -> None:
    """They are released for everybody or for nobody, and so leaders see them where anybody does."""
    chains_of = sorted(signal.name for signal in SIGNALS if signal.family == "escalation")
    released = next(row for row in releases() if row["cohort"] == "organisation")
    async with api.database.write() as connection:
        await connection.execute(insert(table_of(ReleaseRow)), [released | {"signal": name} for name in chains_of])
    found = []
    for role in ("analyst", "hr_partner", "leader", "holder"):
        rows = data(await api.get("/v1/teams", role=role, team="organisation"))
        found.append([row for row in rows if row["signal"] in chains_of])
    assert [row["signal"] for row in found[0]] == chains_of
    assert found == [found[0]] * 4


async def test_there_is_nothing_beside_the_releases(api: Api) -> None:
    week = data(await api.get("/v1/teams", as_of="2026-W05", role="analyst"))
    assert week == data(await api.get("/v1/teams", role="analyst"))
    for outside in ({"as_of": "2026-W01"}, {"team": "adam"}, {"signal": "mood"}, {"leader": "lena"}, {"tenure": "1"}):
        refused = await api.get("/v1/teams", role="analyst", **outside)
        assert refused.status_code == 422, outside
        assert refused.json()["type"] == "urn:bellwether:problem:invalid-parameters"


async def test_relationships_come_worst_first(api: Api) -> None:
    rows = data(await api.get("/v1/relationships"))
    values = [round(35.0 + 10 * (number % 4), 9) for number in range(len(pairs()))]
    assert [(row["value"], *row["people"]) for row in rows] == sorted(
        (value, *pair) for value, pair in zip(values, pairs(), strict=True)
    )
    assert rows[0] | {"subject": "", "people": []} == {
        "subject": "", "people": [], "signal": "relationship_health", "value": 35.0, "confidence": 0.75,
        "band": "strained", "week": "live", "as_of": "2026-02-03T23:59:59Z", "action": "close_the_loop",
    }  # fmt: skip


async def test_relationships_are_filtered(api: Api) -> None:
    async def found(**parameters: str) -> set[tuple[str, ...]]:
        return {tuple(row["people"]) for row in data(await api.get("/v1/relationships", **parameters))}

    assert await found(person="adam") == {("adam", LEADER)}
    assert await found(person=LEADER) == {pair for pair in pairs() if LEADER in pair}
    assert await found(team="people") == {pair for pair in pairs() if CONFLICTED & set(pair)}
    assert await found(team="people", person=TOP) == {(HOLDER, TOP)}
    assert await found(signal="cadence") == set(pairs())
    assert await found(signal="friction") == set()
    assert await found(band="strained") == set(pairs()[::4])
    assert await found(band="insufficient") == set()
    closed = data(await api.get("/v1/relationships", as_of="2026-W04"))
    assert {(row["week"], row["value"], row["as_of"]) for row in closed} == {("2026-W04", 51.0, "2026-01-25T23:59:59Z")}


async def test_escalation_risks_come_highest_first(api: Api) -> None:
    rows = data(await api.get("/v1/escalation-risks"))
    expected = [(-0.02 * (number % 5), chain) for number, chain in enumerate(chains())]
    assert [(-row["value"], (row["person"], row["leader"], row["skip_leader"])) for row in rows] == sorted(expected)
    assert {row["horizon_days"] for row in rows} == {14}
    assert rows[0]["band"] == "elevated"


async def test_escalation_risks_are_filtered(api: Api) -> None:
    longer = data(await api.get("/v1/escalation-risks", horizon=28, min_value=0.12))
    assert {row["value"] for row in longer} == {0.12, 0.16}
    assert {row["signal"] for row in longer} == {"escalation_risk_28d"}
    # The team is that of the person, not that of the leaders.
    assert {row["person"] for row in data(await api.get("/v1/escalation-risks", team="looms"))} == set()
    assert {row["person"] for row in data(await api.get("/v1/escalation-risks", team="people"))} == {
        "ivo", HOLDERS_FORMER,
    }  # fmt: skip
    assert {row["band"] for row in data(await api.get("/v1/escalation-risks", band="low"))} == {"low"}


async def test_history_has_the_live_reading_and_every_week_latest_first(api: Api) -> None:
    response = await api.get(
        f"/v1/subjects/{subject_path(f'pair:adam|{LEADER}')}/history", signal="relationship_health"
    )
    rows = data(response)
    assert response.json()["subject"] == f"pair:adam|{LEADER}"
    assert [row["week"] for row in rows] == ["live", "2026-W05", "2026-W04", "2026-W03"]
    assert [row["value"] for row in rows[1:]] == [50.0, 51.0, 52.0]
    assert rows[1] == {
        "week": "2026-W05", "as_of": "2026-02-01T23:59:59Z", "value": 50.0, "low_80": 44.5, "high_80": 58.5,
        "confidence": 0.75, "band": "watch",
    }  # fmt: skip
    assert (rows[0]["low_80"], rows[0]["high_80"]) == (None, None)
    assert WEEK == 2926


async def test_the_people_of_a_pair_may_come_in_either_order(api: Api) -> None:
    one = await api.get(f"/v1/subjects/pair:{LEADER}|Zoe/history", signal="cadence")
    other = await api.get(f"/v1/subjects/pair:Zoe|{LEADER}/history", signal="cadence")
    assert one.status_code == 200
    assert one.content == other.content


async def test_every_subject_of_a_list_can_be_followed(api: Api) -> None:
    """Also those whose keys hold the separator, the escape, a quote, a space or other alphabets."""
    for listed, signal in (("relationships", "relationship_health"), ("escalation-risks", "escalation_risk_14d")):
        for row in data(await api.get(f"/v1/{listed}")):
            path = f"/v1/subjects/{subject_path(row['subject'])}"
            history = await api.get(f"{path}/history", signal=signal)
            assert data(history)[0]["value"] == row["value"]
            assert history.json()["subject"] == row["subject"]
            assert (await api.get(f"{path}/evidence")).json()["subject"] == row["subject"]


async def test_evidence_names_factors_windows_and_something_to_do(api: Api) -> None:
    response = await api.get(f"/v1/subjects/chain:adam|{LEADER}|{SKIP}/evidence")
    rows = data(response)
    assert response.json()["people"] == ["adam", LEADER, SKIP]
    assert [row["signal"] for row in rows] == ["unheard", "escalation_risk_14d", "escalation_risk_28d"]
    unheard = rows[0]
    assert unheard["factors"] == [
        {"name": "open_asks", "value": 5.0, "count": 5, "contribution": 2.5, "what_if": None},
        {"name": "oldest_open_days", "value": 12.5, "count": 0, "contribution": 0.0, "what_if": None},
    ]
    assert unheard["action"] == {
        "key": "close_the_loop",
        "text": "Close the loop on 5 open asks, the oldest 12 days old; acknowledge first, then add.",
    }
    assert unheard["window"] == {"days": 28, "start": "2026-01-07T00:00:00Z", "end": "2026-02-03T23:59:59Z"}
    assert unheard["week"] == "live"
    assert unheard["meaning"]
    assert unheard["caution"]


async def test_evidence_of_one_signal(api: Api) -> None:
    rows = data(await api.get(f"/v1/subjects/pair:adam|{LEADER}/evidence", signal="cadence"))
    assert [(row["signal"], row["value"]) for row in rows] == [("cadence", 70.123456789)]


async def test_the_catalogue_is_the_registry(api: Api) -> None:
    rows = data(await api.get("/v1/signals", role="leader"))
    assert [row["name"] for row in rows] == [signal.name for signal in SIGNALS]
    health = next(row for row in rows if row["name"] == "relationship_health")
    assert health["worse_when"] == "smaller"
    assert health["bands"] == [
        {"name": "healthy", "limit": 60.0},
        {"name": "watch", "limit": 40.0},
        {"name": "strained", "limit": None},
    ]
