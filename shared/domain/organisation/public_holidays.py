"""Public holidays of a country or a part of it, by the `holidays` library."""

from datetime import date
from functools import lru_cache
from typing import Final

ANY_YEAR: Final = 2026
"""A region that is known has holidays in every year; this one serves to find out."""


@lru_cache(maxsize=1024)
def public_holidays(region: str, year: int) -> frozenset[date]:
    """Days of a year that are public holidays in a region such as `NZ` or `DE-BY`.

    Raises:
        ValueError: the region is not known.
    """
    import holidays  # it takes a fifth of a second, and few companies name a region

    country, _, part = region.upper().partition("-")
    try:
        found = holidays.country_holidays(country, subdiv=part or None, years=year)
    except NotImplementedError:
        raise ValueError(f"public holidays of {region!r} are not known") from None
    return frozenset(found)
