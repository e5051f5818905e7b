"""Every metric, declared once: name, kind, labels and what to do when it moves. Dashboards and rules import this.

Labels are bounded and never name a person or a pair: topics and partitions come from `shared.topics`, services and
reasons from code, cohorts are teams of at least k people.
"""

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. Counters end in `_total` as exposed; units are in the name."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...] = ()


# Falls to zero while lag grows: the service is stuck; the watchdog ends it.
CONSUMED: Final = Metric(
    "bellwether_consumed_records", "counter", "Records taken from Kafka.", ("service", "topic", "partition")
)
# What came out of the channel services; compare with consumed.
INTERACTIONS: Final = Metric(
    "bellwether_interactions", "counter", "Interactions published or applied.", ("service", "kind")
)
# What happened where nobody may be watched. A leap may be a place that was excluded by mistake; which, is not told.
EXCLUDED: Final = Metric(
    "bellwether_excluded_events", "counter", "Events in excluded places, dropped without a trace.", ("service",)
)
# Look at the reasons first; the records are named in the dead_letter table and the dead-letters topic.
DEAD_LETTERS: Final = Metric(
    "bellwether_dead_letters", "counter", "Records that can never work.", ("service", "topic", "reason")
)
# Duplicates are normal after a restart; a steady share means a source sends twice.
DUPLICATES: Final = Metric(
    "bellwether_duplicate_records", "counter", "Records already applied or out of date.", ("service",)
)
# Rises when the store is slow.
BATCH_SECONDS: Final = Metric(
    "bellwether_batch_seconds", "histogram", "Time to process one batch, store included.", ("service",)
)
# How long ago, at the last fetch, the last processed record was sent; rises when the service falls behind.
EVENT_LAG_SECONDS: Final = Metric(
    "bellwether_event_lag_seconds", "gauge", "Time of the last fetch minus that of the last processed record.",
    ("service", "topic"),
)  # fmt: skip
# Records still to do; alert when it only rises.
OFFSET_LAG: Final = Metric(
    "bellwether_offset_lag_records", "gauge", "High watermark minus next offset.", ("service", "topic", "partition")
)
# More than zero means a zombie consumer was held off; frequent fencing means unstable groups.
FENCED: Final = Metric("bellwether_fenced_batches", "counter", "Batches rolled back by compare-and-set.", ("service",))
# Retries with back-off; look at the store or the broker.
RETRIES: Final = Metric("bellwether_batch_retries", "counter", "Batches tried again.", ("service",))
ASSIGNED: Final = Metric("bellwether_assigned_partitions", "gauge", "Partitions this process owns.", ("service",))
# Event time: stands still when no source sends.
WATERMARK: Final = Metric(
    "bellwether_watermark_timestamp_seconds", "gauge", "Latest event time of the whole log, Unix seconds."
)
SCORED: Final = Metric(
    "bellwether_scored_timestamp_seconds", "gauge", "Watermark that the current readings are as of, Unix seconds."
)
SCORING_SECONDS: Final = Metric("bellwether_scoring_seconds", "histogram", "Time of one scoring pass.")
READINGS_WRITTEN: Final = Metric("bellwether_readings_written", "counter", "Readings written by scoring passes.")
# More than once in a while: something ends the process again and again; its last words say what.
STARTED: Final = Metric("bellwether_started_timestamp_seconds", "gauge", "When this process started, Unix seconds.")
OUTBOX: Final = Metric("bellwether_outbox_records", "gauge", "Outgoing records not yet acknowledged by Kafka.")

# Cohorts only: a cell has at least k people (pairs: at least k on each side); below that, suppressed is 1 and
# nothing else is exported.
COHORT_INFO: Final = Metric(
    "bellwether_cohort_info", "gauge", "1 for every cohort, with what people call it.", ("cohort", "title")
)
SIGNAL_MEAN: Final = Metric(
    "bellwether_signal_mean", "gauge", "Mean value of a signal in a cohort.", ("signal", "cohort")
)
SIGNAL_SHARE: Final = Metric(
    "bellwether_signal_band_ratio", "gauge", "Share of a cohort's subjects in a band.", ("signal", "cohort", "band")
)
SIGNAL_FACTOR: Final = Metric(
    "bellwether_signal_factor_mean", "gauge", "Mean of what a signal is made of, in a cohort.",
    ("signal", "cohort", "factor"),
)  # fmt: skip
SIGNAL_PEOPLE: Final = Metric(
    "bellwether_signal_people", "gauge", "People in the cell, rounded down to a multiple of five.",
    ("signal", "cohort"),
)  # fmt: skip
SIGNAL_SUPPRESSED: Final = Metric(
    "bellwether_signal_suppressed", "gauge", "1 when the cell is too small to be shown.", ("signal", "cohort")
)
# How much of the organisation can be seen at all, signal by signal.
CELLS: Final = Metric("bellwether_cells", "gauge", "Cells that are shown or suppressed.", ("signal", "state"))
# More than zero: the organisation is larger than Prometheus should hold; the smallest cohorts lose detail first.
CELL_SERIES_LEFT_OUT: Final = Metric(
    "bellwether_cell_series_left_out", "gauge", "Series of cells that are not exported to keep the number bounded."
)
# Explains jumps: readings follow the reporting line of the day.
MOVED_PEOPLE: Final = Metric(
    "bellwether_moved_people",
    "gauge",
    "People whose manager changed in seven days, rounded down to a multiple of five.",
)
# Person-level answers, from the audit, under the same rule as alerts: who read is in the audit, not here.
AUDIT_ENTRIES: Final = Metric(
    "bellwether_audit_entries",
    "gauge",
    "Entries of the audit, rounded down to a multiple of five.",
    ("operation", "purpose"),
)
# Older than a few hours: nobody signs, and whoever has the key of the audit could write it anew.
AUDIT_SIGNED: Final = Metric(
    "bellwether_audit_signed_timestamp_seconds", "gauge", "When all of the audit was last signed, Unix seconds."
)
# What leaves by the command line; through the API it is among the requests.
EXPORTS: Final = Metric(
    "bellwether_command_exports", "gauge", "Exports of everybody by command, from the audit.", ("command",)
)
OLDEST_RECORD: Final = Metric(
    "bellwether_oldest_record_timestamp_seconds", "gauge", "Event time of the oldest record kept, Unix seconds.",
    ("data",),
)  # fmt: skip
# Rises by little every day; a leap means that somebody shortened a retention.
SWEPT: Final = Metric("bellwether_swept_rows", "counter", "Rows deleted because they were old enough.", ("data",))
KEPT_SECONDS: Final = Metric(
    "bellwether_kept_seconds", "gauge", "How long records are kept by the settings.", ("data",)
)

# The whole organisation only, over the people of a release, and only where at least k leaders are watched.
ALERTS: Final = Metric(
    "bellwether_alerts", "gauge", "Person-level alerts by state, of the whole organisation.", ("state",)
)
# A small share of helpful ones means that the threshold is too low for this organisation: calibrate.
ALERT_VERDICTS: Final = Metric(
    "bellwether_alert_verdicts", "gauge", "Alerts by what came of them, of the whole organisation.", ("verdict",)
)
# Contact that did not come may be a success: somebody was heard in time.
ALERTS_FOLLOWED: Final = Metric(
    "bellwether_alerts_followed", "gauge",
    "Alerts of 26 weeks by what followed in 28 days, of the whole organisation.", ("outcome",),
)  # fmt: skip
ALERT_LEAD: Final = Metric(
    "bellwether_alert_lead_seconds", "gauge",
    "Median time from an alert to unsolicited contact past the leader, in whole days; NaN where it cannot be told.",
    ("signal",),
)  # fmt: skip
# Rises when a receiver is down; attempts are repeated for some three days.
WEBHOOK_WAITING: Final = Metric("bellwether_webhook_waiting_messages", "gauge", "Webhook messages not delivered yet.")
WEBHOOK_ATTEMPTS: Final = Metric(
    "bellwether_webhook_attempts", "counter", "Attempts to deliver a webhook message.", ("outcome",)
)
WEBHOOK_SECONDS: Final = Metric("bellwether_webhook_seconds", "histogram", "Time of one attempt to deliver.")

API_REQUESTS: Final = Metric(
    "bellwether_api_requests", "counter", "Requests by operation and status.", ("operation", "status")
)
API_SECONDS: Final = Metric("bellwether_api_request_seconds", "histogram", "Time to answer a request.", ("operation",))

METRICS: Final[tuple[Metric, ...]] = (
    CONSUMED, INTERACTIONS, DEAD_LETTERS, DUPLICATES, BATCH_SECONDS, EVENT_LAG_SECONDS, OFFSET_LAG, FENCED, RETRIES,
    ASSIGNED, WATERMARK, SCORED, SCORING_SECONDS, READINGS_WRITTEN, OUTBOX, COHORT_INFO, SIGNAL_MEAN, SIGNAL_SHARE,
    SIGNAL_FACTOR, SIGNAL_PEOPLE, SIGNAL_SUPPRESSED, CELLS, CELL_SERIES_LEFT_OUT, MOVED_PEOPLE, AUDIT_ENTRIES,
    AUDIT_SIGNED, EXPORTS, OLDEST_RECORD, SWEPT, KEPT_SECONDS, ALERTS, ALERT_VERDICTS, ALERTS_FOLLOWED, ALERT_LEAD,
    WEBHOOK_WAITING, WEBHOOK_ATTEMPTS, WEBHOOK_SECONDS, API_REQUESTS, API_SECONDS, EXCLUDED,
    STARTED,
)  # fmt: skip
