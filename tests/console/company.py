"""The small company with names that are code to whoever takes them for markup, an alert, and keys of several people."""

import time

from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import insert, update
from sqlalchemy.engine import make_url

from shared.domain.alerts.webhook_secrets import WebhookKeys
from shared.domain.privacy.roles import Role
from shared.keyring import Keyring
from shared.storage.access.key_issue import create_key
from shared.storage.directory.register import Entry, Register, Registration
from shared.storage.engine.bulk import table_of
from shared.storage.engine.database import open_database
from shared.storage.log.published_shares import publish
from shared.storage.tables.alerts import AlertRow
from shared.storage.tables.directory import PersonRow
from shared.storage.tables.register import ConfirmedNameRow
from tests.api.company import HOLDER, LEADER, PARTNER, SKIP, alert, open_cases, settle

LAST = "日向"  # of the directory
KEYRING = Keyring(
    pseudonyms=None, register=MultiFernet([Fernet(Fernet.generate_key())]), webhooks=WebhookKeys([b"k" * 32])
)
NAMES = {
    "Adam": "Adam <script>window.ran = 1</script> & Sons",
    "adam": "Adam Ant",
    LEADER: "Lena <img src=x onerror='window.ran = 2'>",
    SKIP: "Vera &amp; Co",
    LAST: "Haruto Hinata",
}
TEAM = "Engines <svg onload='window.ran = 3'>"
KEYS = {
    "partner": (Role.HR_PARTNER, PARTNER),
    "without case": (Role.HR_PARTNER, "leo"),
    "conflicted": (Role.HR_PARTNER, HOLDER),
    "leader": (Role.LEADER, LEADER),
    "employee": (Role.EMPLOYEE, "adam"),
    "analyst": (Role.ANALYST, None),
    "operator": (Role.OPERATOR, LAST),
}


async def fill(database_url: str, *, more: int = 0) -> dict[str, str]:
    """Fill an empty store, with so many more people of whom nothing is read; a token of everybody in `KEYS`."""
    database = open_database(make_url(database_url))
    now = int(time.time())
    await settle(database)
    tokens = {}
    async with database.write() as connection:
        entries = [Registration(key, Entry(text=f"hr-{key}", name=name)) for key, name in NAMES.items()]
        await Register(database.engine.dialect, KEYRING.register).put(connection, entries)
        shown = table_of(ConfirmedNameRow)
        await connection.execute(update(shown).where(shown.c.key == "engines").values(name=TEAM))
        await connection.execute(insert(table_of(AlertRow)), [alert()])
        if more:
            others = [{"key": f"c{number:05}", "active": True} for number in range(more)]
            await connection.execute(insert(table_of(PersonRow)), others)
        await connection.run_sync(publish, {"calendar": 95, "chat": 55}, now=now)
        for name, (role, person) in KEYS.items():
            tokens[name] = (await create_key(connection, name=name, role=role, person=person, now=now)).token
        for partner in (PARTNER, HOLDER):
            await connection.run_sync(open_cases, partner=partner, now=now)
    await database.close()
    return tokens
