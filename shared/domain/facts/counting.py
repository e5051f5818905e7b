"""Whether an event can count for anybody: that depends on how many of its accounts belong to somebody."""

from typing import Final

_BETWEEN: Final = 2


def can_count(accounts: int, owned: int) -> bool:
    """Whether an event about so many accounts, so many of them of somebody, can count for anybody.

    What is between people needs two who are known; what names one account alone needs that one.
    """
    return owned > 0 and owned >= min(accounts, _BETWEEN)
