"""Memory of a process: how often the garbage collector runs, and what the C library keeps after a burst of work.

Without glibc, what the C library keeps stays as it is.
"""

import ctypes
import gc
from typing import Final

# Every thread may get an arena of its own, and each keeps what its largest batch took; two are enough for ours.
_ARENAS: Final = 2
_M_ARENA_MAX: Final = -8  # from malloc.h


def set_up_collector() -> None:
    """Keep the garbage collector from going through long-lived objects again and again.

    A batch makes tens of thousands of objects without cycles: at Python's own threshold of 700 the collector took a
    third of the signals service's time. Threads share two arenas, so call it before there are any.
    """
    _call("mallopt", _M_ARENA_MAX, _ARENAS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


def give_back_memory() -> None:
    """Return free memory to the system. It takes some milliseconds, so call it after a burst and not within one."""
    gc.collect()
    _call("malloc_trim", 0)


def _call(name: str, *arguments: int) -> None:
    try:
        function = getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):
        return
    function(*arguments)
