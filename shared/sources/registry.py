"""Every format that can be imported. A new one is a file with a `SOURCE` and a line in `SOURCES`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from shared.sources.calendar import ics, outlook_csv
from shared.sources.chat import chat_json, slack
from shared.sources.events import canonical
from shared.sources.goals import goals_csv, goals_json
from shared.sources.kinds import Kind
from shared.sources.mail import mail_csv, mbox
from shared.sources.people import people_csv
from shared.sources.recognition import Certainty, Column, Match, Sample
from shared.sources.source import Source
from shared.sources.tickets import log_csv, tracker_json


def with_unique_formats(*sources: Source) -> tuple[Source, ...]:
    """The sources as they are. Raises ValueError when two of them have the same format."""
    known: dict[str, Source] = {}
    for source in sources:
        if source.format in known:
            raise ValueError(f"two sources have the format {source.format}; each needs a name of its own")
        known[source.format] = source
    return sources


SOURCES: Final[tuple[Source, ...]] = with_unique_formats(
    people_csv.SOURCE,
    mail_csv.SOURCE,
    mbox.SOURCE,
    ics.SOURCE,
    outlook_csv.SOURCE,
    log_csv.SOURCE,
    tracker_json.SOURCE,
    slack.SOURCE,
    chat_json.SOURCE,
    goals_csv.SOURCE,
    goals_json.SOURCE,
    canonical.SOURCE,
)


class UnrecognisedError(ValueError):
    """No source is sure of a file, or several are. The message names the formats and holds nothing of the file."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """The source that a file was taken for, and why."""

    source: Source
    because: str
    columns: tuple[Column, ...] = ()
    unused: int = 0
    """How many columns of a table are not read."""


def sources_of(kind: Kind | None, sources: Iterable[Source] = SOURCES) -> tuple[Source, ...]:
    """The sources of a kind, or of every kind, in the order of the registry."""
    return tuple(source for source in sources if kind is None or source.kind == kind)


def source_of(format_name: str) -> Source:
    """The source of a format. Raises KeyError for a format that is not registered."""
    return {source.format: source for source in SOURCES}[format_name]


def recognise(kind: Kind | None, sample: Sample, sources: Iterable[Source] = SOURCES) -> Recognised:
    """The source of a kind, or of any, that is most certain of a sample.

    Raises UnrecognisedError when there is not exactly one.
    """
    if not sample.head.strip():
        raise UnrecognisedError("it is empty")
    matches = {source.format: (source, source.recognise(sample)) for source in sources_of(kind, sources)}
    highest = max((match.certainty for _, match in matches.values()), default=Certainty.NO)
    if highest == Certainty.NO:
        raise UnrecognisedError(_not_recognised(kind, {name: match for name, (_, match) in matches.items()}))
    best = [(source, match) for source, match in matches.values() if match.certainty == highest]
    if len(best) > 1 and kind is None:
        # A table of people needs no more than a column of addresses, which many others have as well.
        best = [each for each in best if each[0].kind != "people"] or best
    if len(best) > 1:
        raise UnrecognisedError(f"it could be {' or '.join(source.format for source, _ in best)}")
    ((source, match),) = best
    return Recognised(source, match.because, match.columns, match.unused)


def _not_recognised(kind: Kind | None, matches: dict[str, Match]) -> str:
    reasons = "; ".join(f"{name}: {match.because}" for name, match in matches.items())
    return f"it is in no known format{f' of {kind}' if kind else ''} ({reasons})"
