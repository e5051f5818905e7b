"""How Alembic reaches the store: over the connection that `shared.storage.schema` hands in."""

from alembic import context
from sqlmodel import SQLModel

from shared.storage import register_tables, tables

assert tables, register_tables  # noqa: S101 - the tables register themselves with SQLModel.metadata when imported

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite alters tables by copying them
    compare_type=False,
)
context.run_migrations()
