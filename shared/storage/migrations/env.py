"""How Alembic reaches the store: over the connection that `shared.storage.engine.schema` hands in."""

from importlib import import_module
from pkgutil import iter_modules

from alembic import context
from sqlmodel import SQLModel

from shared.storage import tables

# Tables register themselves with SQLModel.metadata when their module is imported.
for module in iter_modules(tables.__path__, f"{tables.__name__}."):
    import_module(module.name)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite alters tables by copying them
    compare_type=False,
)
context.run_migrations()
