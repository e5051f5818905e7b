"""How Alembic reaches the store: over the connection that `shared.storage.engine.schema` hands in."""

from alembic import context
from sqlmodel import SQLModel

from shared.storage.tables import every_table

every_table()  # so that the metadata holds them

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite alters tables by copying them
    compare_type=False,
)
context.run_migrations()
