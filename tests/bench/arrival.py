"""What letting chat events in costs a channel service, without Kafka: `python -m tests.bench.arrival`.

Each way decodes, converts and encodes the same events; what differs is what is known of the names. Times are the best
of several rounds of this process's own CPU time.
"""

import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from prometheus_client import CollectorRegistry

from services.chat.app import build
from services.chat.handle import interaction
from services.chat.settings import ChatSettings
from shared.domain.privacy.pseudonym import ArrivingNames
from shared.ingest.pseudonymise import pseudonymise
from shared.schemas.chat import ChatEvent
from shared.schemas.interaction import AnyInteraction
from shared.telemetry.metrics import Metrics
from shared.transport.records import Reader, Record
from tests.bench.events import chat_events, identity
from tests.names import CHECKS, PSEUDONYMS, behind_edge
from tests.transport.raw import raw

EVENTS: Final = 20_000
ROUNDS: Final = 15


def microseconds(way: Callable[[Record], AnyInteraction | None], records: Sequence[Record]) -> float:
    """CPU time of one record, the best of all rounds."""
    encode = msgspec.json.Encoder().encode
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        for record in records:
            encode(way(record))
        best = min(best, time.process_time() - started)
    return best / len(records) * 1e6


def main() -> None:
    """Measure and print."""
    events = list(chat_events(EVENTS))
    checked: list[Record] = [raw(behind_edge(each).value) for each in events]
    plain: list[Record] = [raw(msgspec.json.encode(pseudonymise(each, PSEUDONYMS)[0])) for each in events]
    service = build(ChatSettings(), Metrics(CollectorRegistry()), checks=CHECKS)
    reader: Reader[ChatEvent] = Reader(msgspec.json.Decoder(ChatEvent), lambda event: event.time.timestamp())
    anybody = ArrivingNames(CHECKS)
    for number in range(len(events)):
        name = PSEUDONYMS.identity(identity(number))
        anybody[name] = name
    rows = {
        "names by their pattern alone, as before": microseconds(
            lambda record: interaction(reader.read(record), anybody), plain
        ),
        "names and ids verified": microseconds(service.interaction, checked),
    }
    for name, value in rows.items():
        sys.stdout.write(f"{name}: {value:.2f} microseconds a record\n")
    first = [CHECKS.add(PSEUDONYMS.identity(identity(number))) for number in range(1_000)]
    started = time.process_time()
    for name in first:
        CHECKS.remove(name)
    used = (time.process_time() - started) / len(first) * 1e6
    sys.stdout.write(f"a name that is seen for the first time: {used:.2f} microseconds\n")


if __name__ == "__main__":
    main()
