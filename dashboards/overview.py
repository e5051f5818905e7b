"""Overview: every signal by cohort, for leaders and HR partners. No person and no pair appears."""

from dataclasses import replace
from typing import Final

from grafana_foundation_sdk.builders.dashboard import QueryVariable, Row
from grafana_foundation_sdk.builders.timeseries import Panel as Lines
from grafana_foundation_sdk.models.dashboard import Dashboard, VariableOption, VariableRefresh

from dashboards.page import SOURCE, Query, Scale, figure, lines, numbered, page
from dashboards.promql import gauge
from shared.domain.signals import SIGNALS
from shared.domain.signals.signal import Bands, Signal
from shared.telemetry import names

COHORT: Final = {"cohort": '=~"$cohort"'}
# From best to worst; people who do not tell red from green can tell these apart.
COLOURS: Final = ("blue", "yellow", "orange", "red")
# Units that Grafana knows how to write; any other unit is put behind the number.
SCALES: Final = {
    "points": Scale(unit="none", low=0.0, high=100.0),
    "probability": Scale(unit="percentunit", low=0.0),
}


def build() -> Dashboard:
    """One row per signal of the registry, in its order."""
    overview = page(
        "bellwether-overview", "Bellwether: overview", "Signals by cohort. Cohorts below k people are not shown."
    ).with_variable(_cohorts())
    for title, text, expr, unit in _FIGURES:
        overview = overview.with_panel(figure(title, text, expr, scale=Scale(unit=unit)))
    for signal in SIGNALS:
        overview = overview.with_row(Row(signal.title)).with_panel(_mean(signal)).with_panel(_worst(signal))
    return numbered(overview.build())


_FIGURES: Final = (
    (
        "Cohorts shown",
        "Cohorts with enough people for at least one signal.",
        f"count({gauge(names.SIGNAL_PEOPLE, 'max', by=('cohort',))})",
        "short",
    ),
    (
        "Cells too small to show",
        "Signals of cohorts that are left out because fewer than k people stand behind them.",
        f"sum({gauge(names.SIGNAL_SUPPRESSED, 'max', by=('signal', 'cohort'))})",
        "short",
    ),
    (
        "Latest event",
        "Event time that the system has reached. It stands still when no source sends.",
        f"1000 * {gauge(names.WATERMARK, 'max')}",
        "dateTimeAsIso",
    ),
    (
        "Readings as of",
        "Event time of the current readings.",
        f"1000 * {gauge(names.SCORED, 'max')}",
        "dateTimeAsIso",
    ),
)


def _mean(signal: Signal) -> Lines:
    expr = gauge(names.SIGNAL_MEAN, "avg", by=("cohort",), where={"signal": f'="{signal.name}"', **COHORT})
    scale = replace(SCALES.get(signal.unit, Scale(unit=f"suffix: {signal.unit}", low=0.0)), steps=_steps(signal.bands))
    text = f"{signal.meaning}\n\nWhat it does not mean: {signal.caution}"
    return lines(f"{signal.title}: mean", text, [Query(expr, "{{cohort}}")], scale=scale)


def _worst(signal: Signal) -> Lines:
    band = signal.bands.names[-1]
    where = {"signal": f'="{signal.name}"', "band": f'="{band}"', **COHORT}
    expr = gauge(names.SIGNAL_SHARE, "avg", by=("cohort",), where=where)
    text = f"Share of each cohort's subjects whose reading is in the worst band, {band}."
    scale = Scale(unit="percentunit", low=0.0, high=1.0)
    return lines(f"{signal.title}: share {band}", text, [Query(expr, "{{cohort}}")], scale=scale)


def _steps(bands: Bands) -> tuple[tuple[float | None, str], ...]:
    """Colour steps, going up, of a signal's bands; when small values are bad the colours run the other way."""
    last = len(bands.names) - 1
    colours = [COLOURS[round(index * (len(COLOURS) - 1) / max(last, 1))] for index in range(last + 1)]
    # Six digits, so that the last bit of a computed limit cannot differ between machines.
    limits = [float(f"{limit:.6g}") for limit in bands.limits]
    if bands.descending:
        return tuple(zip((None, *reversed(limits)), reversed(colours), strict=True))
    return tuple(zip((None, *limits), colours, strict=True))


def _cohorts() -> QueryVariable:
    everyone = VariableOption(selected=True, text="All", value="$__all")
    return (
        QueryVariable("cohort")
        .label("Cohort")
        .datasource(SOURCE)
        .query(f"label_values({names.SIGNAL_PEOPLE.name}, cohort)")
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(multi=True)
        .include_all(include_all=True)
        .current(everyone)
    )
