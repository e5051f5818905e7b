from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from services.cli.errors import UsageError
from shared.keyring import KeyFileError, KeySettings, read_keyring
from tests.names import key_files
from tests.unit.cli.program import bellwether

PEOPLE = "id,name,mail,manager\n1,Ada King,ada@example.com,\n2,Bob Ray,bob@example.com,1\n"


def fill(directory: Path) -> Path:
    file = directory / "people.csv"
    file.write_text(PEOPLE)
    data = directory / "data"
    result = bellwether("import", "people", file, "--data", data)
    assert result.exit_code == 0, result.exception
    return data


def test_names_reach_no_table_but_the_register(tmp_path: Path) -> None:
    data = fill(tmp_path)
    held = b"".join(path.read_bytes() for path in data.glob("bellwether.db*"))
    for name in (b"Ada", b"ada@example.com", b"Bob"):
        assert name not in held


def test_the_key_of_the_register_can_be_replaced(tmp_path: Path) -> None:
    data = fill(tmp_path)
    path = data / "keys" / "register.key"
    old, new = path.read_text().strip(), Fernet.generate_key().decode()
    path.write_text(f"{new}\n{old}\n")
    assert bellwether("register", "rotate", "--data", data).exit_code == 0
    path.write_text(old)
    assert isinstance(bellwether("register", "rotate", "--data", data).exception, UsageError)
    path.write_text(new)
    assert bellwether("register", "rotate", "--data", data).stdout.startswith("4 entries")


def test_another_pseudonym_key_is_refused(tmp_path: Path) -> None:
    data = fill(tmp_path)
    (data / "keys" / "pseudonym.key").write_text("00" * 32)
    result = bellwether("import", "people", tmp_path / "people.csv", "--data", data)
    assert isinstance(result.exception, UsageError)
    assert "another pseudonym key" in str(result.exception)


def test_the_check_key_verifies_and_is_not_the_key(tmp_path: Path) -> None:
    shown = bellwether("register", "check-key", "--data", tmp_path).stdout.strip()
    out = tmp_path / "check.key"
    assert bellwether("register", "check-key", "--data", tmp_path, "--out", out).exit_code == 0
    assert out.read_text().strip() == shown
    assert out.stat().st_mode & 0o077 == 0
    settings = KeySettings().below(tmp_path)
    whole = read_keyring(settings.model_copy(update={"pseudonym_check_key_file": out}))
    alone = read_keyring(KeySettings(pseudonym_check_key_file=out))
    assert alone.pseudonyms is None
    assert whole.pseudonyms is not None
    assert whole.checks is not None
    assert alone.checks is not None
    name = whole.pseudonyms.person("4711")
    assert alone.checks.remove(whole.checks.add(name)) == name
    assert settings.pseudonym_key_file is not None
    assert settings.pseudonym_key_file.read_text().strip() != shown
    out.write_text("ab" * 32)
    with pytest.raises(KeyFileError, match="check-key"):
        read_keyring(settings.model_copy(update={"pseudonym_check_key_file": out}))


@pytest.mark.parametrize("service", ["calendar", "tickets", "chat", "signals"])
def test_a_service_that_could_not_tell_a_name_from_a_pseudonym_does_not_start(service: str, tmp_path: Path) -> None:
    database = f"sqlite+aiosqlite:///{tmp_path / 'none.db'}"
    refused = bellwether("run", service, "--broker", "127.0.0.1:1", "--database", database)
    assert isinstance(refused.exception, UsageError)
    assert "BELLWETHER_PSEUDONYM_CHECK_KEY_FILE" in str(refused.exception)
    assert "register check-key" in str(refused.exception)


@pytest.mark.parametrize("missing", ["BELLWETHER_PSEUDONYM_KEY_FILE", "BELLWETHER_REGISTER_KEY_FILE"])
def test_a_gateway_without_a_key_does_not_start(missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in key_files(tmp_path / "keys").items():
        if name != missing:
            monkeypatch.setenv(name, value)
    database = f"sqlite+aiosqlite:///{tmp_path / 'none.db'}"
    refused = bellwether("run", "gateway", "--broker", "127.0.0.1:1", "--database", database)
    assert isinstance(refused.exception, UsageError)
    assert missing in str(refused.exception)
