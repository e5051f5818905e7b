"""What the roles of a PostgreSQL server may do with each table. Derived from what the tables declare.

The owner migrates, takes people out and runs the commands; the writer is the signals service; the reader is the API.
What a table does not declare is not granted, and a table that declares nothing stops the command that sets the roles.
"""

from collections.abc import Iterator

from sqlalchemy import Table

from shared.storage.tables import every_table
from shared.storage.tables.declarations import About, Grants, privacy_of


def table_grants() -> Iterator[tuple[Table, Grants]]:
    """Every table with what writer and reader may do with it. Raises LookupError for one that does not say."""
    return ((table, privacy_of(table).grants) for table in every_table())


def tables_about_people() -> Iterator[Table]:
    """Tables that tell of people, whose rows are behind policies."""
    return (table for table in every_table() if privacy_of(table).about is not About.NOBODY)
