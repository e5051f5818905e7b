"""Markers of messages in the order in which they were written, each compared with the message that it answers.

Uptake and follow-up questions need two texts at once. A reader sees a whole conversation in one pass, so it can compare
them. Until the answer comes it keeps word stems in memory; they are gone when the pass ends. There is no uptake when
the earlier message is not in the pass, is too old or was too short.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from shared.domain.text.measure import remembered, split
from shared.domain.text.uptake import Said
from shared.domain.week import DAY
from shared.schemas.chat import Markers
from shared.schemas.markers import markers_of_own

# Half the mails to one person are answered within three days; later, something else is answered.
_ANSWER_SECONDS: Final = 3 * DAY
# Bounds the memory of a pass; the conversation that was silent longest is forgotten first.
_REMEMBERED: Final = 20_000


@dataclass(frozen=True, slots=True)
class _Latest:
    at: int
    said: Said


class Conversations:
    """Keeps what each person wrote last in each conversation, in memory and for one pass."""

    def __init__(self, *, text_features: bool) -> None:
        """Without `text_features` no text is read."""
        self._reads: Final = text_features
        self._latest: Final[OrderedDict[tuple[str, str], _Latest]] = OrderedDict()

    def markers(
        self, text: str | None, *, at: int, sender: str, answered: str | None, place: str, opens: str = ""
    ) -> Markers:
        """Count the markers of the next message of the pass.

        `answered` is the author of the message that it answers, None when that is not known. `place` is its thread or,
        outside threads, the names of those who talk. `opens` is the thread that replies to it will be in.
        """
        if not self._reads or not text:
            return Markers()
        own = split(text)
        earlier = self._latest.get((place, answered)) if answered else None
        fresh = earlier is not None and 0 <= at - earlier.at <= _ANSWER_SECONDS
        found = markers_of_own(own, earlier.said if earlier is not None and fresh else None)
        said = remembered(own)
        for where in {place, opens} - {""}:
            self._remember((where, sender), None if said is None else _Latest(at, said))
        return found

    def _remember(self, key: tuple[str, str], latest: _Latest | None) -> None:
        """A message that cannot be compared with takes the place of an earlier one all the same."""
        self._latest.pop(key, None)
        if latest is not None:
            self._latest[key] = latest
            if len(self._latest) > _REMEMBERED:
                self._latest.popitem(last=False)


def talkers(sender: str, recipients: tuple[str, ...]) -> str:
    """The name of a conversation outside threads: those who talk, in alphabetical order."""
    return " ".join(sorted({sender, *recipients}))


def answered_by(in_reply_to: str | None, recipients: tuple[str, ...]) -> str | None:
    """The author of what a message answers: the one that the source names, else its only recipient, else None."""
    return in_reply_to or (recipients[0] if len(recipients) == 1 else None)
