"""Invariant 12: under other names everything is the same but the names."""

import hashlib
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from shared.domain.facts.digests import number
from shared.domain.organisation.hierarchy import FOREVER
from shared.domain.signals import SIGNALS
from shared.domain.week import HOUR, unix_seconds
from shared.schemas.envelope import utc
from shared.schemas.interaction import Met
from shared.schemas.output import ReadingRecord
from tests.storage.busy_company import EVERYBODY, directory, weeks
from tests.storage.company import AnyRecord, opened
from tests.storage.real_mail import real_mail
from tests.storage.renaming import Renaming

_THINGS = ("entity", "thread", "series", "ticket", "goal")
_CROWDED = 2 * HOUR
_TWO_WEEKS = 1_263_772_800  # its first two, in Unix seconds


def digest(name: str) -> str:
    return f"p-{hashlib.sha256(name.encode()).hexdigest()[:26]}"


def crowded(record: Any) -> Any:
    """The record as if clocks went by the two hours: nobody knows what came first within them."""
    if not hasattr(record, "at"):
        return record
    times = {name: getattr(record, name) for name in ("at", "start", "end") if hasattr(record, name)}
    if isinstance(record, Met):
        times["end"] = utc(unix_seconds(record.end) + _CROWDED)
    return replace(record, **{name: utc(unix_seconds(at) // _CROWDED * _CROWDED) for name, at in times.items()})


def under_other_ids(record: Any, names: dict[str, str]) -> Any:
    """The record with other ids of messages, threads, meetings and tickets; what they were is added to `names`."""
    if not hasattr(record, "at"):
        return record
    ids = {name: getattr(record, name, None) for name in _THINGS}
    changed = {name: digest(value) for name, value in ids.items() if value is not None}
    names |= {changed[name]: value for name, value in ids.items() if value is not None}
    if ids["series"] is not None:
        names[_in_hexadecimal(changed["series"])] = _in_hexadecimal(ids["series"])
    changed["entity"] = changed["id"] = f"other:thing:{changed['entity']}"
    return replace(record, **changed)


def _in_hexadecimal(series: str) -> str:
    return f"{number(series) & (1 << 64) - 1:016x}"


def company(seed: int, names: Mapping[str, str]) -> list[AnyRecord]:
    """Everything that happened in a few crowded weeks."""
    happened = (each for week in weeks(seed=seed, named=names.__getitem__)[:4] for each in week.records)
    return [*directory(names.__getitem__), *map(crowded, happened)]


async def exports(url: str, records: Sequence[AnyRecord]) -> tuple[list[bytes], list[bytes], list[bytes]]:
    async with opened(url) as store:
        await store.take(records)
        await store.scorer.settle()
        return await store.readings(), await store.alerts(), await store.facts()


@pytest.mark.parametrize("seed", [1, 2])
async def test_other_names_ids_and_rows_change_names_and_nothing_else(tmp_path: Path, seed: int) -> None:
    """Names of another key have another order, and so have the subjects and the facts that are read by it."""
    assert sorted(EVERYBODY) != sorted(EVERYBODY, key=digest)
    plain = await exports(
        f"sqlite+aiosqlite:///{tmp_path / 'plain.db'}", company(seed, {each: each for each in EVERYBODY})
    )
    names = {digest(each): each for each in EVERYBODY}
    others = [under_other_ids(each, names) for each in company(seed, {each: digest(each) for each in EVERYBODY})]
    random.Random(seed).shuffle(others)
    renamed = await exports(f"sqlite+aiosqlite:///{tmp_path / 'renamed.db'}", others)
    for one, other in zip(plain, renamed, strict=True):
        assert Renaming({}).undone(one) == Renaming(names).undone(other)
    found = {msgspec.json.decode(line, type=ReadingRecord).signal for line in plain[0]}
    assert found == {each.name for each in SIGNALS}


@pytest.mark.timeout(3600)  # all of it takes a while
async def test_nor_do_they_in_real_mail(data_directory: Path, tmp_path: Path, deep: bool) -> None:  # noqa: FBT001
    """The first weeks of it in an ordinary run, and all of it with `--deep`."""
    until = FOREVER if deep else _TWO_WEEKS
    found: list[list[list[bytes]]] = []
    for key in (b"one key of this test, of 32 bytes"[:32], b"and another key of it, 32 bytes."[:32]):
        mail = real_mail(data_directory, key, until=until)
        random.Random(key).shuffle(mail.records)
        async with opened(f"sqlite+aiosqlite:///{tmp_path / str(len(found))}.db", chunk_people=1000) as store:
            await store.take(mail.records)
            await store.scorer.settle()
            lines = await store.readings(), await store.alerts()
        found.append([Renaming(mail.names).undone(each) for each in lines])
    assert found[0] == found[1]
    assert len(found[0][0]) > 1_000
