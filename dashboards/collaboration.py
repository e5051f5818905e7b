"""Collaboration map: how teams work with each other, which groups keep to themselves, and where friction is."""

from typing import Final

from grafana_foundation_sdk.builders.dashboard import Row
from grafana_foundation_sdk.builders.table import Panel as Table
from grafana_foundation_sdk.builders.text import Panel as Note
from grafana_foundation_sdk.builders.timeseries import Panel as Lines
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.page import numbered, page, team_variable
from dashboards.panels import Column, Query, Scale, grid, lines, note
from dashboards.promql import titled
from dashboards.signal_queries import factors, mean, scale_of, text_of
from shared.domain.signals import SIGNAL_BY_NAME, SIGNALS
from shared.domain.signals.signal import Signal

FRICTION: Final = SIGNAL_BY_NAME["friction"]
INSULARITY: Final = SIGNAL_BY_NAME["insularity"]
# A team's contact with others is its own habit; a fall by a tenth of all contact is much.
_FALL: Final = Scale("percentunit", ((None, "red"), (-0.1, "orange"), (-0.05, "yellow"), (-0.03, "blue")), decimals=0)
# Rough passages in four weeks: one a person is daily life.
_ROUGH: Final = Scale("none", ((None, "blue"), (1.0, "yellow"), (2.0, "orange"), (4.0, "red")), decimals=1)
_AGO: Final = (
    ("now", ""),
    ("a week ago", "7d"),
    ("four weeks ago", "28d"),
)
_OF_GROUPS: Final = tuple(signal for signal in SIGNALS if signal.kind not in ("pair", "chain", "leader", "ticket"))


def build() -> Dashboard:
    """Friction by team and time, groups that keep to themselves, then every signal of groups."""
    collaboration = (
        page("collaboration", "Bellwether: collaboration map", "How teams work with each other.")
        .with_variable(team_variable())
        .with_panel(_how_to_read())
        .with_panel(_friction_map())
        .with_panel(_friction_trend())
    )
    collaboration = collaboration.with_row(Row("Groups that talk inside")).with_panel(_groups_map())
    for signal in _OF_GROUPS:
        collaboration = collaboration.with_panel(_trend(signal))
    return numbered(collaboration.build())


def _how_to_read() -> Note:
    return note(
        "**Look for pairs of teams, not for culprits.** Work that comes back and forth usually has a goal that the two "
        "do not share. Start one level higher, at the nearest goal that both work for.",
        height=2,
    )


def _friction_map() -> Table:
    columns = [Column(head, titled(mean(FRICTION, ago=ago)), scale_of(FRICTION)) for head, ago in _AGO]
    return grid(
        f"{FRICTION.title}: teams and time",
        f"Mean of each team, now and before, the roughest first; 100 is smooth.\n\n{text_of(FRICTION)}",
        columns,
        sort="now",
        descending=False,
        width=12,
        height=12,
    )


def _groups_map() -> Table:
    def part(factor: str) -> str:
        return factors(INSULARITY, matching=factor, by=("cohort",))

    return grid(
        "Groups that keep to themselves, and friction between them",
        "One row a team, as of the last closed week. Contact with others is the share of a team's contact that goes "
        "beyond it; what it is made of is told of at least twenty people. Rough passages are tickets handed back, "
        "reopened, raised, escalated or late, in four weeks and for "
        "each person of the team. A faction may begin where contact with others falls, and rough passages are many "
        f"with others and few inside.\n\n{text_of(INSULARITY)}",
        [
            Column(INSULARITY.title, titled(mean(INSULARITY)), scale_of(INSULARITY)),
            Column("Contact with others", titled(part("external_share")), Scale("percentunit", decimals=0)),
            Column("Its change", titled(part("change")), _FALL),
            Column("Rough with others", titled(f"{part('rough_across')} / {part('members')}"), _ROUGH),
            Column("Rough inside", titled(f"{part('rough_inside')} / {part('members')}"), _ROUGH),
        ],
        sort="Rough with others",
        height=12,
    )


def _friction_trend() -> Lines:
    return lines(
        f"{FRICTION.title} by team",
        text_of(FRICTION),
        [Query(titled(mean(FRICTION)), "{{title}}")],
        scale=scale_of(FRICTION),
        height=12,
    )


def _trend(signal: Signal) -> Lines:
    return lines(signal.title, text_of(signal), [Query(titled(mean(signal)), "{{title}}")], scale=scale_of(signal))
