"""Whose an account may be, and which are no person's."""

import pytest

from shared.domain.organisation.account_matching import AccountMatcher, KnownPerson, MetAccount, Reason
from shared.domain.organisation.machine_accounts import AccountKind, kind_by_name
from tests.unit.domain.duplicates import Made, made_company

PEOPLE = (
    KnownPerson("1", "Robert Müller", ("mail:robert.mueller@corp.test",)),
    KnownPerson("2", "Ana Ruiz", ("mail:ana.ruiz@corp.test", "chat:U1")),
    KnownPerson("3", "Ruiz, Ada", ("mail:ada@corp.test",)),
    KnownPerson("4", "Jan Novak", ("mail:jan.novak@corp.test",)),
    KnownPerson("5", "Jan Novak", ("mail:jan.novak2@corp.test",)),
    KnownPerson("6", "Cher", ()),
)


@pytest.fixture(scope="module")
def matcher() -> AccountMatcher:
    return AccountMatcher(PEOPLE)


@pytest.mark.parametrize(
    ("identity", "person", "reason"),
    [
        ("chat:ana.ruiz", "2", Reason.SAME_ADDRESS),
        ("ticket:Ruiz, Ana", "2", Reason.NAME),
        ("ticket:Ana M. Ruiz", "2", Reason.NAME),
        ("mail:ana.ruiz84@gmail.com", "2", Reason.SAME_ADDRESS),
        ("ticket:ada ruiz", "3", Reason.NAME),
        ("chat:bob.muller", "1", Reason.NAME),
        ("chat:RMueller", "1", Reason.INITIAL),
        ("chat:robert.mueler", "1", Reason.SIMILAR_NAME),
    ],
)
def test_an_account_that_is_spelt_like_one_person(
    matcher: AccountMatcher, identity: str, person: str, reason: Reason
) -> None:
    found = matcher.suggestion(MetAccount(identity))
    assert found is not None
    assert (found.person, found.reason, found.is_proof) == (person, reason, False)


@pytest.mark.parametrize(
    "identity",
    [
        "chat:jan.novak", "ticket:Jan Novak", "chat:aruiz", "mail:ana.ruiz@customer.test", "mail:info@corp.test",
        "chat:U0FFFF", "ticket:1001", "mail:no-reply@corp.test", "chat:cher", "ticket:",
    ],
)  # fmt: skip
def test_where_several_fit_or_nobody_none_is_suggested(matcher: AccountMatcher, identity: str) -> None:
    assert matcher.suggestion(MetAccount(identity)) is None


def test_an_address_that_the_source_has_verified_is_proof(matcher: AccountMatcher) -> None:
    found = matcher.suggestion(MetAccount("chat:U9", mail=" Ana.Ruiz+chat@Corp.test"))
    assert found is not None
    assert found.is_proof
    assert found.person == "2"
    assert matcher.suggestion(MetAccount("chat:U9", mail="info@corp.test")) is None
    assert matcher.suggestion(MetAccount("chat:ana.ruiz", mail="someone@else.test")) is None


@pytest.fixture(scope="module", params=[1, 2])
def made(request: pytest.FixtureRequest) -> Made:
    return made_company(request.param)


def test_what_is_linked_by_itself_and_what_is_suggested_on_made_up_companies(made: Made) -> None:
    company = AccountMatcher(KnownPerson(each.key, each.name, (f"mail:{each.mail}",)) for each in made.people)
    found = [(each.owner, company.suggestion(MetAccount(each.identity, each.mail))) for each in made.accounts]
    proofs = [(owner, each) for owner, each in found if each is not None and each.is_proof]
    assert len(proofs) > 100
    assert all(each.person == owner for owner, each in proofs)
    suggested = [each.person == owner for owner, each in found if each is not None]
    precision = sum(suggested) / len(suggested)
    recall = sum(suggested) / sum(bool(owner) for owner, _ in found)
    assert precision >= 0.98
    assert recall >= 0.90


def test_ten_thousand_verified_addresses_are_linked_without_an_error() -> None:
    made = made_company(3)
    company = AccountMatcher(KnownPerson(each.key, each.name, (f"mail:{each.mail}",)) for each in made.people)
    mails = {each.key: each.mail for each in made.people}
    several = {mail for mail in mails.values() if sum(mail == other for other in mails.values()) > 1}
    for each in made.accounts:
        if not each.owner:
            continue
        found = company.suggestion(MetAccount(each.identity, mails[each.owner].upper()))
        if mails[each.owner] in several:
            assert found is None
        else:
            assert found is not None
            assert found.person == each.owner


@pytest.mark.parametrize(
    ("identity", "kind"),
    [
        ("mail:no-reply@x.test", AccountKind.BOT),
        ("mail:DoNotReply@x.test", AccountKind.BOT),
        ("ticket:dependabot[bot]", AccountKind.BOT),
        ("chat:deploy-bot", AccountKind.BOT),
        ("mail:c_18@resource.calendar.google.com", AccountKind.ROOM),
        ("mail:room-4.12@x.test", AccountKind.ROOM),
        ("mail:fred@fireflies.ai", AccountKind.NOTETAKER),
        ("mail:notetaker@x.test", AccountKind.NOTETAKER),
        ("mail:support@x.test", AccountKind.SHARED_MAILBOX),
        ("mail:abbot@x.test", None),
        ("mail:ana.roomer@x.test", None),
        ("mail:rob.otter@x.test", None),
        ("ticket:jira.novakova", None),
        ("mail:itzel@x.test", None),
        ("mail:salesman@x.test", None),
    ],
)
def test_accounts_that_are_called_like_no_person(identity: str, kind: AccountKind | None) -> None:
    assert kind_by_name(identity) is kind
