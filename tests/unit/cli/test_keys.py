import re
import sqlite3
from pathlib import Path

from services.cli.errors import UsageError
from tests.unit.cli.program import bellwether


def test_a_key_is_made_listed_and_revoked(tmp_path: Path) -> None:
    made = bellwether("keys", "create", "--role", "analyst", "--name", "board", "--days", "7", "--data", tmp_path)
    assert made.exit_code == 0, made.stderr
    token = made.stdout.strip()
    found = re.fullmatch(r"bw_(local_[0-9a-f]{12})_([0-9a-f]{64})", token)
    assert found
    key_id, secret = found.groups()
    assert secret not in made.stderr
    assert secret.encode() not in (tmp_path / "bellwether.db").read_bytes()

    assert "usable" in bellwether("keys", "list", "--data", tmp_path).stdout
    assert bellwether("keys", "revoke", key_id, "--data", tmp_path).exit_code == 0
    assert "revoked" in bellwether("keys", "list", "--data", tmp_path).stdout
    assert isinstance(bellwether("keys", "revoke", key_id, "--data", tmp_path).exception, UsageError)
    with sqlite3.connect(tmp_path / "bellwether.db") as connection:
        asked = "SELECT created_at, expires_at FROM api_key WHERE id = ?"
        ((created, expires),) = connection.execute(asked, (key_id,)).fetchall()
    connection.close()
    assert expires - created == 7 * 86_400


def test_a_holder_must_be_in_the_directory(tmp_path: Path) -> None:
    answer = bellwether("keys", "create", "--role", "leader", "--name", "x", "--person", "nobody", "--data", tmp_path)
    assert isinstance(answer.exception, UsageError)
