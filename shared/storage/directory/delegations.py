"""Who acts for whom: an assistant who reads a leader's mail must not see what the leader must not see."""

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from shared.storage.engine.bulk import table_of
from shared.storage.tables.access import DelegationRow
from shared.storage.tables.directory import PersonRow


def record_delegation(connection: Connection, *, principal: str, delegate: str, now: int) -> None:
    """Record that a delegate acts for a principal. It is never taken back; doing it twice changes nothing.

    Raises:
        LookupError: one of them is not in the directory; a misspelt name would protect nobody.
        ValueError: somebody would act for themselves.
    """
    if principal == delegate:
        raise ValueError("nobody needs to act for themselves")
    people = table_of(PersonRow).c
    for who, person in (("principal", principal), ("delegate", delegate)):
        if connection.execute(select(people.key).where(people.key == person)).first() is None:
            raise LookupError(f"the {who} is not in the directory")
    table = table_of(DelegationRow)
    known = select(table.c.principal).where(table.c.principal == principal, table.c.delegate == delegate)
    if connection.execute(known).first() is None:
        connection.execute(insert(table).values({"principal": principal, "delegate": delegate, "recorded_at": now}))


def list_delegations(connection: Connection) -> list[tuple[str, str]]:
    """Principal and delegate of every delegation, sorted."""
    table = table_of(DelegationRow).c
    return [
        (row.principal, row.delegate)
        for row in connection.execute(select(table.principal, table.delegate).order_by(table.principal, table.delegate))
    ]
