from pathlib import Path

from services.cli.errors import UsageError
from shared.keyring import KeySettings, read_keyring
from tests.unit.cli.program import bellwether


def test_who_objects_is_put_on_the_list_under_a_pseudonym(tmp_path: Path) -> None:
    assert bellwether("exclude", "add", "4711", "mail:works.council@example.com", "--data", tmp_path).exit_code == 0
    assert bellwether("exclude", "add", "4711", "--data", tmp_path).stdout.startswith("0 more")
    shown = bellwether("exclude", "list", "--data", tmp_path).stdout
    pseudonyms = read_keyring(KeySettings().below(tmp_path)).pseudonyms
    assert pseudonyms is not None
    assert pseudonyms.person("4711") in shown
    assert pseudonyms.identity("mail:works.council@example.com") in shown
    assert "4711" not in shown.replace(pseudonyms.person("4711"), "")
    assert bellwether("exclude", "remove", "4711", "--data", tmp_path).stdout.startswith("1 fewer")
    assert isinstance(bellwether("exclude", "remove", "4711", "--data", tmp_path).exception, UsageError)
