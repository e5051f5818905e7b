"""Tells of names that wait for an operator."""

from collections.abc import Mapping
from typing import Final

from shared.domain.privacy.named_things import ThingKind

_WORDS: Final = {
    ThingKind.TEAM: ("team", "teams"),
    ThingKind.GOAL: ("goal", "goals"),
    ThingKind.QUEUE: ("queue", "queues"),
}


def waiting_line(counts: Mapping[ThingKind, int]) -> str:
    """How many names of what are not shown yet, and what to do; empty when none waits."""
    if not counts:
        return ""
    waiting = " and ".join(f"{count:,} {_WORDS[kind][count > 1]}" for kind, count in counts.items())
    return f"names of {waiting} wait for confirmation; until then neutral ones are shown: `bellwether names list`"
