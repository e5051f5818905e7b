"""The alert rules for Grafana and Prometheus. Every rule says what to do first.

Rules about relationships are about cells that everybody may see (`shared.domain.release.rule`), never about a person. A
suppressed cell has no value and therefore no alert. Rules about escalation see units of ten people and more under three
leaders and more, in which one team that goes unheard is a part: their thresholds are of such units. Thresholds of
change are in widths of the middle band of the signal. They were chosen so that a company where nothing happens gets no
alert.
"""

from dataclasses import dataclass
from typing import Final, Literal

from dashboards.overview import UNHEARD
from dashboards.page import HORIZONS
from dashboards.promql import UP, age, changes, fallen, gauge, lately, rate, titled
from dashboards.signal_queries import TEAMS, kind_of, mean, share, worsening, worst
from shared.domain.evidence.suggested_actions import ACTIONS
from shared.domain.signals import SIGNALS
from shared.domain.signals.signal import Signal
from shared.domain.week import HOUR
from shared.telemetry import names

Area = Literal["risk", "pipeline"]
Severity = Literal["info", "warning", "critical"]
ValueFormat = Literal["humanize", "humanizePercentage", "humanizeDuration"]

# Readings change by the week and are noisy by the day: an hour keeps restarts and late events out.
_SETTLED: Final = "1h"
_LONG: Final = "28d"
_SHORT: Final = "7d"
_LONG_BEFORE_SHORT: Final = "35d"
# How far back from the threshold a value must go before the alert ends.
_CLEARS_AT: Final = 0.6
# Shares go in steps of 5 %: a tenth is told from 7.5 % on. One in a hundred is ordinary.
_MANY: Final = 0.075
_FEW_AGAIN: Final = 0.06
# A part of the edge of the best band, which a person reaches: of a unit in which one team of four goes unheard.
_UNHEARD_PART: Final = 0.6


UNSIGNED_SECONDS: Final = 3.0 * HOUR
"""The audit is signed every hour. When the last signature is older than this, somebody must look."""
SIGNED_LOOKBACK: Final = "7d"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Fires when `expr` is above `fires_at` for as long as `pending`, and ends when it is below `clears_at`.

    With `below` it fires below and ends above. `summary` may hold {title}, {service}, {topic}, {source}, {instance}
    and {value}.
    """

    name: str
    area: Area
    severity: Severity
    expr: str
    fires_at: float
    clears_at: float
    pending: str
    keep_firing: str
    summary: str
    why: str
    first: str
    dashboard: str
    value_format: ValueFormat = "humanize"
    labels: tuple[str, ...] = ("cohort",)
    below: bool = False


def risk_rules() -> tuple[Rule, ...]:
    """Rules about relationships and escalation, for HR partners."""
    return (_many_at_risk(), _unheard_load(), *(_worsening(signal) for signal in SIGNALS if _has_teams(signal)))


def _has_teams(signal: Signal) -> bool:
    # Of the horizons one is enough, and a team has one leader.
    return signal not in HORIZONS[1:] and kind_of(signal) not in ("leader", "ticket", "organisation")


def _many_at_risk() -> Rule:
    signal = HORIZONS[0]
    high, earlier = (share(signal, worst(signal), TEAMS, ago=ago) for ago in ("", _SHORT))
    return Rule(
        name="EscalationRiskHigh",
        area="risk",
        severity="critical",
        expr=_lasting(high, earlier),
        fires_at=_MANY,
        clears_at=_FEW_AGAIN,
        pending=_SETTLED,
        keep_firing="1d",
        summary="{title}: {value} of the people may soon go past their leader",
        why="About one in ten or more, and for more than a week, is in the worst band of escalation risk, where one in "
        "a hundred is ordinary. People who go past their leader have mostly asked before and were not heard.",
        first="Ask the leaders of the unit which asks are still open and answer them this week; then restore the "
        "one-to-ones that were called off. Speak about the teams, not about who might escalate.",
        dashboard="escalation",
        value_format="humanizePercentage",
    )


def _unheard_load() -> Rule:
    return Rule(
        name="UnheardLoad",
        area="risk",
        severity="warning",
        expr=_lasting(mean(UNHEARD, TEAMS), mean(UNHEARD, TEAMS, ago=_SHORT)),
        fires_at=_UNHEARD_PART * UNHEARD.bands.limits[0],
        clears_at=0.8 * _UNHEARD_PART * UNHEARD.bands.limits[0],
        pending=_SETTLED,
        keep_firing="1d",
        summary="{title}: {value} asks a person wait for an answer, for more than a week",
        why="Asks that wait weigh more on a relationship than a no. A load that stays for a week is no busy day.",
        first="Let the leaders close the loop: go through the open asks, answer what can be answered, and say of the "
        "rest when. Acknowledge first, then add.",
        dashboard="escalation",
    )


def _worsening(signal: Signal) -> Rule:
    return Rule(
        name=signal.alert or f"{''.join(word.title() for word in signal.name.split('_'))}Worsening",
        area="risk",
        severity="warning" if signal in (*HORIZONS, UNHEARD) or signal.alert else "info",
        expr=_lasting(
            worsening(signal, TEAMS, ago=_LONG), worsening(signal, TEAMS, ago=_LONG_BEFORE_SHORT, until=_SHORT)
        ),
        fires_at=signal.swing,
        clears_at=round(_CLEARS_AT * signal.swing, 3),
        pending=_SETTLED,
        keep_firing="1d",
        summary=f"{{title}}: {signal.title.lower()} became worse by {{value}} of a band in four weeks",
        why=f"{signal.meaning} The change has lasted for more than a week and is larger than ordinary ups and downs.",
        first=f"Ask the team's leader what changed. {ACTIONS[signal.action]}",
        dashboard="escalation" if kind_of(signal) == "chain" else "relationships",
        value_format="humanizePercentage",
    )


def _lasting(now: str, earlier: str) -> str:
    """The smaller of a value now and a week ago: beyond a threshold only what has been there for a week."""
    both = f'label_replace({now}, "at", "now", "", "") or label_replace({earlier}, "at", "earlier", "", "")'
    return titled(f"min by (cohort) ({both}) and ({now}) and ({earlier})")


def pipeline_rules() -> tuple[Rule, ...]:
    """Rules about the flow of events, for operators."""
    return (
        _scrape_down(), _restarting(), _consumer_stalled(), _lag_high(), _behind_in_time(), _watermark_behind(),
        _dead_letters(), _source_share_fell(), _readings_stale(), _outbox_stuck(), _api_errors(), _audit_unsigned(),
    )  # fmt: skip


def _scrape_down() -> Rule:
    return _pipeline(
        "ScrapeDown",
        severity="critical",
        expr=f"min by (instance) ({UP})",
        fires_at=0.5,
        clears_at=0.5,
        below=True,
        pending="5m",
        summary="{instance} does not answer the scrape",
        why="A process that cannot be scraped is down, overloaded or cut off; nothing else here can be trusted for it.",
        first="Look at its /healthz and its last log lines; a restart is safe at any time.",
        labels=("instance",),
    )


def _consumer_stalled() -> Rule:
    # A consumer that the watchdog starts again every minute is gone for a moment each time.
    lag = f"sum by (service, topic) ({lately(names.OFFSET_LAG, 'max', by=names.OFFSET_LAG.labels, lookback='5m')})"
    still = f"{rate(names.CONSUMED, by=('service', 'topic'), over='10m')} == 0"
    return _pipeline(
        "ConsumerStalled",
        severity="critical",
        expr=f"{lag} and on (service, topic) ({still})",
        fires_at=0.0,
        clears_at=0.0,
        pending="10m",
        summary="{service} takes nothing from {topic} although {value} records wait",
        why="Records wait and none was taken for ten minutes: the consumer hangs or has no partition.",
        first="Look at the service's log for a retry that repeats, then at the store and the broker it names. The "
        "watchdog restarts the process by itself.",
        labels=("service", "topic"),
    )


def _restarting() -> Rule:
    return _pipeline(
        "ServiceRestarting",
        severity="critical",
        expr=changes(names.STARTED, "max", by="instance", over="30m"),
        fires_at=2.0,
        clears_at=2.0,
        pending="1m",
        summary="{instance} was started again {value} times in half an hour",
        why="Something ends the process each time, and in between it looks healthy: the watchdog, a log that was cut "
        "off, too many dead letters, or an error that a restart does not cure. Nothing is lost, and nothing gets done.",
        first="Read the last line of its log before each start: it says why it ended, and what to do.",
        labels=("instance",),
    )


def _lag_high() -> Rule:
    return _pipeline(
        "LagHigh",
        severity="warning",
        expr=f"min_over_time(({_lag()})[30m:1m])",
        fires_at=50_000.0,
        clears_at=5_000.0,
        pending="15m",
        summary="{service} is {value} records behind on {topic} and has been for half an hour",
        why="During an import the lag rises and falls again. A lag that stays means that more comes in than is done.",
        first="Look at Saturation. Near 1: add replicas, up to the partition count. Otherwise look at the store.",
        labels=("service", "topic"),
    )


def _behind_in_time() -> Rule:
    return _pipeline(
        "LagInTime",
        severity="warning",
        expr=gauge(names.EVENT_LAG_SECONDS, "max", by=("service", "topic")),
        fires_at=900.0,
        clears_at=300.0,
        pending="30m",
        summary="{service} is {value} behind on {topic}",
        why="A quarter of an hour does not matter for readings of a week, but a lag that stays grows to days.",
        first="Look at lag in records: when it is small, one slow record is retried; its log line names the reason.",
        labels=("service", "topic"),
        value_format="humanizeDuration",
    )


def _watermark_behind() -> Rule:
    return _pipeline(
        "WatermarkBehind",
        severity="warning",
        expr=f"time() - {gauge(names.WATERMARK, 'max')} and on () {gauge(names.WATERMARK, 'max')} > 0",
        fires_at=3.0 * 86_400,
        clears_at=86_400.0,
        pending="1h",
        summary="no event is younger than {value}",
        why="There was no event for longer than a weekend: a source has stopped sending, and dashboards look calm.",
        first="Look at Consumed by topic for the one that stopped, then at its collector and its credentials.",
        value_format="humanizeDuration",
    )


def _dead_letters() -> Rule:
    def lost(over: str) -> str:
        return f"{rate(names.DEAD_LETTERS, over=over)} / {rate(names.CONSUMED, over=over)}"

    return _pipeline(
        "DeadLetterShare",
        severity="critical",
        # They are told by the hour: over less than two of these there may be none.
        expr=f"{lost('6h')} and on () ({lost('2h')} > 0.01)",
        fires_at=0.01,
        clears_at=0.001,
        pending="5m",
        summary="{value} of the records can never work",
        why="One in a hundred over six hours, and still going on: a source has changed its format, and what it sends "
        "is missing from every reading.",
        first="Look at Dead letters by reason; the dead_letter table names topic, partition and offset of each.",
        value_format="humanizePercentage",
    )


def _source_share_fell() -> Rule:
    return _pipeline(
        "SourceShareFell",
        severity="warning",
        # It moves once a day and in fives: one step may be a week like any other.
        expr=fallen(names.SOURCE_SHARE, by=("source",), over="14d"),
        fires_at=10.0,
        clears_at=10.0,
        pending="1h",
        summary="{value} points fewer of the events of {source} are about people who are known",
        why="More than ten in a hundred within two weeks: events that belong to nobody are missing from every reading.",
        first="Run `bellwether doctor data`: it names the accounts without a person. Often the form of the accounts "
        "has changed, or a table of people is old.",
        labels=("source",),
    )


def _readings_stale() -> Rule:
    return _pipeline(
        "ReadingsStale",
        severity="warning",
        expr=f"{gauge(names.WATERMARK, 'max')} - {gauge(names.SCORED, 'max')}",
        fires_at=3_600.0,
        clears_at=900.0,
        pending="30m",
        summary="readings are {value} behind the events",
        why="Events are applied, but scoring does not follow: dashboards show the past as the present.",
        first="Look at Scoring time and at the log of the signals service; only the owner of the directory scores.",
        value_format="humanizeDuration",
    )


def _outbox_stuck() -> Rule:
    return _pipeline(
        "OutboxStuck",
        severity="warning",
        expr=f"min_over_time(({gauge(names.OUTBOX, 'max')})[15m:1m])",
        fires_at=0.0,
        clears_at=0.0,
        pending="15m",
        summary="{value} outgoing records have waited for a quarter of an hour",
        why="They are safe in the store, but nobody downstream has them.",
        first="See whether Kafka takes records at all: its disk, its authorisation, the size of a record.",
    )


def _api_errors() -> Rule:
    def failed(over: str) -> str:
        errors = rate(names.API_REQUESTS, where={"status": '=~"5.."'}, over=over)
        return f"{errors} / {rate(names.API_REQUESTS, over=over)}"

    return _pipeline(
        "ApiErrors",
        severity="warning",
        expr=f"{failed('6h')} and on () ({failed('2h')} > 0.01)",
        fires_at=0.01,
        clears_at=0.001,
        pending="5m",
        summary="{value} of the API's answers are errors of the server",
        why="HR tools fail, over six hours and still now.",
        first="Look at API requests by status and at the store: most errors are a store that does not answer.",
        value_format="humanizePercentage",
    )


def _audit_unsigned() -> Rule:
    return Rule(
        name="AuditUnsigned",
        area="pipeline",
        severity="critical",
        # A process that was started again and cannot sign has no value of its own: the last one there was goes on.
        expr=age(names.AUDIT_SIGNED, lookback=SIGNED_LOOKBACK),
        fires_at=UNSIGNED_SECONDS,
        clears_at=UNSIGNED_SECONDS,
        pending="15m",
        keep_firing="10m",
        summary="the audit was last signed {value} ago",
        why="It is signed every hour. What is not signed could be written anew by whoever holds the key of the audit, "
        "and looks at people in that time could be taken out without a trace.",
        first="Look at the log of bellwether.audit: the store does not answer, or no signals service has the signing "
        "key. Until one signs again, do it with `bellwether audit roots`, and keep its file elsewhere.",
        dashboard="privacy",
        labels=(),
        value_format="humanizeDuration",
    )


def _lag() -> str:
    return f"sum by (service, topic) ({gauge(names.OFFSET_LAG, 'max', by=names.OFFSET_LAG.labels)})"


def _pipeline(
    name: str, *, severity: Severity, expr: str, fires_at: float, clears_at: float, pending: str, summary: str,
    why: str, first: str, labels: tuple[str, ...] = (), below: bool = False,
    value_format: ValueFormat = "humanize",
) -> Rule:  # fmt: skip
    return Rule(
        name=name, area="pipeline", severity=severity, expr=expr, fires_at=fires_at, clears_at=clears_at,
        pending=pending, keep_firing="10m", summary=summary, why=why, first=first, dashboard="pipeline",
        labels=labels, below=below, value_format=value_format,
    )  # fmt: skip
