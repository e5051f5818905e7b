"""Tables of what was released about groups. Rows are only ever added; a correction is a new revision."""

from sqlalchemy import Index, Integer, LargeBinary, SmallInteger, Text
from sqlmodel import SQLModel

from shared.storage.tables.declarations import ALL, READ, Erasure, Grants, Names, Shown, column, nobody, people
from shared.storage.tables.types import Big, Count, Flag, Real, Seconds, String

NO_PANEL = -1
"""Panel of a release that is suppressed."""


class ReleaseRow(SQLModel, table=True):
    """What was said about a cohort of at least k people in a closed week; suppressed ones hold no value."""

    __tablename__ = "release"
    __table_args__ = (
        Index("ix_release_week", "week"),
        nobody(retention="what was said cannot be unsaid", grants=Grants(writer="SELECT, INSERT", reader=READ)),
    )
    signal: str = column(Text, names=Names.NOBODY, key=True)
    cohort: str = column(Text, names=Names.NOBODY, key=True)
    week: int = column(Integer, names=Names.NOBODY, key=True)
    revision: int = column(Integer, names=Names.NOBODY, key=True)
    as_of: Seconds
    panel: Count  # place in release_panel
    suppressed: Flag
    leaders: Flag  # leaders may see it as well
    exact: Flag  # told exactly, and not by steps
    people: Count  # in steps of five
    mean: Real
    shares: String  # JSON: {band: share}
    factors: String  # JSON: {factor: mean}


class ReleasePanelRow(SQLModel, table=True):
    """People over whom a signal was released: what later releases are checked against."""

    __tablename__ = "release_panel"
    # It is for nobody to read but the publisher.
    __table_args__ = (
        people(
            access=Shown("counted_in"),
            retention="what was said cannot be unsaid: later releases are checked against it",
            grants=Grants(writer="SELECT, INSERT"),
        ),
    )
    signal: str = column(Text, names=Names.NOBODY, key=True)
    place: int = column(Integer, names=Names.NOBODY, key=True)
    cohort: String
    leaders: Flag  # leaders may see it, and so may everybody
    exact: Flag  # told exactly, and not by steps
    # Sorted 64-bit numbers of `person_number`, big-endian.
    people: bytes = column(LargeBinary, names=Names.DIGEST, erasure=Erasure.OWN)


class ReleaseStepRow(SQLModel, table=True):
    """What people count as in figures about few: wide steps that hold, see `shared.domain.release.steps`."""

    __tablename__ = "release_step"
    # It is for nobody to read but the publisher.
    __table_args__ = (
        people(
            access=Shown("counts_as"),
            retention="until somebody leaves the directory",
            grants=Grants(writer=ALL),
        ),
    )
    signal: str = column(Text, names=Names.NOBODY, key=True)
    width: Real
    centre: Real
    # Sorted 64-bit numbers of `person_number`, big-endian.
    people: bytes = column(LargeBinary, names=Names.DIGEST, erasure=Erasure.OWN)
    # Of each of them in this order: a byte, and a signed one.
    weeks: bytes = column(LargeBinary, names=Names.NOBODY)
    places: bytes = column(LargeBinary, names=Names.NOBODY)


class ReleaseStateRow(SQLModel, table=True):
    """How far releases have come. One row."""

    __tablename__ = "release_state"
    __table_args__ = (nobody(retention="as long as the store"),)
    id: int = column(SmallInteger, names=Names.NOBODY, key=True, default=1)
    released_week: Big = -1  # last week released
    dirty_week: Big = 1 << 30  # earliest week whose readings have changed since
