"""Privacy: what is hidden, who looked, what left and how long data stays. For data protection and the council."""

from typing import Final

from grafana_foundation_sdk.builders.bargauge import Panel as Ranking
from grafana_foundation_sdk.builders.stat import Panel as Figure
from grafana_foundation_sdk.builders.table import Panel as Table
from grafana_foundation_sdk.builders.text import Panel as Note
from grafana_foundation_sdk.builders.timeseries import Panel as Lines
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.alerts import SIGNED_LOOKBACK, UNSIGNED_SECONDS
from dashboards.page import numbered, page
from dashboards.panels import Column, Query, Scale, figure, grid, layers, lines, note, ranking
from dashboards.promql import age, cell, gauge, increase, or_none, steps
from shared.domain.signals import SIGNALS
from shared.domain.week import DAY
from shared.telemetry import names

_DAYS: Final = Scale("suffix: days", low=0.0, decimals=0)
_STATES: Final = (("shown", "shown"), ("suppressed", "hidden"))


def build() -> Dashboard:
    """What is hidden first, then who looked, then how long data stays."""
    privacy = page("privacy", "Bellwether: privacy", "What is hidden, who looked, what left and how long data stays.")
    for panel in (
        _how_to_read(), _hidden_now(), _read_now(), _exports_now(), _signed(), _left_out(),
        _hidden_over_time(), _hidden_by_signal(), _reads(), _reads_by_purpose(), _exports(), _age(), _age_over_time(),
    ):  # fmt: skip
        privacy = privacy.with_panel(panel)
    return numbered(privacy.build())


def _how_to_read() -> Note:
    return note(
        "**What this page should show:** small groups are hidden and never shown as zero; every look at named people "
        "has a purpose and stands in the audit, where those concerned can read it; nothing is kept longer than agreed.",
        height=2,
    )


def _hidden_now() -> Figure:
    return figure(
        "Numbers hidden",
        "Share of all numbers about teams that are hidden, because too few people stand behind them, or because they "
        "would tell of a group that small.",
        f"sum({_cells('suppressed')}) / sum({cell(names.CELLS, by=('signal', 'state'), fold='max')})",
        scale=Scale("percentunit", decimals=0),
        width=5,
    )


def _read_now() -> Figure:
    return figure(
        "Looks at named people",
        "Entries of the audit in the shown time, by the day and in twenties: one for every person whom an answer was "
        "about.",
        f"sum(max by (operation, purpose) (max_over_time({names.AUDIT_ENTRIES.name}[$__range])"
        f" - min_over_time({names.AUDIT_ENTRIES.name}[$__range]))) or vector(0)",
        scale=Scale("none", decimals=0),
        width=5,
    )


def _exports_now() -> Figure:
    return figure(
        "Exports",
        "Bulk exports through the API and on the command line in the shown time.",
        f"({increase(names.API_REQUESTS, where=_export())} or vector(0)) + ({_commands()} or vector(0))",
        scale=Scale("none", decimals=0),
        width=5,
    )


def _signed() -> Figure:
    return figure(
        "Audit last signed",
        "How long ago all of the audit was signed, which happens every hour. From three hours on operators are warned: "
        "what is not signed could be written anew. The panel is empty when no service has the signing key.",
        age(names.AUDIT_SIGNED, lookback=SIGNED_LOOKBACK),
        scale=Scale("s", ((None, "green"), (UNSIGNED_SECONDS, "red")), decimals=0),
        width=5,
    )


def _left_out() -> Figure:
    return figure(
        "Series left out",
        "Numbers of small cohorts that are not in Prometheus, to keep it bounded. They are in the API.",
        gauge(names.CELL_SERIES_LEFT_OUT, "max"),
        scale=Scale("short"),
        width=4,
    )


def _hidden_over_time() -> Lines:
    queries = [Query(f"sum({_cells(state)})", legend) for state, legend in _STATES]
    return layers(
        "Numbers about teams, shown and hidden",
        "One number is one signal of one team. When the hidden ones grow, teams shrink or evidence gets thin.",
        queries,
        scale=Scale("none", low=0.0, decimals=0),
        colours=("blue", "purple"),
        height=12,
    )


def _hidden_by_signal() -> Ranking:
    hidden = {signal.title: {"signal": f'="{signal.name}"', **_state("suppressed")} for signal in SIGNALS}
    return ranking(
        "Hidden numbers by signal",
        "Teams of which a signal is hidden.",
        [Query(cell(names.CELLS, by=(), where=where, fold="max"), title) for title, where in hidden.items()],
        scale=Scale("none", low=0.0),
        height=12,
    )


def _reads() -> Lines:
    return lines(
        "Looks at named people, by operation",
        "Entries of the audit since the beginning. A steep line is somebody who looks at many people.",
        [Query(or_none(f"sum by (operation) ({_audit()})", "operation"), "{{operation}}")],
        scale=Scale("none", low=0.0, decimals=0),
    )


def _reads_by_purpose() -> Table:
    return grid(
        "Looks at named people, by purpose",
        "What people said they looked for. Purposes come from a closed list.",
        [Column("Entries", or_none(f"sum by (purpose) ({_audit()})", "purpose"), Scale("none"))],
        rows="purpose",
        head="Purpose",
        width=12,
        height=8,
    )


def _audit() -> str:
    return gauge(names.AUDIT_ENTRIES, "max", by=names.AUDIT_ENTRIES.labels)


def _exports() -> Lines:
    given = increase(names.API_REQUESTS, by=("operation",), where=_export(), over=steps(names.API_REQUESTS))
    return lines(
        "Exports by operation",
        "Bulk exports through the API in two hours, and on the command line in two days. Those about people are in the "
        "audit, where everybody finds that they were among them.",
        [
            Query(or_none(given, "operation"), "API: {{operation}}"),
            Query(or_none(_commands(each=True, over=steps(names.EXPORTS)), "command"), "command: {{command}}"),
        ],
        scale=Scale("none", low=0.0, decimals=0),
    )


def _commands(*, each: bool = False, over: str = "$__range") -> str:
    """How many commands told of everybody within a time; too few where old entries of the audit went within it."""
    runs = names.EXPORTS.name
    new = f"clamp_min(max by (command) ({runs}) - max by (command) (min_over_time({runs}[{over}])), 0)"
    return new if each else f"sum({new})"


def _age() -> Table:
    return grid(
        "How old the oldest record is",
        "Age of the oldest record of each kind, if known, and how long the settings keep it. The age of cases and keys "
        "counts from when they expired, that of alerts from their last week. Older records are deleted by themselves.",
        [
            Column("Oldest", _oldest_days(), _DAYS),
            Column("Kept for", f"{gauge(names.KEPT_SECONDS, 'max', by=('data',))} / {DAY}", _DAYS),
        ],
        rows="data",
        head="Data",
        width=12,
        height=8,
        missing="not told",
    )


def _age_over_time() -> Lines:
    return lines(
        "Age of the oldest record",
        "It grows every day until the limit of the kind is reached, and then stays.",
        [Query(_oldest_days(), "{{data}}")],
        scale=_DAYS,
    )


def _oldest_days() -> str:
    return f"clamp_min(time() - {gauge(names.OLDEST_RECORD, 'min', by=('data',))}, 0) / {DAY}"


def _cells(state: str) -> str:
    return cell(names.CELLS, by=("signal",), where=_state(state), fold="max")


def _state(state: str) -> dict[str, str]:
    return {"state": f'="{state}"'}


def _export() -> dict[str, str]:
    return {"operation": '=~"(?i).*export.*"', "status": '=~"2.."'}
