"""Leaders in aggregate: how leading differs across the organisation, as distributions over cells, never one leader."""

from typing import Final

from grafana_foundation_sdk.builders.bargauge import Panel as Ranking
from grafana_foundation_sdk.builders.dashboard import Row
from grafana_foundation_sdk.builders.text import Panel as Note
from grafana_foundation_sdk.builders.timeseries import Panel as Lines
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.page import numbered, page
from dashboards.panels import Query, Scale, layers, lines, note, ranking
from dashboards.signal_queries import (
    SHARE,
    TEAMS,
    WHOLE,
    band_colours,
    factors,
    kind_of,
    mean,
    scale_of,
    share,
    text_of,
)
from shared.domain.signals import SIGNAL_BY_NAME, SIGNALS
from shared.domain.signals.signal import Signal

# A team has one leader, so a spread over few teams would be about them.
FEWEST_CELLS: Final = 5
_OF_LEADERS: Final = tuple(signal for signal in SIGNALS if kind_of(signal) == "leader")
# What the people below see of their leader, beside the signals of leaders themselves. Measures of escalation are of
# units with several leaders, over which no spread would tell of leading.
_FROM_BELOW: Final = (SIGNAL_BY_NAME["one_on_one"], SIGNAL_BY_NAME["responsiveness"])
LEADERSHIP_AUDIT: Final = SIGNAL_BY_NAME["leadership_audit"]
_SPREAD: Final = ((0.9, "a tenth of the teams lies above"), (0.5, "the middle team"), (0.1, "a tenth lies below"))

# Dimension of the audit, what it is called, what it says, and the width of its panel.
_DIMENSIONS: Final = (
    ("answered", "asks answered", "Share of the reports' asks to their leader that were answered.", 8),
    ("relational_share", "contact beyond deliverables", "Share of contact that is not about a deliverable.", 8),
    ("inquiry", "asking against telling", "Share of inquiry in inquiry and advocacy, where text markers exist.", 8),
    ("reach", "peers and senior leaders", "Share of peers and senior leaders that a leader is in touch with.", 12),
    (
        "one_on_one_inequality",
        "uneven one-to-ones",
        "How unevenly one-to-ones are shared out among reports (Gini): at 0% all have as many, near 100% one has all.",
        12,
    ),
)


def build() -> Dashboard:
    """For every dimension the spread over teams and the bands of the whole organisation."""
    leaders = page(
        "leaders", "Bellwether: leaders in aggregate", "How leading differs across the organisation; nobody is shown."
    ).with_panel(_how_to_read())
    for signal in _OF_LEADERS:
        leaders = leaders.with_row(Row(signal.title)).with_panel(_mean_of_all(signal)).with_panel(_bands(signal))
        for panel in _dimensions(signal):
            leaders = leaders.with_panel(panel)
    for signal in _FROM_BELOW:
        leaders = leaders.with_row(Row(signal.title)).with_panel(_spread(signal)).with_panel(_teams_by_band(signal))
        leaders = leaders.with_panel(_bands(signal))
    return numbered(leaders.build())


def _how_to_read() -> Note:
    return note(
        "**For leadership programmes, not for assessments.** Every panel spans at least five teams, or all leaders, so "
        "that nobody can be told from it. A wide band says that being "
        "led depends on where one works; a middle that moves says that the way of leading changes everywhere.",
        height=2,
    )


def _guarded(expr: str, cells: str) -> str:
    """An aggregate over cells, only while there are enough of them."""
    return f"({expr}) and on () (count({cells}) >= {FEWEST_CELLS})"


def _spread(signal: Signal) -> Lines:
    cells = mean(signal, TEAMS)
    return lines(
        f"{signal.title}: spread over teams",
        f"Nine of ten teams lie between the outer lines.\n\n{text_of(signal)}",
        [Query(_guarded(f"quantile({share_:g}, {cells})", cells), legend) for share_, legend in _SPREAD],
        scale=scale_of(signal),
        width=10,
    )


def _mean_of_all(signal: Signal) -> Lines:
    return lines(
        f"{signal.title}: mean of all leaders",
        text_of(signal),
        [Query(mean(signal, WHOLE), "all leaders")],
        scale=scale_of(signal),
        width=16,
    )


def _dimensions(signal: Signal) -> list[Ranking]:
    """What the audit is made of, each as the mean of all leaders."""
    return [
        ranking(
            f"{title.capitalize()}",
            f"{meaning} Mean of all leaders, as of the last closed week. It is told where at least twenty leaders "
            "count: of fewer a part would tell of one.",
            [Query(factors(signal, where=WHOLE, matching=factor, by=()), "all leaders")],
            scale=SHARE,
            width=width,
            height=6,
        )
        for factor, title, meaning, width in (_DIMENSIONS if signal is LEADERSHIP_AUDIT else ())
    ]


def _teams_by_band(signal: Signal) -> Ranking:
    cells = mean(signal, TEAMS)
    return ranking(
        "Teams by band",
        "Teams by the band that their mean is in.",
        [
            Query(_guarded(f"count({cells} {condition}) or vector(0)", cells), band)
            for band, condition in _conditions(signal)
        ],
        scale=Scale("none", low=0.0),
        width=6,
    )


def _conditions(signal: Signal) -> list[tuple[str, str]]:
    """For each band the comparison that keeps the means that lie in it."""
    bands = signal.bands
    better, worse = (">=", "<") if bands.descending else ("<=", ">")
    found = []
    for index, band in enumerate(bands.names):
        parts = []
        if index > 0:
            parts.append(f"{worse} {bands.limits[index - 1]:.6g}")
        if index < len(bands.limits):
            parts.append(f"{better} {bands.limits[index]:.6g}")
        found.append((band, " ".join(parts)))
    return found


def _bands(signal: Signal) -> Lines:
    queries = [Query(share(signal, band, WHOLE, by=()), band) for band in reversed(signal.bands.names)]
    return layers(
        "Share of everybody in each band",
        "Share of all people, or pairs of people, in each band, in the whole organisation; 5% means 5% or less.",
        queries,
        scale=SHARE,
        colours=list(reversed(band_colours(signal.bands))),
        width=8,
    )
