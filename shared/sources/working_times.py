"""Working times of the owners of accounts, as profiles and calendars tell of them. Whose an account is, links say."""

from datetime import UTC, datetime
from typing import Final

from shared.schemas.directory import Absence, AbsenceRecorded, Schedule, ScheduleRecorded
from shared.schemas.envelope import event_id
from shared.sources.identities import digest

# Directory records happen at no particular moment: they must not move the watermark.
_RECORDED_AT: Final = datetime(1980, 1, 1, tzinfo=UTC)


def absence_of(
    identity: str, begins: datetime, ends: datetime, *, native: str, source: str, revision: int
) -> AbsenceRecorded:
    """The owner of an account is away. Raises ValueError for an end before the start."""
    name = digest(native, identity)
    return AbsenceRecorded(
        id=event_id(source=source, kind="absence", native_id=name, revision=revision),
        source=source,
        time=_RECORDED_AT,
        revision=revision,
        data=Absence(identity=identity, valid_from=begins, valid_to=ends),
    )


def zone_of(identity: str, time_zone: str, *, source: str, revision: int) -> ScheduleRecorded:
    """The owner of an account works by the clock of a time zone. Raises ValueError for one that there is not."""
    return ScheduleRecorded(
        id=event_id(source=source, kind="schedule", native_id=digest(identity), revision=revision),
        source=source,
        time=_RECORDED_AT,
        revision=revision,
        data=Schedule(identity=identity, time_zone=time_zone),
    )
