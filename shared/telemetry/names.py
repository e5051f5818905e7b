"""Every metric, declared once: name, kind, unit, labels and what to do when it moves. Dashboards and rules import this.

Labels are bounded and never name a person or a pair: topics and partitions come from `shared.topics`, services and
reasons from code, cohorts are teams of at least k people.
"""

from dataclasses import KW_ONLY, dataclass
from typing import Final, Literal

from shared.telemetry.disclosure import (
    ACTS,
    ALERT_DAYS,
    FAULTS,
    GROUPS,
    MACHINERY,
    OPEN_ACTS,
    PEOPLE,
    SHARES,
    TRAFFIC,
    TRAFFIC_HOURS,
    TRAFFIC_MINUTES,
    Disclosure,
)
from shared.telemetry.disclosure import ALERTS as OF_ALERTS


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. To declare it here is all: `METRICS` finds it. Counters end in `_total` as exposed."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    """One sentence that Prometheus shows."""
    unit: str
    """What one of it is: seconds, or the thing that is counted."""
    labels: tuple[str, ...] = ()
    advice: str = ""
    """What it means when the metric moves, and where to look first; for operators."""
    _: KW_ONLY
    disclosure: Disclosure
    """Whose doings it tells of, and how coarsely it is shown."""


CONSUMED: Final = Metric(
    "bellwether_consumed_records", "counter", "Records taken from Kafka.",
    unit="records", labels=("service", "topic", "partition"), disclosure=TRAFFIC,
    advice="It falls to zero while lag grows: the service is stuck, and its watchdog ends it.",
)  # fmt: skip
INTERACTIONS: Final = Metric(
    "bellwether_interactions", "counter", "Interactions published or applied.",
    unit="interactions", labels=("service", "kind"), disclosure=TRAFFIC,
    advice="Compare it with the records consumed: this is what came out of the channel services.",
)  # fmt: skip
EXCLUDED: Final = Metric(
    "bellwether_excluded_events", "counter", "Events in excluded places, dropped without a trace.",
    unit="events", labels=("service",), disclosure=ACTS,
    advice="A leap may mean that a place was excluded by mistake. Which place is not told.",
)  # fmt: skip
DEAD_LETTERS: Final = Metric(
    "bellwether_dead_letters", "counter", "Records that can never work.",
    unit="records", labels=("service", "topic", "reason"), disclosure=FAULTS,
    advice="Look at the reasons first. The table `dead_letter` and the topic `dead-letters` name the records.",
)  # fmt: skip
DUPLICATES: Final = Metric(
    "bellwether_duplicate_records", "counter", "Records already applied or out of date.",
    unit="records", labels=("service",), disclosure=TRAFFIC,
    advice="Duplicates are normal after a restart. A steady share means that a source sends twice.",
)  # fmt: skip
SOURCE_SHARE: Final = Metric(
    "bellwether_source_known_percent", "gauge", "Of a hundred events of a source, those about people who are known.",
    unit="percent", labels=("source",), disclosure=SHARES,
    advice="It falls when accounts have changed their form or people are missing: `bellwether doctor data` says which.",
)  # fmt: skip
BATCH_SECONDS: Final = Metric(
    "bellwether_batch_seconds", "histogram", "Time to process one batch, store included.",
    unit="seconds", labels=("service",), disclosure=TRAFFIC,
    advice="It rises when the store is slow.",
)  # fmt: skip
EVENT_LAG_SECONDS: Final = Metric(
    "bellwether_event_lag_seconds", "gauge", "Time of the last fetch minus that of the last processed record.",
    unit="seconds", labels=("service", "topic"), disclosure=TRAFFIC_MINUTES,
    advice="It rises when the service falls behind.",
)  # fmt: skip
OFFSET_LAG: Final = Metric(
    "bellwether_offset_lag_records", "gauge", "High watermark minus next offset.",
    unit="records", labels=("service", "topic", "partition"), disclosure=TRAFFIC,
    advice="These records are still to do. Worry when the number only rises.",
)  # fmt: skip
FENCED: Final = Metric(
    "bellwether_fenced_batches", "counter", "Batches rolled back by compare-and-set.",
    unit="batches", labels=("service",), disclosure=MACHINERY,
    advice="Two consumers worked on one partition and one was held off. If it is frequent, the groups are unstable.",
)  # fmt: skip
RETRIES: Final = Metric(
    "bellwether_batch_retries", "counter", "Batches tried again.",
    unit="batches", labels=("service",), disclosure=MACHINERY,
    advice="The service waits longer before each retry. Look at the store and the broker.",
)  # fmt: skip
ASSIGNED: Final = Metric(
    "bellwether_assigned_partitions", "gauge", "Partitions this process owns.",
    unit="partitions", labels=("service",), disclosure=MACHINERY,
)  # fmt: skip
STOPPED: Final = Metric(
    "bellwether_stopped_consumers", "gauge", "1 for a consumer that stopped as most records cannot be read, else 0.",
    unit="yes or no", labels=("service",), disclosure=MACHINERY,
    advice="Look at the reasons of its dead letters and at what produces them, then start the process again. Nothing "
    "was skipped. The rest of the process goes on.",
)  # fmt: skip
WATERMARK: Final = Metric(
    "bellwether_watermark_timestamp_seconds", "gauge", "Latest event time of the whole log, Unix seconds.",
    unit="Unix seconds", disclosure=TRAFFIC_HOURS,
    advice="It stands still when no source sends.",
)  # fmt: skip
SCORED: Final = Metric(
    "bellwether_scored_timestamp_seconds", "gauge", "Watermark that the current readings are as of, Unix seconds.",
    unit="Unix seconds", disclosure=TRAFFIC_HOURS,
)  # fmt: skip
SCORING_SECONDS: Final = Metric(
    "bellwether_scoring_seconds", "histogram", "Time of one scoring pass.",
    unit="seconds", disclosure=TRAFFIC,
)  # fmt: skip
READINGS_WRITTEN: Final = Metric(
    "bellwether_readings_written", "counter", "Readings written by scoring passes.",
    unit="readings", disclosure=TRAFFIC,
)  # fmt: skip
STARTED: Final = Metric(
    "bellwether_started_timestamp_seconds", "gauge", "When this process started, Unix seconds.",
    unit="Unix seconds", disclosure=MACHINERY,
    advice="If it changes more than once in a while, something ends the process again and again. Its last log "
    "lines say what.",
)  # fmt: skip
OUTBOX: Final = Metric(
    "bellwether_outbox_records", "gauge", "Outgoing records not yet acknowledged by Kafka.",
    unit="records", disclosure=TRAFFIC,
)  # fmt: skip

# Only about cohorts. A cell has at least k people (pairs: at least k on each side); below that, suppressed is 1 and
# nothing else is exported.
COHORT_INFO: Final = Metric(
    "bellwether_cohort_info", "gauge", "1 for every cohort, with its confirmed name or a neutral one.",
    unit="yes or no", labels=("cohort", "title"), disclosure=GROUPS,
)  # fmt: skip
SIGNAL_MEAN: Final = Metric(
    "bellwether_signal_mean", "gauge", "Mean value of a signal in a cohort.",
    unit="of the signal", labels=("signal", "cohort"), disclosure=GROUPS,
)  # fmt: skip
SIGNAL_SHARE: Final = Metric(
    "bellwether_signal_band_ratio", "gauge", "Share of a cohort's subjects in a band.",
    unit="ratio", labels=("signal", "cohort", "band"), disclosure=GROUPS,
)  # fmt: skip
SIGNAL_FACTOR: Final = Metric(
    "bellwether_signal_factor_mean", "gauge", "Mean of what a signal is made of, in a cohort.",
    unit="of the signal", labels=("signal", "cohort", "factor"), disclosure=GROUPS,
)  # fmt: skip
SIGNAL_PEOPLE: Final = Metric(
    "bellwether_signal_people", "gauge", "People in the cell, rounded down to a multiple of five.",
    unit="people", labels=("signal", "cohort"), disclosure=GROUPS,
)  # fmt: skip
SIGNAL_SUPPRESSED: Final = Metric(
    "bellwether_signal_suppressed", "gauge",
    "1 when a cohort is not shown, whatever the reason, with the smallest unit above it that is.",
    unit="yes or no", labels=("signal", "cohort", "shown_in"), disclosure=GROUPS,
)  # fmt: skip
CELLS: Final = Metric(
    "bellwether_cells", "gauge", "Cells that are shown or suppressed.",
    unit="cells", labels=("signal", "state"), disclosure=GROUPS,
    advice="It shows how much of the organisation can be seen at all, signal by signal.",
)  # fmt: skip
CELL_SERIES_LEFT_OUT: Final = Metric(
    "bellwether_cell_series_left_out", "gauge", "Series of cells that are not exported to keep the number bounded.",
    unit="series", disclosure=GROUPS,
    advice="More than zero: the organisation is larger than Prometheus should hold. The smallest cohorts lose "
    "detail first.",
)  # fmt: skip
MOVED_PEOPLE: Final = Metric(
    "bellwether_moved_people", "gauge",
    "People whose manager changed in seven days, rounded down to a multiple of five.",
    unit="people", disclosure=PEOPLE,
    advice="It explains jumps: readings follow the reporting line of the day.",
)  # fmt: skip
AUDIT_ENTRIES: Final = Metric(
    "bellwether_audit_entries", "gauge", "Entries of the audit, rounded down to a multiple of five.",
    unit="entries", labels=("operation", "purpose"), disclosure=ACTS,
    advice="These are answers about named people, under the same rule as alerts. The audit says who read; this "
    "does not.",
)  # fmt: skip
AUDIT_SIGNED: Final = Metric(
    "bellwether_audit_signed_timestamp_seconds", "gauge", "When all of the audit was last signed, Unix seconds.",
    unit="Unix seconds", disclosure=MACHINERY,
    advice="Older than a few hours: nobody signs, and whoever has the key of the audit could rewrite it.",
)  # fmt: skip
EXPORTS: Final = Metric(
    "bellwether_command_exports", "gauge", "Exports of everybody by command, from the audit.",
    unit="exports", labels=("command",), disclosure=OPEN_ACTS,
    advice="These left by the command line. Exports through the API count among the requests.",
)  # fmt: skip
OLDEST_RECORD: Final = Metric(
    "bellwether_oldest_record_timestamp_seconds", "gauge", "Event time of the oldest record kept, Unix seconds.",
    unit="Unix seconds", labels=("data",), disclosure=MACHINERY,
)  # fmt: skip
SWEPT: Final = Metric(
    "bellwether_swept_rows", "counter", "Rows deleted because they were old enough.",
    unit="rows", labels=("data",), disclosure=ACTS,
    advice="It rises by little every day. A leap means that somebody shortened a retention.",
)  # fmt: skip
KEPT_SECONDS: Final = Metric(
    "bellwether_kept_seconds", "gauge", "How long records are kept by the settings.",
    unit="seconds", labels=("data",), disclosure=MACHINERY,
)  # fmt: skip

# Only about the whole organisation.
ALERTS: Final = Metric(
    "bellwether_alerts", "gauge", "Person-level alerts by state, of the whole organisation.",
    unit="alerts", labels=("state",), disclosure=OF_ALERTS,
    advice="It is shown only where at least k leaders are watched, and covers the people of a release.",
)  # fmt: skip
ALERT_VERDICTS: Final = Metric(
    "bellwether_alert_verdicts", "gauge", "Alerts by what came of them, of the whole organisation.",
    unit="alerts", labels=("verdict",), disclosure=OF_ALERTS,
    advice="A small share of helpful ones means that the threshold is too low for this organisation: calibrate.",
)  # fmt: skip
ALERTS_FOLLOWED: Final = Metric(
    "bellwether_alerts_followed", "gauge",
    "Alerts of 26 weeks by what followed in 28 days, of the whole organisation.",
    unit="alerts", labels=("outcome",), disclosure=OF_ALERTS,
    advice="Contact that did not come may be a success: somebody was heard in time.",
)  # fmt: skip
ALERT_LEAD: Final = Metric(
    "bellwether_alert_lead_seconds", "gauge",
    "Median time from an alert to unsolicited contact past the leader, in whole days; NaN where it cannot be told.",
    unit="seconds", labels=("signal",), disclosure=ALERT_DAYS,
)  # fmt: skip
WEBHOOK_WAITING: Final = Metric(
    "bellwether_webhook_waiting_messages", "gauge", "Webhook messages to tools that are not delivered yet.",
    unit="messages", disclosure=ACTS,
    advice="It rises when a receiver is down. Attempts are repeated for some three days.",
)  # fmt: skip
WEBHOOK_ATTEMPTS: Final = Metric(
    "bellwether_webhook_attempts", "counter", "Attempts to deliver a webhook message to a tool.",
    unit="attempts", labels=("outcome",), disclosure=ACTS,
    advice="What is sent to partners is counted nowhere.",
)  # fmt: skip
WEBHOOK_SECONDS: Final = Metric(
    "bellwether_webhook_seconds", "histogram", "Time of one attempt to deliver to a tool.",
    unit="seconds", disclosure=ACTS,
)  # fmt: skip

API_REQUESTS: Final = Metric(
    "bellwether_api_requests", "counter", "Requests by operation and status.",
    unit="requests", labels=("operation", "status"), disclosure=FAULTS,
)  # fmt: skip
API_SECONDS: Final = Metric(
    "bellwether_api_request_seconds", "histogram", "Time to answer a request.",
    unit="seconds", labels=("operation",), disclosure=FAULTS,
)  # fmt: skip

WRONG_CREDENTIALS: Final = Metric(
    "bellwether_wrong_credentials", "counter", "Keys and tokens that were not accepted.",
    unit="credentials", labels=("outcome",), disclosure=FAULTS,
    advice="`refused` ones were looked at, `not-tried` ones came when there had been too many: somebody guesses, or a "
    "program goes on with a key that has expired.",
)  # fmt: skip
HTTP_ENDED: Final = Metric(
    "bellwether_http_ended_connections", "counter", "Connections that were ended before their request was answered.",
    unit="connections", labels=("reason",), disclosure=TRAFFIC,
    advice="`too-many`: raise BELLWETHER_CONNECTIONS, or find who opens so many. `slow-...`: clients that begin and do "
    "not go on.",
)  # fmt: skip

METRICS: Final[tuple[Metric, ...]] = tuple(each for each in list(globals().values()) if isinstance(each, Metric))
"""All of the above, in their order."""
