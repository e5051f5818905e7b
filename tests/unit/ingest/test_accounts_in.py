"""The accounts that an event is about are those that get pseudonyms, but for rooms and lists beside a meeting."""

from datetime import UTC, datetime

from msgspec.structs import replace

from services.simulator.scenario import Scenario
from services.simulator.world import events
from shared.domain.privacy.named_things import ThingKind
from shared.schemas.names import accounts_in, renamed
from shared.schemas.registry import CanonicalEvent
from shared.sources.reader import Accepted, Options
from shared.sources.registry import SOURCES

SMALL = Scenario(seed=7, ends_at=datetime(2026, 3, 5, 14, 30, tzinfo=UTC), people=40, weeks=4, stories=("null",))


class Recording:
    """Gives names back as they are, and keeps the accounts among them."""

    def __init__(self) -> None:
        self.accounts: set[str] = set()

    def person(self, key: str) -> str:
        return key

    def identity(self, identity: str) -> str:
        self.accounts.add(identity)
        return identity

    def native_id(self, text: str) -> str:
        return text

    def named(self, kind: ThingKind, text: str) -> str:
        del kind
        return text

    def ticket(self, text: str) -> str:
        return text


def of_examples() -> list[CanonicalEvent]:
    return [
        item.event
        for source in SOURCES
        for item in source.read(source.example.encode().splitlines(keepends=True), Options())
        if isinstance(item, Accepted)
    ]


def test_accounts_are_those_that_get_pseudonyms() -> None:
    found: dict[type, CanonicalEvent] = {}
    for event in [*of_examples(), *events(SMALL)]:
        found.setdefault(type(event), event)
        names, anything = Recording(), event
        if also := getattr(event.data, "also_invited", ()):
            anything = replace(event, data=replace(event.data, also_invited=()))
            assert not set(also) <= accounts_in(event)
        renamed(anything, names)
        assert accounts_in(event) == names.accounts, event
    assert len(found) > 10
