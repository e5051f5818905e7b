"""Which tests go to one process, and which begin first, where several processes share a run."""

from typing import Final

from xdist.scheduler import LoadScopeScheduling

# They compare with one run of the same small company, which is made once in each process that needs it.
_TOGETHER: Final = dict.fromkeys(
    (f"tests/e2e/{name}.py" for name in ("test_determinism", "test_poison", "test_restart")), "the undisturbed run"
)
# What takes longest begins first, so that at the end no process is left alone with it.
_LONGEST_FIRST: Final = (
    "tests/e2e/test_determinism.py",
    "tests/e2e/test_poison.py",
    "tests/e2e/test_restart.py",
    "tests/dashboards/test_live.py",
    "tests/e2e/test_real_mail.py",
    "tests/security/test_non_interference.py",
    "tests/e2e/",
    "tests/security/",
    "tests/broker/",
    "tests/dashboards/",
    "tests/storage/",
    "tests/transport/",
    "tests/console/",
)


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # it is not typed
    """Hands out whole files, as `--dist loadfile` does, and some of them together."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return _TOGETHER.get(file, file)


def turn(nodeid: str) -> int:
    """When the file of a test begins: a smaller number is earlier."""
    places = (place for place, start in enumerate(_LONGEST_FIRST) if nodeid.startswith(start))
    return next(places, len(_LONGEST_FIRST))
