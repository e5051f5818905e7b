"""Every operation and what it asks for. What is not declared here does not exist: the service refuses to start."""

from dataclasses import dataclass
from typing import Final

from shared.domain.privacy.roles import CASE_PURPOSES, GRANTS, Mode, Permission, Purpose, Role


@dataclass(frozen=True, slots=True)
class Operation:
    """What a request does: the permission it needs, and the mode of the deployment from which on it is allowed."""

    id: str
    permission: Permission
    mode: Mode = Mode.AGGREGATE

    @property
    def readings_of_people(self) -> bool:
        """Whether it tells of named people: it needs a purpose and leaves an audit row per person."""
        return self.mode is not Mode.AGGREGATE

    @property
    def purposes(self) -> frozenset[Purpose]:
        """Purposes that it accepts; none where it tells of nobody."""
        match self.mode:
            case Mode.CASE:
                return CASE_PURPOSES
            case Mode.SELF:
                return frozenset({Purpose.OWN_DATA})
            case Mode.AGGREGATE:
                return frozenset()

    @property
    def roles(self) -> frozenset[Role]:
        """Roles that grant the permission."""
        return frozenset(role for role, granted in GRANTS.items() if self.permission in granted)


LIST_PEOPLE: Final = Operation("listPeople", Permission.READ_DIRECTORY)
LIST_TEAMS: Final = Operation("listTeams", Permission.READ_AGGREGATES)
LIST_RELATIONSHIPS: Final = Operation("listRelationships", Permission.READ_PEOPLE, Mode.CASE)
LIST_ESCALATION_RISKS: Final = Operation("listEscalationRisks", Permission.READ_PEOPLE, Mode.CASE)
READ_HISTORY: Final = Operation("readHistory", Permission.READ_PEOPLE, Mode.CASE)
READ_EVIDENCE: Final = Operation("readEvidence", Permission.READ_PEOPLE, Mode.CASE)
LIST_OWN_READINGS: Final = Operation("listOwnReadings", Permission.READ_OWN, Mode.SELF)
LIST_OWN_AUDIT: Final = Operation("listOwnAudit", Permission.READ_OWN)
LIST_CASES: Final = Operation("listCases", Permission.READ_CASES)
OPEN_CASE: Final = Operation("openCase", Permission.OPEN_CASES)
CLOSE_CASE: Final = Operation("closeCase", Permission.OPEN_CASES)
LIST_ALERTS: Final = Operation("listAlerts", Permission.HANDLE_ALERTS, Mode.CASE)
READ_ALERT: Final = Operation("readAlert", Permission.HANDLE_ALERTS, Mode.CASE)
ACKNOWLEDGE_ALERT: Final = Operation("acknowledgeAlert", Permission.HANDLE_ALERTS, Mode.CASE)
SNOOZE_ALERT: Final = Operation("snoozeAlert", Permission.HANDLE_ALERTS, Mode.CASE)
RESOLVE_ALERT: Final = Operation("resolveAlert", Permission.HANDLE_ALERTS, Mode.CASE)
JUDGE_ALERT: Final = Operation("judgeAlert", Permission.HANDLE_ALERTS, Mode.CASE)
LIST_WEBHOOKS: Final = Operation("listWebhooks", Permission.MANAGE_WEBHOOKS)
ADD_WEBHOOK: Final = Operation("addWebhook", Permission.MANAGE_WEBHOOKS)
ENABLE_WEBHOOK: Final = Operation("enableWebhook", Permission.MANAGE_WEBHOOKS)
DISABLE_WEBHOOK: Final = Operation("disableWebhook", Permission.MANAGE_WEBHOOKS)
LIST_SIGNALS: Final = Operation("listSignals", Permission.READ_SIGNALS)

OPERATIONS: Final = (
    LIST_PEOPLE,
    LIST_TEAMS,
    LIST_RELATIONSHIPS,
    LIST_ESCALATION_RISKS,
    READ_HISTORY,
    READ_EVIDENCE,
    LIST_OWN_READINGS,
    LIST_OWN_AUDIT,
    LIST_CASES,
    OPEN_CASE,
    CLOSE_CASE,
    LIST_ALERTS,
    READ_ALERT,
    ACKNOWLEDGE_ALERT,
    SNOOZE_ALERT,
    RESOLVE_ALERT,
    JUDGE_ALERT,
    LIST_WEBHOOKS,
    ADD_WEBHOOK,
    ENABLE_WEBHOOK,
    DISABLE_WEBHOOK,
    LIST_SIGNALS,
)
