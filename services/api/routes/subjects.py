"""GET /v1/subjects/{subject}/history and /evidence: one subject over time, and what its latest readings rest on."""

from typing import Annotated, Final

import msgspec
from fastapi import Depends, FastAPI, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.engine import Connection

from services.api.auth.gate import Gate, Visit
from services.api.formats.catalogue import SignalName
from services.api.formats.models import Evidence, EvidenceReading, HistoryPage, HistoryPoint, SubjectText
from services.api.formats.pages import Cursor, Paging, answer
from services.api.formats.subject_names import parse_subject, subject_text
from services.api.formats.weeks import instant_text, week_text
from services.api.openapi.description import documented
from services.api.operations import READ_EVIDENCE, READ_HISTORY
from services.api.problems.kinds import NOT_FOUND, ProblemError
from shared.domain.evidence.reading import GROUPS, HIGH, LOW, Subject
from shared.domain.evidence.suggested_actions import ACTIONS, action_text
from shared.domain.evidence.weighing import window_start
from shared.domain.signals import SIGNAL_BY_NAME, signal_names
from shared.domain.week import LIVE_WEEK
from shared.storage.engine.rows import Columns, Rows
from shared.storage.readings.factors import read_factors
from shared.storage.readings.store import key_columns

_CURSOR: Final[Cursor[int]] = Cursor(READ_HISTORY, Annotated[int, msgspec.Meta(ge=-LIVE_WEEK, le=LIVE_WEEK)])

SubjectParameter = Annotated[SubjectText, Path(examples=["pair:ada|grace"])]


class HistoryQuery(Paging):
    """Which history."""

    signal: Annotated[SignalName, Field(description="Which signal.")]


class EvidenceQuery(BaseModel):
    """Which evidence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    signal: Annotated[SignalName | None, Field(description="Only this signal.")] = None


def register(app: FastAPI, gate: Gate) -> None:
    """Add both operations."""
    _register_history(app, gate)
    _register_evidence(app, gate)


def _register_history(app: FastAPI, gate: Gate) -> None:
    @app.get(
        "/v1/subjects/{subject:path}/history",
        **documented(
            READ_HISTORY,
            model=HistoryPage,
            summary="Weekly readings of a subject, latest first",
            tag="readings",
            by_subject=True,
        ),
    )
    async def read_history(
        request: Request,
        visit: Annotated[Visit, Depends(gate.permit(READ_HISTORY))],
        subject: SubjectParameter,
        query: Annotated[HistoryQuery, Query()],
    ) -> Response:
        named, limit = _parsed(subject, gate), query.limit or gate.settings.page_rows
        context = (str(named),)
        before = _CURSOR.read(query, *context)

        def find(connection: Connection) -> tuple[Rows, str | None]:
            found = gate.reads.history(
                connection,
                people=key_columns(named),
                signal=query.signal,
                viewer=visit.viewer,
                before=before,
                limit=limit + 1,
            )
            return _CURSOR.page(query, found, rows=limit, position=lambda row: int(row.week), context=context)

        rows, cursor = await visit.read_of_people(find, people=lambda page: _told_of(named, page[0]))
        if not rows and before is None:
            raise ProblemError(NOT_FOUND)
        data = [_point(row) for row in rows]
        page: HistoryPage = {
            "subject": subject_text(named.kind, *named.parts),
            "signal": query.signal,
            "data": data,
            "next_cursor": cursor,
        }
        return answer(request, page, store=False)


def _register_evidence(app: FastAPI, gate: Gate) -> None:
    @app.get(
        "/v1/subjects/{subject:path}/evidence",
        **documented(
            READ_EVIDENCE,
            model=Evidence,
            summary="What the latest readings of a subject rest on",
            tag="readings",
            by_subject=True,
        ),
    )
    async def read_evidence(
        request: Request,
        visit: Annotated[Visit, Depends(gate.permit(READ_EVIDENCE))],
        subject: SubjectParameter,
        query: Annotated[EvidenceQuery, Query()],
    ) -> Response:
        named = _parsed(subject, gate)
        rows = await visit.read_of_people(
            lambda connection: gate.reads.evidence(
                connection,
                people=key_columns(named),
                signals=[query.signal] if query.signal else signal_names(named.kind),
                viewer=visit.viewer,
            ),
            people=lambda rows: _told_of(named, rows),
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


def _point(row: Columns) -> HistoryPoint:
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


def _explained(row: Columns) -> EvidenceReading:
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


def _parsed(text: str, gate: Gate) -> Subject:
    subject = parse_subject(text)
    # Groups are told of as they were released and in no other way: see `routes.teams`.
    if subject is None or subject.kind in GROUPS:
        raise ProblemError(NOT_FOUND)
    people = tuple(map(gate.pseudonym, subject.people))
    return Subject(subject.kind, tuple(sorted(people)) if subject.kind == "pair" else people)


def _told_of(subject: Subject, rows: Rows) -> dict[str, int]:
    """Rows by person; of a subject without people the subject itself stands in the audit."""
    return dict.fromkeys(subject.people or (str(subject),), len(rows)) if rows else {}
