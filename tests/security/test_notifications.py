"""Who is told, when, and how often says nothing about anybody: a week of messages in pairs of worlds.

Two worlds differ in one chain being at risk. Outside the case about it are those in the organisation, with cases about
all of it and with receivers that fail; partners whose cases are about somebody else, wait, were closed or are over; a
tool that subscribed to everything; and whoever reads topics, metrics and logs. Compared is every byte that any of them
receives, and the second at which it arrives. Exhaustive over every small reporting tree and every chain in it, and at
random over larger ones.
"""

import logging
import os
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Connection

from services.signals.alerts.webhook_relay import WebhookRelay
from services.signals.settings import SignalsSettings
from shared.domain.alerts.notification_week import SENT_AFTER_SECONDS, Notify, sending_instant
from shared.domain.alerts.state import Acknowledge
from shared.domain.alerts.subscription_events import SubscriptionEvent
from shared.domain.alerts.webhook_secrets import WebhookKeys
from shared.domain.privacy.cases import CaseSubjectKind
from shared.domain.privacy.roles import Purpose
from shared.domain.week import DAY
from shared.storage.access.cases import NewCase, close_case, open_case
from shared.storage.access.visibility import Viewer
from shared.storage.alerts.actions import Deed, do
from shared.storage.alerts.subscription_events import import_finished
from shared.storage.engine.bulk import table_of
from shared.storage.tables import metadata
from shared.storage.tables.access import CasePersonRow, CaseRow
from shared.storage.tables.directory import PersonRow
from shared.storage.tables.log import OutboxRow
from shared.storage.tables.webhooks import (
    NotificationWeekRow,
    SubscriptionEventRow,
    WebhookEndpointRow,
    WebhookMessageRow,
)
from shared.telemetry.metrics import Metrics
from shared.transport.webhooks import Answer, Message
from tests.api.company import open_approved
from tests.security.observation import Laboratory, laboratory
from tests.security.organisations import Chain, Organisation, alert_id, trees
from tests.security.test_non_interference import ALARMED, CALM

MOST_PEOPLE: Final = 5
LARGEST: Final = 9
INSIDE, ELSEWHERE, WAITING, CLOSED, OVER = (f"partner-{word}" for word in ("in", "else", "waits", "closed", "over"))
OUTSIDERS: Final = (ELSEWHERE, WAITING, CLOSED, OVER)
TUESDAY: Final = sending_instant(1_770_000_000) + 7 * DAY
# Before and at the instant, when messages leave, and while those that failed are tried again.
INSTANTS: Final = tuple(
    TUESDAY + seconds
    for seconds in (-3_600, -1, 0, 1, SENT_AFTER_SECONDS - 1, SENT_AFTER_SECONDS, SENT_AFTER_SECONDS + 5, 400, 9_000)
)
WEBHOOKS: Final = (WebhookEndpointRow, WebhookMessageRow, NotificationWeekRow, SubscriptionEventRow)
KEYS: Final = WebhookKeys([b"k" * 32])


@dataclass(slots=True)
class Receivers:
    """Receivers of everybody. Those of a failing one refuse its first two messages."""

    clock: list[int]
    heard: list[tuple[str, int, bytes, int]] = field(default_factory=list)

    async def send(self, message: Message) -> Answer:
        whose = message.url.rpartition("/")[2]
        tried = sum(each[0] == whose for each in self.heard)
        self.heard.append((whose, self.clock[0], message.body, len(message.id)))
        return Answer(500 if whose.endswith("always") and tried < 2 else 200)


@dataclass(slots=True)
class Week:
    """What everybody received of a week."""

    heard: list[tuple[str, int, bytes, int]]
    outside: dict[str, Any]

    def inside(self) -> list[tuple[str, int, bytes, int]]:
        return [each for each in self.heard if each[0].startswith(INSIDE)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rooms(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Laboratory]:
    directory: Path = tmp_path_factory.mktemp("notifications")
    async with laboratory(f"sqlite+aiosqlite:///{directory / 'bellwether.db'}", people=1) as made:
        yield made


async def week(
    rooms: Laboratory, organisation: Organisation, secret: Chain, risks: dict[Chain, float],
    caplog: pytest.LogCaptureFixture, *, acknowledged: bool = False,
) -> Week:  # fmt: skip
    """A week of messages in one world; in some, the partner inside the case acknowledges the alert before."""
    caplog.clear()
    await rooms.settle(organisation, risks)
    async with rooms.database.write() as connection:
        await connection.run_sync(prepare, organisation, secret)
    clock = [TUESDAY - 2 * DAY]
    receivers, metrics = Receivers(clock), Metrics(CollectorRegistry())
    relay = WebhookRelay(
        database=rooms.database,
        sender=receivers,  # type: ignore[arg-type]
        settings=SignalsSettings(database=str(rooms.database.engine.url)),
        metrics=metrics,
        keys=KEYS,
        clock=lambda: clock[0],
    )
    for instant in (TUESDAY - 7 * DAY, *INSTANTS):  # a week before, so that there is one to begin from
        clock[0] = instant
        await relay.relay()
        await relay.finish()
        if acknowledged and instant == INSTANTS[0]:
            async with rooms.database.write() as connection:
                deed = Deed(alert=alert_id(secret), action=Acknowledge(), actor="key", at=instant)
                viewer = Viewer(INSIDE, now=instant)
                assert await connection.run_sync(do, deed, viewer=viewer, check=lambda _: None) is not None
    outbox = table_of(OutboxRow).c
    async with rooms.database.read() as connection:
        query = select(outbox.topic, outbox.key, outbox.value).order_by(outbox.id)
        topics = [tuple(row) for row in await connection.execute(query)]
    shown = generate_latest(metrics.registry).decode().splitlines()
    timed = ("_created", "webhook_seconds")  # when a process began, how long an attempt really took
    return Week(
        heard=receivers.heard,
        outside={
            # Within a second the order is by chance.
            "heard": sorted(each for each in receivers.heard if not each[0].startswith(INSIDE)),
            "topics": topics,
            "metrics": [line for line in shown if not any(word in line for word in timed)],
            "log": [each.getMessage() for each in caplog.records if each.name.startswith("bellwether")],
        },
    )


def prepare(connection: Connection, organisation: Organisation, secret: Chain) -> None:
    """Partners with their cases and receivers, and a tool."""
    for model in (CaseRow, CasePersonRow, OutboxRow, *WEBHOOKS):
        connection.execute(delete(table_of(model)))
    partners = (INSIDE, *OUTSIDERS)
    connection.execute(insert(table_of(PersonRow)), [{"key": key, "active": True} for key in partners])
    opened = TUESDAY - 7 * DAY
    for person in organisation.people:  # from whom need to know keeps it, whatever their case is about
        if not organisation.may_read(person, secret):
            open_approved(connection, partner=person, kind=CaseSubjectKind.UNIT, subject="organisation", now=opened)
    open_approved(connection, partner=INSIDE, kind=CaseSubjectKind.PERSON, subject=secret[0], now=opened)
    others = [person for person in organisation.people if person != secret[0]]
    for other in others:
        open_approved(connection, partner=ELSEWHERE, kind=CaseSubjectKind.PERSON, subject=other, now=opened)
    for partner, seconds in ((WAITING, 20 * DAY), (CLOSED, 20 * DAY), (OVER, 6 * DAY)):
        asked = NewCase(
            partner=partner, purpose=Purpose.RELATIONSHIP_SUPPORT, subject_kind=CaseSubjectKind.PERSON,
            subject=secret[0], opened_by="tests", now=opened, lifetime_seconds=seconds, reason="now",
            break_glass=False,
        )  # fmt: skip
        case = open_case(connection, asked)
        if partner != WAITING:
            approve = {"approved_at": opened, "approved_by": "somebody"}
            connection.execute(table_of(CaseRow).update().where(table_of(CaseRow).c.id == case.id).values(approve))
        if partner == CLOSED:
            close_case(connection, case.id, viewer=Viewer(None), name="tests", now=opened + DAY)
    import_finished(connection, "mail", now=opened)
    connection.execute(insert(table_of(WebhookEndpointRow)), list(endpoints(organisation, partners)))


def endpoints(organisation: Organisation, partners: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    common = {"generation": 0, "told": "", "created_by": "x", "created_at": 0, "paused_until": 0}
    for person in (*organisation.people, *partners):
        for notify in Notify:
            name = f"{person}-{notify}"
            yield {"id": name, "person": person, "url": f"https://x/{name}", "notify": notify, "events": ""} | common
    events = " ".join(SubscriptionEvent)
    yield {"id": "tool", "person": "", "url": "https://x/tool", "notify": "", "events": events} | common


def worlds(organisation: Organisation, secret: Chain) -> Iterator[dict[Chain, float]]:
    """Everybody but one chain is at risk, of which nothing is known; then it is as well."""
    others = dict.fromkeys((chain for chain in organisation.chains() if chain != secret), CALM)
    yield others
    yield others | {secret: ALARMED}


async def compare(
    rooms: Laboratory, organisation: Organisation, secret: Chain, caplog: pytest.LogCaptureFixture
) -> tuple[Week, Week]:
    calm, alarmed = [await week(rooms, organisation, secret, each, caplog) for each in worlds(organisation, secret)]
    for what, before in calm.outside.items():
        assert before == alarmed.outside[what], (organisation, secret, what)
    return calm, alarmed


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.timeout(600)
async def test_outside_the_case_every_week_is_the_same_whoever_is_at_risk(
    rooms: Laboratory, caplog: pytest.LogCaptureFixture, *, deep: bool
) -> None:
    caplog.set_level(logging.DEBUG, "bellwether")
    compared = messages = 0
    for people in range(3, MOST_PEOPLE + 1 + deep):
        for managers in trees(people):
            organisation = Organisation(managers)
            for secret in organisation.chains():
                calm, alarmed = await compare(rooms, organisation, secret, caplog)
                compared, messages = compared + 1, messages + len(alarmed.heard)
                # The comparison can fail: inside the case there is a message more, and it says the same as every week.
                always, changed = f"{INSIDE}-always", f"{INSIDE}-changes"
                assert {each[0] for each in calm.inside()} == {always}
                assert {each[0] for each in alarmed.inside()} == {always, changed}
                partners = [each for each in alarmed.heard if each[0] != "tool"]
                assert len({(body, length) for _, _, body, length in partners}) == 1, "one form for everybody"
                first = {whose: when for whose, when, *_ in reversed(partners)}
                assert set(first.values()) == {TUESDAY + SENT_AFTER_SECONDS}, "one instant for everybody"
                assert any(each[0] == "tool" for each in alarmed.heard)
    sys.stdout.write(f"{compared} pairs of worlds, {messages:,} messages\n")
    assert compared >= 20


@pytest.mark.asyncio(loop_scope="module")
async def test_an_acknowledged_alert_is_silent_to_everybody(
    rooms: Laboratory, caplog: pytest.LogCaptureFixture
) -> None:
    """Of 121 people each acknowledged alert was silent to exactly nine: with the hierarchy, that named its chain."""
    organisation = Organisation((0, 0, 1, 1, 0, 4))
    secret = ("p2", "p1", "p0")
    *_, risks = worlds(organisation, secret)
    quiet, handled = [
        await week(rooms, organisation, secret, risks, caplog, acknowledged=each) for each in (False, True)
    ]
    assert sorted(handled.heard) == sorted(quiet.heard), "inside the case as well"
    assert handled.outside == quiet.outside


@st.composite
def larger(draw: st.DrawFn) -> tuple[Organisation, Chain]:
    """Any tree of up to nine people with a chain in it."""
    people = draw(st.integers(min_value=4, max_value=LARGEST))
    managers = tuple(draw(st.integers(min_value=0, max_value=max(number - 1, 0))) for number in range(people))
    organisation = Organisation(managers)
    chains = organisation.chains()
    return organisation, draw(st.sampled_from(chains)) if chains else ("", "", "")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.timeout(1_800)
@settings(
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "8")), deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(drawn=larger())
async def test_nor_is_any_larger_one(
    rooms: Laboratory, caplog: pytest.LogCaptureFixture, drawn: tuple[Organisation, Chain]
) -> None:
    organisation, secret = drawn
    if secret[0]:
        await compare(rooms, organisation, secret, caplog)


def test_nothing_that_is_sent_can_hold_an_alert() -> None:
    """No table of messages has a column for one, and no kind of event is one."""
    for name in ("webhook_message", "webhook_endpoint", "subscription_event", "notification_week"):
        assert not {"alert", "first", "second", "third"} & set(metadata().tables[name].c.keys())
    assert not [each for each in SubscriptionEvent if "alert" in each]
