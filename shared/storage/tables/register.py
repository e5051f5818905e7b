"""Tables of the register: the only way back from a pseudonym or a key, and what must not find it any more.

The keys are apart from what they open, so that a backup can leave them out: what is restored without them stays sealed.
"""

from sqlalchemy import LargeBinary, SmallInteger, Text
from sqlmodel import SQLModel

from shared.storage.tables.declarations import (
    ALL,
    READ,
    Erasure,
    Grants,
    Names,
    NotShown,
    Shown,
    column,
    nobody,
    people,
)
from shared.storage.tables.directory import DIRECTORY
from shared.storage.tables.types import Bytes, Flag, Seconds, String


class RegisterRow(SQLModel, table=True):
    """What a pseudonym stands for, or what a team, a goal or a queue is called, sealed under a key of its own."""

    __tablename__ = "register"
    __table_args__ = (people(access=Shown("person"), retention="kept as long as what it opens", grants=DIRECTORY),)
    pseudonym: str = column(Text, names=Names.PERSON, not_found_by="sealed", key=True)
    sealed: Bytes


class RegisterKeyRow(SQLModel, table=True):
    """The key of one pseudonym, wrapped by the register key. Without this row nobody can open its entry again."""

    __tablename__ = "register_key"
    __table_args__ = (
        people(
            access=NotShown("a key that opens their entry in the register"),
            retention="kept as long as what it opens",
            grants=DIRECTORY,
        ),
    )
    pseudonym: str = column(Text, names=Names.PERSON, key=True)
    wrapped: Bytes


class ErasureRow(SQLModel, table=True):
    """A pseudonym that was erased: what still comes in under it is taken out on arrival."""

    __tablename__ = "erasure"
    # An erasure is the owner's; the writer only asks who was erased.
    __table_args__ = (
        people(
            access=NotShown("there is nobody left to ask"),
            retention="keeps out what still comes in",
            grants=Grants(writer=READ),
        ),
    )
    # Of the pseudonym, which itself is gone.
    digest: bytes = column(LargeBinary, names=Names.DIGEST, erasure=Erasure.OWN, key=True)
    erased_at: Seconds
    proof: String  # JSON: what was removed, by table


class PseudonymKeyRow(SQLModel, table=True):
    """What the pseudonym key of this store makes of a fixed word: under another key nobody would be found again."""

    __tablename__ = "pseudonym_key"
    __table_args__ = (nobody(retention="as long as the store"),)
    id: int = column(SmallInteger, names=Names.NOBODY, key=True, default=1)
    proof: String
    things_keyed: Flag  # false for a store of an earlier version, which knew teams and queues by what they are called


class ConfirmedNameRow(SQLModel, table=True):
    """What a team, a goal or a queue may be called everywhere: an operator has confirmed that it names nobody."""

    __tablename__ = "confirmed_name"
    __table_args__ = (
        nobody(
            retention="until it is withdrawn, or what it names is called otherwise",
            grants=Grants(writer=ALL, reader="SELECT, INSERT, UPDATE"),
        ),
    )
    key: str = column(Text, names=Names.NOBODY, key=True)
    name: str | None = column(Text, names=Names.NOBODY, default=None)  # NULL once it is withdrawn
    own_words: Flag  # the operator's, which stay when the source calls it otherwise
    held_back: Flag  # it was withdrawn, and is confirmed by its key alone
    confirmed_at: Seconds
