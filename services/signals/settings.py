"""Settings of the signals service."""

from typing import Annotated

from pydantic import Field

from shared.settings import ServiceSettings


class SignalsSettings(ServiceSettings):
    """How scoring is paced and what may be shown."""

    embedded: Annotated[bool, Field(description="The broker forgets with every start; set by `bellwether up`.")] = False
    k: Annotated[int, Field(ge=5, description="Smallest cell that is shown. Cannot be set below 5.")] = 5
    history_weeks: Annotated[int, Field(ge=1, le=520, description="Closed weeks that readings are kept for.")] = 104
    # A pass over everything is repeated at most this often while events flow; when they stop, the next one follows
    # at once, so that readings settle on the final watermark.
    scoring_pause_seconds: Annotated[float, Field(gt=0)] = 1.0
    chunk_people: Annotated[int, Field(ge=1, description="People scored at a time; bounds memory.")] = 200
    alert_budget: Annotated[int, Field(ge=1, le=100, description="Most alerts raised a week per 100 people.")] = 3
    alert_refractory_days: Annotated[
        int, Field(ge=0, le=365, description="Least days between two alerts about the same people.")
    ] = 14
    publish_readings: Annotated[bool, Field(description="Publish live readings whose band changes.")] = True
