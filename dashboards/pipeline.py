"""Pipeline: whether events flow, for operators."""

from typing import Final

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.page import Query, Scale, figure, lines, numbered, page
from dashboards.promql import gauge, increase, quantile, rate
from shared.telemetry import names

LATE_SECONDS: Final = 300.0  # behind by five minutes is worth a look; readings change by the week
LATEST: Final = ((None, "green"), (LATE_SECONDS, "orange"))
NONE_EXPECTED: Final = ((None, "green"), (1.0, "red"))

_FIGURES: Final = (
    (
        "Records still to do",
        "High watermark minus next offset over all topics. It should come back to zero.",
        f"sum({gauge(names.OFFSET_LAG, 'max', by=('service', 'topic', 'partition'))})",
        Scale(),
    ),
    (
        "Dead letters",
        "Records in the shown time that can never work. Look at the reasons below.",
        increase(names.DEAD_LETTERS),
        Scale(steps=NONE_EXPECTED),
    ),
    (
        "Outgoing records waiting",
        "Written to the store and not yet acknowledged by Kafka.",
        gauge(names.OUTBOX, "max"),
        Scale(),
    ),
    (
        "Watermark",
        "Latest event time of the whole log. It stands still when no source sends.",
        f"1000 * {gauge(names.WATERMARK, 'max')}",
        Scale(unit="dateTimeAsIso"),
    ),
)

_LINES: Final = (
    (
        "Consumed",
        "Records taken from Kafka. Zero while lag grows means a stuck service.",
        (Query(rate(names.CONSUMED, by=("service", "topic")), "{{service}} {{topic}}"),),
        Scale(unit="cps", low=0.0),
    ),
    (
        "Interactions",
        "What the channel services published and the signals service applied.",
        (Query(rate(names.INTERACTIONS, by=("service", "kind")), "{{service}} {{kind}}"),),
        Scale(unit="cps", low=0.0),
    ),
    (
        "Lag in records",
        "High watermark minus next offset. Look at the store when it only rises.",
        (Query(f"sum by (service, topic) ({gauge(names.OFFSET_LAG, 'max', by=names.OFFSET_LAG.labels)})",
               "{{service}} {{topic}}"),),
        Scale(low=0.0),
    ),
    (
        "Lag in time",
        "How far the last processed record is behind the newest.",
        (Query(gauge(names.EVENT_LAG_SECONDS, "max", by=("service", "topic")), "{{service}} {{topic}}"),),
        Scale(unit="s", low=0.0, steps=LATEST),
    ),
    (
        "Dead letters by reason",
        "The records are named in the dead-letters topic, without their content.",
        (Query(rate(names.DEAD_LETTERS, by=("service", "topic", "reason")), "{{service}} {{topic}} {{reason}}"),),
        Scale(unit="cps", low=0.0),
    ),
    (
        "Batch time",
        "Time to process one batch, store included.",
        (
            Query(quantile(names.BATCH_SECONDS, 0.5, by=("service",)), "{{service}} median"),
            Query(quantile(names.BATCH_SECONDS, 0.99, by=("service",)), "{{service}} p99"),
        ),
        Scale(unit="s", low=0.0),
    ),
    (
        "Fenced and retried batches",
        "Fenced: rolled back because another consumer owns the partition. Retried: the store or the broker failed.",
        (
            Query(rate(names.FENCED, by=("service",)), "{{service}} fenced"),
            Query(rate(names.RETRIES, by=("service",)), "{{service}} retried"),
        ),
        Scale(unit="cps", low=0.0),
    ),
    (
        "Duplicates",
        "Records that had been applied before. Normal after a restart; a steady share means a source sends twice.",
        (Query(rate(names.DUPLICATES, by=("service",)), "{{service}}"),),
        Scale(unit="cps", low=0.0),
    ),
    (
        "Partitions owned",
        "Sum over the replicas of a service. It equals the partition count of its topics when all are read.",
        (Query(gauge(names.ASSIGNED, "sum", by=("service",)), "{{service}}"),),
        Scale(low=0.0),
    ),
    (
        "Scoring time",
        "Time of one scoring pass.",
        (
            Query(quantile(names.SCORING_SECONDS, 0.5), "median"),
            Query(quantile(names.SCORING_SECONDS, 0.99), "p99"),
        ),
        Scale(unit="s", low=0.0),
    ),
)  # fmt: skip


def build() -> Dashboard:
    """Figures first, then one panel of lines per question."""
    pipeline = page("bellwether-pipeline", "Bellwether: pipeline", "Whether events flow, and where they stop.")
    for title, text, expr, scale in _FIGURES:
        pipeline = pipeline.with_panel(figure(title, text, expr, scale=scale))
    for title, text, queries, scale in _LINES:
        pipeline = pipeline.with_panel(lines(title, text, queries, scale=scale))
    return numbered(pipeline.build())
