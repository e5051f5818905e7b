"""What the grammar of asks would add to the time that a text takes today, as a ratio."""

from time import process_time
from typing import Final

from shared.domain.text.asks.reading import asks_of_work
from shared.domain.text.measure import markers, split
from tests.bench.texts.measures import rows_of

_ROUNDS: Final = 9


def times_as_long() -> float:
    """How many times as long the tuning half takes with the grammar as without: the best of nine rounds each."""
    texts = [row["text"] for row in rows_of("tuning")]
    rounds = [(_seconds(texts, grammar=False), _seconds(texts, grammar=True)) for _ in range(_ROUNDS)]
    return min(longer for _, longer in rounds) / min(today for today, _ in rounds)


def _seconds(texts: list[str], *, grammar: bool) -> float:
    """CPU seconds from each text to its markers."""
    began = process_time()
    for text in texts:
        own = split(text)
        markers(own, None)
        if grammar and own.basis == "text":
            asks_of_work(own.own, own.words)
    return process_time() - began
