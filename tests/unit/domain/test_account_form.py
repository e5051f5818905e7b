"""One account is written in several ways, and is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.organisation.account_form import account_form
from shared.sources.identities import mail_identity, ticket_identity
from tests.names import PSEUDONYMS


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("mail:Ana@X.test", "mail:ana@x.test"),
        ("mail:ana+jira@x.test", "mail:ana@x.test"),
        ("mail:ANA+a+b@x.test", "mail:ana@x.test"),
        ("mail:+4930123@x.test", "mail:+4930123@x.test"),
        ("mail:ana", "mail:ana"),
        ("ticket:Ana+x@x.test", "ticket:ana@x.test"),
        ("ticket:AnaR", "ticket:anar"),
        ("ticket:Ana Ruiz", "ticket:ana ruiz"),
        ("ticket:c++dev", "ticket:c++dev"),
        ("chat:U024BE7LH", "chat:U024BE7LH"),
        ("chat:Ana@x.test", "chat:ana@x.test"),
        ("chat:@ana:matrix.test", "chat:@ana:matrix.test"),
        ("ticket:Jose\u0301", "ticket:jos\u00e9"),
    ],
)
def test_an_account_has_one_form(written: str, form: str) -> None:
    assert account_form(written) == form
    assert PSEUDONYMS.identity(written) == PSEUDONYMS.identity(form)


def test_accounts_of_different_people_stay_apart() -> None:
    different = ["chat:u1", "chat:U1", "mail:ana@x.test", "mail:ana@y.test", "mail:an.a@x.test", "ticket:ana@x.test"]
    assert len({*map(account_form, different)}) == len(different)


@given(st.sampled_from(("mail", "chat", "ticket")), st.text(min_size=1))
def test_the_form_of_a_form_is_itself(namespace: str, native: str) -> None:
    form = account_form(f"{namespace}:{native}")
    assert account_form(form) == form


def test_sources_write_the_form() -> None:
    assert mail_identity("Ana Ruiz <Ana+list@X.test>") == "mail:ana@x.test"
    assert ticket_identity(" AnaR ") == "ticket:anar"
