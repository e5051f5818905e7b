"""What the dashboards have in common: the page with its variables and links, and numbering."""

from itertools import count
from typing import Final

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models.dashboard import (
    Dashboard,
    DashboardCursorSync,
    DashboardLinkType,
    DataSourceRef,
    VariableHide,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from dashboards.promql import gauge
from shared.domain.signals import SIGNALS
from shared.telemetry import names

SOURCE: Final = DataSourceRef(type_val="prometheus", uid="prometheus")  # as in provisioning/datasources
GRID_COLUMNS: Final = 24
TAG: Final = "bellwether"
# Where the API is; ?var-api=... in the address of a dashboard names another place.
API: Final = "http://127.0.0.1:8080"
TEAM: Final = {"cohort": '=~"$team"'}

_RISK: Final = "escalation_risk_"
HORIZONS: Final = tuple(signal for signal in SIGNALS if signal.name.startswith(_RISK))
RISK_OF_HORIZON: Final = f"{_RISK}$horizon"


def page(uid: str, title: str, text: str, *, time: str = "now-90d") -> builders.Dashboard:
    """An empty dashboard in the house style, linked to the others, to the console and to the API."""
    return (
        builders.Dashboard(title)
        .uid(f"bellwether-{uid}")
        .description(text)
        .tags([TAG])
        .timezone("browser")
        .time(time, "now")
        .refresh("1m")
        .week_start("monday")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .readonly()
        .link(_to_dashboards())
        .link(_to("Console", "${api}/", "Who, why and what to try, where a case is open; and your own readings"))
        .link(_to("API", "${api}/openapi.json", "What scripts and HR tools can ask"))
        .with_variable(_api())
        .annotation(_noted("Reorganisations", f"{gauge(names.MOVED_PEOPLE, 'max')} >= 5", "purple"))
        .annotation(_noted("Warnings", 'count by (alertname) (ALERTS{alertstate="firing", area="risk"})', "orange"))
    )


def team_variable() -> builders.QueryVariable:
    """A variable for the teams to show. People see names of teams, queries use their keys."""
    return (
        builders.QueryVariable("team")
        .label("Team")
        .datasource(SOURCE)
        .query(f"query_result({gauge(names.COHORT_INFO, 'max', by=('cohort', 'title'))})")
        .regex('/cohort="(?<value>[^"]+)".*title="(?<text>[^"]+)"/')
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .multi(multi=True)
        .include_all(include_all=True)
        .all_value(".*")
        .current(VariableOption(selected=True, text="All", value="$__all"))
    )


def horizon_variable() -> builders.CustomVariable:
    """A variable for how far ahead the escalation risk looks."""
    values = [signal.name.removeprefix(_RISK) for signal in HORIZONS]
    return _choice("horizon", "Horizon", [(f"{value.removesuffix('d')} days ahead", value) for value in values])


def window_variable() -> builders.CustomVariable:
    """A variable for how far back a change is measured."""
    return _choice(
        "window", "Compared with", [("a week ago", "7d"), ("four weeks ago", "28d"), ("a quarter ago", "91d")]
    )


def numbered(dashboard: Dashboard) -> Dashboard:
    """The dashboard with its panels numbered in order, so that links to a panel stay valid between builds."""
    numbers = count(1)
    for panel in dashboard.panels or ():
        panel.id_val = next(numbers)
    return dashboard


def _choice(name: str, label: str, options: list[tuple[str, str]]) -> builders.CustomVariable:
    text, value = options[0]
    return (
        builders.CustomVariable(name)
        .label(label)
        .values(",".join(f"{text} : {value}" for text, value in options))
        .options(
            [VariableOption(selected=index == 0, text=text, value=value) for index, (text, value) in enumerate(options)]
        )
        .current(VariableOption(selected=True, text=text, value=value))
    )


def _api() -> builders.TextBoxVariable:
    return (
        builders.TextBoxVariable("api")
        .label("API")
        .default_value(API)
        .current(VariableOption(selected=True, text=API, value=API))
        .hide(VariableHide.HIDE_VARIABLE)
    )


def _to_dashboards() -> builders.DashboardLink:
    return (
        builders.DashboardLink("Bellwether")
        .type(DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .include_vars(include_vars=True)
        .keep_time(keep_time=True)
    )


def _to(title: str, url: str, tooltip: str) -> builders.DashboardLink:
    return (
        builders.DashboardLink(title)
        .type(DashboardLinkType.LINK)
        .icon("external link")
        .url(url)
        .tooltip(tooltip)
        .target_blank(target_blank=True)
    )


def _noted(name: str, expr: str, colour: str) -> builders.AnnotationQuery:
    return builders.AnnotationQuery().name(name).datasource(SOURCE).enable(enable=True).icon_color(colour).expr(expr)
