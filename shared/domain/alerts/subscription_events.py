"""What tools may be told of: what the program did, never anything about a person."""

from enum import StrEnum
from typing import Final

from shared.domain.week import DAY


class SubscriptionEvent(StrEnum):
    """Kinds of events that a tool can subscribe to."""

    RELEASE_PUBLISHED = "release.published"  # figures about groups for a week; its detail is the week
    IMPORT_FINISHED = "import.finished"  # files were taken in; its detail is the kind of files
    SOURCE_SILENT = "source.silent"  # nothing came from a kind of source; its detail is the kind


LIST_CHANGED: Final = "list.changed"
"""What partners are told: the same for everybody, in every week."""

SILENT_SECONDS: Final = 4 * DAY
"""A kind of source that sends nothing for longer than a weekend and a holiday is silent."""
