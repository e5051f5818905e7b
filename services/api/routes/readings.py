"""GET /v1/relationships and /v1/escalation-risks: readings of pairs and of chains, worst first."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal, TypeVar

from fastapi import Query, Request, Response
from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from services.api.auth.gate import CurrentVisit, Visit
from services.api.endpoint import Endpoint
from services.api.formats.catalogue import RISK_BY_HORIZON, PairBand, PairSignalName, RiskBand
from services.api.formats.fields import (
    EXAMPLE_AS_OF,
    EXAMPLE_CHAIN,
    EXAMPLE_PAIR,
    Band,
    Confidence,
    Instant,
    NextCursor,
    PersonKey,
    SubjectText,
    Week,
)
from services.api.formats.pages import Cursor, Key, Paging, answer
from services.api.formats.subject_names import subject_text
from services.api.formats.weeks import LIVE, AsOf, instant_text, week_number
from services.api.routes.positions import Position, people_in, position_of
from shared.domain.privacy.roles import Mode, Permission
from shared.domain.signals import SIGNAL_BY_NAME
from shared.domain.signals.relationship_health import RELATIONSHIP_HEALTH
from shared.storage.readings.found import FoundReading
from shared.storage.readings.queries import ReadingFilter, ReadingPosition

T = TypeVar("T")

_RELATIONSHIPS: Final[Cursor[ReadingPosition]] = Cursor("listRelationships", Position)
_RISKS: Final[Cursor[ReadingPosition]] = Cursor("listEscalationRisks", Position)


class RelationshipQuery(Paging):
    """Filters of the relationships."""

    signal: Annotated[PairSignalName, Field(description="Which signal.")] = RELATIONSHIP_HEALTH.name
    band: Annotated[PairBand | None, Field(description="Only readings in this band of the signal.")] = None
    team: Annotated[Key | None, Field(description="Only pairs with a member of this team.")] = None
    person: Annotated[Key | None, Field(description="Only pairs with this person.")] = None
    as_of: AsOf = LIVE


class EscalationRiskQuery(Paging):
    """Filters of the escalation risks."""

    horizon: Annotated[Literal[14, 28], BeforeValidator(int), Field(description="Days ahead.")] = 14
    band: Annotated[RiskBand | None, Field(description="Only this band.")] = None
    team: Annotated[Key | None, Field(description="Only people of this team.")] = None
    min_value: Annotated[float | None, Field(ge=0, le=1, description="Only this probability and higher.")] = None
    as_of: AsOf = LIVE


class Relationship(TypedDict):
    """A reading of a pair."""

    subject: SubjectText
    people: Annotated[list[str], Field(min_length=2, max_length=2)]
    signal: str
    value: float
    confidence: Confidence
    band: Band
    week: Week
    as_of: Instant
    action: Annotated[str, Field(description="Key of the suggested action; the evidence has it in words.")]


class RelationshipPage(TypedDict):
    """Relationships, worst first."""

    data: list[Relationship]
    next_cursor: NextCursor


class EscalationRisk(TypedDict):
    """How likely a person is to go past their leader within the horizon."""

    subject: SubjectText
    person: PersonKey
    leader: PersonKey
    skip_leader: Annotated[str, Field(description="The leader's leader.")]
    horizon_days: Literal[14, 28]
    signal: str
    value: Annotated[float, Field(ge=0, le=1, description="Probability.")]
    confidence: Confidence
    band: Band
    week: Week
    as_of: Instant
    action: str


class EscalationRiskPage(TypedDict):
    """Escalation risks, highest first."""

    data: list[EscalationRisk]
    next_cursor: NextCursor


EXAMPLE_RELATIONSHIP: Final[Mapping[str, Any]] = {
    **EXAMPLE_PAIR, "signal": "relationship_health", "value": 41.2, "confidence": 0.82, "band": "watch",
    "week": "2026-W07", "as_of": EXAMPLE_AS_OF, "action": "close_the_loop",
}  # fmt: skip


@Endpoint(
    "GET",
    "/v1/relationships",
    id="listRelationships",
    permission=Permission.READ_PEOPLE,
    mode=Mode.CASE,
    summary="List relationships, worst first",
    tag="readings",
    model=RelationshipPage,
    example={"data": [EXAMPLE_RELATIONSHIP], "next_cursor": None},
)
async def list_relationships(
    request: Request, visit: CurrentVisit, query: Annotated[RelationshipQuery, Query()]
) -> Response:
    """Readings of pairs."""
    which = ReadingFilter(
        signal=query.signal,
        week=week_number(query.as_of),
        worst_is_least=SIGNAL_BY_NAME[query.signal].bands.descending,
        chain=False,
        band=query.band,
        team=query.team,
        person=visit.backend.pseudonym(query.person) if query.person else None,
    )

    def shown(row: FoundReading) -> Relationship:
        return {
            "subject": subject_text("pair", row.first, row.second),
            "people": [row.first, row.second],
            "signal": query.signal,
            "value": row.value,
            "confidence": row.confidence,
            "band": row.band,
            "week": query.as_of,
            "as_of": instant_text(row.as_of),
            "action": row.action,
        }

    data, cursor = await _read(visit, which, query, _RELATIONSHIPS, shown)
    page: RelationshipPage = {"data": data, "next_cursor": cursor}
    return answer(request, page, store=False)


@Endpoint(
    "GET",
    "/v1/escalation-risks",
    id="listEscalationRisks",
    permission=Permission.READ_PEOPLE,
    mode=Mode.CASE,
    summary="List escalation risks, highest first",
    tag="readings",
    model=EscalationRiskPage,
    example={
        "data": [
            {
                **EXAMPLE_CHAIN, "horizon_days": 14, "signal": "escalation_risk_14d", "value": 0.11,
                "confidence": 0.75, "band": "high", "week": "2026-W07", "as_of": EXAMPLE_AS_OF,
                "action": "close_the_loop",
            }
        ],
        "next_cursor": None,
    },
)  # fmt: skip
async def list_escalation_risks(
    request: Request, visit: CurrentVisit, query: Annotated[EscalationRiskQuery, Query()]
) -> Response:
    """Readings of chains."""
    signal = RISK_BY_HORIZON[query.horizon]
    which = ReadingFilter(
        signal=signal.name,
        week=week_number(query.as_of),
        worst_is_least=signal.bands.descending,
        chain=True,
        band=query.band,
        team=query.team,
        min_value=query.min_value,
    )

    def shown(row: FoundReading) -> EscalationRisk:
        return {
            "subject": subject_text("chain", row.first, row.second, row.third),
            "person": row.first,
            "leader": row.second,
            "skip_leader": row.third,
            "horizon_days": query.horizon,
            "signal": signal.name,
            "value": row.value,
            "confidence": row.confidence,
            "band": row.band,
            "week": query.as_of,
            "as_of": instant_text(row.as_of),
            "action": row.action,
        }

    data, cursor = await _read(visit, which, query, _RISKS, shown)
    page: EscalationRiskPage = {"data": data, "next_cursor": cursor}
    return answer(request, page, store=False)


async def _read(
    visit: Visit,
    which: ReadingFilter,
    query: Paging,
    cursor: Cursor[ReadingPosition],
    shown: Callable[[FoundReading], T],
) -> tuple[list[T], str | None]:
    """The readings of a page in the form of the answer, and the cursor of the next page. They are audited by person."""
    limit = query.limit or visit.backend.settings.page_rows
    after = cursor.read(query, visit.cursors)
    rows, following = await visit.read_of_people(
        lambda connection: cursor.page(
            query,
            visit.backend.reads.readings(connection, which, viewer=visit.viewer, after=after, limit=limit + 1),
            cursors=visit.cursors,
            rows=limit,
            position=position_of,
        ),
        people=lambda page: people_in(page[0]),
    )
    return [shown(row) for row in rows], following
