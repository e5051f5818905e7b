"""`bellwether db roles` on a real server, and the passwords it sets."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from asyncpg.exceptions import InvalidPasswordError
from sqlalchemy.engine import make_url

from services.cli.errors import UsageError
from shared.storage.access.database_roles import scram_verifier
from tests.storage.postgres import PostgresCluster
from tests.unit.cli.program import bellwether


async def connected(url: str, role: str, password: str) -> str:
    parts = make_url(url)
    connection = await asyncpg.connect(
        host=parts.host, port=parts.port, database=parts.database, user=role, password=password
    )
    try:
        return str(await connection.fetchval("SELECT current_user"))
    finally:
        await connection.close()


@pytest.mark.postgres
def test_roles_are_made_with_the_passwords_of_the_files(
    postgres: PostgresCluster, empty_postgres_url: str, tmp_path: Path
) -> None:
    files = {name: tmp_path / name for name in ("reads", "writes")}
    for name, file in files.items():
        file.write_text(f"{name}-new\n{name}-old\n")
    asked: list[str | Path] = [
        *("db", "roles", "--database", empty_postgres_url, "--reader", "cli_reads", "--writer", "cli_writes"),
        *("--reader-password-file", files["reads"], "--writer-password-file", files["writes"]),
    ]
    assert bellwether("db", "upgrade", "--database", empty_postgres_url).exit_code == 0
    rules = postgres.directory / "data" / "pg_hba.conf"
    before = rules.read_text()
    try:
        rules.write_text("host all cli_reads,cli_writes 127.0.0.1/32 scram-sha-256\n" + before)
        for _ in range(2):
            made = bellwether(*asked)
            assert made.exit_code == 0, made.exception
        assert "cli_reads reads for the API" in made.stdout
        asyncio.run(reloaded(empty_postgres_url))
        for role, password in (("cli_reads", "reads-new"), ("cli_writes", "writes-new")):
            assert asyncio.run(connected(empty_postgres_url, role, password)) == role
            with pytest.raises(InvalidPasswordError):
                asyncio.run(connected(empty_postgres_url, role, "other"))
        # Without a file the password stays.
        assert bellwether(*asked[:8]).exit_code == 0
        assert asyncio.run(connected(empty_postgres_url, "cli_reads", "reads-new")) == "cli_reads"
    finally:
        rules.write_text(before)
        asyncio.run(reloaded(empty_postgres_url))


async def reloaded(url: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()


def test_sqlite_has_no_roles_and_says_so(tmp_path: Path) -> None:
    answer = bellwether("db", "roles", "--database", f"sqlite+aiosqlite:///{tmp_path / 'bellwether.db'}")
    assert isinstance(answer.exception, UsageError)
    assert "SQLite has no roles" in str(answer.exception)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--reader", "one", "--writer", "one"), "two roles"),
        (("--reader", 'x"; DROP TABLE person'), "no plain name"),
        (("--reader-password-file", "nowhere"), "cannot read"),
    ],
)
@pytest.mark.postgres
def test_what_cannot_be_is_told(empty_postgres_url: str, options: tuple[str, ...], words: str) -> None:
    answer = bellwether("db", "roles", "--database", empty_postgres_url, *options)
    assert isinstance(answer.exception, UsageError)
    assert words in str(answer.exception)


def test_a_password_is_stored_as_the_server_would() -> None:
    one, other = scram_verifier("pencil"), scram_verifier("pencil")
    assert one != other, "a fresh salt every time"
    assert "pencil" not in one
    for unusable in ("", "żółw", "a\nb"):
        with pytest.raises(ValueError, match="ASCII"):
            scram_verifier(unusable)
