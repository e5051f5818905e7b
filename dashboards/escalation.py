"""Escalation: risk by team, what feeds it, and whether warnings came in time."""

from typing import Final

from grafana_foundation_sdk.builders.bargauge import Panel as Ranking
from grafana_foundation_sdk.builders.dashboard import Row
from grafana_foundation_sdk.builders.table import Panel as Table
from grafana_foundation_sdk.builders.text import Panel as Note
from grafana_foundation_sdk.builders.timeseries import Panel as Lines
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.overview import UNHEARD
from dashboards.page import (
    HORIZONS,
    RISK_OF_HORIZON,
    TEAM,
    horizon_variable,
    numbered,
    page,
    team_variable,
)
from dashboards.panels import Column, Query, Scale, grid, layers, lines, note, ranking
from dashboards.promql import cell, gauge, titled
from dashboards.signal_queries import (
    CHAIN_SIGNALS,
    SHARE,
    band_colours,
    factors,
    kind_of,
    mean,
    scale_of,
    text_of,
    worst,
)
from shared.domain.signals import SIGNAL_BY_NAME, SIGNALS
from shared.domain.signals.signal import Signal
from shared.domain.week import DAY
from shared.telemetry import names

BYPASS: Final = SIGNAL_BY_NAME["bypass_contact"]
_BANDS: Final = HORIZONS[0].bands
# The kinds of contact with a leader's leader, the healthy ones first.
_KINDS: Final = (
    ("sponsored", "with the leader", "blue"),
    ("programmatic", "regular meeting", "semi-dark-blue"),
    ("other", "started from above, or in the open", "light-blue"),
    ("bypass", "past the leader", "orange"),
)
_ASKS: Final = (
    ("open_asks", "open", "yellow"),
    ("parked_asks", "acknowledged or put off", "orange"),
    ("dropped_asks", "dropped", "red"),
)

_FOLLOWED: Final = (
    ("contact", "went past the leader"),
    ("no_contact", "did not"),
    ("too_early", "not four weeks ago yet"),
)


def build() -> Dashboard:
    """Risk now and over time, what feeds it, and the trend of every signal of a chain."""
    escalation = (
        page("escalation", "Bellwether: escalation", "Escalation risk by team, what feeds it, and what came of it.")
        .with_variable(team_variable())
        .with_variable(horizon_variable())
    )
    for panel in (
        _how_to_read(), _bands(), _at_risk(), _unheard(), _asks(), _contact(), _contact_by_team(),
        _alerts(), _outcomes(), _lead(), _followed(),
    ):  # fmt: skip
        escalation = escalation.with_panel(panel)
    escalation = escalation.with_row(Row("Every signal of a person, their leader and their leader's leader"))
    for signal in _trends():
        escalation = escalation.with_panel(_trend(signal))
    return numbered(escalation.build())


def _how_to_read() -> Note:
    return note(
        "**Going past one's leader is a last resort of people who were not heard.** So look at the unheard asks first: "
        "they can be answered today. Contact with the leader's leader is healthy as such; only what the person starts, "
        "among few and without the leader, counts here. Nobody may be reprimanded for it.",
        height=2,
    )


def _bands() -> Lines:
    where = {"signal": f'="{RISK_OF_HORIZON}"', **TEAM}
    queries = [
        Query(cell(names.SIGNAL_SHARE, by=(), where={**where, "band": f'="{band}"'}), band)
        for band in reversed(_BANDS.names)
    ]
    return layers(
        "Share of people in each band of risk",
        "Mean of the chosen teams, for the chosen horizon. Shares come in steps of five per cent, and none is shown "
        f"smaller: five means five or less.\n\n{text_of(HORIZONS[0])}",
        queries,
        scale=SHARE,
        colours=list(reversed(band_colours(_BANDS))),
    )


def _at_risk() -> Ranking:
    where = {"signal": f'="{RISK_OF_HORIZON}"', "band": f'="{worst(HORIZONS[0])}"', "cohort": '=~"$team"'}
    return ranking(
        "Share of people at high risk, by team",
        "The ten teams with the largest share of people in the worst band, for the chosen horizon. Shares come in "
        "steps of five per cent; five means five or less.",
        [Query(f"topk(10, {titled(cell(names.SIGNAL_SHARE, where=where))})", "{{title}}")],
        scale=Scale("percentunit", ((None, "blue"), (0.075, "yellow"), (0.125, "orange"), (0.2, "red")), 0.0, 1.0, 0),
    )


def _unheard() -> Lines:
    return lines(
        "Unheard asks by team",
        text_of(UNHEARD),
        [Query(titled(mean(UNHEARD)), "{{title}}")],
        scale=scale_of(UNHEARD),
    )


def _asks() -> Lines:
    queries = [Query(factors(UNHEARD, matching=factor, by=()), legend) for factor, legend, _ in _ASKS]
    return layers(
        "Asks without an answer per person, last sixteen weeks",
        "Asks to the leader that have no answer yet, mean of the chosen teams. Dropped: no answer for two weeks. An "
        "acknowledgement or a promise alone is no answer. Watch whether the numbers rise.",
        queries,
        scale=Scale("suffix: asks", low=0.0, decimals=1),
        colours=[colour for _, _, colour in _ASKS],
    )


def _contact() -> Lines:
    queries = [Query(f"100 * {factors(BYPASS, matching=kind, by=())}", legend) for kind, legend, _ in _KINDS]
    return layers(
        "Contact with the leader's leader in four weeks, per 100 people",
        f"By kind. Contacts in four weeks per hundred people, mean of the chosen teams.\n\n{text_of(BYPASS)}",
        queries,
        scale=Scale("none", low=0.0, decimals=0),
        colours=[colour for _, _, colour in _KINDS],
    )


def _contact_by_team() -> Table:
    columns = [
        Column(legend, titled(f"100 * {factors(BYPASS, matching=kind, by=('cohort',))}"), Scale("none", decimals=0))
        for kind, legend, _ in _KINDS
    ]
    return grid(
        "Contact with the leader's leader per 100 people, by team",
        "Contacts in four weeks per hundred people. Much contact with the leader present is a good sign.",
        columns,
        sort="past the leader",
        width=12,
        height=8,
    )


def _alerts() -> Lines:
    return layers(
        "Alerts about named people, by state",
        "Number in the whole organisation, among the people whom its released risk covers. Only the HR partner in "
        "charge learns whom an alert is about, never the leader concerned or anybody above.",
        [Query(gauge(names.ALERTS, "max", by=("state",)), "{{state}}")],
        scale=Scale("none", low=0.0),
    )


def _outcomes() -> Ranking:
    return ranking(
        "What came of the alerts",
        "Verdicts of HR partners so far. When few are helpful, the threshold is too low for this organisation.",
        [Query(f"sort_desc({gauge(names.ALERT_VERDICTS, 'max', by=('verdict',))})", "{{verdict}}")],
        scale=Scale("none", low=0.0),
    )


def _lead() -> Lines:
    days = f"{gauge(names.ALERT_LEAD, 'max', by=('signal',))} / {DAY}"
    return lines(
        "Days from an alert to the contact",
        "Median days from an alert to the first time the person turned to their leader's leader on their own account, "
        "over the alerts of the last half year that such contact followed within four weeks. It is the time there was "
        "to listen: less than a week is hardly enough. The panel is empty until at least five people under at least "
        "five leaders count.",
        [Query(days, "median alert")],
        scale=Scale("suffix: days", low=0.0, decimals=0),
    )


def _followed() -> Ranking:
    queries = [
        Query(gauge(names.ALERTS_FOLLOWED, "max", where={"outcome": f'="{outcome}"'}), legend)
        for outcome, legend in _FOLLOWED
    ]
    return ranking(
        "What followed the alerts within four weeks",
        "Alerts of the last half year in the whole organisation, in steps of five. An alert without contact is "
        "not always a false alarm: perhaps somebody was heard in time. The verdicts of HR partners are shown above.",
        queries,
        scale=Scale("none", low=0.0),
    )


def _trends() -> list[Signal]:
    """Chain signals that have no panel of their own above, and those of tickets."""
    return [
        signal
        for signal in SIGNALS
        if kind_of(signal) == "ticket" or (signal in CHAIN_SIGNALS and signal is not UNHEARD)
    ]


def _trend(signal: Signal) -> Lines:
    return lines(
        f"{signal.title} by team", text_of(signal), [Query(titled(mean(signal)), "{{title}}")], scale=scale_of(signal)
    )
