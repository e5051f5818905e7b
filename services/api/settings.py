"""Settings of the API."""

from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from shared.domain.access import Mode
from shared.settings import ServiceSettings
from shared.storage.keys import DEFAULT_TENANT

MOST_ROWS: Final = 200
"""Largest page: a page is one answer of some 100 kB at most, and one audit row per person on it."""


class ApiSettings(ServiceSettings):
    """`k` people make a cell that may be shown, `k_leader` one that a leader may see: leaders know who is who."""

    page_rows: Annotated[int, Field(ge=1, le=MOST_ROWS, description="Rows of a page when no limit is asked for.")] = 50
    k: Annotated[int, Field(ge=5, description="Fewest people of an aggregate.")] = 5
    k_leader: Annotated[int, Field(ge=10, description="Fewest people of an aggregate shown to a leader.")] = 10
    mode: Annotated[Mode, Field(description="How far this deployment goes: aggregate, self or case.")] = Mode.AGGREGATE
    dpia_reference: Annotated[
        str, Field(max_length=200, description="Data-protection impact assessment that covers case mode.")
    ] = ""
    agreement_reference: Annotated[
        str, Field(max_length=200, description="Agreement with the employees' representatives on case mode.")
    ] = ""
    tenant: Annotated[
        str, Field(min_length=1, max_length=64, description="Whose store this is; other tenants' keys are refused.")
    ] = DEFAULT_TENANT

    @model_validator(mode="after")
    def _case_mode_is_agreed(self) -> Self:
        missing = [
            f"BELLWETHER_{name}"
            for name, value in (
                ("DPIA_REFERENCE", self.dpia_reference),
                ("AGREEMENT_REFERENCE", self.agreement_reference),
            )
            if not value.strip()
        ]
        if self.mode is Mode.CASE and missing:
            raise ValueError(
                f"case mode shows named people: it needs {' and '.join(missing)}, the reference of the impact "
                "assessment and of the agreement with the employees' representatives that allow it"
            )
        return self
