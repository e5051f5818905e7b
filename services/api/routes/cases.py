"""/v1/cases: who may read about named people, for what, until when, and who allowed it."""

from typing import Annotated, Final

from fastapi import Depends, FastAPI, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.api.auth.gate import Gate, Visit
from services.api.formats.models import CaseList, CaseModel
from services.api.formats.pages import Key, answer, changed
from services.api.formats.weeks import instant_text
from services.api.openapi.description import documented
from services.api.operations import CLOSE_CASE, LIST_CASES, OPEN_CASE
from services.api.problems.kinds import CASE_MODE_OFF, CONFLICTING_CASE, NOT_FOUND, ProblemError
from shared.domain.privacy.roles import Mode, Permission, Purpose
from shared.storage.access.cases import LONGEST_SECONDS, Case, close_case, list_cases, open_case

_HOUR_SECONDS: Final = 3_600


class NewCase(BaseModel):
    """What is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    partner: Annotated[Key, Field(description="Person who will read in the case.")]
    purpose: Annotated[
        Purpose, Field(json_schema_extra={"enum": sorted(each.value for each in Purpose if each != Purpose.OWN_DATA)})
    ]
    hours: Annotated[int, Field(ge=1, le=LONGEST_SECONDS // _HOUR_SECONDS, description="How long it is open.")]


def register(app: FastAPI, gate: Gate) -> None:
    """Add the operations."""
    _register_list(app, gate)
    _register_changes(app, gate)


def _register_list(app: FastAPI, gate: Gate) -> None:
    @app.get("/v1/cases", **documented(LIST_CASES, model=CaseList, summary="List cases, newest first", tag="cases"))
    async def get_cases(request: Request, visit: Annotated[Visit, Depends(gate.permit(LIST_CASES))]) -> Response:
        # Partners see their own cases, who opens or audits them sees all.
        principal = visit.principal
        all_cases = principal.permissions & {Permission.OPEN_CASES, Permission.READ_AUDIT}
        partner = None if all_cases else principal.name
        found = await visit.read(lambda connection: list_cases(connection, partner=partner))
        body: CaseList = {"data": [_shown(case, visit.now) for case in found]}
        return answer(request, body, store=False)


def _register_changes(app: FastAPI, gate: Gate) -> None:
    @app.post(
        "/v1/cases",
        **documented(
            OPEN_CASE,
            model=CaseModel,
            summary="Open a case for a partner",
            tag="cases",
            status=201,
            changes=True,
            problems=(CASE_MODE_OFF, CONFLICTING_CASE),
        ),
    )
    async def post_case(new: NewCase, visit: Annotated[Visit, Depends(gate.permit(OPEN_CASE))]) -> Response:
        if not gate.settings.mode.includes(Mode.CASE):
            raise ProblemError(CASE_MODE_OFF)
        opener = visit.principal.person
        partner = gate.pseudonym(new.partner)
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

    @app.post(
        "/v1/cases/{case}/close",
        **documented(CLOSE_CASE, model=CaseModel, summary="Close a case", tag="cases", changes=True, by_subject=True),
    )
    async def post_close(
        case: Annotated[Key, Path(examples=["case_0123456789abcdef"])],
        visit: Annotated[Visit, Depends(gate.permit(CLOSE_CASE))],
    ) -> Response:
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
