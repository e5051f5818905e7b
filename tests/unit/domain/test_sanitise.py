import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.privacy.sanitise import label_of, sanitise


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("R&D, Größe 5 (Ost)", "R&D, Größe 5 (Ost)"),
        ("<!channel> come", "\u2039!channel\u203a come"),
        ("<https://bad.example|Sales>", "\u2039https: bad.example/Sales\u203a"),
        ("[Sales](https://bad.example)", "(Sales)(https: bad.example)"),
        ("@everyone", "'\uff20everyone"),
        ('=HYPERLINK("x")', '\'=HYPERLINK("x")'),
        ("+1", "'+1"),
        ("a\nb\r\u2028c\x00", "a b  c"),
        ("| --- |", "/ --- /"),
    ],
)
def test_names_of_teams_are_no_commands(name: str, shown: str) -> None:
    assert sanitise(name) == shown


@given(st.text())
def test_whatever_a_team_is_called(name: str) -> None:
    shown = sanitise(name)
    assert not set(shown) & set("<>@[]`|*#\\\r\n\t\x00")
    assert "://" not in shown
    assert not shown.startswith(("=", "+", "-"))
    assert len(shown) <= 81


@given(st.text(max_size=120), st.text(max_size=120))
def test_keys_of_groups_are_clean_labels_and_stay_apart(key: str, other: str) -> None:
    label = label_of(key)
    assert not set(label) & set("<>@[]`|*#\\\r\n\t\x00")
    assert len(label) <= 90
    assert (label == label_of(other)) == (key == other)
