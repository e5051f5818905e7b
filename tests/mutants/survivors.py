"""The mutations of `survivors.toml`: no test can notice them, or none should."""

from pathlib import Path
from typing import Final

import msgspec

from tests.mutants.operators import Mutation

FILE: Final = Path(__file__).with_name("survivors.toml")


class Survivor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mutation and why it does no harm."""

    file: str
    within: str
    old: str
    new: str
    reason: str

    @property
    def change(self) -> tuple[str, str, str, str]:
        """What it is known by."""
        return self.file, self.within, self.old, self.new


def change_of(mutation: Mutation) -> tuple[str, str, str, str]:
    """What a mutation is known by in the file: white space makes no difference."""
    return mutation.file, mutation.within, " ".join(mutation.old.split()), " ".join(mutation.new.split())


def survivors() -> tuple[Survivor, ...]:
    """All that are explained."""
    declared: dict[str, tuple[Survivor, ...]] = msgspec.toml.decode(
        FILE.read_bytes(), type=dict[str, tuple[Survivor, ...]]
    )
    return declared.get("survivor", ())
