"""How Alembic reaches the store: over the connection that `shared.storage.engine.schema` hands in."""

from importlib import import_module
from pkgutil import iter_modules

from alembic import context
from sqlmodel import SQLModel

from shared import storage

# Tables register themselves with SQLModel.metadata when their module is imported: tables.py and every ..._tables.py.
for module in iter_modules(storage.__path__, "shared.storage."):
    if module.name.endswith("tables"):
        import_module(module.name)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite alters tables by copying them
    compare_type=False,
)
context.run_migrations()
