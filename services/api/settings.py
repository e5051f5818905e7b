"""Settings of the API."""

from typing import Annotated, Final

from pydantic import Field

from shared.settings import ServiceSettings

MOST_ROWS: Final = 200
"""Largest page: a page is one answer of some 100 kB at most, and one audit row per person on it."""


class ApiSettings(ServiceSettings):
    """`k` people make a cell that may be shown, `k_leader` one that a leader may see: leaders know who is who."""

    page_rows: Annotated[int, Field(ge=1, le=MOST_ROWS, description="Rows of a page when no limit is asked for.")] = 50
    k: Annotated[int, Field(ge=5, description="Fewest people of an aggregate.")] = 5
    k_leader: Annotated[int, Field(ge=10, description="Fewest people of an aggregate shown to a leader.")] = 10
    case_mode: Annotated[bool, Field(description="Let HR partners read about named people; each read is audited.")] = (
        False
    )
