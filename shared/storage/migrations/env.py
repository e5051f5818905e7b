"""How Alembic reaches the store: over the connection that `shared.storage.engine.schema` hands in."""

from alembic import context

from shared.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata(),
    render_as_batch=True,  # SQLite alters tables by copying them
    compare_type=False,
)
context.run_migrations()
