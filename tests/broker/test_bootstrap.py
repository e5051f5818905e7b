import asyncio

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.transport.embedded import answering_cluster


async def test_a_broker_of_each_kind_holds_a_topic_of_this_test(bootstrap: str, topic_prefix: str) -> None:
    assert await answering_cluster(bootstrap) is not None
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    name = f"{topic_prefix}letters"
    try:
        await admin.create_topics([NewTopic(name, num_partitions=3, replication_factor=1)])
        # A creation is answered by the controller; the broker lists what it has heard of since.
        async with asyncio.timeout(10):
            while name not in await admin.list_topics():  # noqa: ASYNC110 - the broker tells nobody
                await asyncio.sleep(0.05)
    finally:
        await admin.close()


def test_the_embedded_broker_serves_synchronous_tests(embedded_bootstrap: str) -> None:
    assert embedded_bootstrap.startswith("127.0.0.1:")
