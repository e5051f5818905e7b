"""Why a command reads about named people: given as an option, or asked for on a terminal."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from services.cli.errors import UsageError
from shared.domain.privacy.roles import Purpose


class ReadPurpose(StrEnum):
    """Why a command tells of named people: what a case can be opened for, and what concerns nobody in particular."""

    RELATIONSHIP_SUPPORT = Purpose.RELATIONSHIP_SUPPORT.value
    ESCALATION_PREVENTION = Purpose.ESCALATION_PREVENTION.value
    DATA_SUBJECT_REQUEST = Purpose.DATA_SUBJECT_REQUEST.value
    EVALUATION = "evaluation"  # how well signals do; copies and moves of a store


PurposeOption = Annotated[
    ReadPurpose | None,
    typer.Option(
        "--purpose", help="What for, as it will stand in the audit; asked for on a terminal.", show_default=False
    ),
]


def purpose_of(given: ReadPurpose | None) -> ReadPurpose:
    """The purpose given, or asked for. Raises UsageError for no purpose, or where nobody can be asked.

    There is no default: a purpose that a program filled in says nothing of why somebody looked.
    """
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise UsageError(f"this tells of named people: say what for with --purpose ({', '.join(ReadPurpose)})")
    answer = typer.prompt(f"What for ({', '.join(ReadPurpose)})", err=True)
    if answer not in set(ReadPurpose):
        raise UsageError(f"{answer!r} is no purpose; there are {', '.join(ReadPurpose)}")
    return ReadPurpose(answer)
