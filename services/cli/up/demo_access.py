"""Who may do what on a demo: its keys, made anew with every start, and a case about everybody simulated."""

import time
from typing import Final

from sqlalchemy.engine import Connection as SyncConnection

from services.cli.up.demo import ENVIRONMENT
from shared.domain.privacy.cases import WHOLE_ORGANISATION, CaseSubjectKind
from shared.domain.privacy.roles import Purpose, Role
from shared.domain.week import DAY
from shared.storage.access.cases import NewCase, approve_case, open_case
from shared.storage.access.key_issue import NewKey, create_key, list_keys, revoke_key
from shared.storage.access.visibility import Viewer
from shared.storage.engine.database import Database

_DEMO_KEY: Final = "demo"
_OPERATOR: Final = f"{ENVIRONMENT}-operator"


async def new_key(database: Database, role: Role, *, person: str | None = None) -> NewKey:
    """Make a new key of the demo. Earlier keys of the role are revoked, as only their hashes are known."""
    now = int(time.time())
    async with database.write() as connection:
        for key in await list_keys(connection):
            if key.name == _DEMO_KEY and key.role is role and key.usable(now):
                await revoke_key(connection, key.id, now=now)
        return await create_key(connection, name=_DEMO_KEY, role=role, person=person, now=now, environment=ENVIRONMENT)


async def open_demo_case(database: Database, partner: str) -> None:
    """Let the demo's HR partner read about the simulated people for a day: they ask, and the operator approves."""
    now = int(time.time())
    asked = NewCase(
        partner=partner,
        purpose=Purpose.ESCALATION_PREVENTION,
        subject_kind=CaseSubjectKind.UNIT,
        subject=WHOLE_ORGANISATION,
        opened_by=partner,
        now=now,
        lifetime_seconds=DAY,
        reason="a demo: everybody is simulated",
    )

    def opened(connection: SyncConnection) -> None:
        case = open_case(connection, asked)
        approve_case(connection, case.id, approver=Viewer(None), by=_OPERATOR, now=now)

    async with database.write() as connection:
        await connection.run_sync(opened)
