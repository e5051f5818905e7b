"""GET /v1/signals: the catalogue, made from the registry. No signal is named by hand."""

from functools import cache
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import Request, Response
from pydantic import Field
from typing_extensions import TypedDict

from services.api.endpoint import Endpoint
from services.api.formats.fields import Action
from services.api.formats.pages import answer_bytes
from shared.domain.evidence.reading import SubjectKind
from shared.domain.evidence.suggested_actions import ACTIONS
from shared.domain.privacy.roles import Permission
from shared.domain.signals import SIGNALS
from shared.domain.signals.signal import Signal


class BandLimits(TypedDict):
    """A band, from best to worst, and the value that ends it; the worst has no end."""

    name: str
    limit: float | None


class SignalModel(TypedDict):
    """A signal of the catalogue."""

    name: str
    title: str
    kind: SubjectKind
    unit: str
    window_days: int
    bands: list[BandLimits]
    worse_when: Literal["smaller", "larger"]
    least_observations: Annotated[int, Field(description="With fewer, the band is `insufficient`.")]
    meaning: str
    caution: Annotated[str, Field(description="What it does not mean.")]
    formula: str
    inputs: Annotated[list[str], Field(description="Facts that it is made from.")]
    evidence: Annotated[str, Field(description="Why it should be believed, and what is not known.")]
    source: Annotated[str, Field(description="Where the formula comes from.")]
    action: Action


class SignalList(TypedDict):
    """All signals, in the order they build on each other."""

    data: list[SignalModel]


_EXAMPLE: Final[dict[str, Any]] = {
    "data": [
        {
            "name": "relationship_health", "title": "Relationship health", "kind": "pair", "unit": "points",
            "window_days": 28,
            "bands": [
                {"name": "healthy", "limit": 60.0},
                {"name": "watch", "limit": 40.0},
                {"name": "strained", "limit": None},
            ],
            "worse_when": "smaller", "least_observations": 5,
            "meaning": "How well the working relationship is kept up, from 0 to 100.",
            "caution": "It describes traces of work, not people.",
            "formula": "L = 1 + .25 friction + ...; value = 100 / (1 + e^-L).",
            "inputs": ["the other signals of the pair"],
            "evidence": "The weights are centred on the literature.",
            "source": "Additive logistic score.",
            "action": {"key": "keep_going", "text": "Nothing to repair."},
        }
    ]
}  # fmt: skip


@Endpoint(
    "GET",
    "/v1/signals",
    id="listSignals",
    permission=Permission.READ_SIGNALS,
    summary="List the signals and what they mean",
    tag="signals",
    model=SignalList,
    example=_EXAMPLE,
)
async def list_signals(request: Request) -> Response:
    """The whole catalogue."""
    return answer_bytes(request, _catalogue(), store=True)


@cache  # the registry does not change while a process runs
def _catalogue() -> bytes:
    catalogue: SignalList = {"data": [_described(signal) for signal in SIGNALS]}
    return msgspec.json.encode(catalogue)


def _described(signal: Signal) -> SignalModel:
    limits = [*signal.bands.limits, None]
    return {
        "name": signal.name,
        "title": signal.title,
        "kind": signal.kind,
        "unit": signal.unit,
        "window_days": signal.window_days,
        "bands": [{"name": name, "limit": limit} for name, limit in zip(signal.bands.names, limits, strict=True)],
        "worse_when": "smaller" if signal.bands.descending else "larger",
        "least_observations": signal.floor,
        "meaning": signal.meaning,
        "caution": signal.caution,
        "formula": signal.formula,
        "inputs": list(signal.inputs),
        "evidence": signal.evidence,
        "source": signal.source,
        "action": {"key": signal.action, "text": ACTIONS[signal.action]},
    }
