"""Canonical exports: equal content gives equal bytes, on SQLite and PostgreSQL, whatever order it came in."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Select, and_, case, collate, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.alerts.state import Ended
from shared.domain.facts.history import CHANNELS, COUNTERS, TEXT_COUNTERS
from shared.domain.signals import SIGNALS
from shared.domain.week import week_end
from shared.schemas.output import ReadingRecord
from shared.storage.engine import bulk
from shared.storage.facts.pair_days import pair_days
from shared.storage.readings.factors import factor_record, read_factors
from shared.storage.releases.told import told_today
from shared.storage.tables.alerts import AlertRow
from shared.storage.tables.facts import IdentityRow
from shared.storage.tables.readings import ReadingRow
from shared.storage.tables.releases import ReleaseRow
from shared.storage.tables.texts import TextDayRow

_EPOCH: Final = date(1970, 1, 1)
# A few hundred kilobytes at a time.
_CHUNK_ROWS: Final = 2_000
_RELEASE: Final = bulk.table_of(ReleaseRow).c
_READING: Final = bulk.table_of(ReadingRow).c
_ALERT_PEOPLE: Final = ("first", "second", "third")
_ALERT_WEEKS: Final = ("first_week", "raised_week", "ended_week", "latest_week")
_ALERT_COLUMNS: Final = (
    "signal", *_ALERT_PEOPLE, "first_week", "raised_week", "withheld", "ended_week", "value", "confidence",
    "threshold", "action", "model_version", "latest_value", "latest_week",
)  # fmt: skip
_ENCODE: Final = msgspec.json.Encoder().encode


async def readings(connection: AsyncConnection, *, since: int = 0) -> AsyncIterator[bytes]:
    """Every reading as of `since` (Unix seconds) or later as a line of JSON, by signal, subject, instant, live last.

    Numbers keep the rounding they were stored with; times are RFC 3339 in UTC.
    """
    kinds = case({signal.name: f"{signal.kind}:" for signal in SIGNALS}, value=_READING.signal, else_="")
    later = (case((part == "", ""), else_=literal("|").concat(part)) for part in (_READING.second, _READING.third))
    subject = kinds.concat(_READING.first)
    for part in later:
        subject = subject.concat(part)
    columns = ("as_of", "value", "confidence", "band", "factors", "action", "model_version")
    statement = select(_READING.signal, subject.label("subject"), *(_READING[name] for name in columns))
    statement = statement.where(_READING.as_of >= since).order_by(
        _by_bytes(connection, _READING.signal), _by_bytes(connection, subject), _READING.as_of, _READING.week
    )
    async for row in _rows(connection, statement):
        signal, name, as_of, value, confidence, band, factors, action, model_version = row
        yield _ENCODE(
            ReadingRecord(
                signal=signal,
                subject=name,
                as_of=datetime.fromtimestamp(as_of, UTC),
                value=value,
                confidence=confidence,
                band=band,
                factors=tuple(map(factor_record, read_factors(factors))),
                action=action,
                model_version=model_version,
            )
        )


async def facts(connection: AsyncConnection) -> AsyncIterator[bytes]:
    """Counters of every direction, day and channel as a line of JSON (no line end), by sender, recipient, day, channel.

    People are named by source identity, never by the integers of one store. `texts` holds what their texts do, where
    texts are read. Counters that are zero are left out, and so are rows that later revisions have taken back.
    """
    days = pair_days()
    count, text, sender, recipient = (
        days.c,
        bulk.table_of(TextDayRow).c,
        bulk.table_of(IdentityRow).alias("sender_identity").c,
        bulk.table_of(IdentityRow).alias("recipient_identity").c,
    )
    of_text = and_(*(count[name] == text[name] for name in ("sender", "recipient", "day", "channel")))
    source = (
        days.outerjoin(bulk.table_of(TextDayRow), of_text)
        .join(sender.id.table, sender.id == count.sender)
        .join(recipient.id.table, recipient.id == count.recipient)
    )
    statement = (
        select(
            *(sender.key, recipient.key, count.day, count.channel),
            *(count[name] for name in COUNTERS),
            *(text[name] for name in TEXT_COUNTERS),
        )
        .select_from(source)
        .order_by(_by_bytes(connection, sender.key), _by_bytes(connection, recipient.key), count.day, count.channel)
    )
    async for row in _rows(connection, statement):
        counts, texts = row[4 : 4 + len(COUNTERS)], row[4 + len(COUNTERS) :]
        counters: dict[str, Any] = {name: value for name, value in zip(COUNTERS, counts, strict=True) if value}
        if counters:
            of_texts = {name: value for name, value in zip(TEXT_COUNTERS, texts, strict=True) if value}
            counters |= {"texts": of_texts} if of_texts else {}
            day = (_EPOCH + timedelta(days=row[2])).isoformat()
            named = {"sender": row[0], "recipient": row[1], "day": day, "channel": CHANNELS[row[3]]}
            yield _ENCODE(named | counters)


async def alerts(connection: AsyncConnection) -> AsyncIterator[bytes]:
    """Every alert as the rule finds it now, as a line of JSON (no line end), by signal, subject and first week.

    Without its id, which is keyed by the store, and without what people made of it.
    """
    row = bulk.table_of(AlertRow).c
    columns = [row[name] for name in _ALERT_COLUMNS]
    statement = (
        select(*columns)
        .where(or_(row.ended.is_(None), row.ended != Ended.WITHDRAWN.value))
        .order_by(*(_by_bytes(connection, row[name]) for name in _ALERT_COLUMNS[:4]), row.first_week)
    )
    async for found in _rows(connection, statement):
        values = dict(zip(_ALERT_COLUMNS, found, strict=True))
        people = [values.pop(name) for name in _ALERT_PEOPLE]
        weeks = {name: None if values[name] is None else _iso_week(values[name]) for name in _ALERT_WEEKS}
        yield _ENCODE({"signal": values["signal"], "subject": f"chain:{'|'.join(people)}"} | values | weeks)


async def aggregates(connection: AsyncConnection) -> AsyncIterator[bytes]:
    """What was ever released about groups as a line of JSON (no line end), by signal, cohort and instant.

    Corrections follow what they correct. Suppressed cells say so and nothing else, and so do those that the rule of
    today does not tell. Shown ones say whether they are for
    `everybody`, or only for those who lead nobody.
    """
    statement = select(
        *(_RELEASE[name] for name in ("signal", "cohort", "week", "as_of", "revision", "people", "mean")),
        *(_RELEASE[name] for name in ("shares", "factors", "leaders")),
        told_today(_RELEASE).label("told"),
    ).order_by(
        _by_bytes(connection, _RELEASE.signal), _by_bytes(connection, _RELEASE.cohort), _RELEASE.week, _RELEASE.revision
    )
    async for row in _rows(connection, statement):
        said = {"signal": row.signal, "cohort": row.cohort, "week": _iso_week(row.week), "revision": row.revision}
        said |= {"as_of": datetime.fromtimestamp(row.as_of, UTC), "suppressed": not row.told}
        if row.told:
            numbers = {"bands": msgspec.Raw(row.shares.encode()), "factors": msgspec.Raw(row.factors.encode())}
            said |= {"people": row.people, "mean": row.mean, "everybody": bool(row.leaders)} | numbers
        yield _ENCODE(said)


def _iso_week(week: int) -> str:
    year, number, _ = datetime.fromtimestamp(week_end(week), UTC).isocalendar()
    return f"{year:04}-W{number:02}"


def _by_bytes(connection: AsyncConnection, text: ColumnElement[str]) -> ColumnElement[Any]:
    # SQLite compares text by its bytes already; PostgreSQL by the language of the database unless told.
    return text if connection.dialect.name == "sqlite" else collate(text, "C")


async def _rows(connection: AsyncConnection, statement: Select[Any]) -> AsyncIterator[Any]:
    result = await connection.stream(statement)
    async for part in result.partitions(_CHUNK_ROWS):
        for row in part:
            yield row
