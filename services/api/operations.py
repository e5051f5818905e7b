"""Every operation and who may call it. What is not declared here does not exist: the service refuses to start."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.storage.keys import Role


class Purpose(StrEnum):
    """Why somebody reads about named people. The list is closed; the purpose stands in the audit."""

    RELATIONSHIP_SUPPORT = "relationship-support"
    ESCALATION_PREVENTION = "escalation-prevention"
    DATA_SUBJECT_REQUEST = "data-subject-request"


@dataclass(frozen=True, slots=True)
class Operation:
    """What a request does. `readings_of_people` ones need case mode, a purpose, and leave an audit row per person."""

    id: str
    roles: frozenset[Role]
    readings_of_people: bool = False


_HR: Final = frozenset({Role.HR_PARTNER})

LIST_PEOPLE: Final = Operation("listPeople", _HR | {Role.OPERATOR})
LIST_TEAMS: Final = Operation("listTeams", _HR | {Role.ANALYST, Role.LEADER})
LIST_RELATIONSHIPS: Final = Operation("listRelationships", _HR, readings_of_people=True)
LIST_ESCALATION_RISKS: Final = Operation("listEscalationRisks", _HR, readings_of_people=True)
READ_HISTORY: Final = Operation("readHistory", _HR, readings_of_people=True)
READ_EVIDENCE: Final = Operation("readEvidence", _HR, readings_of_people=True)
LIST_SIGNALS: Final = Operation("listSignals", frozenset(Role))

OPERATIONS: Final = (
    LIST_PEOPLE,
    LIST_TEAMS,
    LIST_RELATIONSHIPS,
    LIST_ESCALATION_RISKS,
    READ_HISTORY,
    READ_EVIDENCE,
    LIST_SIGNALS,
)
