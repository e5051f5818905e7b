"""/v1/cases: who may read about named people, for what, until when, and who allowed it."""

from typing import Annotated, Any, Final

from fastapi import Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from services.api.auth.gate import CurrentVisit
from services.api.endpoint import Endpoint
from services.api.formats.fields import Instant
from services.api.formats.pages import Key, answer, changed
from services.api.formats.weeks import instant_text
from services.api.problems.kinds import CASE_MODE_OFF, CONFLICTING_CASE, NOT_FOUND, ProblemError
from shared.domain.privacy.roles import LONGEST_CASE_SECONDS, Mode, Permission, Purpose
from shared.storage.access.cases import Case, close_case, list_cases, open_case

_HOUR_SECONDS: Final = 3_600


class NewCase(BaseModel):
    """What is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    partner: Annotated[Key, Field(description="Person who will read in the case.")]
    purpose: Annotated[
        Purpose, Field(json_schema_extra={"enum": sorted(each.value for each in Purpose if each != Purpose.OWN_DATA)})
    ]
    hours: Annotated[int, Field(ge=1, le=LONGEST_CASE_SECONDS // _HOUR_SECONDS, description="How long it is open.")]


class CaseModel(TypedDict):
    """Time-limited permission for one partner to read about named people."""

    case: str
    partner: Annotated[str, Field(description="Who may read: a person, or an API key that is nobody's.")]
    purpose: str
    opened_by: Annotated[str, Field(description="Never the partner.")]
    opened_at: Instant
    expires_at: Instant
    closed_at: Annotated[Instant | None, Field(description="Null unless it was closed before it expired.")]
    open: bool


class CaseList(TypedDict):
    """Cases, newest first: one's own, or all for those who open or audit them."""

    data: list[CaseModel]


_EXAMPLE: Final[dict[str, Any]] = {
    "case": "case_0123456789abcdef", "partner": "hedy", "purpose": "relationship-support", "opened_by": "joan",
    "opened_at": "2026-02-16T09:00:00Z", "expires_at": "2026-02-18T09:00:00Z", "closed_at": None, "open": True,
}  # fmt: skip
_CLOSED_EXAMPLE: Final[dict[str, Any]] = _EXAMPLE | {"closed_at": "2026-02-17T16:30:00Z", "open": False}


@Endpoint(
    "GET",
    "/v1/cases",
    id="listCases",
    permission=Permission.READ_CASES,
    summary="List cases, newest first",
    tag="cases",
    model=CaseList,
    example={"data": [_EXAMPLE, _CLOSED_EXAMPLE]},
)
async def get_cases(request: Request, visit: CurrentVisit) -> Response:
    """Partners see their own cases. Whoever opens or audits cases sees all."""
    principal = visit.principal
    all_cases = principal.permissions & {Permission.OPEN_CASES, Permission.READ_AUDIT}
    partner = None if all_cases else principal.name
    found = await visit.read(lambda connection: list_cases(connection, partner=partner))
    body: CaseList = {"data": [_shown(case, visit.now) for case in found]}
    return answer(request, body, store=False)


@Endpoint(
    "POST",
    "/v1/cases",
    id="openCase",
    permission=Permission.OPEN_CASES,
    summary="Open a case for a partner",
    tag="cases",
    model=CaseModel,
    example=_EXAMPLE,
    status=201,
    problems=(CASE_MODE_OFF, CONFLICTING_CASE),
)
async def post_case(new: NewCase, visit: CurrentVisit) -> Response:
    """Open a case for somebody else. Nobody opens one for themselves."""
    backend = visit.backend
    if not backend.settings.mode.includes(Mode.CASE):
        raise ProblemError(CASE_MODE_OFF)
    opener = visit.principal.person
    partner = backend.pseudonym(new.partner)
    if opener is None or partner == opener or new.purpose is Purpose.OWN_DATA:
        raise ProblemError(CONFLICTING_CASE)
    case = await visit.write(
        lambda connection: open_case(
            connection,
            partner=partner,
            purpose=new.purpose,
            opened_by=opener,
            now=visit.now,
            lifetime_seconds=new.hours * _HOUR_SECONDS,
        )
    )
    return changed(_shown(case, visit.now), status=201)


@Endpoint(
    "POST",
    "/v1/cases/{case}/close",
    id="closeCase",
    permission=Permission.OPEN_CASES,
    summary="Close a case",
    tag="cases",
    model=CaseModel,
    example=_CLOSED_EXAMPLE,
    problems=(NOT_FOUND,),
)
async def post_close(case: Annotated[Key, Path(examples=["case_0123456789abcdef"])], visit: CurrentVisit) -> Response:
    """Close a case from now on."""
    closed = await visit.write(
        lambda connection: close_case(connection, case, closed_by=visit.principal.name, now=visit.now)
    )
    if closed is None:
        raise ProblemError(NOT_FOUND)
    return changed(_shown(closed, visit.now))


def _shown(case: Case, now: int) -> CaseModel:
    return {
        "case": case.id,
        "partner": case.partner,
        "purpose": case.purpose.value,
        "opened_by": case.opened_by,
        "opened_at": instant_text(case.opened_at),
        "expires_at": instant_text(case.expires_at),
        "closed_at": None if case.closed_at is None else instant_text(case.closed_at),
        "open": case.open(now),
    }
