"""GET /v1/subjects/{subject}/evidence: what the latest readings of a subject rest on."""

from typing import Annotated, Any, Final

from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from services.api.auth.gate import CurrentVisit
from services.api.endpoint import Endpoint
from services.api.formats.catalogue import SignalName
from services.api.formats.fields import (
    EXAMPLE_AS_OF,
    EXAMPLE_CHAIN,
    Action,
    Band,
    Confidence,
    Instant,
    SubjectText,
    Week,
)
from services.api.formats.pages import answer
from services.api.formats.subject_names import subject_text
from services.api.formats.weeks import instant_text, week_text
from services.api.problems.kinds import NOT_FOUND, ProblemError
from services.api.routes.subjects import SubjectParameter, readable_subject, rows_by_person
from shared.domain.evidence.reading import SubjectKind
from shared.domain.evidence.suggested_actions import ACTIONS, action_text
from shared.domain.evidence.weighing import window_start
from shared.domain.privacy.roles import Mode, Permission
from shared.domain.signals import SIGNAL_BY_NAME, signal_names
from shared.storage.readings.factors import read_factors
from shared.storage.readings.found import FoundEvidence
from shared.storage.readings.store import key_columns


class EvidenceQuery(BaseModel):
    """Which evidence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    signal: Annotated[SignalName | None, Field(description="Only this signal.")] = None


class FactorModel(TypedDict):
    """One thing that was measured, over how many observations, what it added to the score, and what if it had not."""

    name: str
    value: float
    count: int
    contribution: float
    what_if: Annotated[
        float | None,
        Field(description="The reading's value if this factor were at its reference; null where not known."),
    ]


class Window(TypedDict):
    """The days that a reading looks at; what came before is its baseline."""

    days: int
    start: Instant
    end: Instant


class EvidenceReading(TypedDict):
    """The latest reading of a signal with everything that made it."""

    signal: str
    title: str
    unit: str
    value: float
    confidence: Confidence
    band: Band
    week: Week
    as_of: Instant
    window: Window
    factors: list[FactorModel]
    action: Action
    meaning: Annotated[str, Field(description="What the signal means.")]
    caution: Annotated[str, Field(description="What it does not mean.")]
    model_version: str


class Evidence(TypedDict):
    """Everything the latest readings of a subject rest on, in the order of the catalogue."""

    subject: SubjectText
    kind: SubjectKind
    people: list[str]
    data: list[EvidenceReading]


_EXAMPLE: Final[dict[str, Any]] = {
    "subject": EXAMPLE_CHAIN["subject"],
    "kind": "chain",
    "people": ["ada", "grace", "katherine"],
    "data": [
        {
            "signal": "unheard", "title": "Unheard asks", "unit": "asks", "value": 3.4, "confidence": 0.75,
            "band": "high", "week": "2026-W07", "as_of": EXAMPLE_AS_OF,
            "window": {"days": 28, "start": "2026-01-19T00:00:00Z", "end": EXAMPLE_AS_OF},
            "factors": [
                {"name": "open_asks", "value": 5.0, "count": 5, "contribution": 2.9, "what_if": None},
                {"name": "one_on_ones_called_off", "value": 3.0, "count": 3, "contribution": 0.5, "what_if": None},
            ],
            "action": {
                "key": "close_the_loop",
                "text": "Close the loop on 5 open asks, the oldest 12 days old; acknowledge first, then add.",
            },
            "meaning": "How many asks of a person to their leader wait or were dropped.",
            "caution": "It does not mean that the leader ignores anybody.",
            "model_version": "1",
        }
    ],
}  # fmt: skip


@Endpoint(
    "GET",
    "/v1/subjects/{subject:path}/evidence",
    id="readEvidence",
    permission=Permission.READ_PEOPLE,
    mode=Mode.CASE,
    summary="What the latest readings of a subject rest on",
    tag="readings",
    model=Evidence,
    example=_EXAMPLE,
    problems=(NOT_FOUND,),
)
async def read_evidence(
    request: Request,
    visit: CurrentVisit,
    subject: SubjectParameter,
    query: Annotated[EvidenceQuery, Query()],
) -> Response:
    """The latest reading of every signal of a subject, or of one signal, with its factors."""
    named = readable_subject(subject, visit.backend)
    rows = await visit.read_of_people(
        lambda connection: visit.backend.reads.evidence(
            connection,
            people=key_columns(named),
            signals=[query.signal] if query.signal else signal_names(named.kind),
            viewer=visit.viewer,
        ),
        people=lambda rows: rows_by_person(named, rows),
    )
    if not rows:
        raise ProblemError(NOT_FOUND)
    order = list(SIGNAL_BY_NAME)
    body: Evidence = {
        "subject": subject_text(named.kind, *named.parts),
        "kind": named.kind,
        "people": list(named.people),
        "data": [_explained(row) for row in sorted(rows, key=lambda row: order.index(row.signal))],
    }
    return answer(request, body, store=False)


def _explained(row: FoundEvidence) -> EvidenceReading:
    signal = SIGNAL_BY_NAME[row.signal]
    factors = read_factors(row.factors)
    # A reading of an older model may name an action that is not suggested any more.
    action = row.action if row.action in ACTIONS else signal.action
    return {
        "signal": signal.name,
        "title": signal.title,
        "unit": signal.unit,
        "value": row.value,
        "confidence": row.confidence,
        "band": row.band,
        "week": week_text(row.week),
        "as_of": instant_text(row.as_of),
        "window": {
            "days": signal.window_days,
            "start": instant_text(window_start(row.as_of, signal.window_days)),
            "end": instant_text(row.as_of),
        },
        "factors": [
            {
                "name": each.name,
                "value": each.value,
                "count": each.count,
                "contribution": each.contribution,
                "what_if": each.what_if,
            }
            for each in factors
        ],
        "action": {"key": action, "text": action_text(action, factors)},
        "meaning": signal.meaning,
        "caution": signal.caution,
        "model_version": row.model_version,
    }
