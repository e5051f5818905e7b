"""Where the store names people: every column of every table that does, and how.

Whoever adds a table declares it here, or says in `NAMES_NOBODY` that it names nobody; a contract test asks for one of
the two, and then for its place in what is held, in erasure and in retention.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Table
from sqlmodel import SQLModel

from shared.storage.engine import bulk
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


@dataclass(frozen=True, slots=True)
class Naming:
    """How a table names people, by column: with their pseudonym in the text, the integer of an account, or several."""

    model: type[SQLModel]
    text: tuple[str, ...] = ()
    account: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()  # separated by commas
    digest: tuple[str, ...] = ()

    @property
    def table(self) -> Table:
        """The SQLAlchemy table."""
        return bulk.table_of(self.model)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that name people."""
        return (*self.text, *self.account, *self.accounts, *self.digest)


DATA_INVENTORY: Final = (
    Naming(IdentityRow, text=("key",)),
    Naming(EventLogRow, text=("body",)),
    Naming(PairDayRow, account=("sender", "recipient")),
    Naming(TextDayRow, account=("sender", "recipient")),
    Naming(ContactRow, account=("sender", "recipient"), accounts=("others",)),
    Naming(MeetingRow, account=("organiser", "changed_by"), accounts=("people", "invited")),
    Naming(AttendanceRow, account=("identity",)),
    Naming(TicketStepRow, account=("actor", "target")),
    Naming(TicketMoveRow, account=("actor", "reporter", "assignee")),
    Naming(GoalWeekRow, account=("identity",)),
    Naming(DirtyRow, text=("who",)),
    Naming(PersonRow, text=("key",)),
    Naming(IdentityLinkRow, text=("person",), account=("identity",)),
    Naming(ReportingLineRow, text=("person", "manager")),
    Naming(GoalRow, text=("owner",)),
    Naming(AcceptedRow, text=("key", "value")),
    Naming(OutboxRow, text=("key", "value")),
    Naming(PersonWeekRow, text=("person",)),
    Naming(BaselineRow, text=("name",)),
    Naming(ReadingRow, text=("first", "second", "third")),
    Naming(AlertRow, text=("first", "second", "third")),
    Naming(AlertEventRow, text=("actor",)),
    Naming(ApiKeyRow, text=("person",)),
    Naming(CaseRow, text=("partner", "opened_by", "closed_by")),
    Naming(DelegationRow, text=("principal", "delegate")),
    Naming(WebhookEndpointRow, text=("person", "created_by")),
    Naming(AuditRow, text=("key_id", "subject")),
    Naming(AuditEntryRow, text=("key_id", "people")),
    Naming(ExclusionRow, text=("name",)),
    Naming(RegisterRow, text=("pseudonym",)),
    Naming(RegisterKeyRow, text=("pseudonym",)),
    Naming(ReleasePanelRow, digest=("people",)),
    Naming(ErasureRow, digest=("digest",)),
)

NAMES_NOBODY: Final[Mapping[type[SQLModel], str]] = {
    TeamRow: "nodes of the organisation",
    PartitionOffsetRow: "where consumers are",
    DeadLetterRow: "where a record lies, and why it cannot work",
    ScoringStateRow: "how far scoring is",
    ReleaseRow: "groups of at least k people",
    ReleaseStateRow: "how far releasing is",
    AlertWeekRow: "counts of the whole organisation",
    AlertSaltRow: "a key",
    WebhookMessageRow: "an alert and an endpoint by their ids",
    AuditHeadRow: "the end of the chain",
    AuditRootRow: "signatures",
    AuditCutRow: "a signature",
    HazardModelRow: "models",
    ScoringConfigurationRow: "which model is in use",
    PseudonymKeyRow: "the proof of a key",
}
"""Tables that name nobody, and what they hold instead."""
