"""GET /v1/own/readings and /v1/own/audit: readings about the caller themselves, and who read about them."""

from typing import Annotated, Final

from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from services.api.auth.gate import CurrentVisit
from services.api.endpoint import Endpoint
from services.api.formats.fields import Band, Confidence, Instant, SubjectText, Week
from services.api.formats.pages import answer
from services.api.formats.subject_names import subject_text
from services.api.formats.weeks import LIVE, AsOf, instant_text, week_number
from services.api.problems.kinds import FORBIDDEN, ProblemError
from services.api.routes.positions import people_of
from services.api.routes.readings import EXAMPLE_RELATIONSHIP
from shared.domain.privacy.roles import Mode, Permission
from shared.domain.signals import SIGNAL_BY_NAME
from shared.storage.access.audit import looks_at

# Ten signals with a hundred people: more than anybody works with.
_MOST: Final = 1_000


class OwnReadingsQuery(BaseModel):
    """Which of one's own readings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    as_of: AsOf = LIVE


class OwnReading(TypedDict):
    """A reading of the caller alone, or of the caller and one other."""

    subject: SubjectText
    people: list[str]
    signal: str
    value: float
    confidence: Confidence
    band: Band
    week: Week
    as_of: Instant
    action: str


class OwnReadings(TypedDict):
    """What concerns the caller, by signal and people. Nothing that is about going past somebody."""

    data: list[OwnReading]


class Look(TypedDict):
    """A read that told of the caller."""

    at: Instant
    reader: Annotated[str, Field(description="Credential of whoever read.")]
    operation: str
    purpose: str
    rows: Annotated[int, Field(description="How many of the rows told were about the caller.")]


class OwnAudit(TypedDict):
    """Who looked at the caller, latest first. Reads of chains are left out for those who ever led people."""

    data: list[Look]


@Endpoint(
    "GET",
    "/v1/own/readings",
    id="listOwnReadings",
    permission=Permission.READ_OWN,
    mode=Mode.SELF,
    summary="What concerns you yourself",
    tag="own",
    model=OwnReadings,
    example={"data": [EXAMPLE_RELATIONSHIP]},
)
async def list_own_readings(
    request: Request, visit: CurrentVisit, query: Annotated[OwnReadingsQuery, Query()]
) -> Response:
    """Readings of the caller, and of the caller with one other."""
    week = week_number(query.as_of)
    rows = await visit.read_of_people(
        lambda connection: visit.backend.reads.own(connection, week=week, viewer=visit.viewer, limit=_MOST),
        people=lambda rows: people_of((row.first, row.second) for row in rows),
    )
    data: list[OwnReading] = [
        {
            "subject": subject_text(SIGNAL_BY_NAME[row.signal].kind, *filter(None, (row.first, row.second))),
            "people": [person for person in (row.first, row.second) if person],
            "signal": row.signal,
            "value": row.value,
            "confidence": row.confidence,
            "band": row.band,
            "week": query.as_of,
            "as_of": instant_text(row.as_of),
            "action": row.action,
        }
        for row in rows
    ]
    body: OwnReadings = {"data": data}
    return answer(request, body, store=False)


@Endpoint(
    "GET",
    "/v1/own/audit",
    id="listOwnAudit",
    permission=Permission.READ_OWN,
    summary="Who read about you, latest first",
    tag="own",
    model=OwnAudit,
    example={
        "data": [
            {
                "at": "2026-02-18T10:15:00Z", "reader": "5f2c9a1e", "operation": "listRelationships",
                "purpose": "relationship-support", "rows": 2,
            }
        ]
    },
)  # fmt: skip
async def list_own_audit(request: Request, visit: CurrentVisit) -> Response:
    """Audit entries that name the caller."""
    person = visit.principal.person
    if person is None:
        raise ProblemError(FORBIDDEN)
    looks = await visit.read(lambda connection: looks_at(connection, person, limit=_MOST))
    data: list[Look] = [
        {
            "at": instant_text(look.at),
            "reader": look.key_id,
            "operation": look.operation,
            "purpose": look.purpose,
            "rows": look.rows,
        }
        # Without the number of the entry: a gap would tell what was found about others.
        for look in looks
    ]
    body: OwnAudit = {"data": data}
    return answer(request, body, store=False)
