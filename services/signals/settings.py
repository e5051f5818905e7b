"""Settings of the signals service."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from shared.domain.organisation.public_holidays import ANY_YEAR, public_holidays
from shared.domain.organisation.work_calendar import STANDARD, WorkSchedule, check_time_zone
from shared.domain.privacy.retention import LEAST_FACT_DAYS
from shared.domain.week import DAY, HOUR, MINUTE
from shared.settings import ArrivalSettings


class SignalsSettings(ArrivalSettings):
    """What may be shown, how long it is kept, how scoring is paced, and how alerts are raised and told."""

    embedded: Annotated[
        bool, Field(description="Whether the broker forgets everything when it stops; `bellwether up` sets it.")
    ] = False
    k: Annotated[
        int, Field(ge=5, description="People of the smallest cell that is shown. It cannot be lower than 5.")
    ] = 5
    k_leader: Annotated[
        int, Field(ge=10, description="The same for leaders, who know who is who. It cannot be lower than 10.")
    ] = 10
    # Thirteen months let a month be compared with the same one of the year before.
    fact_days: Annotated[
        int,
        Field(
            ge=LEAST_FACT_DAYS,
            le=3660,
            description="Days that facts are kept. Weeks that need older ones are not computed again.",
        ),
    ] = 400
    time_zone: Annotated[
        str, Field(description="Time zone of people of whom none is known, by its IANA name such as Europe/Berlin.")
    ] = STANDARD.time_zone
    working_days: Annotated[
        str, Field(pattern=r"^[1-7]{1,7}$", description="Their working days: 1 is Monday, 7 is Sunday.")
    ] = "12345"
    working_hours: Annotated[
        str,
        Field(
            pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$",
            description="Their working hours by their own clock. A night shift ends before it begins: 22:00-06:00.",
        ),
    ] = "08:00-18:00"
    holidays: Annotated[
        str,
        Field(description="Their public holidays: a country or a part of it, such as NZ or DE-BY; empty for none."),
    ] = ""
    history_weeks: Annotated[int, Field(ge=1, le=520, description="Closed weeks that readings are kept for.")] = 57
    alert_days: Annotated[
        int, Field(ge=30, le=3660, description="Days that alerts are kept, from their last week.")
    ] = 400
    case_days: Annotated[int, Field(ge=30, le=3660, description="Days that cases are kept, once expired.")] = 730
    key_days: Annotated[int, Field(ge=1, le=3660, description="Days that API keys are kept, once expired.")] = 90
    # A pass over everything is repeated at most this often while events flow; when they stop, the next one follows
    # at once, so that readings settle on the final watermark.
    scoring_pause_seconds: Annotated[
        float, Field(gt=0, description="Shortest time between scoring passes while events flow.")
    ] = 0.5
    chunk_people: Annotated[int, Field(ge=1, description="People scored at a time; bounds memory.")] = 200
    scoring_processes: Annotated[
        int,
        Field(
            ge=0,
            le=64,
            description="Processes that score. 1 keeps scoring in the service. 0 takes one a core for 5,000 people or "
            "more, or for half a year of a smaller company, and none otherwise.",
        ),
    ] = 0
    alert_budget: Annotated[int, Field(ge=1, le=100, description="Most alerts raised a week per 100 people.")] = 3
    alert_refractory_days: Annotated[
        int, Field(ge=0, le=365, description="Least days between two alerts about the same people.")
    ] = 14
    audit_days: Annotated[
        int,
        Field(
            ge=180,
            le=3660,
            description="Days that the audit is kept after it was signed. `bellwether audit verify` expects so many.",
        ),
    ] = 730
    console_url: Annotated[
        str, Field(description="Where partners sign in: the address of the console, which notifications lead to.")
    ] = "http://127.0.0.1:8080/"
    webhook_ca_file: Annotated[
        Path | None,
        Field(description="Certificate authority that receivers of webhooks may use, beside public ones."),
    ] = None
    excluded: Annotated[
        frozenset[str],
        Field(
            description="People and identities, as the store knows them, that count in no signal and no label: works "
            "council, ethics, human resources. Planned skip-level talks stand in it as `skip:PERSON/ABOVE`. Readings "
            "are computed again when it changes."
        ),
    ] = frozenset()
    publish_readings: Annotated[bool, Field(description="Publish live readings whose band changes.")] = True

    @property
    def work_schedule(self) -> WorkSchedule:
        """When people work of whom nothing else is known."""
        opens, closes = (
            int(hour) * HOUR + int(minute) * MINUTE
            for hour, minute in (end.split(":") for end in self.working_hours.split("-"))
        )
        return WorkSchedule(
            time_zone=self.time_zone,
            days=sum(1 << (int(day) - 1) for day in set(self.working_days)),
            opens=opens,
            closes=closes if closes > opens else closes + DAY,
            holidays=self.holidays,
        )

    @model_validator(mode="after")
    def _known(self) -> Self:
        check_time_zone(self.time_zone)
        if self.holidays:
            public_holidays(self.holidays, ANY_YEAR)
        return self
