"""Queries for every signal of the registry, and how its numbers are shown."""

from typing import Final

from dashboards.page import TEAM
from dashboards.panels import Scale
from dashboards.promql import Where, cell
from shared.domain.organisation.hierarchy import ORGANISATION
from shared.domain.signals import SIGNALS
from shared.domain.signals.signal import Bands, Signal
from shared.telemetry import names

WHOLE: Final[Where] = {"cohort": f'="{ORGANISATION}"'}
TEAMS: Final[Where] = {"cohort": f'!="{ORGANISATION}"'}
# From best to worst; people who do not tell red from green can tell these apart.
COLOURS: Final = ("blue", "yellow", "orange", "red")
# Units that Grafana knows how to write; any other unit is put behind the number.
_SCALES: Final = {
    "points": Scale(unit="none", low=0.0, high=100.0, decimals=0),
    "probability": Scale(unit="percentunit", low=0.0, decimals=1),
}
SHARE: Final = Scale(unit="percentunit", low=0.0, high=1.0, decimals=0)

PAIR_SIGNALS: Final = tuple(signal for signal in SIGNALS if signal.kind == "pair")
CHAIN_SIGNALS: Final = tuple(signal for signal in SIGNALS if signal.kind == "chain")


def kind_of(signal: Signal) -> str:
    """The kind of subject of a signal, as a text: a kind that the registry does not have yet is compared too."""
    return signal.kind


def scale_of(signal: Signal) -> Scale:
    """Unit, range and the colours of a signal's bands."""
    plain = _SCALES.get(signal.unit, Scale(unit=f"suffix: {signal.unit}", low=0.0, decimals=1))
    return Scale(plain.unit, _steps(signal.bands), plain.low, plain.high, plain.decimals)


def band_colours(bands: Bands) -> list[str]:
    """A colour for each band, in the order of the bands."""
    last = len(bands.names) - 1
    return [COLOURS[round(index * (len(COLOURS) - 1) / max(last, 1))] for index in range(last + 1)]


def mean(signal: Signal, where: Where = TEAM, *, ago: str = "") -> str:
    """A signal's mean by cohort."""
    return cell(names.SIGNAL_MEAN, where={"signal": f'="{signal.name}"', **where}, ago=ago)


def share(signal: Signal, band: str, where: Where = TEAM, *, by: tuple[str, ...] = ("cohort",), ago: str = "") -> str:
    """Share of a band by cohort."""
    wanted = {"signal": f'="{signal.name}"', "band": f'="{band}"', **where}
    return cell(names.SIGNAL_SHARE, by=by, where=wanted, ago=ago)


def worst(signal: Signal) -> str:
    """The band to worry about."""
    return signal.bands.names[-1]


def worsening(signal: Signal, where: Where = TEAM, *, ago: str = "$window", until: str = "") -> str:
    """How much worse the mean of a cohort became, in widths of the signal's middle band. Below zero it became better.

    This compares signals of different units: 1 is the distance from the edge of the best band to that of the worst. It
    is the change from `ago` to now, or to the time that is `until` back.
    """
    now, then = mean(signal, where, ago=until), mean(signal, where, ago=ago)
    change = f"({then} - {now})" if signal.bands.descending else f"({now} - {then})"
    return f"{change} / {band_width(signal):.6g}"


def band_width(signal: Signal) -> float:
    """The distance from the edge of the best band to the edge of the worst; with two bands, to zero."""
    return signal.bands.width


def factors(signal: Signal, *, where: Where = TEAM, matching: str = ".+", by: tuple[str, ...] = ("factor",)) -> str:
    """Means of the factors of a signal."""
    wanted = {"signal": f'="{signal.name}"', "factor": f'=~"{matching}"', **where}
    return cell(names.SIGNAL_FACTOR, by=by, where=wanted)


def text_of(signal: Signal) -> str:
    """What a signal means and what it does not, for the description of a panel."""
    return f"{signal.meaning}\n\nWhat it does not mean: {signal.caution}"


def _steps(bands: Bands) -> tuple[tuple[float | None, str], ...]:
    """Colour steps, going up, of a signal's bands; when small values are bad the colours run the other way."""
    colours = band_colours(bands)
    # Six digits, so that the last bit of a computed limit cannot differ between machines.
    limits = [float(f"{limit:.6g}") for limit in bands.limits]
    if bands.descending:
        return tuple(zip((None, *reversed(limits)), reversed(colours), strict=True))
    return tuple(zip((None, *limits), colours, strict=True))
