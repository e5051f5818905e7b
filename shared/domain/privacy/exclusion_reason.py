"""Why people, accounts, places and talks do not count."""

from enum import StrEnum


class Reason(StrEnum):
    """Why somebody does not count. The list is closed and says nothing of anybody's case."""

    OBJECTION = "objection"  # the person opted out
    REPRESENTATIVE = "representative"  # works council, union, staff representation
    CONFIDENTIAL_OFFICE = "confidential-office"  # ethics, ombuds, legal, medical, whistle-blowing
    HUMAN_RESOURCES = "human-resources"
    PLANNED_SKIP_LEVEL = "planned-skip-level"  # talks that were arranged
