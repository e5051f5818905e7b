"""Logging of the program."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

MOST_LINES: Final = 20
"""Most lines a minute that one place in the code may log."""
_MINUTE_SECONDS: Final = 60.0


def set_up_logging(level: str) -> None:
    """Log to standard error, one line a message. Libraries log only warnings and errors.

    A place in the code that logs too often is heard no more for the rest of the minute: whoever can make a service log
    must not be able to fill its disk.
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for handler in logging.getLogger().handlers:
        if not any(isinstance(each, FewLines) for each in handler.filters):
            handler.addFilter(FewLines())
    logging.getLogger("bellwether").setLevel(level)
    # Ours below its own: whenever it is imported it sets that one to INFO again.
    logging.getLogger("faststream.bellwether").setLevel(logging.ERROR)
    # Rebalances of a single consumer and restarts of the embedded broker are ordinary; failures surface as errors.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


@dataclass(slots=True)
class _Lines:
    began: float
    count: int = 0


class FewLines(logging.Filter):
    """Lets few lines a minute through from each place in the code, and says where it leaves some out."""

    def __init__(self, most: int = MOST_LINES, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._most: Final = most
        self._clock: Final = clock
        self._lines: Final[dict[tuple[str, int], _Lines]] = {}  # as many as there are places

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a line is shown. Changes the first and the last one of a minute to tell of what is left out."""
        now, place = self._clock(), (record.pathname, record.lineno)
        lines = self._lines.setdefault(place, _Lines(now))
        if now - lines.began >= _MINUTE_SECONDS:
            if lines.count > self._most:
                _add(record, f"({lines.count - self._most} lines from here were left out before)")
            lines.began, lines.count = now, 0
        lines.count += 1
        if lines.count == self._most:
            _add(record, "(more from here in this minute are left out)")
        return lines.count <= self._most


def _add(record: logging.LogRecord, text: str) -> None:
    record.msg, record.args = f"{record.getMessage()} {text}", None
