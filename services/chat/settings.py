"""Settings of the chat service."""

from typing import Annotated

from pydantic import Field

from shared.settings import ChannelSettings


class ChatSettings(ChannelSettings):
    """`text_sources` names the sources whose text may be looked at; metadata only is the default."""

    text_sources: Annotated[frozenset[str], Field(description="Sources with text features on, as a JSON list.")] = (
        frozenset()
    )
