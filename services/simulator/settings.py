"""Settings of the simulated company that goes on living."""

from pydantic import AwareDatetime, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.simulator.scenario import PEOPLE_RANGE, WEEKS_RANGE
from services.simulator.stories import DEMO_STORIES


class SimulatorSettings(BaseSettings):
    """Read from the environment, as `BELLWETHER_SIMULATOR_SEED` and so on; stories as a JSON list."""

    model_config = SettingsConfigDict(env_prefix="BELLWETHER_SIMULATOR_", frozen=True)

    seed: int = 7
    people: int = Field(default=120, ge=PEOPLE_RANGE[0], le=PEOPLE_RANGE[1])
    weeks: int = Field(default=26, ge=WEEKS_RANGE[0], le=WEEKS_RANGE[1])
    stories: tuple[str, ...] = DEMO_STORIES
    # Without one the past ends now. A company that ends on a chosen day looks the same whenever it is started.
    ends_at: AwareDatetime | None = None
    # Often enough to see something move, seldom enough to read it.
    live_interval_seconds: float = Field(default=3.0, gt=0)
