import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.privacy.pseudonym import Pseudonyms, is_pseudonym

ONE, OTHER = Pseudonyms(b"1" * 32), Pseudonyms(b"2" * 32)


@given(st.text(min_size=1))
def test_equal_names_give_equal_pseudonyms_that_say_nothing(name: str) -> None:
    made = ONE.person(name)
    assert made == Pseudonyms(b"1" * 32).person(name)
    assert is_pseudonym(made)
    assert made != OTHER.person(name)
    assert ONE.person(made) == made


@given(st.text(min_size=1), st.sampled_from(["mail", "chat", "ticket"]))
def test_identities_keep_their_namespace(native: str, namespace: str) -> None:
    made = ONE.identity(f"{namespace}:{native}")
    assert made.partition(":")[0] == namespace
    assert is_pseudonym(made.partition(":")[2])
    assert ONE.identity(made) == made


def test_a_person_an_account_and_a_thing_of_one_name_are_three() -> None:
    assert (
        len({ONE.person("ada"), ONE.identity("mail:ada")[5:], ONE.identity("chat:ada")[5:], ONE.native_id("ada")}) == 4
    )


def test_the_key_is_not_shown_and_must_be_whole() -> None:
    assert "1" not in repr(ONE)
    with pytest.raises(ValueError, match="32 bytes, not 3"):
        Pseudonyms(b"abc")
