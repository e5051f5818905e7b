"""The named sabotages of `sabotages.toml`: lines that, made worse, must be noticed by the tests named with them."""

from pathlib import Path
from typing import Final

import msgspec

FILE: Final = Path(__file__).with_name("sabotages.toml")

INVARIANTS: Final = tuple(f"invariant {number}" for number in range(1, 13))
GUARDS: Final = (
    "access: roles",
    "access: credentials",
    "access: mode",
    "access: purpose",
    "access: case",
    "access: audit",
    "access: need to know",
    "access: row policies",
    "limits",
    "hostile input",
    "release: k",
    "release: leader k",
    "release: escalation",
    "release: sock puppets",
    "release: dominance",
    "release: churn",
    "release: rounding",
    "release: span",
    "erasure",
    "alerting: budget",
    "alerting: refractory",
    "alerting: standing",
    "alerting: webhooks",
)
"""What a sabotage may be aimed at. Each has some."""


class StaleSabotageError(Exception):
    """The line that a sabotage changes is not there once: whoever changed the code changes the sabotage."""


class Sabotage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line made worse. `old` is the whole line without its indentation, `new` takes its place."""

    name: str
    aims_at: str  # one of INVARIANTS and GUARDS
    file: str
    old: str
    new: str
    noticed_by: tuple[str, ...]  # tests, each of which must fail
    below: str = ""  # a line above `old`, where the file has that line more than once

    def applied(self, text: str) -> str:
        """The text of the file with the line made worse. Raises StaleSabotageError."""
        lines = text.splitlines()
        start = self._only(lines, self.below) + 1 if self.below else 0
        found = self._only(lines[start:], self.old, first=bool(self.below)) + start
        indentation = lines[found][: len(lines[found]) - len(lines[found].lstrip())]
        lines[found] = indentation + self.new
        return "\n".join(lines) + "\n"

    def _only(self, lines: list[str], wanted: str, *, first: bool = False) -> int:
        """Where a line stands. Raises StaleSabotageError unless it stands there once."""
        places = [place for place, line in enumerate(lines) if line.strip() == wanted]
        if not places or (len(places) > 1 and not first):
            often = f"{len(places)} times" if places else "no more"
            raise StaleSabotageError(
                f"{self.name}: {self.file} has this line {often}; change tests/mutants/sabotages.toml with it: {wanted}"
            )
        return places[0]


def sabotages() -> tuple[Sabotage, ...]:
    """All of them, in the order of the file."""
    declared: dict[str, tuple[Sabotage, ...]] = msgspec.toml.decode(
        FILE.read_bytes(), type=dict[str, tuple[Sabotage, ...]]
    )
    return declared["sabotage"]
