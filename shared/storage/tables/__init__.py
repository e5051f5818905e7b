"""Every table of the store, one file a subject. Each table declares its own privacy: see `declarations`."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from sqlalchemy import MetaData, Table
from sqlmodel import SQLModel


@cache
def metadata() -> MetaData:
    """The metadata of all tables of the store: a table is in it once its module was imported, which this sees to."""
    for module in iter_modules(__path__, f"{__name__}."):
        import_module(module.name)
    return SQLModel.metadata


@cache
def every_table() -> tuple[Table, ...]:
    """All tables of the store, by name."""
    return tuple(sorted(metadata().tables.values(), key=lambda table: table.name))


def described(table: Table) -> str:
    """What a row of a table is: the first line of what its class says of itself."""
    model = next(each for each in SQLModel.__subclasses__() if getattr(each, "__table__", None) is table)
    return (model.__doc__ or "").partition("\n")[0]
