"""Memory of a process: what its collector goes through, and what the C library keeps after a burst of work.

Elsewhere than on glibc the latter stays as it is.
"""

import ctypes
import gc
from typing import Final

# Every thread may get an arena of its own, and each keeps what its largest batch took; two are enough for ours.
_ARENAS: Final = 2
_M_ARENA_MAX: Final = -8  # from malloc.h


def set_up_collector() -> None:
    """Keep the garbage collector from going through what lives as long as the process, time and again.

    A batch makes tens of thousands of objects without cycles: at Python's own threshold of 700 the collector took a
    third of the signals service's time. Threads share two arenas, so call it before there are any.
    """
    _call("mallopt", _M_ARENA_MAX, _ARENAS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


def give_back_memory() -> None:
    """Return what is free. Takes some milliseconds, so after a burst and not within one."""
    gc.collect()
    _call("malloc_trim", 0)


def _call(name: str, *arguments: int) -> None:
    try:
        function = getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):
        return
    function(*arguments)
