"""What edges and the signals service ask of the store, asked under the role that a deployment gives them."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from services.cli.connection import connect
from services.cli.event_sender import event_sender
from services.cli.up.exclusion_sync import apply_exclusions
from services.signals.scoring.configuration import load_chosen
from services.signals.settings import SignalsSettings
from services.signals.upkeep.outbox_relay import AcceptedRelay
from shared.domain.privacy.exclusion_reason import Reason
from shared.schemas.chat import Markers, Message, MessagePosted
from shared.schemas.envelope import utc
from shared.sources.places import place_under
from shared.storage.access.role_names import READER, WRITER
from shared.storage.directory.exclusion_list import exclude, include
from shared.storage.engine.bulk import table_of
from shared.storage.engine.database import Database, open_database
from shared.storage.engine.schema import upgrade
from shared.storage.tables.exclusions import ExclusionRow
from shared.storage.tables.log import AcceptedRow
from shared.transport.topics import create_topics
from tests.storage.roles import as_service

pytestmark = pytest.mark.postgres

PLACE, PERSON = "channel:C9COUNCIL", "p-ann"


def posted(number: int, channel: str) -> MessagePosted:
    data = Message(
        sender="chat:U1", recipients=("chat:U2",), channel_kind="group", audience=1, channel=channel, markers=Markers()
    )
    return MessagePosted(id=f"s:message:{number}", source="s", time=utc(1_700_000_000 + number), data=data)


async def waiting(database: Database) -> int:
    async with database.read() as connection:
        found: int = (await connection.execute(select(func.count()).select_from(table_of(AcceptedRow)))).scalar_one()
        return found


class RecordProducer:
    """A broker that takes everything."""

    def __init__(self) -> None:
        self.taken: list[Any] = []

    async def send(self, records: Any) -> None:
        self.taken += records


@pytest.mark.parametrize("kafka", [False, True], ids=["accepted", "published"])
async def test_an_edge_lets_events_in_and_follows_the_list_as_the_writer(
    embedded_bootstrap: str,
    topic_prefix: str,
    postgres_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    kafka: bool,
) -> None:
    """An import, and the simulator of the deployment; the signals service then relays, forgets and computes."""
    monkeypatch.setenv("BELLWETHER_TOPIC_PREFIX", topic_prefix)
    owned = open_database(make_url(postgres_url))
    await upgrade(owned)
    writer = await as_service(owned, WRITER)
    address = writer.engine.url.render_as_string(hide_password=False)
    connection = connect(broker=embedded_bootstrap if kafka else None, database=address, data=tmp_path)
    if kafka:
        await create_topics(connection.settings())
    try:
        async with event_sender(connection) as send:
            assert await send([posted(1, "C9COUNCIL"), posted(2, "C1TEAM")]) == 2
            assert await waiting(owned) == (0 if kafka else 2)
            place = place_under(PLACE, connection.keyring().pseudonyms)
            async with owned.write() as transaction:
                await exclude(transaction, [place, PERSON], reason=Reason.OBJECTION, at=1)
            assert await send([posted(3, "C9COUNCIL"), posted(4, "C1TEAM")]) == 1
        assert await apply_exclusions(connection, writer) == {place}
        assert await waiting(owned) == (0 if kafka else 2), "what was accepted and is excluded now is forgotten"
        producer = RecordProducer()
        await AcceptedRelay(writer, producer)._relay()  # type: ignore[arg-type]
        assert len(producer.taken) == (0 if kafka else 2)
        async with writer.write() as transaction:
            chosen = await load_chosen(transaction, SignalsSettings())
            assert PERSON in chosen.excluded
            await transaction.execute(delete(table_of(AcceptedRow)))
            assert await include(transaction, [PERSON]) == 1
    finally:
        await writer.close()
        await owned.close()


async def test_the_reader_has_no_business_with_either(postgres_url: str) -> None:
    owned = open_database(make_url(postgres_url))
    await upgrade(owned)
    reader = await as_service(owned, READER)
    excluded, accepted = table_of(ExclusionRow), table_of(AcceptedRow)
    try:
        for statement in (select(excluded.c.name), delete(excluded), select(accepted.c.id), delete(accepted)):
            with pytest.raises(ProgrammingError, match="permission denied"):
                async with reader.write() as connection:
                    await connection.execute(statement)
    finally:
        await reader.close()
        await owned.close()
