"""How far a deployment goes. The store says it, for every service and every command alike."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, delete, insert, select
from sqlalchemy.engine import Connection

from shared.domain.privacy.roles import Mode
from shared.storage.engine.bulk import table_of
from shared.storage.tables.mode import ONE_ROW, DeploymentModeRow


@dataclass(frozen=True, slots=True)
class DeploymentMode:
    """The mode and what allows it. `since` is in Unix seconds."""

    mode: Mode = Mode.AGGREGATE
    dpia_reference: str = ""
    agreement_reference: str = ""
    since: int = 0

    def __post_init__(self) -> None:
        """Raises ValueError for a mode that tells of people without the references that allow it."""
        references = {"impact assessment": self.dpia_reference, "agreement": self.agreement_reference}
        missing = [name for name, text in references.items() if not text.strip()]
        if self.mode is not Mode.AGGREGATE and missing:
            raise ValueError(
                f"the mode {self.mode} tells of people: it needs the reference of the {' and of the '.join(missing)} "
                "(with the employees' representatives) that allows it"
            )


_TABLE: Final = table_of(DeploymentModeRow)
_COLUMNS: Final = [_TABLE.c[name] for name in DeploymentMode.__dataclass_fields__]
_SELECT: Final = select(*_COLUMNS)


def deployment_mode(connection: Connection) -> DeploymentMode:
    """The mode of a store: groups only, unless somebody said more."""
    return stored_mode(connection) or DeploymentMode()


def stored_mode(connection: Connection) -> DeploymentMode | None:
    """What was said of the mode; None when nobody has yet."""
    row: Row[Any] | None = connection.execute(_SELECT).one_or_none()
    return None if row is None else DeploymentMode(Mode(row[0]), *row[1:])


def put_mode(connection: Connection, mode: DeploymentMode) -> None:
    """Write the mode down, and nothing else: `services.signals.upkeep.mode_change` sees to what follows from it."""
    connection.execute(delete(_TABLE))
    values = {column.name: getattr(mode, column.name) for column in _COLUMNS}
    connection.execute(insert(_TABLE).values(values | {"id": ONE_ROW, "mode": mode.mode.value}))
