"""Relationships: the distribution and the trend of every signal of two people, by team."""

from grafana_foundation_sdk.builders.bargauge import Panel as Ranking
from grafana_foundation_sdk.builders.dashboard import Row
from grafana_foundation_sdk.builders.text import Panel as Note
from grafana_foundation_sdk.builders.timeseries import Panel as Lines
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.page import numbered, page, team_variable, window_variable
from dashboards.panels import Query, Scale, layers, lines, note, ranking
from dashboards.promql import titled
from dashboards.signal_queries import PAIR_SIGNALS, SHARE, band_colours, mean, scale_of, share, text_of, worsening
from shared.domain.signals.signal import Signal


def build() -> Dashboard:
    """One row per signal of two people, in the order of the registry."""
    relationships = (
        page("relationships", "Bellwether: relationships", "Each relationship signal by team: distribution and trend.")
        .with_variable(team_variable())
        .with_variable(window_variable())
        .with_panel(_how_to_read())
    )
    for signal in PAIR_SIGNALS:
        relationships = relationships.with_row(Row(signal.title))
        for panel in (_distribution(signal), _trend(signal), _change(signal)):
            relationships = relationships.with_panel(panel)
    return numbered(relationships.build())


def _how_to_read() -> Note:
    return note(
        "**One row a signal.** On the left, how the pairs of the chosen teams spread over the signal's bands; in the "
        "middle, each team's mean; on the right, who lost most. Look for a team that leaves its own habit, not for the "
        "lowest line: teams work in different ways.",
        height=2,
    )


def _distribution(signal: Signal) -> Lines:
    queries = [Query(share(signal, band, by=()), band) for band in reversed(signal.bands.names)]
    return layers(
        f"{signal.title}: how pairs spread",
        f"Share of the pairs in each band, mean of the chosen teams; 5% means 5% or less.\n\n{text_of(signal)}",
        queries,
        scale=SHARE,
        colours=list(reversed(band_colours(signal.bands))),
        width=8,
    )


def _trend(signal: Signal) -> Lines:
    return lines(
        f"{signal.title}: mean by team",
        text_of(signal),
        [Query(titled(mean(signal)), "{{title}}")],
        scale=scale_of(signal),
        width=10,
    )


def _change(signal: Signal) -> Ranking:
    return ranking(
        "Who lost most",
        "Change of the mean against the chosen time, in widths of the signal's middle band. Above zero is worse.",
        [Query(f"topk(6, {titled(worsening(signal))})", "{{title}}")],
        scale=Scale("percentunit", ((None, "blue"), (0.1, "yellow"), (0.25, "orange"), (0.5, "red")), decimals=0),
        width=6,
    )
