"""Statements that are made once: building one costs more than running it."""

from collections.abc import Callable, Hashable
from typing import Any, Final

from sqlalchemy import Select


class Statements:
    """A statement per combination of filters, of which there are few; their values are bound when it is run."""

    def __init__(self) -> None:
        self._made: Final[dict[Hashable, Select[Any]]] = {}

    def of(self, shape: Hashable, build: Callable[[], Select[Any]]) -> Select[Any]:
        """The statement of a shape, built the first time."""
        statement = self._made.get(shape)
        if statement is None:
            statement = self._made[shape] = build()
        return statement


def present(**values: Any) -> dict[str, Any]:
    """The values that are there: which these are is part of the shape of a statement."""
    return {name: value for name, value in values.items() if value is not None}
