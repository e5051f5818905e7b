"""Invariant 12: under other names everything is the same but the names."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from shared.domain.signals import SIGNALS
from shared.schemas.output import ReadingRecord
from tests.storage.busy_company import EVERYBODY, Named, Week, directory, weeks
from tests.storage.company import opened

# Of two people who were both asked to a meeting of a third, the one whose name comes first counts as having started
# it. That is wrong, and known: these signals look at who starts.
STARTED = {"reciprocity", "relationship_health"}
_SIDE = re.compile("^(first|second)(?=_heard_)|(first|second)$")
_OTHER_SIDE = {"first": "second", "second": "first"}


async def exported(url: str, happened: Sequence[Week], named: Named) -> tuple[list[bytes], list[bytes]]:
    """Readings and facts of a store that took in everything under these names."""
    async with opened(url) as store:
        await store.take([*directory(named), *(each for week in happened for each in week.records)])
        await store.scorer.settle()
        return await store.readings(), await store.facts()


def in_clear(line: bytes, names: Mapping[str, str]) -> bytes:
    """A line with everybody's own name, and with the two ends of what has no direction in the order of their names."""
    for name, called in names.items():
        line = line.replace(called.encode(), name.encode())
    found = msgspec.json.decode(line)
    kind, _, people = found.get("subject", "").partition(":")
    one, _, other = people.partition("|")
    if kind == "pair" and one > other:
        found["subject"] = f"pair:{other}|{one}"
        for factor in found["factors"]:
            if factor["name"].endswith("_balance"):  # the first's share less the second's
                factor["value"] = 0.0 - factor["value"]
            factor["name"] = _SIDE.sub(lambda found: _OTHER_SIDE[found[0]], factor["name"])
    if kind == "pair":
        found["factors"].sort(key=lambda factor: factor["name"])
    elif found.get("channel") == "meeting" and found["sender"] > found["recipient"]:
        found["sender"], found["recipient"] = found["recipient"], found["sender"]
    return msgspec.json.encode(found)


def digest(name: str) -> str:
    return f"p-{hashlib.sha256(name.encode()).hexdigest()[:26]}"


async def compared(
    directory: Path, happened: Callable[[Named], Sequence[Week]]
) -> list[tuple[list[bytes], list[bytes]]]:
    """Readings, then facts: in clear under plain names, and under those of another key."""
    names = {name: digest(name) for name in EVERYBODY}
    plain = await exported(f"sqlite+aiosqlite:///{directory / 'plain.db'}", happened(str), str)
    renamed = await exported(f"sqlite+aiosqlite:///{directory / 'renamed.db'}", happened(digest), digest)
    return [
        (sorted(in_clear(line, {}) for line in one), sorted(in_clear(line, names) for line in other))
        for one, other in zip(plain, renamed, strict=True)
    ]


def signal(line: bytes) -> str:
    return msgspec.json.decode(line, type=ReadingRecord).signal


async def test_other_names_change_names_and_nothing_else(tmp_path: Path) -> None:
    """Names of another key have another order, and so have the subjects and the facts that are read by it."""
    assert sorted(EVERYBODY) != sorted(EVERYBODY, key=digest)
    (plain, renamed), facts = await compared(tmp_path, lambda named: weeks(seed=1, named=named))
    assert {signal(line) for line in plain} == {each.name for each in SIGNALS}
    assert [line for line in plain if signal(line) not in STARTED] == [
        line for line in renamed if signal(line) not in STARTED
    ]
    assert facts[0] == facts[1]


async def test_nor_do_they_say_who_starts(tmp_path: Path) -> None:
    """Where nobody is asked to a meeting together with somebody else but its host."""
    (plain, renamed), _ = await compared(tmp_path, lambda named: weeks(seed=1, named=named, teams_meet=False)[:4])
    assert {signal(line) for line in plain} > STARTED
    assert plain == renamed
