"""What `bellwether up` says once it is up: addresses, and of a demo the keys and who is most at risk."""

from typing import Final

from rich.console import Console
from sqlalchemy import func, select

from services.cli.connection import Connection
from services.cli.names_waiting import waiting_line
from services.cli.operator_account import keep_token, operator_file
from services.cli.reports.top_table import top_table
from services.cli.up.demo import partner_of
from services.cli.up.demo_access import new_key, open_demo_case
from shared.domain.privacy.roles import Mode, Role
from shared.storage.access.modes import deployment_mode
from shared.storage.directory.name_review import waiting_names
from shared.storage.directory.register import Register
from shared.storage.engine import bulk
from shared.storage.engine.database import Database
from shared.storage.readings.top_risks import top_risks
from shared.storage.tables.directory import PersonRow

_ADDRESSES: Final = (
    ("console", "/"),
    ("API", "/v1"),
    ("description", "/openapi.json"),
    ("metrics", "/metrics"),
    ("ready", "/readyz"),
)


async def introduce(connection: Connection, database: Database, console: Console, *, port: int, demo: bool) -> None:
    """Print where everything is, and what to do next."""
    base = f"http://127.0.0.1:{port}"
    for what, path in _ADDRESSES:
        console.print(f"  {what:<12} {base}{path}")
    if demo:
        await _introduce_demo(connection, database, console, base)
    elif waiting := await _waiting_names(database):
        console.print(f"  {waiting}", soft_wrap=True)
    elif not await people_known(database):
        console.print("  nobody is in the directory yet: `bellwether import people FILE`, then mail, calendar, ...")


async def _introduce_demo(connection: Connection, database: Database, console: Console, base: str) -> None:
    """Print the keys of a demo, and in case mode who is most at risk: nobody real. `bellwether signals` asks why."""
    partner = partner_of(connection)
    async with database.read() as reading:
        named = (await reading.run_sync(deployment_mode)).mode is Mode.CASE
    if named:
        await open_demo_case(database, partner)
    for role in (Role.HR_PARTNER, Role.ANALYST, Role.OPERATOR):
        made = await new_key(database, role, person=partner if role is Role.HR_PARTNER else None)
        beside = operator_file(connection)
        if role is Role.OPERATOR and beside is not None:
            keep_token(beside, made.token)  # who runs commands on the demo
        console.print(f"  key, {role.value:<12} {made.token}", soft_wrap=True)
    if not named:
        why = "" if connection.embedded else ", as a broker of your own may hold more than the simulation"
        console.print(f"  named people are not shown{why}; see `bellwether mode`", soft_wrap=True)
        return
    console.print(
        f'  try          curl -H "Authorization: Bearer KEY" -H "Purpose: escalation-prevention" '
        f'"{base}/v1/escalation-risks?limit=5"',
        soft_wrap=True,
    )
    async with database.read() as reading:
        register = Register(database.engine.dialect, connection.keyring().register)
        top = await top_risks(reading, "escalation_risk_14d", register=register, limit=5)
    if top:
        console.print(top_table("escalation_risk_14d", top))


async def _waiting_names(database: Database) -> str:
    async with database.read() as connection:
        return waiting_line(await connection.run_sync(waiting_names))


async def people_known(database: Database) -> int:
    """How many people are in the directory."""
    async with database.read() as connection:
        count = select(func.count()).select_from(bulk.table_of(PersonRow))
        people: int = (await connection.execute(count)).scalar_one()
        return people
