import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.privacy.pseudonym import (
    ArrivingNames,
    DepartingNames,
    NotPseudonymousError,
    PseudonymChecks,
    PseudonymGivenError,
    Pseudonyms,
    is_pseudonym,
)

ONE, OTHER = Pseudonyms(b"1" * 32), Pseudonyms(b"2" * 32)
CHECKS, OTHERS = PseudonymChecks(ONE.check_key()), PseudonymChecks(OTHER.check_key())


@given(st.text(min_size=1))
def test_equal_names_give_equal_pseudonyms_that_say_nothing(name: str) -> None:
    made = ONE.person(name)
    assert made == Pseudonyms(b"1" * 32).person(name)
    assert is_pseudonym(made)
    assert made != OTHER.person(name)
    with pytest.raises(PseudonymGivenError):
        ONE.person(made)


@given(st.text(min_size=1), st.sampled_from(["mail", "chat", "ticket"]))
def test_identities_keep_their_namespace(native: str, namespace: str) -> None:
    made = ONE.identity(f"{namespace}:{native}")
    assert made.partition(":")[0] == namespace
    assert is_pseudonym(made.partition(":")[2])
    with pytest.raises(PseudonymGivenError):
        ONE.identity(made)


def test_a_person_an_account_and_a_thing_of_one_name_are_three() -> None:
    assert (
        len({ONE.person("ada"), ONE.identity("mail:ada")[5:], ONE.identity("chat:ada")[5:], ONE.native_id("ada")}) == 4
    )


def test_the_key_is_not_shown_and_must_be_whole() -> None:
    assert "1" not in repr(ONE)
    with pytest.raises(ValueError, match="32 bytes, not 3"):
        Pseudonyms(b"abc")


@given(st.text(min_size=1))
def test_a_check_goes_on_and_comes_off_and_holds_under_its_key_alone(native: str) -> None:
    for plain in (ONE.person(native), ONE.identity(f"mail:{native}")):
        travelling = CHECKS.add(plain)
        assert travelling.startswith(plain)
        assert len(travelling) == len(plain) + 6
        assert CHECKS.remove(travelling) == plain
        for checks in (OTHERS, PseudonymChecks(b"1" * 32)):
            with pytest.raises(NotPseudonymousError):
                checks.remove(travelling)


@given(st.text(), st.sampled_from(["", "mail:", "chat:", "ticket:", "list:"]))
def test_no_other_name_has_a_check(text: str, namespace: str) -> None:
    for name in (f"{namespace}{text}", f"{namespace}p-{text}"):
        for way in (CHECKS.add, CHECKS.remove, ArrivingNames(CHECKS).identity, ArrivingNames(CHECKS).person):
            with pytest.raises(NotPseudonymousError, match=r"^a name is no pseudonym of this deployment$"):
                way(name)


def test_a_check_does_not_go_with_another_name() -> None:
    """Not with another person's, nor with the same letters in another role."""
    mail, chat = (ONE.identity(f"{namespace}:ada") for namespace in ("mail", "chat"))
    check = CHECKS.add(mail)[-6:]
    for other in (chat, mail.replace("mail:", "chat:"), mail.removeprefix("mail:"), ONE.person("ada")):
        with pytest.raises(NotPseudonymousError):
            CHECKS.remove(other + check)


def test_the_check_key_makes_no_pseudonym_and_recognises_no_name() -> None:
    """Whoever has it alone can try what the product does, on every name, and comes upon none that is used."""
    names = [f"person{number}@example.com" for number in range(1_000)]
    used = {each for name in names for each in (ONE.person(name), ONE.identity(f"mail:{name}"), ONE.native_id(name))}
    guessed = Pseudonyms(ONE.check_key())
    tried: set[str] = set()
    for name in names:
        tried |= {guessed.person(name), guessed.identity(f"mail:{name}"), guessed.native_id(name)}
    assert not used & tried
    assert not {each[-26:] for each in used} & {each[-26:] for each in tried}
    assert guessed.check_key() not in {b"1" * 32, ONE.check_key()}


def test_roles_are_kept_apart_on_arrival() -> None:
    departing, arriving = DepartingNames(CHECKS), ArrivingNames(CHECKS)
    person, identity, thing = ONE.person("ada"), ONE.identity("mail:ada"), ONE.native_id("ada")
    assert arriving[departing.identity(identity)] == arriving.identity(departing.identity(identity)) == identity
    assert arriving.person(departing.person(person)) == person
    assert arriving.native_id(departing.native_id(thing)) == thing
    with pytest.raises(NotPseudonymousError):
        arriving.identity(departing.person(person))
    with pytest.raises(NotPseudonymousError):
        arriving.person(departing.identity(identity))


def test_what_is_remembered_is_verified_and_nothing_else() -> None:
    arriving = ArrivingNames(CHECKS)
    for number in range(100):
        with pytest.raises(NotPseudonymousError):
            arriving[f"mail:person{number}@example.com"]
        with pytest.raises(NotPseudonymousError):
            arriving[OTHERS.add(OTHER.identity(f"mail:{number}"))]
    assert not arriving
    arriving[CHECKS.add(ONE.identity("mail:ada"))]
    assert len(arriving) == 1


def test_neither_shows_its_key() -> None:
    assert "key" not in repr(CHECKS)
    with pytest.raises(ValueError, match="32 bytes, not 3"):
        PseudonymChecks(b"abc")
