"""/v1/identities: accounts that belong to nobody, and what is decided of them. Every request leaves audit entries."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy.engine import Connection
from typing_extensions import TypedDict

from services.api.auth.gate import CurrentVisit
from services.api.endpoint import Endpoint
from services.api.formats.pages import Key, answer, changed
from services.api.problems.kinds import INVALID, NOT_FOUND, TWO_PEOPLE, ProblemError
from shared.domain.organisation.hierarchy import FOREVER, SINCE_EVER
from shared.domain.organisation.machine_accounts import AccountKind
from shared.domain.privacy.roles import Permission
from shared.schemas.envelope import utc
from shared.storage.directory.account_decisions import (
    Act,
    Decision,
    ReviewedAccount,
    State,
    TwoLeadersError,
    accept,
    decide,
    reviewed,
)

_ACCOUNT: Final = "mail:p-aaaqeayeaudaocajbifqydiob4"
_PERSON: Final = "p-7f3aqzw5d2xk4mbn6cpyh3rtgv"
AccountParameter = Annotated[
    str, Path(pattern=r"^(mail|chat|ticket):p-[a-z2-7]{26}$", description="By its pseudonym.", examples=[_ACCOUNT])
]


class IdentityQuery(BaseModel):
    """Which of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    state: Annotated[State | None, Field(description="Only those in this state.")] = None


class IdentityDecision(BaseModel):
    """What is decided of an account."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    act: Annotated[
        Literal["accept", "link", "unlink", "ignore", "reject", "restore"],
        Field(description="`accept` what is suggested; `restore` takes back `ignore` and `reject`."),
    ]
    person: Annotated[Key | None, Field(description="Whose it is, for `link`: the HR system's id, or a pseudonym.")] = (
        None
    )
    kind: Annotated[AccountKind | None, Field(description="What it is, for `ignore`.")] = None
    valid_from: Annotated[AwareDatetime | None, Field(description="Since when it is theirs; by default always.")] = None
    valid_to: Annotated[AwareDatetime | None, Field(description="Until when; by default it stays theirs.")] = None


class IdentityModel(TypedDict):
    """An account, with how many events hang on it and what is known of whose it is."""

    account: str
    state: State
    events: Annotated[int, Field(description="The next of 10, 20, 50, 100 and so on; 0 once it is somebody's.")]
    suggested_person: str | None
    suggested_kind: str | None
    reason: Annotated[str | None, Field(description="Why that is suggested.")]
    decided_at: Annotated[datetime | None, Field(description="When somebody last decided on it.")]


class IdentityList(TypedDict):
    """Accounts, those with most events first."""

    data: list[IdentityModel]


class DecidedIdentity(TypedDict):
    """What holds from now on, and for the past as well."""

    account: str
    act: str
    number: Annotated[int, Field(description="Counts the decisions on this account.")]


_EXAMPLE: Final[dict[str, Any]] = {
    "account": _ACCOUNT, "state": "suggested", "events": 200, "suggested_person": _PERSON, "suggested_kind": None,
    "reason": "name", "decided_at": None,
}  # fmt: skip


@Endpoint(
    "GET",
    "/v1/identities",
    id="listIdentities",
    permission=Permission.LINK_ACCOUNTS,
    summary="List accounts that belong to nobody",
    tag="identities",
    model=IdentityList,
    example={"data": [_EXAMPLE]},
)
async def list_identities(request: Request, visit: CurrentVisit, query: Annotated[IdentityQuery, Query()]) -> Response:
    """Those that belong to nobody, and those on which something was decided."""

    def find(connection: Connection) -> list[ReviewedAccount]:
        return [each for each in reviewed(connection) if query.state in {None, each.state}]

    found = await visit.administer(find, lambda found: [each.account for each in found])
    body: IdentityList = {"data": [_shown(each) for each in found]}
    return answer(request, body, store=False)


@Endpoint(
    "POST",
    "/v1/identities/{account}/decisions",
    id="decideIdentity",
    permission=Permission.LINK_ACCOUNTS,
    summary="Decide whose an account is, or that it is no colleague's",
    tag="identities",
    model=DecidedIdentity,
    example={"account": _ACCOUNT, "act": "link", "number": 1},
    problems=(NOT_FOUND, TWO_PEOPLE),
)
async def decide_identity(account: AccountParameter, decision: IdentityDecision, visit: CurrentVisit) -> Response:
    """The next decision takes this one back. What is linked counts from the past on."""
    wanted, by = decision.act, visit.principal.id

    def put(connection: Connection) -> Decision:
        if wanted == "accept":
            return accept(connection, account, at=visit.now, by=by)
        if (wanted == "link") != (decision.person is not None):
            raise ValueError("a person is named for `link`, and for nothing else")
        given = Decision(
            account=account,
            act=Act(wanted),
            person=visit.backend.pseudonym(decision.person) if decision.person is not None else "",
            kind=decision.kind.value if decision.kind is not None else "",
            valid_from=SINCE_EVER if decision.valid_from is None else int(decision.valid_from.timestamp()),
            valid_to=FOREVER if decision.valid_to is None else int(decision.valid_to.timestamp()),
            decided_at=visit.now,
            decided_by=by,
        )
        return decide(connection, given)

    try:
        done = await visit.administer(put, lambda done: [done.account, *([done.person] if done.person else [])])
    except LookupError:
        raise ProblemError(NOT_FOUND) from None
    except TwoLeadersError:
        raise ProblemError(TWO_PEOPLE) from None
    except ValueError as error:
        raise ProblemError(INVALID, [{"parameter": "act", "detail": str(error)}]) from None
    body: DecidedIdentity = {"account": account, "act": done.act.value, "number": done.number}
    return changed(body)


def _shown(each: ReviewedAccount) -> IdentityModel:
    suggestion, decision = each.suggestion, each.decision
    return {
        "account": each.account,
        "state": each.state,
        "events": each.events,
        "suggested_person": (suggestion.person or None) if suggestion is not None else None,
        "suggested_kind": (suggestion.kind or None) if suggestion is not None else None,
        "reason": (suggestion.reason or None) if suggestion is not None else None,
        "decided_at": None if decision is None else utc(decision.decided_at),
    }
