"""A real company's mail and reporting lines as records behind the edge, under any key."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from services.chat.handle import interaction
from shared.domain.privacy.pseudonym import Pseudonyms
from shared.ingest.pseudonymise import pseudonymise
from shared.schemas.chat import ChatEvent
from shared.schemas.directory import DirectoryEvent
from shared.schemas.registry import CanonicalEvent
from shared.sources.mail import mail_csv
from shared.sources.people import people_csv
from shared.sources.reader import Accepted, Options
from shared.sources.source import Source
from tests.names import ANY_NAMES
from tests.storage.company import AnyRecord

FOLDER: Final = "manufacturing_email"
_OPTIONS: Final = Options(mail_domain="example.org")


@dataclass(slots=True)
class Named:
    """Records under one key, in order of time, and what its pseudonyms stand for."""

    records: list[AnyRecord] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)


def real_mail(data: Path, key: bytes, *, until: int) -> Named:
    """Everything up to an instant (Unix seconds)."""
    pseudonyms, found = Pseudonyms(key), Named()
    people = _events(people_csv.SOURCE, data / FOLDER / "reportsto.csv")
    mails = _events(mail_csv.SOURCE, data / FOLDER / "communication.csv")
    for event in [*people, *sorted(mails, key=lambda each: (each.time, each.id))]:
        if event.time.timestamp() > until and not isinstance(event, DirectoryEvent):
            continue
        behind, known = pseudonymise(event, pseudonyms)
        # A person and an account may have one name.
        found.names |= {each.pseudonym: f"{each.pseudonym.partition(':')[1]}{each.text}" for each in known}
        if isinstance(behind, DirectoryEvent):
            found.records.append(behind)
        elif isinstance(behind, ChatEvent):
            found.records.append(interaction(behind, ANY_NAMES))
    return found


def _events(source: Source, path: Path) -> list[CanonicalEvent]:
    with path.open("rb") as file:
        return [item.event for item in source.read(file, _OPTIONS) if isinstance(item, Accepted)]
