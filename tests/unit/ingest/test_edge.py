"""What the edge lets through, whoever brings it."""

from pathlib import Path

import msgspec
import pytest
from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy.engine import make_url

from shared.domain.privacy.pseudonym import Pseudonyms
from shared.ingest.edge import Edge, EdgeKeyError
from shared.keyring import Keyring
from shared.schemas.chat import ChannelKind, Message, MessageEdited, MessagePosted
from shared.schemas.envelope import utc
from shared.schemas.registry import CanonicalEvent
from shared.settings import EdgeSettings
from shared.storage.engine.database import open_database

PSEUDONYMS = Pseudonyms(bytes(range(32)))
REGISTER = MultiFernet([Fernet(Fernet.generate_key())])
KEYS = Keyring(pseudonyms=PSEUDONYMS, register=REGISTER)
WORDS = "Could you please look at the zyxcanary before Friday, because we must answer them?"


def edge(keys: Keyring = KEYS, *, text_sources: frozenset[str] = frozenset()) -> Edge:
    # Nothing connects before something is asked of the store.
    database = open_database(make_url("sqlite+aiosqlite:///unused.db"))
    return Edge(keys, database, EdgeSettings(text_sources=text_sources))


def with_text(kind: type[MessagePosted | MessageEdited], channel_kind: ChannelKind) -> CanonicalEvent:
    data = Message(
        sender="chat:ann", recipients=("chat:bob",), channel_kind=channel_kind, audience=1, thread="t", text=WORDS
    )
    revision = int(kind is MessageEdited)
    name = f"s:message:1:{revision}" if revision else "s:message:1"
    return kind(id=name, source="s", time=utc(1_700_000_000), revision=revision, data=data)


@pytest.mark.parametrize("channel_kind", ["direct", "mail"])
@pytest.mark.parametrize("kind", [MessagePosted, MessageEdited])
@pytest.mark.parametrize(("text_sources", "basis"), [((), "metadata"), (("s",), "text"), (("other",), "metadata")])
async def test_no_text_passes_whoever_brings_it(
    kind: type[MessagePosted | MessageEdited], channel_kind: ChannelKind, text_sources: tuple[str, ...], basis: str
) -> None:
    taken, _ = await edge(text_sources=frozenset(text_sources)).take([with_text(kind, channel_kind)])
    (event,) = taken
    assert isinstance(event, kind)
    assert event.data.text is None
    assert event.data.markers is not None
    assert event.data.markers.basis == basis
    assert (event.data.markers.questions > 0) == (basis == "text")
    sent = msgspec.json.encode(event)
    assert not [word for word in (b"zyxcanary", b"Friday", b"chat:ann", b"chat:bob") if word in sent]


@pytest.mark.parametrize("keys", [Keyring(None, REGISTER), Keyring(PSEUDONYMS, None)], ids=["pseudonyms", "register"])
def test_nothing_comes_in_without_the_keys(keys: Keyring, tmp_path: Path) -> None:
    with pytest.raises(EdgeKeyError, match="KEY_FILE"):
        edge(keys)
