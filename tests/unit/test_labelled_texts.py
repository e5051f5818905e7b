"""Labelled texts: whole, without repeats, and evenly split. They are the measure, so they change only on purpose."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from statistics import fmean
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
REWRITES = ("neutral", "second_language", "blunt", "technical")
# Frozen: a label that somebody disputes is discussed beside the result and not changed here.
DIGESTS = {
    "asks.jsonl": "884f254c0f6952cca9b0d2324ded34a6a37e1b5f5365f93bc22ac6ca7df79584",
    "paired_rewrites.jsonl": "e116f6f7d82967f7568fa39845e6e94f52a3a94f4606f530c77af35a989e79f0",
    "yes_and.jsonl": "756d36ecee249a84d5c7bdddd4818669c2a35b08137171b5cd72e3f14e0c23c7",
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


def test_rewrites_say_the_same_in_four_registers() -> None:
    rows = read("paired_rewrites.jsonl")
    assert len(rows) >= 120
    assert_unique(row["id"] for row in rows)
    assert_unique(row["topic"] for row in rows)
    assert_unique(plain(row[register]) for row in rows for register in REWRITES)
    assert_even(rows, by="receptive")
    levels = Counter(row["receptive"] for row in rows)
    assert set(levels) == {"high", "medium", "low"}
    assert min(levels.values()) >= 40
    for row in rows:
        assert set(row) == {"id", "topic", "receptive", "split", *REWRITES}, row
        assert {row[register].count("?") > 0 for register in REWRITES} in ({True}, {False}), row


def test_replies_come_in_pairs_that_share_their_words() -> None:
    rows = read("yes_and.jsonl")
    assert len(rows) >= 200
    assert_unique(row["id"] for row in rows)
    assert_unique(plain(row["reply"]) for row in rows)
    assert_even(rows, by="label")
    pairs: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        assert set(row) == {"id", "pair", "proposal", "reply", "label", "split"}, row
        pairs.setdefault(row["pair"], []).append(row)
    shared = []
    for pair in pairs.values():
        assert sorted(row["label"] for row in pair) == ["builds", "dismisses"]
        assert len({row["proposal"] for row in pair}) == len({row["split"] for row in pair}) == 1
        one, other = (set(re.findall(r"[\w']+", plain(row["reply"]))) for row in pair)
        shared.append(len(one & other) / min(len(one), len(other)))
    assert_unique(pair[0]["proposal"] for pair in pairs.values())
    assert fmean(shared) >= 0.65
    assert min(shared) >= 0.4
