"""/v1/cases: who may read about whom, for what, until when, and who allowed it."""

import logging
from typing import Annotated, Any, Final

from fastapi import Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.engine import Connection
from typing_extensions import TypedDict

from services.api.auth.gate import CurrentVisit, Visit
from services.api.endpoint import Endpoint
from services.api.formats.fields import Instant, PersonKey
from services.api.formats.pages import Key, answer, changed
from services.api.formats.weeks import instant_text
from services.api.problems.kinds import CASE_MODE_OFF, CONFLICTING_CASE, INVALID, NOT_FOUND, ProblemError
from shared.domain.privacy.cases import MOST_REASON_CHARACTERS, CaseRuleError, CaseState, CaseSubjectKind
from shared.domain.privacy.roles import LONGEST_CASE_SECONDS, Mode, Permission, Purpose, Role
from shared.storage.access import cases
from shared.storage.access.cases import Case

_HOUR_SECONDS: Final = 3_600
BREAK_GLASS: Final = "breakGlass"
"""Operation in the audit of those whom somebody gave themselves leave to read about."""
_log: Final = logging.getLogger("bellwether.api")

CaseParameter = Annotated[Key, Path(examples=["case_0123456789abcdef"])]


class CaseSubject(BaseModel):
    """Whom a case is about."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Annotated[
        CaseSubjectKind,
        Field(description="A person; the chains under a leader; or everybody in a unit, with a reason."),
    ]
    key: Annotated[Key, Field(description="Of the person, the leader or the team; `organisation` is everybody.")]


class NewCase(BaseModel):
    """What is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    partner: Annotated[Key, Field(description="Person who will read in the case.")]
    purpose: Annotated[
        Purpose, Field(json_schema_extra={"enum": sorted(each.value for each in Purpose if each != Purpose.OWN_DATA)})
    ]
    subject: CaseSubject
    hours: Annotated[int, Field(ge=1, le=LONGEST_CASE_SECONDS // _HOUR_SECONDS, description="How long it is open.")]
    reason: Annotated[
        str,
        Field(
            max_length=MOST_REASON_CHARACTERS,
            pattern=r"^[^\x00-\x1f\x7f]*$",
            description="Why about so many, or why at once. Name nobody. Needed for a unit and for `break_glass`.",
        ),
    ] = ""
    break_glass: Annotated[
        bool,
        Field(
            description="Read at once, before anybody approves it: for four hours at most, about a person or a "
            "leader's chains. Everybody who sees cases is shown it, and whom it is about finds it in their audit."
        ),
    ] = False


class CaseModel(TypedDict):
    """Time-limited permission for one partner to read about some named people."""

    case: str
    state: Annotated[CaseState, Field(description="Nothing can be read while it is `waiting` for approval.")]
    partner: Annotated[str, Field(description="Who may read: a person, or an API key that is nobody's.")]
    purpose: str
    subject_kind: Annotated[CaseSubjectKind | None, Field(description="Null for cases of earlier versions.")]
    subject: Annotated[PersonKey | None, Field(description="The person, the leader, or the key of the unit.")]
    people: Annotated[int, Field(description="How many people it is about. Nobody is added later.")]
    reason: str
    break_glass: bool
    opened_by: Annotated[str, Field(description="An operator, or the partner themself.")]
    opened_at: Instant
    expires_at: Instant
    approved_by: Annotated[str | None, Field(description="Neither the partner nor who opened it.")]
    approved_at: Instant | None
    closed_at: Annotated[Instant | None, Field(description="Null unless it was closed before it expired.")]
    open: Annotated[bool, Field(description="Whether it can be read in now.")]


class CaseList(TypedDict):
    """Cases, newest first; those first that were opened in an emergency and that nobody approved."""

    data: list[CaseModel]


_EXAMPLE: Final[dict[str, Any]] = {
    "case": "case_0123456789abcdef", "state": "open", "partner": "hedy", "purpose": "relationship-support",
    "subject_kind": "leader", "subject": "grace", "people": 7, "reason": "", "break_glass": False,
    "opened_by": "hedy", "opened_at": "2026-02-16T09:00:00Z", "expires_at": "2026-02-18T09:00:00Z",
    "approved_by": "joan", "approved_at": "2026-02-16T09:30:00Z", "closed_at": None, "open": True,
}  # fmt: skip
_WAITING_EXAMPLE: Final[dict[str, Any]] = _EXAMPLE | {
    "state": "waiting", "approved_by": None, "approved_at": None, "open": False,
}  # fmt: skip
_CLOSED_EXAMPLE: Final[dict[str, Any]] = _EXAMPLE | {
    "state": "closed", "closed_at": "2026-02-17T16:30:00Z", "open": False,
}  # fmt: skip


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
    """Partners see their own cases and those that wait for approval, operators and auditors all.

    Nobody sees one of somebody else that concerns them: themselves, their people, their leaders or their peers.
    """
    principal = visit.principal
    sees_all = bool(principal.roles & {Role.OPERATOR, Role.AUDITOR})
    found = await visit.read(
        lambda connection: cases.list_cases(
            connection, viewer=visit.viewer, name=principal.name, own_and_waiting=not sees_all
        )
    )
    shown = [_shown(case, visit.now) for case in found]
    shown.sort(key=lambda each: not (each["break_glass"] and each["approved_at"] is None))
    body: CaseList = {"data": shown}
    return answer(request, body, store=False)


@Endpoint(
    "POST",
    "/v1/cases",
    id="openCase",
    permission=Permission.OPEN_CASES,
    summary="Open a case, which waits for somebody's approval",
    tag="cases",
    model=CaseModel,
    example=_WAITING_EXAMPLE,
    status=201,
    problems=(CASE_MODE_OFF, CONFLICTING_CASE),
)
async def post_case(new: NewCase, visit: CurrentVisit) -> Response:
    """Operators open cases for partners, and partners ask for their own. Somebody else approves it."""
    backend = visit.backend
    if not visit.mode.includes(Mode.CASE):
        raise ProblemError(CASE_MODE_OFF)
    opener, partner = visit.principal.person, backend.pseudonym(new.partner)
    for_themselves = partner == opener
    if opener is None or not (for_themselves or Role.OPERATOR in visit.principal.roles):
        raise ProblemError(CONFLICTING_CASE)
    if for_themselves and Role.HR_PARTNER not in visit.principal.roles:
        raise ProblemError(CONFLICTING_CASE)
    is_unit = new.subject.kind is CaseSubjectKind.UNIT
    asked = cases.NewCase(
        partner=partner,
        purpose=new.purpose,
        subject_kind=new.subject.kind,
        subject=new.subject.key if is_unit else backend.pseudonym(new.subject.key),
        opened_by=opener,
        now=visit.now,
        lifetime_seconds=new.hours * _HOUR_SECONDS,
        reason=new.reason,
        break_glass=new.break_glass,
    )
    try:
        case = await visit.write(lambda connection: _opened(connection, visit, asked))
    except LookupError as error:
        raise ProblemError(INVALID, [{"parameter": "subject", "detail": str(error)}]) from None
    except CaseRuleError as error:
        raise ProblemError(CONFLICTING_CASE, [{"parameter": "case", "detail": str(error)}]) from None
    if case.break_glass:
        _log.warning("the glass was broken: %s, about %d people, until it is closed or over", case.id, case.people)
    return changed(_shown(case, visit.now), status=201)


@Endpoint(
    "POST",
    "/v1/cases/{case}/approve",
    id="approveCase",
    permission=Permission.APPROVE_CASES,
    summary="Approve a case of somebody else",
    tag="cases",
    model=CaseModel,
    example=_EXAMPLE,
    problems=(NOT_FOUND, CONFLICTING_CASE),
)
async def post_approve(case: CaseParameter, visit: CurrentVisit) -> Response:
    """Allow what somebody else asked for, or what they did in an emergency. Look at how many people it is about."""
    approver = visit.principal.person
    if approver is None:
        raise ProblemError(CONFLICTING_CASE)
    try:
        approved = await visit.write(
            lambda connection: cases.approve_case(connection, case, approver=visit.viewer, by=approver, now=visit.now)
        )
    except CaseRuleError as error:
        raise ProblemError(CONFLICTING_CASE, [{"parameter": "case", "detail": str(error)}]) from None
    if approved is None:
        raise ProblemError(NOT_FOUND)
    return changed(_shown(approved, visit.now))


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
async def post_close(case: CaseParameter, visit: CurrentVisit) -> Response:
    """Close a case from now on. Partners close their own."""
    principal = visit.principal
    closed = await visit.write(
        lambda connection: cases.close_case(
            connection,
            case,
            viewer=visit.viewer,
            name=principal.name,
            now=visit.now,
            only_own=Role.OPERATOR not in principal.roles,
        )
    )
    if closed is None:
        raise ProblemError(NOT_FOUND)
    return changed(_shown(closed, visit.now))


def _opened(connection: Connection, visit: Visit, asked: cases.NewCase) -> Case:
    case = cases.open_case(connection, asked)
    if case.break_glass:
        people = cases.covered_people(connection, case.id)
        visit.audit(connection, BREAK_GLASS, purpose=case.purpose, rows_by_person=dict.fromkeys(people, 1))
    return case


def _shown(case: Case, now: int) -> CaseModel:
    return {
        "case": case.id,
        "state": case.state(now),
        "partner": case.partner,
        "purpose": case.purpose.value,
        "subject_kind": CaseSubjectKind(case.subject_kind) if case.subject_kind else None,
        "subject": case.subject or None,
        "people": case.people,
        "reason": case.reason,
        "break_glass": case.break_glass,
        "opened_by": case.opened_by,
        "opened_at": instant_text(case.opened_at),
        "expires_at": instant_text(case.expires_at),
        "approved_by": case.approved_by,
        "approved_at": None if case.approved_at is None else instant_text(case.approved_at),
        "closed_at": None if case.closed_at is None else instant_text(case.closed_at),
        "open": case.open(now),
    }
