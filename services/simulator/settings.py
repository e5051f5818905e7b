"""Settings of the simulated company."""

from pydantic import AwareDatetime, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.simulator.scenario import PEOPLE_RANGE, WEEKS_RANGE
from services.simulator.stories import DEMO_STORIES


class SimulatorSettings(BaseSettings):
    """Which company is simulated, and how it lives on."""

    model_config = SettingsConfigDict(env_prefix="BELLWETHER_SIMULATOR_", frozen=True)

    seed: int = Field(default=7, description="Equal seeds give equal companies.")
    people: int = Field(default=120, ge=PEOPLE_RANGE[0], le=PEOPLE_RANGE[1], description="Size of the company.")
    weeks: int = Field(
        default=26, ge=WEEKS_RANGE[0], le=WEEKS_RANGE[1], description="Weeks of its past when it is started."
    )
    stories: tuple[str, ...] = Field(default=DEMO_STORIES, description="What happens in it.")
    ends_at: AwareDatetime | None = Field(
        default=None,
        description="End of its past, such as `2026-11-25T12:00:00Z`; without one it is now. A company that ends on a "
        "chosen day looks the same whenever it is started.",
    )
    # Often enough to see something move, seldom enough to read it.
    live_interval_seconds: float = Field(default=3.0, gt=0, description="Seconds between live events.")
