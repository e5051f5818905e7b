"""Labelled texts: whole, without repeats, and evenly split. They are the measure, so they change only on purpose."""

import json
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

TEXTS = Path(__file__).parents[1] / "bench" / "texts"
ASK_KINDS = {"decision", "information", "review", "approval", "favour"}
ASK_FORMS = {"question", "imperative", "declarative_need", "waiting_on", "embedded", "hint"}
OTHER_FORMS = {
    "rhetorical", "quoted", "reported", "commitment", "answer", "closer", "instruction", "report", "offer",
    "self_question", "thanks", "announcement", "greeting", "opinion",
}  # fmt: skip
REGISTERS = {"plain", "chatty", "technical", "terse", "formal", "second_language", "blunt"}
# Frozen: a label that somebody disputes is discussed beside the result and not changed here.
DIGESTS = {
    "asks.jsonl": "de107c6c31db822bbe4cad6c01e6ef29f41c5e11e842c24f77455bb67f6884c0",
}


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (TEXTS / name).read_text().splitlines()]


def plain(text: str) -> str:
    return " ".join(text.casefold().split())


def assert_unique(values: Iterable[str]) -> None:
    assert [value for value, times in Counter(values).items() if times > 1] == []


def assert_even(rows: list[dict[str, Any]], *, by: str, unit: int = 1) -> None:
    """Each class has as many rows for tuning as are kept, give or take one unit of the draw."""
    counts = Counter((row[by], row["split"]) for row in rows)
    assert {split for _, split in counts} == {"tuning", "kept"}
    for value in {row[by] for row in rows}:
        assert abs(counts[value, "tuning"] - counts[value, "kept"]) <= unit, value


@pytest.mark.parametrize("name", sorted(DIGESTS))
def test_sets_are_as_they_were_frozen(name: str) -> None:
    assert sha256((TEXTS / name).read_bytes()).hexdigest() == DIGESTS[name]


def test_asks_are_enough_of_every_kind() -> None:
    rows = read("asks.jsonl")
    kinds = Counter(row["kind"] for row in rows)
    assert len(rows) >= 800
    assert set(kinds) == {*ASK_KINDS, "social", "none"}
    assert all(kinds[kind] >= 90 for kind in ASK_KINDS)
    assert kinds["social"] >= 100
    assert kinds["none"] >= 250
    assert all(count >= 50 for count in Counter(row["register"] for row in rows).values())


def test_asks_are_unique_and_evenly_split() -> None:
    rows = read("asks.jsonl")
    assert_unique(row["id"] for row in rows)
    assert_unique(plain(row["text"]) for row in rows)
    assert_even(rows, by="kind")


def test_labels_of_asks_agree_with_each_other() -> None:
    for row in read("asks.jsonl"):
        assert set(row) == {
            "id", "text", "is_ask", "kind", "directed_at", "deadline", "form", "register", "split",
        }  # fmt: skip
        assert row["is_ask"] is (row["kind"] in ASK_KINDS), row
        assert (row["directed_at"] == "nobody") is (row["kind"] == "none"), row
        assert row["directed_at"] in {"reader", "named", "group", "nobody"}, row
        assert row["form"] in (OTHER_FORMS if row["kind"] == "none" else ASK_FORMS), row
        assert row["deadline"] in ({False} if row["kind"] == "none" else {False, True}), row
        assert row["register"] in REGISTERS, row
