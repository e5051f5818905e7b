"""Why a command reads about named people: given as an option, or asked for on a terminal."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from services.cli.errors import UsageError
from shared.domain.privacy.roles import Purpose


class ReadPurpose(StrEnum):
    """Why a command reads about named people: the purposes of cases, and one for work on the product or the store."""

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
    """The purpose that was given, or the answer to a question. Raises UsageError when there is neither.

    There is no default: a purpose that a program filled in would not say why somebody looked.
    """
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise UsageError(f"this is about named people: give a purpose with --purpose ({', '.join(ReadPurpose)})")
    answer = typer.prompt(f"What for ({', '.join(ReadPurpose)})", err=True)
    if answer not in set(ReadPurpose):
        raise UsageError(f"{answer!r} is no purpose; there are {', '.join(ReadPurpose)}")
    return ReadPurpose(answer)
