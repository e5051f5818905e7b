"""Actions: what a reading suggests, as an invitation to the leader, never as a judgement of anybody."""

from collections.abc import Iterable, Mapping
from typing import Final

from shared.domain.evidence.reading import Factor

ACTIONS: Final[Mapping[str, str]] = {
    "keep_going": "Nothing to repair. Keep doing what keeps this relationship going.",
    "close_the_loop": "Close the loop on the open asks; acknowledge first, then add.",
    "acknowledge_first": "Try 'yes, and': restate their point before you add yours.",
    "lead_with_curiosity": (
        "Lead with curiosity: ask what drives, rewards and limits them, and collect pros and cons before you propose."
    ),
    "shared_goal": "Move one level up: name the goal that both of you share and start the next talk from there.",
    "book_time": "Book time together that is not about a deliverable.",
    "restore_one_on_one": "Put the next one-to-one back into the calendar and protect it.",
    "three_way_talk": (
        "Invite a talk of three: you, them and your own leader, about what each of you needs to be heard early."
    ),
    "name_an_owner": "Agree on one owner for it, and tell the requester who that is and when they will hear next.",
    "reach_out": "Catch up with a peer or a senior leader you have not talked to lately, without an agenda.",
    "ask_what_for": "Ask the group what this meeting is for, and change or drop what nobody needs.",
    "hear_everybody": "Go round: ask those who have not spoken yet for their view before the group decides.",
    "explore_jointly": "Explore jointly: gather every side's facts and build one pooled point of view.",
}
"""Every action by key. A reading names one; the text has no placeholders and can be shown as it is."""


def action_text(key: str, factors: Iterable[Factor]) -> str:
    """The invitation, with counts from the reading's factors where they help.

    Raises:
        KeyError: there is no such action.
    """
    text = ACTIONS[key]
    if key == "close_the_loop":
        return _close_the_loop(list(factors)) or text
    if key == "restore_one_on_one":
        weeks = max((int(factor.value) for factor in factors if factor.name == "weeks_since_last"), default=0)
        return f"{text} The last one was {_times(weeks, 'week')} ago." if weeks else text
    return text


def _close_the_loop(factors: list[Factor]) -> str:
    """With the number of open asks and the age of the oldest; empty when none is open."""
    asks = sum(int(factor.value) for factor in factors if _is(factor, "open_asks") or _is(factor, "parked_asks"))
    if not asks:
        return ""
    days = max((int(factor.value) for factor in factors if _is(factor, "oldest_open_days")), default=0)
    age = f"{_times(days, 'day')} old" if days else "from today"
    oldest = f", the oldest {age}" if asks > 1 else f", {age}"
    return f"Close the loop on {_times(asks, 'open ask')}{oldest}; acknowledge first, then add."


def _is(factor: Factor, name: str) -> bool:
    """Whether a factor has this name, or this name for one side of a pair."""
    return factor.name == name or factor.name.startswith(f"{name}_to_")


def _times(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
