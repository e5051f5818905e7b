"""Directory records out of rows of a table of people."""

from datetime import UTC, datetime
from typing import Any, Final

from shared.schemas.directory import (
    Absence,
    AbsenceRecorded,
    IdentityLink,
    IdentityLinked,
    LineRecorded,
    Person,
    PersonRecorded,
    ReportingLine,
    Schedule,
    ScheduleRecorded,
    Team,
    TeamRecorded,
)
from shared.schemas.envelope import event_id
from shared.sources.people.rows import Entry
from shared.sources.reader import Options

NAME: Final = "people"
# Directory records are valid for periods and happen at no particular moment: they must not move the watermark.
RECORDED_AT: Final = datetime(1980, 1, 1, tzinfo=UTC)


def person_record(record: Person, options: Options) -> PersonRecorded:
    """Somebody, from the day of the record on."""
    return PersonRecorded(**_envelope("person", record.person + since(record.valid_from), options), data=record)


def team_record(team: str, options: Options) -> TeamRecorded:
    """A team, by what it is called."""
    return TeamRecorded(**_envelope("team", team, options), data=Team(team=team))


def link_record(entry: Entry, identity: str, options: Options) -> IdentityLinked:
    """An account of a row, for its period."""
    valid_from, valid_to = entry.period.valid_from, entry.period.valid_to
    # The start is part of the entity: a correction replaces who owns the identity from then on, and periods coexist.
    return IdentityLinked(
        **_envelope("identity", identity + since(valid_from), options),
        data=IdentityLink(person=entry.person, identity=identity, valid_from=valid_from, valid_to=valid_to),
    )


def line_record(entry: Entry, manager: str, options: Options) -> LineRecorded:
    """Whom somebody reports to, for the period of a row; to nobody at the top."""
    valid_from, valid_to = entry.period.valid_from, entry.period.valid_to
    return LineRecorded(
        **_envelope("line", entry.person + since(valid_from), options),
        data=ReportingLine(
            person=entry.person,
            manager=manager if manager and manager != entry.person else None,
            valid_from=valid_from,
            valid_to=valid_to,
        ),
    )


def schedule_record(entry: Entry, options: Options) -> ScheduleRecorded:
    """When somebody works, for the period of a row."""
    valid_from, valid_to, work = entry.period.valid_from, entry.period.valid_to, entry.work
    opens, closes = work.minutes or (None, None)
    return ScheduleRecorded(
        **_envelope("schedule", entry.person + since(valid_from), options),
        data=Schedule(
            person=entry.person,
            time_zone=work.time_zone,
            working_days=work.working_days,
            opens_minutes=opens,
            closes_minutes=closes,
            holidays=work.holidays,
            valid_from=valid_from,
            valid_to=valid_to,
        ),
    )


def absence_record(person: str, away: tuple[datetime, datetime], options: Options) -> AbsenceRecorded:
    """From when to when somebody is away."""
    begins, ends = away
    # The first day is part of the entity: an end that changes later replaces the one before.
    return AbsenceRecorded(
        **_envelope("absence", person + since(begins), options),
        data=Absence(person=person, valid_from=begins, valid_to=ends),
    )


def since(valid_from: datetime | None) -> str:
    """What the native id of a record ends with: the start of its period."""
    return f"@{valid_from.isoformat()}" if valid_from is not None else ""


def _envelope(kind: str, native: str, options: Options) -> dict[str, Any]:
    source = options.source or NAME
    return {
        "id": event_id(source=source, kind=kind, native_id=native, revision=options.revision),
        "source": source,
        "time": RECORDED_AT,
        "revision": options.revision,
    }
