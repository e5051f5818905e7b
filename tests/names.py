"""Names behind the edge: those that bear the checks of a key of the tests, and tests that let in everybody."""

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from services.signals.intake.admission import Admission
from shared.domain.privacy.named_things import ThingKind
from shared.domain.privacy.pseudonym import ArrivingNames, DepartingNames, PseudonymChecks, Pseudonyms
from shared.ingest.pseudonymise import pseudonymise
from shared.ingest.routing import record_of
from shared.schemas.directory import DirectoryEvent
from shared.schemas.interaction import Stepped
from shared.schemas.registry import CanonicalEvent
from shared.storage.log.event_log import Outgoing

KEY: Final = b"the key of these tests, 32 bytes."[:32]
PSEUDONYMS: Final = Pseudonyms(KEY)
CHECKS: Final = PseudonymChecks(PSEUDONYMS.check_key())
DEPARTING: Final = DepartingNames(CHECKS)


class AnyNames(ArrivingNames):
    """Lets in everybody, under the name that they bear: for tests of what comes behind."""

    def __missing__(self, identity: str) -> str:
        return identity

    def person(self, key: str) -> str:
        return key

    def native_id(self, text: str) -> str:
        return text

    def named(self, kind: ThingKind, text: str) -> str:
        del kind
        return text

    def ticket(self, text: str) -> str:
        return text


class OpenAdmission(Admission):
    """Lets in everything."""

    def directory(self, event: DirectoryEvent, *, sent_ms: int) -> DirectoryEvent:
        del sent_ms
        return event

    def identities(self, identities: Iterable[str]) -> None:
        """Nobody is refused."""

    def things(self, stepped: Stepped) -> None:
        """Nothing is refused."""


ANY_NAMES: Final = AnyNames(CHECKS)
OPEN: Final = OpenAdmission(CHECKS, unchecked_until_ms=0)


def confirmed(names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Rows of names that an operator has confirmed, by key."""
    common = {"own_words": False, "held_back": False, "confirmed_at": 0}
    return [{"key": key, "name": name} | common for key, name in names.items()]


def key_files(directory: Path) -> dict[str, str]:
    """Files with the keys of edges, as settings name them; all that are made hold the same pseudonym key."""
    directory.mkdir(parents=True, exist_ok=True)
    contents = {"pseudonym": KEY.hex(), "register": urlsafe_b64encode(KEY).decode()}
    named = {}
    for name, content in contents.items():
        file = directory / f"{name}.key"
        file.write_text(content)
        named[f"BELLWETHER_{name.upper()}_KEY_FILE"] = str(file)
    return named


def behind_edge(event: CanonicalEvent, *, topic_prefix: str = "") -> Outgoing:
    """The record of an event once it has passed the edge."""
    return record_of(pseudonymise(event, PSEUDONYMS)[0], DEPARTING, topic_prefix=topic_prefix)
