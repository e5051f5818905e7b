"""What operators decided of accounts: link, unlink, ignore and the like; each dated, kept, and undone by the next.

A decision to link goes into the directory as a record of its own, so that everything is as if it had been known from
the start: see `services.signals.upkeep.account_keeper`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final, Literal

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from shared.domain.organisation.hierarchy import FOREVER, SINCE_EVER
from shared.domain.organisation.machine_accounts import AccountKind
from shared.storage.engine import bulk
from shared.storage.tables.accounts import AccountDecisionRow, AccountSuggestionRow, UnlinkedAccountRow
from shared.storage.tables.directory import IdentityLinkRow, PersonRow, ReportingLineRow
from shared.storage.tables.facts import IdentityRow

_DECISION: Final = bulk.table_of(AccountDecisionRow)
_SUGGESTION: Final = bulk.table_of(AccountSuggestionRow)
_UNLINKED: Final = bulk.table_of(UnlinkedAccountRow)


class Act(StrEnum):
    """What is decided of an account."""

    LINK = "link"  # it is a person's
    UNLINK = "unlink"  # it is nobody's
    IGNORE = "ignore"  # it is no colleague's: a bot, a room, somebody outside
    REJECT = "reject"  # it is not whose it was suggested to be
    RESTORE = "restore"  # it is neither ignored nor rejected any more


OF_LINKS: Final = (Act.LINK.value, Act.UNLINK.value)
"""Acts that say whose an account is."""
State = Literal["unlinked", "suggested", "linked", "ignored", "rejected"]


class TwoLeadersError(ValueError):
    """An account is not moved from one person to another where both have a manager: they are two people."""

    def __init__(self) -> None:
        super().__init__(
            "it belongs to somebody else, and both have a manager of their own: two people are not made one. "
            "Unlink it first if it was never theirs"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One of them. Times are in Unix seconds; `number` counts those of the account."""

    account: str
    number: int = 0
    act: Act
    person: str = ""
    kind: str = ""
    valid_from: int = SINCE_EVER
    valid_to: int = FOREVER
    decided_at: int
    decided_by: str
    done: bool = False


@dataclass(frozen=True, slots=True)
class AccountSuggestion:
    """Whose an account may be and why, or what else it is; `person` and `kind` are empty for nothing."""

    account: str
    person: str = ""
    reason: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class ReviewedAccount:
    """An account for somebody to look at. `events` is the next step above how many there are; 0 for no fact."""

    account: str
    events: int
    suggestion: AccountSuggestion | None
    decision: Decision | None

    @property
    def state(self) -> State:
        """What is known of whose it is."""
        match self.decision.act if self.decision is not None else None:
            case Act.LINK:
                return "linked"
            case Act.IGNORE:
                return "ignored"
            case Act.REJECT:
                return "rejected"
            case _:
                return "suggested" if self.suggestion is not None else "unlinked"


def decide(connection: Connection, decision: Decision) -> Decision:
    """Keep a decision, in the caller's transaction; gives it with its number.

    Raises LookupError for an account or a person that is not known, ValueError where there is nothing to undo or the
    period ends before it begins, TwoLeadersError.
    """
    account, person, act = decision.account, decision.person, decision.act
    identity = bulk.table_of(IdentityRow).c
    if connection.execute(select(identity.id).where(identity.key == account)).first() is None:
        raise LookupError("no account is known by this name")
    if act is Act.LINK:
        if decision.valid_to <= decision.valid_from:
            raise ValueError("it would end before it begins")
        _check_link(connection, account, person)
    if act is Act.UNLINK and not owners(connection, account):
        raise ValueError("it belongs to nobody")
    if act is Act.IGNORE and decision.kind not in set(AccountKind):
        raise ValueError("say what it is")
    latest = _latest(connection, account)
    if act is Act.RESTORE and (latest is None or latest.act not in (Act.IGNORE, Act.REJECT)):
        raise ValueError("it is neither ignored nor rejected")
    number = 1 if latest is None else latest.number + 1
    values = {each.name: getattr(decision, each.name) for each in fields(decision)}
    values |= {"number": number, "act": act.value, "done": act.value not in OF_LINKS}
    connection.execute(insert(_DECISION), [values])
    return Decision(**(values | {"act": act}))


def owners(connection: Connection, account: str) -> frozenset[str]:
    """Whose an account is at any time, as the directory knows."""
    link, identity = bulk.table_of(IdentityLinkRow).c, bulk.table_of(IdentityRow).c
    joined = link.identity.table.join(identity.id.table, identity.id == link.identity)
    query = select(link.person).select_from(joined)
    return frozenset(
        connection.execute(query.where(identity.key == account, link.valid_from < link.valid_to)).scalars()
    )


def accept(connection: Connection, account: str, *, at: int, by: str) -> Decision:
    """Decide what is suggested. Raises LookupError where nothing is, and what `decide` raises."""
    query = select(_SUGGESTION.c.person, _SUGGESTION.c.kind).where(_SUGGESTION.c.account == account)
    found = connection.execute(query).one_or_none()
    if found is None:
        raise LookupError("nothing is suggested of this account")
    act = Act.LINK if found.person else Act.IGNORE
    kind = "" if found.person else found.kind
    given = Decision(account=account, act=act, person=found.person, kind=kind, decided_at=at, decided_by=by)
    return decide(connection, given)


def latest_decisions(connection: Connection) -> dict[str, Decision]:
    """The decision of each account that counts."""
    rows = connection.execute(select(_DECISION).order_by(_DECISION.c.account, _DECISION.c.number))
    return {row.account: as_decision(row) for row in rows}


def reviewed(connection: Connection, accounts: Collection[str] | None = None) -> list[ReviewedAccount]:
    """Accounts that belong to nobody or on which something was decided, those with most events first."""
    rows = connection.execute(select(_UNLINKED.c.account, _UNLINKED.c.events, _UNLINKED.c.beyond_people))
    unlinked: Mapping[str, tuple[int, bool]] = {account: (events, beyond) for account, events, beyond in rows}
    suggestions = {row.account: AccountSuggestion(*row) for row in connection.execute(select(_SUGGESTION))}
    decisions = {
        account: each for account, each in latest_decisions(connection).items() if each.act is not Act.RESTORE
    }  # fmt: skip
    found = []
    for account in unlinked.keys() | decisions.keys():
        events, beyond = unlinked.get(account, (0, False))
        by_rate = AccountSuggestion(account, reason="rate", kind="bot") if beyond else None
        if accounts is None or account in accounts:
            suggestion = suggestions.get(account, by_rate)
            found.append(ReviewedAccount(account, events, suggestion, decisions.get(account)))
    return sorted(found, key=lambda each: (-each.events, each.account))


def _check_link(connection: Connection, account: str, person: str) -> None:
    people = bulk.table_of(PersonRow).c
    if connection.execute(select(people.key).where(people.key == person)).first() is None:
        raise LookupError("no person is known by this name")
    others = owners(connection, account) - {person}
    if others and _has_manager(connection, [person]) and _has_manager(connection, sorted(others)):
        raise TwoLeadersError


def _has_manager(connection: Connection, people: Sequence[str]) -> bool:
    line = bulk.table_of(ReportingLineRow).c
    found = select(line.person).where(line.person.in_(people), line.manager != "", line.valid_from < line.valid_to)
    return connection.execute(found.limit(1)).first() is not None


def _latest(connection: Connection, account: str) -> Decision | None:
    query = select(_DECISION).where(_DECISION.c.account == account).order_by(_DECISION.c.number.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else as_decision(row)


def as_decision(row: Any) -> Decision:
    """A row of its table as a decision."""
    values = dict(row._mapping)  # noqa: SLF001  # the documented way to a row's names
    return Decision(**(values | {"act": Act(values["act"])}))
