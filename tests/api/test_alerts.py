"""Alerts over the API: who finds them, what can be done with them, and that nobody is overwritten."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, select

from services.api.routes.alert_actions import LONGEST_SNOOZE_SECONDS
from shared.domain.alerts.state import Verdict
from shared.domain.privacy.roles import Role
from shared.storage.access.key_issue import create_key
from shared.storage.alerts.actions import JudgedRisk, judged_risks, wake_expired
from shared.storage.directory.delegations import record_delegation
from shared.storage.engine.bulk import table_of
from shared.storage.log.event_log import outbox
from shared.storage.tables.alerts import AlertEventRow, AlertRow
from tests.api.alerting import raise_alerts
from tests.api.company import (
    ALERT,
    CONFLICTED,
    HOLDER,
    LEADER,
    MEMBERS,
    NOW,
    OTHER_LEADER,
    SKIP,
    TOP,
    WEEK,
    Api,
    chains,
    open_cases,
)

MINE = ("adam", LEADER, SKIP)


async def forget_fixed(api: Api) -> None:
    """Leave only what `raise_alerts` raises."""
    async with api.database.write() as connection:
        await connection.execute(delete(table_of(AlertRow)).where(table_of(AlertRow).c.id == ALERT))


async def pages(api: Api, role: str = "hr_partner", **filters: Any) -> list[dict[str, Any]]:
    """Everything that a list holds, page by page."""
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await api.get("/v1/alerts", role=role, **filters, **({"cursor": cursor} if cursor else {}))
        assert page.status_code == 200, page.text
        found += page.json()["data"]
        cursor = page.json()["next_cursor"]
    return found


def chain_of(alert: dict[str, Any]) -> tuple[str, str, str]:
    return alert["person"], alert["leader"], alert["skip_leader"]


async def act(
    api: Api, alert: str, action: str, *, tag: str | None = None, body: Any = None, who: str = "hr_partner"
) -> httpx.Response:
    headers = {} if tag is None else {"If-Match": tag}
    async with api.client(who, **headers) as client:
        method = "PUT" if action == "verdict" else "POST"
        return await client.request(method, f"/v1/alerts/{alert}/{action}", json=body)


async def tag_of(api: Api, alert: str) -> str:
    return (await api.get(f"/v1/alerts/{alert}")).headers["etag"]


async def test_alerts_are_listed_latest_first_with_filters_and_in_pages(api: Api) -> None:
    await forget_fixed(api)
    first = await raise_alerts(api.database, chains()[:6])
    ids = await raise_alerts(api.database, chains()[:9], week=WEEK + 1)
    everything = await pages(api)
    assert [each["alert"] for each in everything] == sorted(
        ids.values(), key=lambda alert: (alert in first.values(), alert)
    )
    for limit in (1, 2, 4, 9):
        assert await pages(api, limit=limit) == everything
    assert everything[0]["week"] == "2026-W06"
    assert everything[0] | {"alert": "", "fingerprint": ""} == {
        "alert": "", "fingerprint": "", "subject": everything[0]["subject"], "person": everything[0]["person"],
        "leader": LEADER, "skip_leader": SKIP, "signal": "escalation_risk_14d", "state": "open", "ended": None,
        "raised_at": "2026-02-08T23:59:59Z", "week": "2026-W06", "value": everything[0]["value"],
        "confidence": 0.75,
        "latest": {"value": everything[0]["value"], "week": "2026-W06"}, "action": "close_the_loop", "snooze": None,
        "verdict": None, "model_version": "1",
    }  # fmt: skip
    assert await pages(api, state="resolved") == []
    assert [chain_of(each) for each in await pages(api, person="adam")] == [MINE]
    assert len(await pages(api, team="engines")) == 9
    assert await pages(api, team="looms") == []
    assert (await api.get("/v1/alerts", state="asleep")).status_code == 422
    cursor = (await api.get("/v1/alerts", limit=2)).json()["next_cursor"]
    assert (await api.get("/v1/alerts", cursor=cursor, state="open")).status_code == 422


async def partner(api: Api, person: str, role: Role = Role.HR_PARTNER) -> str:
    """A token, and a case for every purpose."""
    async with api.database.write() as connection:
        made = await create_key(connection, name=person, role=role, person=person, now=NOW)
        await connection.run_sync(open_cases, partner=person)
    api.tokens[f"{role}:{person}"] = made.token
    return f"{role}:{person}"


async def test_nobody_in_the_chain_finds_an_alert_or_can_tell_that_there_is_one(api: Api) -> None:
    """Leaders, people in between, those above, delegates: what they get is what they get for nothing at all."""
    await forget_fixed(api)
    ids = await raise_alerts(api.database)
    async with api.database.write() as connection:
        await connection.run_sync(record_delegation, principal=LEADER, delegate=OTHER_LEADER, now=NOW)
    hidden_from = {
        # Also those whose leader has the same manager.
        HOLDER: [chain for chain in chains() if CONFLICTED & set(chain) or chain[1] == SKIP],
        LEADER: [chain for chain in chains() if LEADER in chain or chain[1] == OTHER_LEADER],
        OTHER_LEADER: [chain for chain in chains() if {LEADER, OTHER_LEADER} & set(chain)],
        SKIP: [chain for chain in chains() if SKIP in chain or chain[1] == HOLDER],
        TOP: chains(),
        MEMBERS[0]: [chain for chain in chains() if LEADER in chain],
    }
    for person, hidden in hidden_from.items():
        who = await partner(api, person)
        seen = {chain_of(each) for each in await pages(api, who, limit=3)}
        assert seen == set(chains()) - set(hidden)
        assert {chain_of(each) for each in await pages(api, who, person=LEADER)} <= seen
        absent = {method: await act(api, "none", method, who=who, body=body_of(method)) for method in ACTIONS}
        nothing = await api.get("/v1/alerts/none", role=who)
        assert nothing.status_code == 404
        for chain in hidden:
            assert bytes_of(await api.get(f"/v1/alerts/{ids[chain]}", role=who)) == bytes_of(nothing)
        for method in ACTIONS:
            found = await act(api, ids[hidden[0]], method, who=who, tag="*", body=body_of(method))
            assert bytes_of(found) == bytes_of(absent[method])
    # A leader's own credential does not even come as far as that, whatever there is.
    leader = await partner(api, LEADER, Role.LEADER)
    answers = {(await api.get(f"/v1/alerts{path}", role=leader)).content for path in ("", "/none", f"/{ids[MINE]}")}
    assert len(answers) == 1
    async with api.database.read() as connection:
        kinds = set((await connection.execute(select(table_of(AlertEventRow).c.kind))).scalars())
    assert kinds == {"raised"}, "nobody has done anything"


ACTIONS = ("acknowledge", "snooze", "resolve", "verdict")


def body_of(action: str) -> Any:
    return {"snooze": {}, "verdict": {"verdict": "helpful"}}.get(action)


def bytes_of(response: httpx.Response) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
    return response.status_code, response.content, response.headers.raw


async def test_two_worlds_that_differ_in_a_hidden_alert_look_the_same(api: Api) -> None:
    await forget_fixed(api)
    who = await partner(api, LEADER)
    visible = [chain for chain in chains() if LEADER not in chain]

    async def observe() -> list[tuple[int, bytes, list[tuple[bytes, bytes]]]]:
        paths = ["", "?limit=1", "?state=open", f"?person={LEADER}", "?team=engines", "?verdict=helpful"]
        return [bytes_of(await api.get(f"/v1/alerts{path}", role=who)) for path in paths]

    await raise_alerts(api.database, visible)
    without = await observe()
    await raise_alerts(api.database, [*visible, *(chain for chain in chains() if LEADER in chain)])
    audit = len(await api.audit())
    assert await observe() == without
    assert len(await api.audit()) == 2 * audit


async def test_reads_and_actions_are_audited_for_everybody_they_tell_of(api: Api) -> None:
    await api.get("/v1/alerts", person="adam")
    tag = await tag_of(api, ALERT)
    assert (await act(api, ALERT, "acknowledge", tag=tag)).status_code == 200
    await api.get("/v1/alerts/none")
    await api.get("/v1/alerts", person="nobody")
    audited = [(operation, subject) for _, operation, _, subject, _ in await api.audit()]
    assert audited == [
        (operation, person)
        for operation in ("listAlerts", "readAlert", "acknowledgeAlert")
        for person in ("adam", LEADER, SKIP)
    ]


async def test_an_alert_goes_its_way_with_a_history(api: Api) -> None:
    await forget_fixed(api)
    alert = (await raise_alerts(api.database, [MINE]))[MINE]
    until = datetime.fromtimestamp(NOW + 3600, UTC)
    steps: list[tuple[str, Any, str]] = [
        ("acknowledge", None, "acknowledged"),
        ("snooze", {"until": until.isoformat()}, "snoozed"),
        ("acknowledge", None, "acknowledged"),
        ("snooze", {}, "snoozed"),
        ("resolve", None, "resolved"),
        ("acknowledge", None, "acknowledged"),
        ("verdict", {"verdict": "already-handled"}, "acknowledged"),
        ("verdict", {"verdict": "helpful"}, "acknowledged"),
        ("resolve", None, "resolved"),
    ]
    tag = await tag_of(api, alert)
    for action, body, state in steps:
        answered = await act(api, alert, action, tag=tag, body=body)
        assert answered.status_code == 200, (action, answered.text)
        assert answered.json()["state"] == state
        tag = answered.headers["etag"]
        assert tag == await tag_of(api, alert), "what a change answers is what a read answers"
    found = (await api.get(f"/v1/alerts/{alert}")).json()
    assert found["verdict"] == "helpful"
    assert [each["kind"] for each in found["history"]] == [
        "raised", "acknowledged", "snoozed", "acknowledged", "snoozed", "resolved", "acknowledged", "judged", "judged",
        "resolved",
    ]  # fmt: skip
    assert found["history"][0]["actor"] is None
    assert found["history"][1]["actor"].startswith("local_")
    assert found["history"][2]["detail"] == {"until": "2026-02-02T03:40:00Z"}
    assert (await act(api, alert, "snooze", tag=tag, body={})).status_code == 409
    async with api.database.read() as connection:
        assert await connection.run_sync(judged_risks) == [JudgedRisk(0.3, Verdict.HELPFUL)]
        assert await outbox(connection, limit=100) == [], "no topic is told what a partner does"


async def test_a_change_needs_the_version_that_was_seen(api: Api) -> None:
    tag = await tag_of(api, ALERT)
    missing = await act(api, ALERT, "resolve")
    assert (missing.status_code, missing.json()["type"]) == (428, "urn:bellwether:problem:version-needed")
    for stale in ('"0123"', f"W/{tag}", tag.strip('"'), ""):
        refused = await act(api, ALERT, "resolve", tag=stale)
        assert (refused.status_code, refused.json()["type"]) == (412, "urn:bellwether:problem:changed-meanwhile")
    assert (await api.get(f"/v1/alerts/{ALERT}")).json()["state"] == "open"
    assert (await act(api, ALERT, "acknowledge", tag=f'"other", {tag}')).status_code == 200
    assert (await act(api, ALERT, "resolve", tag=tag)).status_code == 412, "somebody was faster"
    assert (await act(api, ALERT, "resolve", tag="*")).status_code == 200


async def test_what_has_been_done_is_done_once(api: Api) -> None:
    tag = await tag_of(api, ALERT)
    answers = [await act(api, ALERT, "acknowledge", tag=tag) for _ in range(3)]
    answers.append(await act(api, ALERT, "acknowledge"))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    history = answers[0].json()["history"]
    assert [each["kind"] for each in history] == ["acknowledged"]


async def test_of_many_at_once_one_wins_and_the_others_are_told(api: Api) -> None:
    tag = await tag_of(api, ALERT)
    verdicts = ["helpful", "planned-skip-level", "already-handled", "not-a-concern"]
    answers = await asyncio.gather(
        *(act(api, ALERT, "verdict", tag=tag, body={"verdict": verdict}) for verdict in verdicts)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    (winner,) = (answer.json() for answer in answers if answer.status_code == 200)
    assert (await api.get(f"/v1/alerts/{ALERT}")).json()["verdict"] == winner["verdict"]


@pytest.mark.parametrize("until", ["2026-02-02T02:40:00Z", "2020-01-01T00:00:00Z", "soon", "2026-02-03T00:00:00", 5e18])
async def test_a_snooze_ends_in_the_time_to_come(api: Api, until: Any) -> None:
    late = datetime.fromtimestamp(NOW + LONGEST_SNOOZE_SECONDS + 1, UTC).isoformat()
    for text in (until, late):
        refused = await act(api, ALERT, "snooze", tag="*", body={"until": text})
        assert refused.status_code == 422, text


async def test_a_snooze_wakes_by_the_clock(api: Api) -> None:
    until = datetime.fromtimestamp(NOW + 3600, UTC).isoformat()
    await act(api, ALERT, "snooze", tag="*", body={"until": until})
    for now, state in ((NOW + 3599, "snoozed"), (NOW + 3600, "open"), (NOW + 3600, "open")):
        async with api.database.write() as connection:
            await connection.run_sync(wake_expired, now=now)
        assert (await api.get(f"/v1/alerts/{ALERT}")).json()["state"] == state
    found = (await api.get(f"/v1/alerts/{ALERT}")).json()
    assert (found["state"], found["snooze"]) == ("open", None)
    assert [each["kind"] for each in found["history"]] == ["snoozed", "woke"]


async def test_a_snooze_wakes_on_new_evidence_only(api: Api) -> None:
    await forget_fixed(api)
    alert = (await raise_alerts(api.database, [MINE], value=0.2))[MINE]
    snoozed = (await act(api, alert, "snooze", tag=await tag_of(api, alert), body={})).json()
    assert snoozed["snooze"] == {"until": None, "evidence_at": 0.25}
    for week, value, state in ((1, 0.249, "snoozed"), (2, 0.15, "snoozed"), (3, 0.25, "open")):
        await raise_alerts(api.database, [MINE], week=WEEK + week, value=value)
        assert (await api.get(f"/v1/alerts/{alert}")).json()["state"] == state, value
    # What the rule ends takes a verdict and nothing else.
    await raise_alerts(api.database, [], week=WEEK + 4)
    ended = (await api.get(f"/v1/alerts/{alert}")).json()
    assert (ended["state"], ended["ended"]) == ("resolved", "cleared")
    assert (await act(api, alert, "acknowledge", tag="*")).status_code == 409
    assert (await act(api, alert, "verdict", tag="*", body={"verdict": "helpful"})).status_code == 200
