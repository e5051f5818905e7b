"""What every table tells of people, and what the roles of a PostgreSQL server may do with it. One line a table.

The owner migrates, takes people out and runs the commands; the writer is the signals service; the reader is the API.
What is not listed is not granted. A table that is missing here fails a test, and nobody but the owner can read it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlmodel import SQLModel

from shared.storage.tables.access import ApiKeyRow, CaseRow, DelegationRow
from shared.storage.tables.alerts import AlertEventRow, AlertRow, AlertSaltRow, AlertWeekRow
from shared.storage.tables.audit import AuditCutRow, AuditEntryRow, AuditHeadRow, AuditRootRow, AuditRow
from shared.storage.tables.baselines import BaselineRow, PersonWeekRow
from shared.storage.tables.directory import GoalRow, IdentityLinkRow, PersonRow, ReportingLineRow, TeamRow
from shared.storage.tables.exclusions import ExclusionRow
from shared.storage.tables.facts import AttendanceRow, ContactRow, IdentityRow, MeetingRow, PairDayRow, TicketStepRow
from shared.storage.tables.log import AcceptedRow, DeadLetterRow, EventLogRow, OutboxRow, PartitionOffsetRow
from shared.storage.tables.models import HazardModelRow, ScoringConfigurationRow
from shared.storage.tables.readings import DirtyRow, ReadingRow, ScoringStateRow
from shared.storage.tables.register import ErasureRow, PseudonymKeyRow, RegisterKeyRow, RegisterRow
from shared.storage.tables.releases import ReleasePanelRow, ReleaseRow, ReleaseStateRow
from shared.storage.tables.texts import TextDayRow
from shared.storage.tables.webhooks import WebhookEndpointRow, WebhookMessageRow
from shared.storage.tables.work import GoalWeekRow, TicketMoveRow


class About(StrEnum):
    """Of whom a table tells."""

    NOBODY = "nobody"
    PEOPLE = "people"  # names them, their accounts, or what happened between these
    READINGS = "readings"  # what was worked out about named people, and its history


@dataclass(frozen=True, slots=True)
class TableGrants:
    """Of whom a table tells, and the privileges of writer and reader, as GRANT writes them; empty for none."""

    about: About
    writer: str = ""
    reader: str = ""


_ALL: Final = "SELECT, INSERT, UPDATE, DELETE"
_READ: Final = "SELECT"
_FACTS: Final = TableGrants(About.PEOPLE, _ALL)  # the API has no business with them
_STATE: Final = TableGrants(About.NOBODY, _ALL)
_DIRECTORY: Final = TableGrants(About.PEOPLE, _ALL, _READ)

TABLE_GRANTS: Final[Mapping[type[SQLModel], TableGrants]] = {
    # What happened.
    AcceptedRow: _FACTS,
    EventLogRow: _FACTS,
    AttendanceRow: _FACTS,
    ContactRow: _FACTS,
    DirtyRow: _FACTS,
    ExclusionRow: _FACTS,
    GoalRow: _FACTS,
    GoalWeekRow: _FACTS,
    BaselineRow: _FACTS,
    PersonWeekRow: _FACTS,
    IdentityLinkRow: _FACTS,
    IdentityRow: _FACTS,
    MeetingRow: _FACTS,
    PairDayRow: _FACTS,
    TextDayRow: _FACTS,
    TicketMoveRow: _FACTS,
    TicketStepRow: _FACTS,
    # How far the services have come.
    AlertSaltRow: _STATE,
    AlertWeekRow: _STATE,
    DeadLetterRow: _STATE,
    HazardModelRow: _STATE,
    PartitionOffsetRow: _STATE,
    PseudonymKeyRow: _STATE,
    ReleaseStateRow: _STATE,
    ScoringConfigurationRow: _STATE,
    ScoringStateRow: _STATE,
    # Who is who. An erasure is the owner's; the writer only asks who was erased.
    DelegationRow: _DIRECTORY,
    ErasureRow: TableGrants(About.PEOPLE, _READ),
    PersonRow: _DIRECTORY,
    RegisterKeyRow: _DIRECTORY,
    RegisterRow: _DIRECTORY,
    ReportingLineRow: _DIRECTORY,
    TeamRow: TableGrants(About.NOBODY, _ALL, _READ),
    # What was released about groups. The ledger says of whom, and is for nobody to read but the publisher.
    ReleasePanelRow: TableGrants(About.PEOPLE, "SELECT, INSERT"),
    ReleaseRow: TableGrants(About.NOBODY, "SELECT, INSERT", _READ),
    # What was worked out about people. The API changes what people make of an alert, and not what the rule found.
    AlertEventRow: TableGrants(About.READINGS, _ALL, "SELECT, INSERT"),
    AlertRow: TableGrants(
        About.READINGS, _ALL, "SELECT, UPDATE (state, handling, snoozed_until, snoozed_value, verdict)"
    ),
    ReadingRow: TableGrants(About.READINGS, _ALL, _READ),
    # Who may read, and who did. Neither service can make a key or change an entry; those go up to a signed cut, which
    # triggers hold the writer to.
    ApiKeyRow: TableGrants(About.PEOPLE, "SELECT, DELETE", _READ),
    AuditCutRow: TableGrants(About.NOBODY, "SELECT, INSERT, UPDATE"),
    AuditEntryRow: TableGrants(About.PEOPLE, "SELECT, DELETE", "INSERT"),
    AuditHeadRow: TableGrants(About.NOBODY, _READ, "SELECT, INSERT, UPDATE"),
    AuditRootRow: TableGrants(About.NOBODY, "SELECT, INSERT"),
    AuditRow: TableGrants(About.PEOPLE, "SELECT, DELETE", "SELECT, INSERT"),
    CaseRow: TableGrants(About.PEOPLE, "SELECT, DELETE", "SELECT, INSERT, UPDATE (closed_at, closed_by)"),
    # Who is told.
    OutboxRow: TableGrants(About.PEOPLE, _ALL, "INSERT"),
    WebhookEndpointRow: TableGrants(
        About.PEOPLE, _ALL, "SELECT, INSERT, UPDATE (disabled_at, disabled_because, paused_until)"
    ),
    WebhookMessageRow: TableGrants(About.PEOPLE, _ALL, "SELECT, INSERT, UPDATE (outcome, ended_at)"),
}
