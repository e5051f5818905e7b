"""The chat service: events.chat in, interactions out."""

from services.chat.arriving import ArrivingChatEvent
from services.chat.handle import interaction
from services.chat.settings import ChatSettings
from shared.domain.privacy.pseudonym import PseudonymChecks
from shared.schemas.chat import ChatEvent
from shared.telemetry.metrics import Metrics
from shared.topics import EVENTS_CHAT
from shared.transport.channel_service import ChannelService


def build(settings: ChatSettings, metrics: Metrics, *, checks: PseudonymChecks) -> ChannelService[ChatEvent]:
    """Make the service. Nothing connects before it runs."""
    return ChannelService(
        name="chat",
        topic=EVENTS_CHAT,
        schema=ArrivingChatEvent,
        convert=interaction,
        things=("thread", "channel"),
        settings=settings,
        metrics=metrics,
        checks=checks,
    )
