from pathlib import Path

from services.cli.data_lock import hold_data_lock, is_data_locked
from tests.unit.cli.program import bellwether

HINT = "until `bellwether up` runs on it"


def test_an_import_says_that_nobody_takes_it(tmp_path: Path) -> None:
    file, data = tmp_path / "people.csv", tmp_path / "data"
    file.write_text("id,manager\n1,\n2,1\n")
    alone = bellwether("import", "people", file, "--data", data)
    assert alone.exit_code == 0, alone.exception
    assert HINT in alone.stderr
    assert not is_data_locked(data)
    with hold_data_lock(data):
        assert is_data_locked(data)
        assert HINT not in bellwether("import", "people", file, "--data", data).stderr
    assert not is_data_locked(data)
