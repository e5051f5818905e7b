"""A table of the subjects most at risk, with the reasons and what to try."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from shared.domain.evidence.reading import Factor, SubjectKind
from shared.domain.evidence.suggested_actions import action_text
from shared.domain.privacy.sanitise import sanitise
from shared.domain.signals import SIGNAL_BY_NAME
from shared.storage.readings.top_risks import TopRisk

_FACTORS_SHOWN: Final = 3
_HEADS: Final[Mapping[SubjectKind, str]] = {
    "pair": "who",
    "chain": "person > leader > above",
    "ticket": "ticket",
    "leader": "leader",
    "series": "host: meeting series",
    "team": "team",
    "organisation": "organisation",
}
_JOINTS: Final[Mapping[SubjectKind, str]] = {"pair": " and ", "chain": " > ", "series": ": series "}
_STYLES: Final = ("green", "yellow", "red")  # of bands, best to worst; whatever lies between is yellow


def top_table(signal: str, readings: Iterable[TopRisk]) -> Table:
    """A table of readings of one signal. Raises KeyError for an unknown signal."""
    known = SIGNAL_BY_NAME[signal]
    table = Table(title=f"{known.title} ({known.unit})", title_justify="left", show_lines=True)
    table.add_column(_HEADS[known.kind], ratio=3, overflow="fold")
    table.add_column("value", justify="right")
    table.add_column("band")
    table.add_column("because", ratio=4)
    table.add_column("try", ratio=4)
    for each in readings:
        table.add_row(
            Text(_title(known.kind, each.subject)),
            f"{each.value:.3g}",
            Text(each.band, style=_style(each.band, known.bands.names)),
            Text("\n".join(reasons(signal, each.factors))),
            Text(action_text(each.action, each.factors)),
        )
    return table


def reasons(signal: str, factors: Sequence[Factor]) -> list[str]:
    """The factors that made a reading worse, largest first; any, where the signal does not say what each adds.

    Raises KeyError for an unknown signal.
    """
    worse = -1 if SIGNAL_BY_NAME[signal].bands.descending else 1
    worsening = [factor for factor in factors if worse * factor.contribution > 0]
    largest = sorted(worsening, key=lambda factor: (-abs(factor.contribution), factor.name))
    return [_reason(factor) for factor in (largest or factors)[:_FACTORS_SHOWN]]


def _title(kind: SubjectKind, parts: Sequence[str]) -> str:
    """A subject in one line. Control characters in names are removed, as they could move the cursor."""
    return "the whole organisation" if kind == "organisation" else _JOINTS.get(kind, "").join(map(sanitise, parts))


def _reason(factor: Factor) -> str:
    name = factor.name.replace("_", " ")
    added = f" ({factor.contribution:+.2g})" if factor.contribution else ""
    return f"{name} {factor.value:.3g}{added}"


def _style(band: str, names: Sequence[str]) -> str:
    if band == names[0]:
        return _STYLES[0]
    return _STYLES[2] if band == names[-1] else _STYLES[1]
