"""The demo under a real Prometheus: every query has an answer, rules see the stories, and nobody is named."""

import re
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboards.alert_files import GROUPS
from dashboards.build import DASHBOARDS as BUILDERS
from dashboards.build import GENERATED
from services.simulator.names import FIRST_NAMES, SURNAMES, TEAMS
from shared.domain.week import LIVE_WEEK
from tests.dashboards.demo import Demo, demo, installed
from tests.dashboards.walk import DAY, Prometheus

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not installed(), reason="Prometheus is not installed (Debian package prometheus)"),
]
# Long enough for the stories to show and no longer: a week is a second of the demo's start. Eight weeks with evidence
# pass before anybody counts, and a table looks four weeks back.
SMALL = {"BELLWETHER_SIMULATOR_WEEKS": "28"}
# Which cohorts are shown depends on where the past lies in the calendar of releases, so it ends on a fixed day: on a
# Monday, when the last release is as old as it gets, and on the day after a release.
MONDAY, TUESDAY = datetime(2025, 11, 24, 12, tzinfo=UTC), datetime(2025, 11, 25, 12, tzinfo=UTC)
# As the simulator casts them: one leader is overloaded, two teams fight over tickets, one team has four people, another
# goes unheard; in three more something ordinary happens: they are moved, on leave, or somebody joins them.
OVERLOADED, OF_FOUR, UNHEARD = "t04", "t00", "t10"
MOVED, ON_LEAVE, JOINED = "t11", "t12", "t14"
ABOVE_FIGHTING, ABOVE_UNHEARD, ABOVE_OVERLOADED = "d2", "d3", "d1"
SMALLEST_TEAM = 5
VALUES = '{__name__=~"bellwether_signal_.*", __name__!="bellwether_signal_suppressed", cohort="%s"}'


def ending(at: datetime) -> dict[str, str]:
    return SMALL | {"BELLWETHER_SIMULATOR_ENDS_AT": at.isoformat()}


@pytest.fixture(scope="module")
def stories() -> Iterator[Demo]:
    with demo(ending(MONDAY)) as running:
        yield running


@pytest.fixture(scope="module")
def quiet() -> Iterator[Demo]:
    with demo(ending(TUESDAY) | {"BELLWETHER_SIMULATOR_STORIES": '["null"]'}) as running:
        yield running


def held(prometheus: Prometheus, rule: Any) -> set[str]:
    """Keys of cohorts for which the condition of a rule held at any time of the last ten weeks."""
    end = int(time.time())
    sign = "<" if rule.below else ">"
    expr = f"({rule.expr}) {sign} {rule.fires_at:g}"
    found = prometheus.get("query_range", query=expr, start=end - 70 * DAY, end=end, step=DAY // 2)["result"]
    return {each["metric"]["cohort"] for each in found}


def unanswered(prometheus: str) -> list[str]:
    """Queries of the dashboards that have no answer, two minutes later neither.

    A rate needs two scrapes of a counter, and some counters begin with the first event of the present.
    """
    # Of the last minutes: what has no past yet lies between the points of a quarter of a year.
    last = dict.fromkeys(BUILDERS, 600)
    limit = time.monotonic() + 120
    while True:
        empty = [asked.place for asked in Prometheus(prometheus).walk(GENERATED, spans=last) if not asked.series]
        if not empty or time.monotonic() > limit:
            return empty
        time.sleep(5)


def test_every_query_of_every_panel_has_an_answer(stories: Demo) -> None:
    assert "\n".join(unanswered(stories.prometheus)) == ""


@pytest.mark.parametrize("days", range(1, 7))
def test_and_so_it_has_on_every_other_day_of_the_week(deep: bool, days: int) -> None:  # noqa: FBT001 - a fixture
    if not deep:
        pytest.skip("a demo for each day of the week takes minutes: with --deep")
    with demo(ending(MONDAY + timedelta(days=days))) as running:
        assert "\n".join(unanswered(running.prometheus)) == ""


def test_every_variable_offers_something_to_choose(stories: Demo) -> None:
    prometheus = Prometheus(stories.prometheus)
    found = prometheus.get("query", query="max by (cohort, title) (bellwether_cohort_info)")["result"]
    titles = {each["metric"]["cohort"]: each["metric"]["title"] for each in found}
    assert titles["organisation"] == "Whole organisation"
    assert titles[stories.team(OVERLOADED)] in TEAMS


def test_prometheus_evaluates_every_rule(stories: Demo) -> None:
    prometheus = Prometheus(stories.prometheus)
    names = {rule.name for group in GROUPS.values() for rule in group}
    end = time.monotonic() + 150
    while time.monotonic() < end:
        found = {rule["name"]: rule for group in prometheus.get("rules")["groups"] for rule in group["rules"]}
        if all(rule["health"] != "unknown" for rule in found.values()):
            break
        time.sleep(1)
    assert found.keys() == names
    assert {name: rule.get("lastError") for name, rule in found.items() if rule["health"] != "ok"} == {}
    firing = {name for name, rule in found.items() for alert in rule["alerts"] if alert["state"] == "firing"}
    assert firing & {rule.name for rule in GROUPS["pipeline"]} == set()


def test_rules_see_the_stories_that_they_are_for(stories: Demo) -> None:
    prometheus = Prometheus(stories.prometheus)
    seen = {rule.name: held(prometheus, rule) for rule in GROUPS["risk"]}
    unheard, of_four, above_unheard, above_overloaded, above_fighting = (
        stories.team(name) for name in (UNHEARD, OF_FOUR, ABOVE_UNHEARD, ABOVE_OVERLOADED, ABOVE_FIGHTING)
    )
    # Risk and unheard asks are told of departments, and the rules name those of the teams that the stories are about.
    assert above_unheard in seen["UnheardLoad"]
    assert seen["UnheardLoad"] <= {above_unheard, above_overloaded}
    assert seen["EscalationRiskHigh"] | seen["EscalationRiskRising"] == {above_unheard}
    assert seen["FactionRising"] <= {above_fighting}
    # What leaders do is told of their teams, in steps so wide that few of them lead to a warning.
    assert seen["OneOnOneCollapse"] | seen["ResponsivenessDrop"] <= {unheard, above_unheard}
    teams = set().union(*seen.values())
    assert of_four not in teams
    assert teams & {stories.team(name) for name in (MOVED, ON_LEAVE, JOINED)} == set()


def test_leave_a_reorganisation_and_a_joiner_put_nobody_at_risk(stories: Demo) -> None:
    store = sqlite3.connect(f"file:{stories.store}?mode=ro", uri=True)
    asked = """
        select distinct person.team, person.key, reading.band from reading join person on person.key = reading.first
        where signal = 'escalation_risk_14d' and week < :live
        and week > (select max(week) from reading where week < :live) - 10
    """
    bands: dict[str, set[str]] = {}
    people: dict[str, set[str]] = {}
    for team, person, band in store.execute(asked, {"live": LIVE_WEEK}):
        people.setdefault(team, set()).add(person)
        bands.setdefault(team, set()).add(band)
    alerted = {team for (team,) in store.execute("select team from alert join person on person.key = alert.first")}
    store.close()
    assert stories.team(UNHEARD) in alerted
    assert "high" in bands[stories.team(UNHEARD)]
    for team in map(stories.team, (MOVED, ON_LEAVE, JOINED)):
        assert len(people[team]) >= SMALLEST_TEAM
        assert "high" not in bands[team]
        assert team not in alerted


def test_rules_are_silent_where_nothing_happens(quiet: Demo) -> None:
    prometheus = Prometheus(quiet.prometheus)
    assert {rule.name: held(prometheus, rule) for rule in GROUPS["risk"] if held(prometheus, rule)} == {}
    assert prometheus.get("query", query='ALERTS{area="risk"}')["result"] == []


def test_a_team_of_four_has_no_value_anywhere(stories: Demo) -> None:
    prometheus = Prometheus(stories.prometheus)
    end = int(time.time())
    values = [
        prometheus.get("query_range", query=VALUES % stories.team(name), start=end - 90 * DAY, end=end, step=DAY)[
            "result"
        ]
        for name in (OVERLOADED, OF_FOUR)
    ]
    assert values[0]
    assert values[1] == []
    told = [
        asked.place
        for asked in prometheus.walk(GENERATED)
        for each in asked.series
        if each["metric"].get("cohort") == stories.team(OF_FOUR)
    ]
    assert told == []


def test_nobody_is_named_in_metrics_rules_or_messages(stories: Demo) -> None:
    exposition = stories.metrics()
    alerts = httpx.get(f"{stories.prometheus}/api/v1/rules", timeout=30).text
    files = "".join(path.read_text(encoding="utf-8") for path in GENERATED.rglob("*.*"))
    words = set(re.findall(r"\w+", exposition + alerts + files))
    assert words & {"Meridian", "UnheardLoad"}
    assert words & set(SURNAMES) == set()
    assert words & (set(FIRST_NAMES) - set(re.findall(r"\w+", files))) == set()
    assert not re.findall(r'="p\d{3}\b', exposition + alerts)


def test_promtool_finds_nothing_to_say_about_the_metrics(stories: Demo) -> None:
    exposition = stories.metrics()
    answer = subprocess.run(
        ["promtool", "check", "metrics"], input=exposition, capture_output=True, text=True, check=False
    )
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_up_says_where_prometheus_is_and_how_to_point_grafana_at_it(stories: Demo) -> None:
    words = " ".join(stories.console.split())
    assert stories.prometheus in words
    assert "Prometheus data source with the uid prometheus" in words
    (directory,) = re.findall(r"import (\S+)/\*\.json", words)
    assert Path(directory) == GENERATED
