"""Pipeline: whether events flow, for operators."""

from typing import Final

from grafana_foundation_sdk.builders.stat import Panel as Figure
from grafana_foundation_sdk.builders.timeseries import Panel as Lines
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.page import numbered, page
from dashboards.panels import Query, Scale, figure, lines
from dashboards.promql import UP, busy, gauge, increase, or_none, quantile, rate, steps
from shared.telemetry import names

LATE_SECONDS: Final = 300.0  # behind by five minutes is worth a look; readings change by the week
_PER_SECOND: Final = Scale(unit="cps", low=0.0)
_NONE_EXPECTED: Final = Scale("none", ((None, "green"), (1.0, "red")))


def build() -> Dashboard:
    """Figures first, then one panel of lines per question."""
    pipeline = page("pipeline", "Bellwether: pipeline", "Whether events flow, and where they stop.", time="now-6h")
    for panel in (
        _services_up(), _to_do(), _dead_letters(), _outbox(), _watermark(), _scored(),
        _consumed(), _interactions(), _offset_lag(), _event_lag(), _dead_letters_by_reason(), _batch_seconds(),
        _busy(), _fenced_and_retried(), _duplicates(), _partitions(), _scoring_seconds(), _written(),
        _api_requests(), _api_seconds(), _source_shares(),
    ):  # fmt: skip
        pipeline = pipeline.with_panel(panel)
    return numbered(pipeline.build())


def _services_up() -> Figure:
    return figure(
        "Processes that answer",
        "Share of the processes that answer a scrape.",
        f"avg({UP})",
        scale=Scale("percentunit", ((None, "red"), (1.0, "green")), decimals=0),
        width=4,
    )


def _to_do() -> Figure:
    return figure(
        "Records still to do",
        "High watermark minus next offset over all topics. It should come back to zero.",
        f"sum({gauge(names.OFFSET_LAG, 'max', by=('service', 'topic', 'partition'))})",
        scale=Scale("short"),
        width=4,
    )


def _dead_letters() -> Figure:
    return figure(
        "Dead letters",
        "Records in the shown time that can never work, by the hour and in twenties. Look at the reasons below.",
        f"{increase(names.DEAD_LETTERS)} or vector(0)",
        scale=_NONE_EXPECTED,
        width=4,
        decimals=0,
    )


def _outbox() -> Figure:
    return figure(
        "Outgoing records waiting",
        "Written to the store and not yet acknowledged by Kafka.",
        gauge(names.OUTBOX, "max"),
        scale=Scale("short"),
        width=4,
    )


def _watermark() -> Figure:
    return figure(
        "Watermark",
        "Latest event time of the whole log. It stands still when no source sends.",
        f"1000 * {gauge(names.WATERMARK, 'max')}",
        scale=Scale("dateTimeAsIso"),
        width=4,
    )


def _scored() -> Figure:
    return figure(
        "Readings as of",
        "Event time of the current readings. They follow the watermark within minutes.",
        f"1000 * {gauge(names.SCORED, 'max')}",
        scale=Scale("dateTimeAsIso"),
        width=4,
    )


def _consumed() -> Lines:
    return lines(
        "Consumed",
        "Records taken from Kafka. Zero while lag grows means a stuck service.",
        [Query(rate(names.CONSUMED, by=("service", "topic")), "{{service}} {{topic}}")],
        scale=_PER_SECOND,
    )


def _interactions() -> Lines:
    return lines(
        "Interactions",
        "What the channel services published and the signals service applied, and what was in excluded places.",
        [
            Query(rate(names.INTERACTIONS, by=("service", "kind")), "{{service}} {{kind}}"),
            Query(
                or_none(rate(names.EXCLUDED, by=("service",), over=steps(names.EXCLUDED)), "service"),
                "{{service}} excluded",
            ),
        ],
        scale=_PER_SECOND,
    )


def _offset_lag() -> Lines:
    lag = gauge(names.OFFSET_LAG, "max", by=names.OFFSET_LAG.labels)
    return lines(
        "Lag in records",
        "High watermark minus next offset. Look at the store when it only rises.",
        [Query(f"sum by (service, topic) ({lag})", "{{service}} {{topic}}")],
        scale=Scale(low=0.0),
    )


def _event_lag() -> Lines:
    return lines(
        "Lag in time",
        "How far the last processed record is behind the newest.",
        [Query(gauge(names.EVENT_LAG_SECONDS, "max", by=("service", "topic")), "{{service}} {{topic}}")],
        scale=Scale("s", ((None, "green"), (LATE_SECONDS, "orange")), low=0.0),
    )


def _dead_letters_by_reason() -> Lines:
    by_reason = rate(names.DEAD_LETTERS, by=("service", "topic", "reason"), over=steps(names.DEAD_LETTERS))
    return lines(
        "Dead letters by reason",
        "The records are named in the dead-letters topic, without their content. Counted by the hour and in twenties.",
        [Query(or_none(by_reason, "reason"), "{{service}} {{topic}} {{reason}}")],
        scale=_PER_SECOND,
    )


def _source_shares() -> Lines:
    return lines(
        "Events about people who are known",
        "Of a hundred events of a source, measured once a day and in fives. The others count for nothing: "
        "`bellwether doctor data` says whom they are about.",
        [Query(gauge(names.SOURCE_SHARE, "max", by=("source",)), "{{source}}")],
        scale=Scale("percent", low=0.0),
    )


def _batch_seconds() -> Lines:
    return lines(
        "Batch time",
        "Time to process one batch, store included.",
        [
            Query(quantile(names.BATCH_SECONDS, 0.5, by=("service",)), "{{service}} median"),
            Query(quantile(names.BATCH_SECONDS, 0.99, by=("service",)), "{{service}} p99"),
        ],
        scale=Scale("s", low=0.0),
    )


def _busy() -> Lines:
    return lines(
        "Saturation",
        "Share of the time that a service spends in batches, and the scorer in passes. Near 1 for long: add replicas "
        "of the service; for the scorer, a larger machine.",
        [
            Query(busy(names.BATCH_SECONDS, by=("service",)), "{{service}}"),
            Query(busy(names.SCORING_SECONDS), "scoring"),
        ],
        scale=Scale("percentunit", ((None, "green"), (0.8, "orange")), low=0.0),
    )


def _fenced_and_retried() -> Lines:
    return lines(
        "Fenced and retried batches",
        "Fenced: rolled back because another consumer owns the partition. Retried: the store or the broker failed.",
        [
            Query(or_none(rate(names.FENCED, by=("service",)), "service"), "{{service}} fenced"),
            Query(or_none(rate(names.RETRIES, by=("service",)), "service"), "{{service}} retried"),
        ],
        scale=_PER_SECOND,
    )


def _duplicates() -> Lines:
    return lines(
        "Duplicates",
        "Records that had been applied before. Normal after a restart; a steady share means a source sends twice.",
        [Query(or_none(rate(names.DUPLICATES, by=("service",)), "service"), "{{service}}")],
        scale=_PER_SECOND,
    )


def _partitions() -> Lines:
    return lines(
        "Partitions owned",
        "Sum over the replicas of a service. It equals the partition count of its topics when all are read. A service "
        "that stopped, as most records cannot be read, keeps its partitions and is shown a second time.",
        [
            Query(gauge(names.ASSIGNED, "sum", by=("service",)), "{{service}}"),
            Query(or_none(f"{gauge(names.STOPPED, 'sum', by=('service',))} > 0", "service"), "{{service}} stopped"),
        ],
        scale=Scale("none", low=0.0),
    )


def _scoring_seconds() -> Lines:
    return lines(
        "Scoring time",
        "Time of one scoring pass.",
        [
            Query(quantile(names.SCORING_SECONDS, 0.5), "median"),
            Query(quantile(names.SCORING_SECONDS, 0.99), "p99"),
        ],
        scale=Scale("s", low=0.0),
    )


def _written() -> Lines:
    return lines(
        "Readings written",
        "Rows that scoring passes wrote.",
        [Query(rate(names.READINGS_WRITTEN), "readings")],
        scale=_PER_SECOND,
    )


def _api_requests() -> Lines:
    return lines(
        "API requests by status",
        "Requests of HR tools, by the hour and in twenties. 4xx are the caller's, 5xx are ours.",
        [
            Query(
                or_none(rate(names.API_REQUESTS, by=("status",), over=steps(names.API_REQUESTS)), "status"),
                "{{status}}",
            )
        ],
        scale=_PER_SECOND,
    )


def _api_seconds() -> Lines:
    return lines(
        "API answer time",
        "The time that 95 of 100 answers stay below, by operation, once there are twenty in an hour.",
        [
            Query(
                or_none(
                    quantile(names.API_SECONDS, 0.95, by=("operation",), over=steps(names.API_SECONDS)), "operation"
                ),
                "{{operation}}",
            )
        ],
        scale=Scale("s", low=0.0),
    )
