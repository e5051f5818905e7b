"""`bellwether audit`: verify the audit, and sign roots of it to keep elsewhere."""

import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.errors import DifferentError, UsageError
from services.cli.options import DATA, DatabaseOption, DataOption
from shared.domain.week import DAY

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from sqlalchemy.engine import Connection as StoreConnection

    from services.cli.connection import Connection
    from shared.domain.privacy.audit_chain import Root

RootsOption = Annotated[Path | None, typer.Option(metavar="FILE", help="Roots as they were kept outside the store.")]
_NO_SIGNER: Final = "roots are signed with the key that BELLWETHER_AUDIT_SIGNING_KEY_FILE names"


def add_commands(app: typer.Typer) -> None:
    """Add audit list, verify and roots."""
    audit = typer.Typer(no_args_is_help=True, help="The audit of who read what about whom.")
    audit.command("list")(list_)
    audit.command("verify")(verify)
    audit.command("roots")(roots)
    app.add_typer(audit, name="audit")


def verify(
    *,
    roots: RootsOption = None,
    public_key: Annotated[
        list[str] | None, typer.Option(metavar="HEX", help="Public key that signed roots; may be repeated.")
    ] = None,
    kept_days: Annotated[
        int, typer.Option(min=1, envvar="BELLWETHER_AUDIT_DAYS", help="Days for which no entry may be gone.")
    ] = 730,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Verify that no entry was changed. Names the first that was, and ends with exit code 9."""
    from services.cli import store_calls
    from services.cli.connection import connect
    from shared.domain.privacy.audit_chain import Verifier
    from shared.domain.privacy.audit_verification import find_fault
    from shared.storage.access.audit import read_audit

    connection = connect(database=database, data=data)
    keyring = connection.keyring()
    verifier = keyring.audit_signer.verifier if keyring.audit_signer else Verifier([])
    if public_key:
        verifier = Verifier([_public_key(text) for text in public_key])
    anchors = _kept(roots)
    audit = store_calls.read(connection, lambda transaction: transaction.run_sync(read_audit))
    kept_since = int(time.time()) - kept_days * DAY
    fault = find_fault(audit, keyring.audit, verifier=verifier, anchors=anchors, kept_since=kept_since)
    if fault is not None:
        raise DifferentError(f"entry {fault.sequence}: {fault.reason}")
    signed = audit.roots[-1].last if audit.roots else 0
    went = f"; {audit.cut.through:,} before them were old enough to go" if audit.cut else ""
    typer.echo(
        f"sound: {len(audit.entries):,} entries, signed up to {signed:,}; {len(anchors)} outside roots agree{went}"
    )
    if not keyring.audit.sealed:
        typer.echo("there is no key (BELLWETHER_AUDIT_KEY_FILE): the chain could be written anew by anybody", err=True)


def list_(
    last: Annotated[int, typer.Option(min=1, help="How many, the latest first.")] = 50,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """List who read about how many people, was refused, or administered what. It names nobody who was read about."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from services.cli import store_calls
    from services.cli.connection import connect, existing_store
    from shared.storage.access.audit import latest_entries

    table = Table()
    for column in ("entry", "at", "who", "what", "purpose", "people"):
        table.add_column(column, overflow="fold")
    connection = connect(database=database, data=data)
    work = partial(latest_entries, limit=last)
    # How often partners read about people follows from what they find.
    listed = store_calls.administer(
        connection, "audit list", lambda transaction: transaction.run_sync(work), opening=existing_store
    )
    for each in listed:
        at = datetime.fromtimestamp(each.at, UTC).strftime("%Y-%m-%d %H:%M:%S")
        told_of = str(len(each.rows_by_person))
        table.add_row(str(each.sequence), at, escape(each.key_id), escape(each.operation), each.purpose, told_of)
    Console().print(table)


def roots(
    *,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Add roots that it lacks; else to print.")] = None,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Sign new entries of the audit, and write the roots. Keep them where nobody who runs the store can change them."""
    from services.cli.connection import connect
    from shared.domain.privacy.audit_chain import root_line

    connection = connect(database=database, data=data)
    kept = _kept(out)
    found = _sign(connection)
    if kept != found[: len(kept)]:
        raise DifferentError(f"{out} does not match the roots in the store")
    lines = b"".join(root_line(root) + b"\n" for root in found[len(kept) :])
    if out is None:
        typer.echo(lines.decode(), nl=False)
        return
    with out.open("ab") as file:
        file.write(lines)
    typer.echo(f"{len(found) - len(kept)} new roots in {out}", err=True)


def _sign(connection: "Connection") -> list["Root"]:
    from services.cli import store_calls
    from services.cli.connection import existing_store
    from shared.storage.access.audit import sign_root, signed_roots

    signer = connection.keyring().audit_signer
    if signer is None:
        raise UsageError(_NO_SIGNER)

    def sign(transaction: "StoreConnection") -> list["Root"]:
        sign_root(transaction, signer, at=int(time.time()))
        return signed_roots(transaction)

    return store_calls.write(connection, lambda transaction: transaction.run_sync(sign), opening=existing_store)


def _kept(file: Path | None) -> list["Root"]:
    from shared.domain.privacy.audit_chain import read_roots

    if file is None or not file.exists():
        return []
    try:
        return list(read_roots(file.read_bytes().splitlines()))
    except ValueError as error:
        raise UsageError(f"{file} does not hold roots: {error}") from error


def _public_key(text: str) -> "Ed25519PublicKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
    except ValueError as error:
        raise UsageError(f"{text} is not an Ed25519 public key in hexadecimal") from error
