"""Settings of the gateway."""

from typing import Annotated

from pydantic import Field

from shared.settings import EdgeSettings


class GatewaySettings(EdgeSettings):
    """What happens to events, and where they go on."""

    embedded: Annotated[bool, Field(description="The broker forgets with every start; set by `bellwether up`.")] = False
