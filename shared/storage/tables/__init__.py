"""Every table of the store, one file a subject. Each table declares its own privacy: see `declarations`."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from sqlalchemy import Table
from sqlmodel import SQLModel


@cache
def every_table() -> tuple[Table, ...]:
    """All tables that stand in this package, by name. A table is in `SQLModel.metadata` once its module is imported."""
    for module in iter_modules(__path__, f"{__name__}."):
        import_module(module.name)
    return tuple(sorted(SQLModel.metadata.tables.values(), key=lambda table: table.name))


def described(table: Table) -> str:
    """What a row of a table is: the first line of what its class says of itself."""
    model = next(each for each in SQLModel.__subclasses__() if getattr(each, "__table__", None) is table)
    return (model.__doc__ or "").partition("\n")[0]
