"""What followed alerts: by hand on one chain, over the store, and told only where it cannot tell of anybody."""

import asyncio
from contextlib import suppress
from math import isnan
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from sqlalchemy import update

from services.signals.alerts.outcomes import AlertOutcomes
from services.signals.settings import SignalsSettings
from shared.domain.alerts.outcome import AlertOutcome, figures, outcome_of
from shared.domain.alerts.state import Verdict
from shared.domain.facts.history import Contact, Mark, WholeChain, WholePair
from shared.domain.release.lattice import person_number
from shared.domain.signals.escalation_risk import ESCALATION_RISK_14D
from shared.domain.week import DAY
from shared.storage.alerts.gauges import CountedPeople
from shared.storage.engine.bulk import table_of
from shared.storage.readings.store import scoring_state
from shared.storage.tables.alerts import AlertRow, AlertWeekRow
from shared.storage.tables.releases import ReleaseStateRow
from shared.telemetry import names
from shared.telemetry.metrics import Metrics
from tests.storage.company import AnyRecord, opened
from tests.storage.released import release_risk_over
from tests.storage.test_alerts import settled, touchy
from tests.storage.test_scoring import NAMES, PEOPLE, START, TRAFFIC, WEEKS, wrote

NONE = Mark(0)
EVERYBODY = CountedPeople(frozenset(map(person_number, NAMES)))
RAISED = 100 * 7 * DAY


def upward(*ats: int, sender: str = "p", marks: Mark = NONE, others: tuple[str, ...] = ()) -> tuple[Contact, ...]:
    recipient = "s" if sender == "p" else "p"
    return tuple(
        Contact(at=at, sender=sender, recipient=recipient, channel="mail", thread=0, marks=marks, others=others)
        for at in ats
    )


def chain(*contacts: Contact) -> WholeChain:
    return WholeChain(
        person="p", leader="l", skip="s", with_leader=WholePair("l", "p", (), (), (), ()), upward_contacts=contacts,
        upward_meetings=(), sent_by_day={},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("contacts", "followed", "lead_days"),
    [
        (upward(RAISED + 5 * DAY, RAISED + 9 * DAY), "contact", 5),
        (upward(RAISED - DAY, RAISED), "no_contact", None),  # before it, and at that very second
        (upward(RAISED + 28 * DAY), "contact", 28),
        (upward(RAISED + 28 * DAY + 1), "no_contact", None),
        (upward(RAISED + 3 * DAY, others=("l",)), "no_contact", None),  # the leader is told as well
        (upward(RAISED + 3 * DAY, marks=Mark.REPLY), "no_contact", None),
        ((*upward(RAISED - DAY, sender="s"), *upward(RAISED + 3 * DAY)), "no_contact", None),  # asked to
        ((*upward(RAISED - DAY, sender="s"), *upward(RAISED + 3 * DAY, RAISED + 8 * DAY)), "contact", 8),
        ((), "no_contact", None),
    ],
)
def test_the_first_unasked_contact_within_four_weeks_counts(
    contacts: tuple[Contact, ...], followed: str, lead_days: int | None
) -> None:
    found = outcome_of(chain(*contacts), RAISED, until=RAISED + 60 * DAY)
    lead = None if lead_days is None else lead_days * DAY
    assert found == AlertOutcome(("p", "l", "s"), followed, lead)  # type: ignore[arg-type]


def test_nothing_is_said_before_the_four_weeks_are_over() -> None:
    early = outcome_of(chain(*upward(RAISED + DAY)), RAISED, until=RAISED + 28 * DAY - 1)
    assert early == AlertOutcome(("p", "l", "s"), "too_early")


def outcomes(chains: int, leaders: int) -> list[AlertOutcome]:
    people = [(f"p{number}", f"l{number % leaders}", "s") for number in range(chains)]
    return [AlertOutcome(each, "contact", (3 + place) * DAY) for place, each in enumerate(people)]


def test_a_lead_is_over_many_people_of_many_leaders_and_counts_are_in_fives() -> None:
    assert figures(outcomes(5, 5), k=5).median_lead_days == 5
    for few in (outcomes(4, 4), outcomes(9, 4), outcomes(4, 4) * 3):
        assert figures(few, k=5).median_lead_days is None
    more = [*outcomes(5, 5), *[AlertOutcome(("x", "y", "z"), "no_contact")] * 9]
    assert figures(more, k=5).counts == {"contact": 5, "no_contact": 5, "too_early": 0}
    assert figures([], k=5).counts == {"contact": 0, "no_contact": 0, "too_early": 0}


async def test_the_store_tells_what_followed_and_only_where_enough_are_watched(
    database_url: str, tmp_path: Path
) -> None:
    """Ann is alerted on; days later she writes to cyd, who is bob's leader. Nobody else does."""
    end = START + WEEKS * 7 * DAY
    later: list[AnyRecord] = [
        wrote(70_000, "ann", "cyd", at=end + 13 * DAY),  # nobody above was in touch for a week
        wrote(70_001, "eve", "bob", at=end + 40 * DAY),
    ]
    async with opened(database_url) as store:
        await settled(touchy(store), PEOPLE, TRAFFIC, later)
        settings = SignalsSettings(database=database_url, chunk_people=1)
        look = AlertOutcomes(database=store.writer, settings=settings, metrics=store.metrics)
        alert = table_of(AlertRow)
        async with store.database.write() as connection:
            await connection.execute(
                update(alert).where(alert.c.raised_week.is_not(None)).values(raised_at=end + 3 * DAY, ended=None)
            )
        found = await look.outcomes(EVERYBODY)
        assert {each.people[0]: (each.followed, each.lead_seconds) for each in found} == {
            "ann": ("contact", 10 * DAY),
            "dan": ("no_contact", None),
        }
        dan = await look.outcomes(CountedPeople(frozenset({person_number("dan")})))
        assert {each.people[0] for each in dan} == {"dan"}, "who is in no release counts for nothing"
        async with store.database.write() as connection:
            planned = {"verdict": Verdict.PLANNED_SKIP_LEVEL.value}
            await connection.execute(update(alert).where(alert.c.first == "ann").values(planned))
        assert {each.people[0] for each in await look.outcomes(EVERYBODY)} == {"dan"}, "what was arranged is no label"
        for leaders in (5, 4):
            async with store.database.write() as connection:
                await connection.execute(update(table_of(AlertWeekRow)).values(watched=50, leaders=leaders))
                await release_risk_over(connection, NAMES, week=2926)
            await look.show()
            text = generate_latest(store.metrics.registry).decode()
            lead = store.metrics.registry.get_sample_value(names.ALERT_LEAD.name, {"signal": ESCALATION_RISK_14D.name})
            enough = leaders == 5
            assert ('bellwether_alerts_followed{outcome="contact"}' in text) == enough
            assert (lead is not None and isnan(lead)) == enough, "one chain's lead is nobody's business"


def shown(metrics: Metrics) -> bool:
    return "bellwether_alerts_followed{" in generate_latest(metrics.registry).decode()


async def test_a_release_that_comes_after_scoring_is_told_of_at_once(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.signals.alerts.outcomes._PAUSE_SECONDS", 0.01)
    async with opened(sqlite_url) as store:
        await settled(touchy(store), PEOPLE, TRAFFIC)
        async with store.database.write() as connection:
            week = (await scoring_state(connection)).scored_week
            await connection.execute(update(table_of(AlertWeekRow)).values(watched=50, leaders=5))
            await release_risk_over(connection, NAMES, week=week - 1)
            await connection.execute(update(table_of(ReleaseStateRow)).values(released_week=week - 1))
        settings = SignalsSettings(database=sqlite_url)
        owns = asyncio.Event()
        owns.set()
        look = AlertOutcomes(database=store.writer, settings=settings, metrics=store.metrics)
        told = asyncio.create_task(look.run(owns))
        try:
            await asyncio.sleep(0.3)
            assert not shown(store.metrics)
            async with store.database.write() as connection:
                await release_risk_over(connection, NAMES, week=week)
                await connection.execute(update(table_of(ReleaseStateRow)).values(released_week=week))
            for _ in range(2_000):
                if shown(store.metrics):
                    break
                await asyncio.sleep(0.01)
            assert shown(store.metrics)
        finally:
            told.cancel()
            with suppress(asyncio.CancelledError):
                await told
