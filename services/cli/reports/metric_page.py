"""The page of metrics in Markdown, from their declarations. Equal code gives equal bytes."""

from typing import Final

from services.cli.reports.markdown import table
from shared.telemetry.names import METRICS, Metric

_INTRODUCTION: Final = """# Metrics

Generated from the declarations in `shared/telemetry/names.py` by `make generate`. Every service answers at `/metrics`.
No label names a person or a pair: cohorts are teams of at least k people. Without the token of the scrape only what
tells of machinery and traffic is shown, and to the machine itself alone
([why](../SECURITY.md#what-metrics-tell-of-peoples-doings)).
"""


def page() -> str:
    """The whole page, in the order of the declarations."""
    rows = (
        (
            f"`{_exposed(each)}`",
            each.kind,
            each.unit,
            ", ".join(each.labels),
            each.disclosure.kind,
            f"{each.help}{each.disclosure.described} {each.advice}".strip(),
        )
        for each in METRICS
    )
    return "\n".join([_INTRODUCTION, *table(("metric", "kind", "unit", "labels", "tells of", "meaning"), rows), ""])


def _exposed(metric: Metric) -> str:
    return f"{metric.name}_total" if metric.kind == "counter" else metric.name
