"""The page of signals in Markdown, from the registry. Equal code and figures give equal bytes."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from shared.domain.evidence.reading import SubjectKind
from shared.domain.evidence.suggested_actions import ACTIONS
from shared.domain.signals import SIGNALS
from shared.domain.signals.signal import Signal

Figures = Mapping[str, Mapping[str, float | None]]
"""Measured figures by signal and name."""

_SUBJECTS: Final[Mapping[SubjectKind, str]] = {
    "pair": "two people",
    "chain": "a person, their leader and their leader's leader",
    "ticket": "an open ticket",
    "leader": "a leader",
    "series": "a recurring meeting of at least three, by its host",
    "team": "a team of at least k people with ties to at least k others",
    "organisation": "the whole organisation",
}
_WHO_SEES: Final[Mapping[SubjectKind, str]] = {
    "pair": "the two, in mode self, but not who ever led the other; others named only in case mode, with a purpose and "
    "an audit entry; otherwise in cells of k people a side",
    "chain": "named only in case mode, with a purpose and an audit entry, and never by the leader concerned",
    "ticket": "named only in case mode, with a purpose and an audit entry; otherwise in cells of at least k holders",
    "leader": "the leader, in mode self; others named only in case mode, with a purpose and an audit entry; otherwise "
    "in cells of at least k leaders",
    "series": "named only in case mode, with a purpose and an audit entry; otherwise in cells of at least k hosts",
    "team": "as a cell, for whoever may see cells",
    "organisation": "as a cell, for whoever may see cells",
}
_INTRODUCTION: Final = """# Signals

Generated from the registry by `make generate`. Every reading carries the factors that made it, with counts, the ends of
its 80% band where they can be told (`low_80`, `high_80`), and something to do. The contributions of the factors sum to
L (or eta, or the value itself), to 1e-9. `clip(x, a, b)` holds x between a and b; `z(x)` is the distance of a shrunk
share or mean from what is expected of it, in spreads, held within three.

Readings use events of the last 16 weeks: 28 days against the 84 before them. A reading with too few observations, or
with a band wider than it may be, is marked `insufficient`: not enough evidence.

| signal | about | unit |
|---|---|---|
"""


def figures(evaluation: Path) -> Figures:
    """Figures of the evaluation; none where it was not run. Raises msgspec.DecodeError for a file that is not JSON."""
    if not evaluation.is_file():
        return {}
    found: Figures = msgspec.json.decode(evaluation.read_bytes()).get("signals", {})
    return found


def page(measured: Figures) -> str:
    """The whole page."""
    rows = "".join(
        f"| [{signal.title}](#{_anchor(signal.title)}) | {_SUBJECTS[signal.kind]} | {signal.unit} |\n"
        for signal in SIGNALS
    )
    return _INTRODUCTION + rows + "".join(_section(signal, measured.get(signal.name, {})) for signal in SIGNALS)


def _section(signal: Signal, measured: Mapping[str, float | None]) -> str:
    lines = [
        f"`{signal.name}`, model {signal.model_version}: {_SUBJECTS[signal.kind]}, over {signal.window_days} days.",
        f"**It means.** {signal.meaning}",
        f"**It does not mean.** {signal.caution}",
        f"**Formula.** {signal.formula}",
        f"**Made from.** {'; '.join(signal.inputs)}.",
        f"**Bands.** {_bands(signal)}",
        f"**Evidence.** {signal.evidence}",
        f"**Measured.** {_figures(measured)}",
        f"**Source.** {signal.source}",
        f"**Suggests.** {ACTIONS[signal.action]}",
        f"**Who sees it.** {_WHO_SEES[signal.kind].capitalize()}.",
    ]
    return f"\n## {signal.title}\n\n" + "\n\n".join(lines) + "\n"


def _bands(signal: Signal) -> str:
    return "; ".join(_ranges(signal)) + f"; insufficient: {_least(signal)}."


def _ranges(signal: Signal) -> Iterator[str]:
    limits = [f"{limit:.3g}" for limit in signal.bands.limits]
    beyond = "below" if signal.bands.descending else "above"
    upto = "from" if signal.bands.descending else "up to"
    for name, limit in zip(signal.bands.names, [*limits, None], strict=True):
        yield f"{name}: {beyond} {limits[-1]}" if limit is None else f"{name}: {upto} {limit}"


def _least(signal: Signal) -> str:
    few = f"fewer than {signal.floor} observations"
    return few if signal.widest is None else f"{few}, or an 80% band wider than {signal.widest:g} {signal.unit}"


def _figures(measured: Mapping[str, float | None]) -> str:
    if not measured:
        return "Not on labelled data."
    told = (
        f"{name.replace('_', ' ')} {'not measurable' if value is None else format(value, '.3g')}"
        for name, value in measured.items()
    )
    return f"{', '.join(told)} (see [the evaluation](evaluation.md))."


def _anchor(title: str) -> str:
    """The anchor that Markdown gives a heading."""
    return "".join(each for each in title.lower().replace(" ", "-") if each.isalnum() or each == "-")
