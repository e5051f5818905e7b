"""Subjects in paths, and the people that their readings are about."""

from collections.abc import Sized
from typing import Annotated

from fastapi import Path

from services.api.auth.gate import Backend
from services.api.formats.fields import SubjectText
from services.api.formats.subject_names import parse_subject
from services.api.problems.kinds import NOT_FOUND, ProblemError
from shared.domain.evidence.reading import GROUPS, Subject

SubjectParameter = Annotated[SubjectText, Path(examples=["pair:ada|grace"])]


def readable_subject(text: str, backend: Backend) -> Subject:
    """The subject of a name, with pseudonyms. Raises ProblemError for a text that names none, and for a group.

    Groups are shown only as they were released: see `routes.teams`.
    """
    subject = parse_subject(text)
    if subject is None or subject.kind in GROUPS:
        raise ProblemError(NOT_FOUND)
    people = tuple(map(backend.pseudonym, subject.people))
    return Subject(subject.kind, tuple(sorted(people)) if subject.kind == "pair" else people)


def rows_by_person(subject: Subject, rows: Sized) -> dict[str, int]:
    """How many rows are about each person, for the audit. A subject without people is named itself."""
    return dict.fromkeys(subject.people or (str(subject),), len(rows)) if rows else {}
