"""Takes people who were erased out of the records that still come in about them."""

from collections.abc import Iterable, Iterator

import msgspec

from services.signals.intake.anonymise import without_identities, without_people
from services.signals.intake.apply import Candidate, directory_candidate, interaction_candidate
from shared.schemas.directory import DirectoryEvent
from shared.storage.log.event_log import DIRECTORY
from shared.storage.privacy.erasure import Erased


def without_erased(candidates: Iterable[Candidate], erased: Erased) -> Iterator[Candidate]:
    """The candidates without people who were erased. Directory records about nobody else are left out."""
    for each in candidates:
        if each.kind == DIRECTORY:
            changed = _directory(each, erased)
            if changed is not None:
                yield changed
        else:
            yield _interaction(each, erased)


def _directory(candidate: Candidate, erased: Erased) -> Candidate | None:
    event: DirectoryEvent = candidate.value  # type: ignore[assignment]  # told apart by kind
    after = without_people(event, erased, erased)
    if after is None or after is event:
        return None if after is None else candidate
    return directory_candidate(after, msgspec.json.encode(after))


def _interaction(candidate: Candidate, erased: Erased) -> Candidate:
    after = without_identities(candidate.value, erased)  # type: ignore[arg-type]  # told apart by kind
    return candidate if after is candidate.value else interaction_candidate(after, msgspec.json.encode(after))
