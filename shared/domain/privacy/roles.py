"""Who may do what: roles and the permissions they carry, how far a deployment goes, and what people are read about for.

Permissions are also the names of OAuth scopes: an API key or a token may carry fewer than its role grants, never more.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from shared.domain.week import DAY

DEFAULT_TENANT: Final = "default"
"""Tenant of a deployment that names none."""


class Role(StrEnum):
    """What somebody is to the organisation. What a role may do is its row in `GRANTS`."""

    HR_PARTNER = "hr_partner"
    ANALYST = "analyst"
    LEADER = "leader"
    EMPLOYEE = "employee"
    INTEGRATION = "integration"
    OPERATOR = "operator"
    AUDITOR = "auditor"


PERSONAL_ROLES: Final = frozenset({Role.HR_PARTNER, Role.LEADER, Role.EMPLOYEE})
"""Roles that mean nothing without a person of the directory: what they may see follows from who that is."""


DIRECTORY_ROLES: Final = PERSONAL_ROLES | {Role.ANALYST}
"""Roles of people; the others may be held by machines."""


class Permission(StrEnum):
    """What an operation asks for."""

    READ_SIGNALS = "signals:read"
    READ_DIRECTORY = "directory:read"
    READ_AGGREGATES = "aggregates:read"
    READ_SOURCES = "sources:read"  # how much of what they send is about people who are known
    READ_PEOPLE = "people:read"  # readings of named people, in case mode
    READ_OWN = "own:read"  # what concerns oneself
    READ_CASES = "cases:read"
    OPEN_CASES = "cases:open"  # and close them; who is no operator, for themselves alone
    APPROVE_CASES = "cases:approve"  # of others
    READ_AUDIT = "audit:read"
    HANDLE_ALERTS = "alerts:handle"  # and read them, in case mode
    OWN_NOTIFICATIONS = "notifications:own"  # be told that one's list changed
    SUBSCRIBE = "subscriptions:manage"  # tools: to what the program did
    LINK_ACCOUNTS = "accounts:link"  # say whose they are, and see which are nobody's
    CONFIRM_NAMES = "names:confirm"  # of teams, goals and queues, and see what they are called


_EVERYBODY: Final = frozenset({Permission.READ_SIGNALS})
_HUMAN: Final = _EVERYBODY | {Permission.READ_OWN}

GRANTS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.HR_PARTNER: _HUMAN
    | {
        Permission.READ_DIRECTORY,
        Permission.READ_AGGREGATES,
        Permission.READ_PEOPLE,
        Permission.READ_CASES,
        Permission.OPEN_CASES,
        Permission.APPROVE_CASES,
        Permission.HANDLE_ALERTS,
        Permission.OWN_NOTIFICATIONS,
    },
    Role.ANALYST: _HUMAN | {Permission.READ_AGGREGATES, Permission.READ_SOURCES},
    Role.LEADER: _HUMAN | {Permission.READ_AGGREGATES},
    Role.EMPLOYEE: _HUMAN,
    Role.INTEGRATION: _EVERYBODY
    | {
        Permission.READ_DIRECTORY,
        Permission.READ_AGGREGATES,
        Permission.SUBSCRIBE,
        Permission.LINK_ACCOUNTS,
    },
    # Operators open and approve cases of others, and have no permission to read in one.
    Role.OPERATOR: _EVERYBODY
    | {
        Permission.READ_DIRECTORY,
        Permission.READ_CASES,
        Permission.OPEN_CASES,
        Permission.APPROVE_CASES,
        Permission.SUBSCRIBE,
        Permission.CONFIRM_NAMES,
        Permission.LINK_ACCOUNTS,
        Permission.READ_SOURCES,
    },
    Role.AUDITOR: _EVERYBODY | {Permission.READ_CASES, Permission.APPROVE_CASES, Permission.READ_AUDIT},
}
"""Every role and what it may do at most. What is not here is denied."""


class Mode(StrEnum):
    """How far a deployment goes; each mode includes those before it."""

    AGGREGATE = "aggregate"  # groups of at least k people
    SELF = "self"  # and everybody what concerns themselves
    CASE = "case"  # and named HR partners named people, while a case is open

    def includes(self, other: "Mode") -> bool:
        """Whether what `other` allows is allowed in this mode."""
        order = list(Mode)
        return order.index(other) <= order.index(self)


class Purpose(StrEnum):
    """Why somebody reads about named people. The list is closed; the purpose stands in the audit."""

    RELATIONSHIP_SUPPORT = "relationship-support"
    ESCALATION_PREVENTION = "escalation-prevention"
    DATA_SUBJECT_REQUEST = "data-subject-request"
    OWN_DATA = "own-data"


CASE_PURPOSES: Final = frozenset(Purpose) - {Purpose.OWN_DATA}
"""What a case can be opened for."""

LONGEST_CASE_SECONDS: Final = 30 * DAY
"""A case that is needed for longer is opened again, so that somebody looks at it."""
