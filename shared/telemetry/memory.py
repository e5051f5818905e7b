"""Memory that the C library keeps after a burst of work, given back to the system. Elsewhere than on glibc: nothing."""

import ctypes
import gc
from typing import Final

# Every thread may get an arena of its own, and each keeps what its largest batch took; two are enough for ours.
_ARENAS: Final = 2
_M_ARENA_MAX: Final = -8  # from malloc.h


def share_arenas() -> None:
    """Let the threads of this process share two arenas. Call it before there are threads."""
    _call("mallopt", _M_ARENA_MAX, _ARENAS)


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
