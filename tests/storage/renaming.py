"""Exports under other names, brought back to the first ones, so that they can be compared."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

_SIDE: Final = re.compile("^(first|second)(?=_heard_)|(first|second)$")
_OTHER_SIDE: Final = {"first": "second", "second": "first"}


class Renaming:
    """Puts names back, and the two ends of what has no direction into the order of their first names."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """`names` are the first ones by those in the export; nothing else in it may look like one of these."""
        self._names: Final = names
        self._any: Final = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))) or "(?!)")

    def undone(self, lines: list[bytes]) -> list[bytes]:
        """The lines of an export of readings, alerts or facts, sorted."""
        return sorted(msgspec.json.encode(self._line(line)) for line in lines)

    def _line(self, line: bytes) -> Any:
        found = msgspec.json.decode(self._any.sub(lambda name: self._names[name[0]], line.decode()))
        kind, _, people = found.get("subject", "").partition(":")
        one, _, other = people.partition("|")
        if kind == "pair" and one > other:
            found["subject"] = f"pair:{other}|{one}"
            for factor in found["factors"]:
                if factor["name"].endswith("_balance"):  # the first's share less the second's
                    factor["value"] = 0.0 - factor["value"]
                factor["name"] = _SIDE.sub(lambda side: _OTHER_SIDE[side[0]], factor["name"])
        if kind == "pair":
            found["factors"].sort(key=lambda factor: factor["name"])
        elif found.get("channel") == "meeting" and found["sender"] > found["recipient"]:
            found["sender"], found["recipient"] = found["recipient"], found["sender"]
        return found
