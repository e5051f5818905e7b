"""The chat service: events.chat in, interactions out."""

from functools import partial

from services.chat.handle import interaction
from services.chat.settings import ChatSettings
from shared.schemas.chat import ChatEvent
from shared.telemetry.metrics import Metrics
from shared.topics import EVENTS_CHAT
from shared.transport.channel_service import ChannelService


def build(settings: ChatSettings, metrics: Metrics) -> ChannelService[ChatEvent]:
    """Make the service. Nothing connects before it runs."""
    return ChannelService(
        name="chat",
        topic=EVENTS_CHAT,
        schema=ChatEvent,
        convert=partial(interaction, text_sources=settings.text_sources),
        settings=settings,
        metrics=metrics,
    )
