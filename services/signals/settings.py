"""Settings of the signals service."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from shared.domain.privacy.retention import LEAST_FACT_DAYS
from shared.settings import ServiceSettings


class SignalsSettings(ServiceSettings):
    """How scoring is paced and what may be shown."""

    embedded: Annotated[bool, Field(description="The broker forgets with every start; set by `bellwether up`.")] = False
    k: Annotated[int, Field(ge=5, description="Smallest cell that is shown. Cannot be set below 5.")] = 5
    k_leader: Annotated[int, Field(ge=10, description="Smallest cell shown to leaders: they know who is who.")] = 10
    # Thirteen months let a month be compared with the same one of the year before.
    fact_days: Annotated[int, Field(ge=LEAST_FACT_DAYS, le=3660, description="Days that facts are kept.")] = 400
    history_weeks: Annotated[int, Field(ge=1, le=520, description="Closed weeks that readings are kept for.")] = 57
    alert_days: Annotated[
        int, Field(ge=30, le=3660, description="Days that alerts are kept, from their last week.")
    ] = 400
    case_days: Annotated[int, Field(ge=30, le=3660, description="Days that cases are kept, once expired.")] = 730
    key_days: Annotated[int, Field(ge=1, le=3660, description="Days that API keys are kept, once expired.")] = 90
    # A pass over everything is repeated at most this often while events flow; when they stop, the next one follows
    # at once, so that readings settle on the final watermark.
    scoring_pause_seconds: Annotated[float, Field(gt=0)] = 0.5
    chunk_people: Annotated[int, Field(ge=1, description="People scored at a time; bounds memory.")] = 200
    scoring_processes: Annotated[
        int, Field(ge=0, le=64, description="Processes that score; 0 decides by size, 1 is the service itself.")
    ] = 0
    alert_budget: Annotated[int, Field(ge=1, le=100, description="Most alerts raised a week per 100 people.")] = 3
    alert_refractory_days: Annotated[
        int, Field(ge=0, le=365, description="Least days between two alerts about the same people.")
    ] = 14
    audit_days: Annotated[
        int, Field(ge=180, le=3660, description="Days that the audit is kept, from when it was signed.")
    ] = 730
    webhook_secrets: Annotated[
        Path, Field(description="Directory with the secrets of webhooks, a file per endpoint.")
    ] = Path(".bellwether/webhooks")
    webhook_ca_file: Annotated[
        Path | None,
        Field(description="Certificate authority that receivers of webhooks may use, beside public ones."),
    ] = None
    excluded: Annotated[
        frozenset[str],
        Field(
            description="People and identities, as the store knows them, that count in no signal and no label: "
            "works council, ethics, human resources. A JSON list."
        ),
    ] = frozenset()
    publish_readings: Annotated[bool, Field(description="Publish live readings whose band changes.")] = True
