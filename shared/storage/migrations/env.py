"""How Alembic reaches the store: over the connection that `shared.storage.schema` hands in."""

from alembic import context
from sqlmodel import SQLModel

from shared.storage import access_tables, alert_tables, cell_tables, register_tables, tables, text_tables, work_tables

# The tables register themselves with SQLModel.metadata when imported.
assert all((access_tables, alert_tables, cell_tables, register_tables, tables, text_tables, work_tables))  # noqa: S101

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite alters tables by copying them
    compare_type=False,
)
context.run_migrations()
