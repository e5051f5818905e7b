"""Column types that the tables share."""

from typing import Annotated

from sqlalchemy import BigInteger, Integer, LargeBinary, SmallInteger, Text
from sqlmodel import Field

# SQLite only counts up by itself in a column of type INTEGER; PostgreSQL wants 64 bits.
RowId = BigInteger().with_variant(Integer, "sqlite")


Big = Annotated[int, Field(sa_type=BigInteger)]


Small = Annotated[int, Field(sa_type=SmallInteger)]


Digest = Annotated[bytes, Field(sa_type=LargeBinary)]


String = Annotated[str, Field(sa_type=Text)]
