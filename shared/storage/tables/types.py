"""Columns that the tables share. Each says whom it names; a table that needs another one declares it with `column`."""

from typing import Annotated

from sqlalchemy import BigInteger, Boolean, Float, Integer, LargeBinary, SmallInteger, Text

from shared.storage.tables.declarations import Names, column

# SQLite only counts up by itself in a column of type INTEGER; PostgreSQL wants 64 bits.
RowId = BigInteger().with_variant(Integer, "sqlite")

# Without people.
Small = Annotated[int, column(SmallInteger, names=Names.NOBODY)]
Count = Annotated[int, column(Integer, names=Names.NOBODY)]
Big = Annotated[int, column(BigInteger, names=Names.NOBODY)]
Seconds = Annotated[int, column(BigInteger, names=Names.NOBODY, instant=True)]
"""An instant in Unix seconds."""
Real = Annotated[float, column(Float, names=Names.NOBODY)]
Flag = Annotated[bool, column(Boolean, names=Names.NOBODY)]
String = Annotated[str, column(Text, names=Names.NOBODY)]
Bytes = Annotated[bytes, column(LargeBinary, names=Names.NOBODY)]

# With people.
Person = Annotated[str, column(Text, names=Names.PERSON)]
"""The pseudonym of a person or of an account."""
Account = Annotated[int, column(BigInteger, names=Names.ACCOUNT)]
"""The integer of an account."""
