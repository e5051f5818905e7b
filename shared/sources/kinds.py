"""Kinds of data that can be imported."""

from typing import Final, Literal, get_args

Kind = Literal["people", "mail", "calendar", "tickets", "chat", "goals", "events"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
