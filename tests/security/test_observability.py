"""A leader who sees everything that is measured and sent learns nothing of who may go over their head.

The same two worlds as in `test_non_interference`, seen from `/metrics` of the services that know of risks, and by what
a week has news of for everybody in the organisation. In organisations of so few leaders nothing about alerts is shown
at all, so every byte must be equal; where it is shown, it moves by fives.
"""

import sys
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import delete, insert

from services.signals.alerts.webhook_relay import WebhookRelay
from services.signals.settings import SignalsSettings
from shared.domain.privacy.roles import Mode, Role
from shared.storage.alerts.gauges import show_alert_gauges
from shared.storage.alerts.notifications import listed_alerts
from shared.storage.directory.delegations import record_delegation
from shared.storage.directory.register import Register
from shared.storage.engine.bulk import table_of
from shared.storage.privacy.gauges import PrivacyGauges
from shared.storage.privacy.subject import Subject
from shared.storage.privacy.subject_access import report_on
from shared.storage.releases.gauges import show_release_gauges
from shared.storage.tables.alerts import AlertWeekRow
from shared.storage.tables.directory import PersonRow
from shared.telemetry.cohorts import CohortGauges
from shared.telemetry.metrics import Metrics
from shared.transport.webhooks import WebhookSender
from tests.api.asking import BY_ID
from tests.api.company import NOW
from tests.security.observation import ASSISTANT, Laboratory, laboratory, requests
from tests.security.organisations import WEEK, Chain, Organisation
from tests.security.test_non_interference import (
    ALARMED,
    EXAMPLES,
    LARGEST,
    MOST_PEOPLE,
    MOST_PEOPLE_DEEP,
    larger_organisations,
    organisations,
    worlds,
)
from tests.storage.released import release_risk_over

K = 5
OUTSIDER = "p13"  # an HR partner who is nobody's leader or report in organisations of so few


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rooms(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Laboratory]:
    directory: Path = tmp_path_factory.mktemp("observability")
    async with laboratory(f"sqlite+aiosqlite:///{directory / 'bellwether.db'}", people=LARGEST) as made:
        yield made


async def watch(rooms: Laboratory, organisation: Organisation) -> None:
    """What the rule notes of a week: how many chains under how many leaders it looked at."""
    chains = organisation.chains()
    week = {"signal": "escalation_risk_14d", "week": WEEK, "watched": len(chains), "credit": 0}
    week["leaders"] = len({leader for _, leader, _ in chains})
    async with rooms.database.write() as connection:
        await connection.execute(delete(table_of(AlertWeekRow)))
        await connection.execute(insert(table_of(AlertWeekRow)), week)
        await release_risk_over(connection, organisation.people, week=WEEK)


async def measured(rooms: Laboratory, organisation: Organisation, risks: dict[Chain, float]) -> list[str]:
    """`/metrics` of the signals service, once a partner from whom nothing is kept has asked for everything."""
    await rooms.settle(organisation, risks)
    await watch(rooms, organisation)
    asked = [each for each in requests(organisation) if Role.HR_PARTNER in each[0].roles]
    await rooms.observe(OUTSIDER, Role.HR_PARTNER, asked)
    metrics = Metrics(CollectorRegistry())
    signals = SignalsSettings(database=str(rooms.database.engine.url))
    await show_release_gauges(rooms.database, metrics, CohortGauges(metrics))
    await show_alert_gauges(rooms.database, metrics, k=K)
    await PrivacyGauges(metrics, kept_days={"alerts": 400, "readings": 399}, k=K).show(rooms.database)
    async with WebhookSender(loopback=True) as sender:
        await WebhookRelay(database=rooms.database, sender=sender, settings=signals, metrics=metrics, keys=None).relay()
    # A mean of risks moves with them; it is released of k people and more (`tests/release`).
    # `_created` is when this process made a counter.
    return [
        line
        for line in generate_latest(metrics.registry).decode().splitlines()
        if not line.startswith("bellwether_signal_mean{") and "_created " not in line
    ]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.timeout(600)
async def test_what_is_measured_of_a_small_organisation_is_the_same_whoever_is_at_risk(rooms: Laboratory) -> None:
    compared = 0
    for organisation, _ in organisations(MOST_PEOPLE_DEEP):
        if organisation.delegates or not organisation.chains():
            continue
        calm, alarmed = [
            await measured(rooms, organisation, risks) for risks in worlds(organisation, organisation.chains())
        ]
        assert calm == alarmed, organisation
        assert any(line.startswith("bellwether_cells{") for line in calm)  # there is something to see
        compared += 1
    sys.stdout.write(f"{compared} organisations measured\n")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.timeout(600)
async def test_who_looked_tells_a_leader_nothing_of_their_people(rooms: Laboratory, *, deep: bool) -> None:
    """A partner has read everything there is; what leaders may know of themselves is the same."""
    compared = 0
    for organisation, _ in organisations(MOST_PEOPLE_DEEP if deep else MOST_PEOPLE):
        if organisation.delegates or not organisation.chains():
            continue
        for leader in filter(organisation.leads, organisation.people):
            about_others = [chain for chain in organisation.chains() if chain[0] != leader]
            calm, alarmed = [
                await known_to(rooms, organisation, risks, leader) for risks in worlds(organisation, about_others)
            ]
            assert calm == alarmed, (organisation, leader)
            compared += 1
    sys.stdout.write(f"{compared} leaders asked who looked\n")
    assert compared > 20


async def known_to(
    rooms: Laboratory, organisation: Organisation, risks: dict[Chain, float], leader: str
) -> tuple[object, object]:
    """What a leader reads of who looked, and the report on them."""
    await rooms.settle(organisation, risks)
    asked = [each for each in requests(organisation) if each[0].mode is Mode.CASE]
    for operation, path, body in asked:
        await rooms.ask(operation, path, body, rooms.tokens[OUTSIDER, Role.HR_PARTNER])
    looks = await rooms.ask(BY_ID["listOwnAudit"], "/v1/own/audit", b"", rooms.tokens[leader, Role.LEADER])
    assert looks[0] == HTTPStatus.OK
    assert b"listRelationships" in looks[2]
    async with rooms.database.read() as connection:
        report = await report_on(connection, Subject(leader, {}), Register(connection.dialect, None))
    return looks, report


@pytest.mark.asyncio(loop_scope="module")
async def test_nor_does_the_api_measure_what_was_found(rooms: Laboratory) -> None:
    """Equal requests leave equal counts, found or not."""
    organisation = Organisation((0, 0, 1, 0, 0))
    asked = [each for each in requests(organisation) if Role.HR_PARTNER in each[0].roles]
    counts = []
    for risks in worlds(organisation, organisation.chains()):
        await rooms.settle(organisation, risks)
        before = counted(rooms)
        for operation, path, body in asked * 5:
            await rooms.ask(operation, path, body, rooms.tokens[OUTSIDER, Role.HR_PARTNER])
        after = counted(rooms)
        counts.append({series: value - before.get(series, 0) for series, value in after.items()})
    assert counts[0] == counts[1]
    assert sum(value for series, value in counts[0].items() if "ofPeople" in series) > 50


def counted(rooms: Laboratory) -> dict[str, float]:
    """Requests as the API counts them, exactly; what is shown of that is coarser."""
    exposed = generate_latest(rooms.metrics.registry)
    lines = [line for line in exposed.decode().splitlines() if line.startswith("bellwether_api_requests_total")]
    return {series: float(value) for series, _, value in (line.rpartition(" ") for line in lines)}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.timeout(600)
async def test_webhooks_tell_a_partner_of_what_they_may_read_and_of_nothing_else(rooms: Laboratory) -> None:
    """Everybody has a case about everybody, and everybody is at risk: whether a week has news for them depends on
    nothing that is kept from them. What is sent then is in `test_notifications`."""
    told = 0
    for organisation, viewers in organisations(MOST_PEOPLE_DEEP):
        chains = organisation.chains()
        await rooms.settle(organisation, dict.fromkeys(chains, ALARMED))
        async with rooms.database.write() as connection:
            if ASSISTANT in viewers:
                await connection.execute(insert(table_of(PersonRow)), {"key": ASSISTANT, "active": True})
            for viewer in viewers:
                listed = await connection.run_sync(listed_alerts, viewer, now=NOW)
                allowed = [chain for chain in chains if organisation.may_read(viewer, chain)]
                assert len(listed) == len(allowed), (organisation, viewer)
                told += bool(allowed)
            for viewer in viewers:
                if viewer != "p0":
                    await connection.run_sync(record_delegation, principal="p0", delegate=viewer, now=NOW)
                    assert not await connection.run_sync(listed_alerts, viewer, now=NOW), "once they act for the top"
    sys.stdout.write(f"{told} partners with news from whom nothing of it is kept\n")
    assert told > 10


@pytest.mark.asyncio(loop_scope="module")
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(larger_organisations())
async def test_one_person_moves_counts_of_alerts_by_one_step_at_most(
    rooms: Laboratory, drawn: tuple[Organisation, list[str]]
) -> None:
    organisation, _ = drawn
    chains = organisation.chains()
    others = dict.fromkeys(chains[1:], ALARMED)
    shown = []
    for risks in (others, dict.fromkeys(chains, ALARMED)):
        await rooms.settle(organisation, risks)
        await watch(rooms, organisation)
        metrics = Metrics(CollectorRegistry())
        await show_alert_gauges(rooms.database, metrics, k=K)
        exposed = generate_latest(metrics.registry).splitlines()
        lines = [line.rpartition(b" ") for line in exposed if line.startswith(b"bellwether_alert") and b"{" in line]
        shown.append({series: float(value) for series, _, value in lines})
    without, with_them = shown
    assert without.keys() == with_them.keys()
    leaders = {leader for _, leader, _ in chains}
    assert bool(without) is (min(len(chains), len(leaders)) >= K)
    assert all(each % 5 == 0 for each in (*without.values(), *with_them.values()))
    assert sum(with_them.values()) - sum(without.values()) in {0, 5}
