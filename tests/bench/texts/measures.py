"""How well asks are read on the labelled texts: counts and rates alone, never a text."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any, Final, Literal

from shared.domain.text.asks.reading import Ask, asks_of_work, read_ask
from shared.domain.text.measure import markers, split

Half = Literal["tuning", "kept"]
Row = dict[str, Any]

_ASKS: Final = Path(__file__).parent / "asks.jsonl"
_Z: Final = 1.96
KINDS: Final = ("decision", "information", "review", "approval", "favour", "social")
REGISTERS: Final = ("plain", "chatty", "technical", "terse", "formal", "second_language", "blunt")


@dataclass(frozen=True, slots=True)
class Found:
    """How often something was found rightly, wrongly, and missed."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """Share of what was found that is right."""
        return self.right / max(self.right + self.wrong, 1)

    @property
    def recall(self) -> float:
        """Share of what there is that was found."""
        return self.right / max(self.right + self.missed, 1)


def rows_of(half: Half) -> list[Row]:
    """Labelled messages of one half."""
    return [row for row in map(json.loads, _ASKS.read_text(encoding="utf-8").splitlines()) if row["split"] == half]


def ask_of(text: str) -> Ask | None:
    """What the grammar reads in a message; None also where its language is not known."""
    own = split(text)
    return read_ask(own.own) if own.basis == "text" else None


def asks_by_grammar(text: str) -> bool:
    """Whether the message asks something about work, by the grammar."""
    own = split(text)
    return own.basis == "text" and asks_of_work(own.own, own.words)


def asks_as_shipped(text: str) -> bool:
    """Whether the product takes the message for an ask: any question and any request."""
    found = markers(split(text), None)
    return bool(found.questions or found.requests)


def compare(rows: Sequence[Row], wanted: Callable[[Row], bool], found: Callable[[Row], bool]) -> Found:
    """What was found against what is labelled."""
    pairs = [(wanted(row), found(row)) for row in rows]
    return Found(
        right=sum(label and seen for label, seen in pairs),
        wrong=sum(seen and not label for label, seen in pairs),
        missed=sum(label and not seen for label, seen in pairs),
    )


def interval(part: int, whole: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    if not whole:
        return 0.0, 1.0
    share, weight = part / whole, _Z**2 / whole
    centre = (share + weight / 2) / (1 + weight)
    spread = _Z * sqrt(share * (1 - share) / whole + weight / (4 * whole)) / (1 + weight)
    return centre - spread, centre + spread


def results(half: Half) -> Iterator[tuple[str, Found]]:
    """Every measure of a half, with its name."""
    rows = rows_of(half)
    asks = {row["id"]: ask_of(row["text"]) for row in rows}
    yield "ask, as it ships", compare(rows, is_ask, lambda row: asks_as_shipped(row["text"]))
    yield "ask", compare(rows, is_ask, lambda row: asks_by_grammar(row["text"]))
    for kind in KINDS:
        yield f"kind: {kind}", compare(rows, _has("kind", kind), _reads(asks, _kind, kind))
    for register in REGISTERS:
        part = [row for row in rows if row["register"] == register]
        yield f"ask, {register}", compare(part, is_ask, lambda row: asks_by_grammar(row["text"]))
    put = [row for row in rows if row["kind"] != "none" and asks[row["id"]] is not None]
    for directed in ("reader", "named", "group"):
        yield (
            f"asked of: {directed}, where asking was seen",
            compare(put, _has("directed_at", directed), _reads(asks, _directed, directed)),
        )
    yield (
        "deadline",
        compare(
            [row for row in rows if row["kind"] != "none"],
            lambda row: bool(row["deadline"]),
            lambda row: (ask := asks[row["id"]]) is not None and ask.deadline,
        ),
    )


def is_ask(row: Row) -> bool:
    """Whether a message is labelled as an ask about work."""
    return bool(row["is_ask"])


def _has(field: str, value: str) -> Callable[[Row], bool]:
    return lambda row: bool(row[field] == value)


def _reads(asks: Mapping[str, Ask | None], part: Callable[[Ask | None], str], value: str) -> Callable[[Row], bool]:
    return lambda row: part(asks[row["id"]]) == value


def _kind(ask: Ask | None) -> str:
    return "none" if ask is None else ask.kind


def _directed(ask: Ask | None) -> str:
    return "nobody" if ask is None else ask.directed
