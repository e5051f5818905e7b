"""Tables of the register: the only way back from a pseudonym, and what must not find it any more.

The keys are apart from what they open, so that a backup can leave them out: what is restored without them stays sealed.
"""

from sqlalchemy import LargeBinary, SmallInteger, Text
from sqlmodel import Field, SQLModel

from shared.storage.tables.types import Big, Digest, String


class RegisterRow(SQLModel, table=True):
    """What a pseudonym stands for, sealed under a key of its own."""

    __tablename__ = "register"
    pseudonym: str = Field(sa_type=Text, primary_key=True)
    sealed: Digest


class RegisterKeyRow(SQLModel, table=True):
    """The key of one pseudonym, wrapped by the register key. Without this row nobody can open its entry again."""

    __tablename__ = "register_key"
    pseudonym: str = Field(sa_type=Text, primary_key=True)
    wrapped: Digest


class ErasureRow(SQLModel, table=True):
    """A pseudonym that was erased: what still comes in under it is taken out on arrival."""

    __tablename__ = "erasure"
    digest: bytes = Field(sa_type=LargeBinary, primary_key=True)  # of the pseudonym, which itself is gone
    erased_at: Big
    proof: String  # JSON: what was removed, by table


class PseudonymKeyRow(SQLModel, table=True):
    """What the pseudonym key of this store makes of a fixed word: under another key nobody would be found again."""

    __tablename__ = "pseudonym_key"
    id: int = Field(default=1, primary_key=True, sa_type=SmallInteger)
    proof: String
