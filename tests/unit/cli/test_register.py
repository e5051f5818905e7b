from pathlib import Path

from cryptography.fernet import Fernet

from services.cli.errors import UsageError
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
