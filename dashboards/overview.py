"""Overview: the state of relationships and of escalation risk by team, and what changed. For HR partners."""

from collections.abc import Sequence
from typing import Final

from grafana_foundation_sdk.builders.bargauge import Panel as Ranking
from grafana_foundation_sdk.builders.stat import Panel as Figure
from grafana_foundation_sdk.builders.table import Panel as Table
from grafana_foundation_sdk.builders.text import Panel as Note
from grafana_foundation_sdk.builders.timeseries import Panel as Lines
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.page import (
    HORIZONS,
    RISK_OF_HORIZON,
    horizon_variable,
    numbered,
    page,
    team_variable,
    window_variable,
)
from dashboards.panels import Column, Query, Scale, figure, grid, lines, note, ranking
from dashboards.promql import cell, gauge, titled, with_unit
from dashboards.signal_queries import TEAMS, WHOLE, kind_of, mean, scale_of, worsening
from shared.domain.signals import SIGNAL_BY_NAME, SIGNALS
from shared.domain.signals.signal import Signal
from shared.telemetry import names

HEALTH: Final = SIGNAL_BY_NAME["relationship_health"]
UNHEARD: Final = SIGNAL_BY_NAME["unheard"]
# Rules that fire or are about to, for every cohort that has a number at all.
_WARNINGS: Final = f'count by (cohort) (ALERTS{{area="risk"}}) or 0 * {mean(SIGNAL_BY_NAME["cadence"])}'
# In widths of a band: a tenth is weather, a half is a climate.
_CHANGE: Final = Scale("percentunit", ((None, "blue"), (0.1, "yellow"), (0.25, "orange"), (0.5, "red")), decimals=0)


def build() -> Dashboard:
    """Figures, the table of teams, what changed, and the trend."""
    overview = (
        page("overview", "Bellwether: overview", "How working relationships do, team by team, and what changed.")
        .with_variable(team_variable())
        .with_variable(horizon_variable())
        .with_variable(window_variable())
    )
    for panel in (
        _how_to_read(), _risk_now(), _health_now(), _unheard_now(), _warnings_now(), _shown(), _as_of(),
        _teams_at_a_glance(), _shown_in(), _worse(), _better(), _risk_trend(), _health_trend(),
    ):  # fmt: skip
        overview = overview.with_panel(panel)
    return numbered(overview.build())


def _how_to_read() -> Note:
    return note(
        "**Start with the table.** Blue is ordinary, orange and red deserve a talk with the team's leader. Of teams of "
        "five and more it shows what their leader does; relationships of ten and more; risk of units under three "
        "leaders and more. *Hidden* means too few, not zero; below stands which unit is shown instead. A number is a "
        "reason to ask, not a finding about anybody. Hover over the *i* of a panel for what it does not mean.",
        height=2,
    )


def _risk_now() -> Figure:
    return figure(
        "Chance of contact past a leader",
        "Mean probability, over everybody, that a person goes past their leader on their own account within the chosen "
        "horizon.",
        cell(names.SIGNAL_MEAN, by=(), where={"signal": f'="{RISK_OF_HORIZON}"', **WHOLE}),
        scale=scale_of(HORIZONS[0]),
        width=5,
    )


def _health_now() -> Figure:
    expr = cell(names.SIGNAL_MEAN, by=(), where={"signal": f'="{HEALTH.name}"', **WHOLE})
    return figure(HEALTH.title, HEALTH.meaning, expr, scale=scale_of(HEALTH), width=4)


def _unheard_now() -> Figure:
    expr = cell(names.SIGNAL_MEAN, by=(), where={"signal": f'="{UNHEARD.name}"', **WHOLE})
    return figure("Unheard asks per person", UNHEARD.meaning, expr, scale=scale_of(UNHEARD), width=4)


def _warnings_now() -> Figure:
    return figure(
        "Warnings now",
        "Rules about relationships that fire at this moment. Each names what to do first; see Alerting.",
        'count(ALERTS{alertstate="firing", area="risk"}) or vector(0)',
        scale=Scale("none", ((None, "blue"), (1.0, "orange"))),
        width=3,
    )


def _shown() -> Figure:
    teams = cell(names.SIGNAL_MEAN, where=TEAMS)
    return figure(
        "Teams that can be shown",
        "Teams with enough people behind any of their signals. The others are hidden, so that nobody in them can be "
        "worked out.",
        f"count({teams}) or vector(0)",
        scale=Scale("none"),
        width=4,
    )


def _as_of() -> Figure:
    return figure(
        "As of",
        "Event time of the readings. It stands still when no source sends.",
        f"1000 * {gauge(names.SCORED, 'max')}",
        scale=Scale("dateTimeAsIso"),
        width=4,
    )


def _teams_at_a_glance() -> Table:
    return grid(
        "Teams at a glance",
        "One row a team, one column a signal, coloured by the signal's own bands. Where a cell says hidden, too few "
        "people stand behind it. Warnings counts the rules that fire for a team, or are about to.",
        [
            Column(
                "Warnings", titled(_WARNINGS), Scale("none", ((None, "transparent"), (1.0, "orange"), (2.0, "red")))
            ),
            *(Column(signal.title, titled(mean(signal)), scale_of(signal)) for signal in _by_urgency()),
        ],
        sort="Warnings",
        height=22,
    )


def _shown_in() -> Table:
    risk = HORIZONS[0]
    hidden = cell(
        names.SIGNAL_SUPPRESSED, by=("cohort", "shown_in"), where={"signal": f'="{risk.name}"', "shown_in": '!=""'}
    )
    return grid(
        "Where escalation risk is shown",
        "Teams of which no risk is shown, as they are too few people or under too few leaders, and the smallest unit "
        "above of which it is. A team that is hidden says nothing about how it is.",
        [Column("Hidden", titled(with_unit(hidden)), Scale("none"))],
        also={"unit": "Risk is shown in"},
        without=("shown_in", "Value"),
        height=9,
        width=8,
    )


def _by_urgency() -> Sequence[Signal]:
    """What is said of most teams, chains first. Leaders have their own page, where none is singled out."""
    by_team = [
        signal for signal in SIGNALS if kind_of(signal) in ("pair", "chain", "team") and signal not in HORIZONS[1:]
    ]
    return sorted(by_team, key=lambda signal: (signal.kind == "pair", signal is not HEALTH))


def _worse() -> Ranking:
    return ranking(
        "What became worse",
        "The teams and signals that lost most against the chosen time, in widths of the signal's middle band: 100% is "
        "the way from the edge of the best band to the edge of the worst.",
        [Query(f"topk(8, {_changes(sign=1)} > 0.02)", "{{title}} · {{what}}")],
        scale=_CHANGE,
        height=9,
        width=8,
    )


def _better() -> Ranking:
    return ranking(
        "What became better",
        "The teams and signals that won most against the chosen time, in the same measure. Ask what they did.",
        [Query(f"topk(8, {_changes(sign=-1)} > 0.02)", "{{title}} · {{what}}")],
        scale=Scale("percentunit", decimals=0),
        height=9,
        width=8,
    )


def _changes(*, sign: int) -> str:
    """Changes of all signals in one measure: losses for `sign` 1, gains for -1."""
    parts = [
        f'label_replace({sign} * ({worsening(signal)}), "what", "{signal.title}", "", "")' for signal in _by_urgency()
    ]
    return titled(" or ".join(parts))


def _risk_trend() -> Lines:
    return lines(
        "Chance of contact past a leader, whole organisation",
        "Mean probability by horizon. Both rise together when something builds up; only the longer one rises when it "
        "is slow.",
        [Query(mean(signal, WHOLE), signal.title) for signal in HORIZONS],
        scale=Scale("percentunit", low=0.0, decimals=1),
    )


def _health_trend() -> Lines:
    return lines(
        f"{HEALTH.title} by team",
        f"{HEALTH.meaning} The dashed lines are the edges of the bands.",
        [Query(titled(mean(HEALTH)), "{{title}}")],
        scale=scale_of(HEALTH),
    )
