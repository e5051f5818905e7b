"""Topics on a broker: how they are created from `shared.topics`, and which log each of them is."""

import uuid
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from io import BytesIO
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError, KafkaError, TopicAlreadyExistsError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    AbstractType,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

from shared.settings import ServiceSettings
from shared.topics import TOPICS, Topic
from shared.transport.errors import BrokerUnavailableError, TopicsMissingError

_RETRY_SECONDS: Final = 0.25


class _Uuid(AbstractType[uuid.UUID]):
    """Sixteen bytes, as Kafka writes topic ids."""

    @classmethod
    def encode(cls, value: uuid.UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: BytesIO) -> uuid.UUID:
        return uuid.UUID(bytes=data.read(16))


class _TopicIdsResponse(Response):
    """Metadata version 10: the first that gives topic ids, which aiokafka itself does not ask for."""

    API_KEY = 3
    API_VERSION = 10
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString("utf-8")),
                ("port", Int32),
                ("rack", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", CompactString("utf-8")),
                ("topic_id", _Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("topic_authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_authorized_operations", Int32),
        ("tags", TaggedFields),
    )


class _TopicIdsRequestStruct(RequestStruct):
    FLEXIBLE_VERSION = True
    API_KEY = 3
    API_VERSION = 10
    RESPONSE_TYPE = _TopicIdsResponse
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("name", CompactString("utf-8")), ("tags", TaggedFields))),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _TopicIdsRequest(Request[_TopicIdsRequestStruct]):
    API_KEY = 3

    def __init__(self, topics: Sequence[str]) -> None:
        self._topics = topics

    def build(self, request_struct_class: type[_TopicIdsRequestStruct]) -> _TopicIdsRequestStruct:
        none: dict[int, bytes] = {}
        names = [(uuid.UUID(int=0), topic, none) for topic in self._topics]
        return request_struct_class(names, False, False, False, none)


async def topic_ids(settings: ServiceSettings, topics: Collection[str]) -> Mapping[str, str]:
    """The id of the log behind each topic, as `cluster id/topic id`. A topic that was created again has another id.

    Raises BrokerUnavailableError, or TopicsMissingError naming the topics that are not there.
    """
    bootstrap = settings.broker
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    try:
        await _connected(client.bootstrap, settings)
        response: Any = await client.send(client.get_random_node(), _TopicIdsRequest(sorted(topics)))
    except KafkaError as error:
        raise BrokerUnavailableError(f"Kafka at {bootstrap} did not describe its topics: {error!r}") from error
    finally:
        await client.close()
    found = response.to_object()
    missing = [topic["name"] for topic in found["topics"] if topic["error_code"]]
    if missing:
        raise TopicsMissingError(
            f"topics missing on {bootstrap}: {', '.join(sorted(missing))}; create them with `bellwether topics`"
        )
    return {topic["name"]: f"{found['cluster_id']}/{topic['topic_id']}" for topic in found["topics"]}


async def create_topics(settings: ServiceSettings) -> list[str]:
    """Create the declared topics that are missing. Returns their names. Existing topics stay as they are."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.broker)
    created = []
    try:
        await _connected(admin.start, settings)
        for topic in TOPICS:
            response: Any = await admin.create_topics([_new_topic(topic, settings)])
            for name, code, *_ in response.topic_errors:
                error = for_code(code)
                if error is TopicAlreadyExistsError:
                    continue
                if code:
                    raise BrokerUnavailableError(f"topic {name} could not be created: {error.__name__}")
                created.append(name)
    finally:
        await admin.close()
    return created


def _new_topic(topic: Topic, settings: ServiceSettings) -> NewTopic:
    partitions = topic.partitions if topic.partitions == 1 else settings.partitions or topic.partitions
    retention = {"cleanup.policy": "compact"} if topic.compacted else {"retention.ms": str(topic.retention_ms)}
    return NewTopic(settings.topic(topic.name), partitions, settings.replication_factor, topic_configs=retention)


async def _connected(connect: Callable[[], Awaitable[Any]], settings: ServiceSettings) -> None:
    retrying = AsyncRetrying(
        retry=retry_if_exception_type(KafkaConnectionError),
        stop=stop_after_delay(settings.connect_seconds),
        wait=wait_fixed(_RETRY_SECONDS),
        reraise=True,
    )
    try:
        await retrying(connect)
    except KafkaConnectionError as error:
        raise BrokerUnavailableError(
            f"Kafka at {settings.broker} does not answer; is the broker up and BELLWETHER_BROKER right?"
        ) from error
