"""GET /v1/subjects/{subject}/history: one signal of a subject over time."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec
from fastapi import Query, Request, Response
from pydantic import Field
from sqlalchemy.engine import Connection
from typing_extensions import TypedDict

from services.api.auth.gate import CurrentVisit
from services.api.endpoint import Endpoint
from services.api.formats.catalogue import SignalName
from services.api.formats.fields import (
    EXAMPLE_AS_OF,
    EXAMPLE_PAIR,
    Band,
    Confidence,
    Instant,
    NextCursor,
    SubjectText,
    Week,
)
from services.api.formats.pages import Cursor, Paging, answer
from services.api.formats.subject_names import subject_text
from services.api.formats.weeks import instant_text, week_text
from services.api.problems.kinds import NOT_FOUND, ProblemError
from services.api.routes.subjects import SubjectParameter, readable_subject, rows_by_person
from shared.domain.evidence.reading import HIGH, LOW
from shared.domain.privacy.roles import Mode, Permission
from shared.domain.week import LIVE_WEEK
from shared.storage.readings.factors import read_factors
from shared.storage.readings.found import FoundPoint
from shared.storage.readings.store import key_columns

_CURSOR: Final[Cursor[int]] = Cursor("readHistory", Annotated[int, msgspec.Meta(ge=-LIVE_WEEK, le=LIVE_WEEK)])


class HistoryQuery(Paging):
    """Which history."""

    signal: Annotated[SignalName, Field(description="Which signal.")]


class HistoryPoint(TypedDict):
    """A reading of the past, or the live one."""

    week: Week
    as_of: Instant
    value: float
    low_80: Annotated[float | None, Field(description="Lower end of the value's 80% band; null where not known.")]
    high_80: Annotated[float | None, Field(description="Upper end of it.")]
    confidence: Confidence
    band: Band


class HistoryPage(TypedDict):
    """Readings of one subject and signal, latest first; the live one, if any, leads."""

    subject: SubjectText
    signal: str
    data: list[HistoryPoint]
    next_cursor: NextCursor


_EXAMPLE: Final[dict[str, Any]] = {
    "subject": EXAMPLE_PAIR["subject"],
    "signal": "relationship_health",
    "data": [
        {
            "week": "live", "as_of": "2026-02-18T10:15:00Z", "value": 40.6, "low_80": 33.1, "high_80": 48.5,
            "confidence": 0.81, "band": "watch",
        },
        {
            "week": "2026-W07", "as_of": EXAMPLE_AS_OF, "value": 41.2, "low_80": None, "high_80": None,
            "confidence": 0.82, "band": "watch",
        },
    ],
    "next_cursor": None,
}  # fmt: skip


@Endpoint(
    "GET",
    "/v1/subjects/{subject:path}/history",
    id="readHistory",
    permission=Permission.READ_PEOPLE,
    mode=Mode.CASE,
    summary="Weekly readings of a subject, latest first",
    tag="readings",
    model=HistoryPage,
    example=_EXAMPLE,
    problems=(NOT_FOUND,),
)
async def read_history(
    request: Request,
    visit: CurrentVisit,
    subject: SubjectParameter,
    query: Annotated[HistoryQuery, Query()],
) -> Response:
    """The page that is asked for. The live reading, if there is one, comes first."""
    named, limit = readable_subject(subject, visit.backend), query.limit or visit.backend.settings.page_rows
    context = (str(named),)
    before = _CURSOR.read(query, visit.cursors, *context)

    def find(connection: Connection) -> tuple[Sequence[FoundPoint], str | None]:
        found = visit.backend.reads.history(
            connection,
            people=key_columns(named),
            signal=query.signal,
            viewer=visit.viewer,
            before=before,
            limit=limit + 1,
        )
        return _CURSOR.page(
            query, found, cursors=visit.cursors, rows=limit, position=lambda row: row.week, context=context
        )

    rows, cursor = await visit.read_of_people(find, people=lambda page: rows_by_person(named, page[0]))
    if not rows and before is None:
        raise ProblemError(NOT_FOUND)
    page: HistoryPage = {
        "subject": subject_text(named.kind, *named.parts),
        "signal": query.signal,
        "data": [_point(row) for row in rows],
        "next_cursor": cursor,
    }
    return answer(request, page, store=False)


def _point(row: FoundPoint) -> HistoryPoint:
    ends = {each.name: each.value for each in read_factors(row.factors) if each.name in (LOW, HIGH)}
    return {
        "week": week_text(row.week),
        "as_of": instant_text(row.as_of),
        "value": row.value,
        "low_80": ends.get(LOW),
        "high_80": ends.get(HIGH),
        "confidence": row.confidence,
        "band": row.band,
    }
