"""Tables of accounts that belong to nobody: how many events hang on each, whose they may be, and what was decided."""

from typing import Final

from sqlalchemy import SmallInteger, Text
from sqlmodel import SQLModel

from shared.storage.tables.declarations import ALL, READ, Grants, Names, NotShown, column, people
from shared.storage.tables.types import Big, Flag, Seconds, String

_SHOWN_OTHERWISE: Final = NotShown("once it is linked, an account is shown with its owner's")


class UnlinkedAccountRow(SQLModel, table=True):
    """An account that belongs to nobody, and how many events hang on it, in steps."""

    __tablename__ = "unlinked_account"
    __table_args__ = (
        people(
            access=NotShown("it belongs to nobody"),
            retention="made anew every few minutes",
            grants=Grants(writer=ALL, reader=READ),
        ),
    )
    account: str = column(Text, names=Names.PERSON, not_found_by="it belongs to nobody", key=True)
    events: Big
    beyond_people: Flag  # it wrote more on one day than a person does


class AccountSuggestionRow(SQLModel, table=True):
    """Whose an account may be, or what else it is, by how it was called where it came in."""

    __tablename__ = "account_suggestion"
    __table_args__ = (
        people(
            access=_SHOWN_OTHERWISE,
            retention="until the account, or the person, is erased",
            grants=Grants(writer=ALL, reader=READ),
        ),
    )
    account: str = column(Text, names=Names.PERSON, not_found_by="nobody has decided on it", key=True)
    person: str = column(
        Text, names=Names.PERSON, not_found_by="nobody has decided on it"
    )  # empty where it is another kind
    reason: String  # of `account_matching.Reason`
    kind: String  # of `machine_accounts.AccountKind`, empty where it may be a person's


class AccountDecisionRow(SQLModel, table=True):
    """What an operator decided of an account, and when. Rows are added and never changed, so that it can be undone."""

    __tablename__ = "account_decision"
    __table_args__ = (
        people(
            access=_SHOWN_OTHERWISE,
            retention="until the account, or the person, is erased",
            grants=Grants(writer=ALL, reader="SELECT, INSERT"),
        ),
    )
    account: str = column(Text, names=Names.PERSON, not_found_by="what it links is shown", key=True)
    number: int = column(SmallInteger, names=Names.NOBODY, key=True)
    act: String
    person: str = column(Text, names=Names.PERSON, not_found_by="what it links is shown")  # empty for none
    kind: String  # of `machine_accounts.AccountKind`, empty for none
    valid_from: Seconds
    valid_to: Seconds
    decided_at: Seconds
    decided_by: String  # an API key's id, or an operator's
    done: Flag  # whether the directory knows
