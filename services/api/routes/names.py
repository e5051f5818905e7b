"""/v1/names: what teams, goals and queues are called, and what of it is shown. Every request leaves audit entries."""

from typing import Annotated, Any, Final

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.engine import Connection
from typing_extensions import TypedDict

from services.api.auth.gate import CurrentVisit
from services.api.endpoint import Endpoint
from services.api.formats.pages import Key, answer, changed
from services.api.problems.kinds import HOLDS_NAME, INVALID, NOT_FOUND, REGISTER_CLOSED, ProblemError
from shared.domain.privacy.named_things import ThingKind
from shared.domain.privacy.roles import Permission
from shared.storage.directory.confirmed_names import withdraw
from shared.storage.directory.name_review import LONGEST_NAME, HoldsNameError, NameReview, ReviewedName

_KEY: Final = "t-7f3aqzw5d2xk4mbn6cpyh3rtgv"
NameParameter = Annotated[Key, Path(examples=[_KEY])]


class NameQuery(BaseModel):
    """Which of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Annotated[ThingKind | None, Field(description="Only names of these.")] = None
    confirmed: Annotated[bool | None, Field(description="Only those that are confirmed, or that wait.")] = None


class Confirmation(BaseModel):
    """What to show."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[
        str | None,
        Field(min_length=1, max_length=LONGEST_NAME, description="Words of one's own; by default what it is called."),
    ] = None
    no_person: Annotated[bool, Field(description="A word that is part of somebody's name is an ordinary one here.")] = (
        False
    )


class NameModel(TypedDict):
    """A team, a goal or a queue, with its name outside and the name that is shown."""

    key: str
    kind: ThingKind
    called: Annotated[str | None, Field(description="Outside; null where it named somebody who was erased.")]
    shown: str
    confirmed: bool
    holds: Annotated[str | None, Field(description="`name` or `part`: how much of somebody's name it holds.")]
    proposal: Annotated[str | None, Field(description="The same without that, where anything is left.")]


class NameList(TypedDict):
    """Names, by kind and name."""

    data: list[NameModel]


class ShownName(TypedDict):
    """What is shown from now on."""

    key: str
    shown: str


class WithdrawnName(TypedDict):
    """A key whose neutral name is shown from now on."""

    key: str
    withdrawn: bool


_EXAMPLE: Final[dict[str, Any]] = {
    "key": _KEY, "kind": "team", "called": "Engines (Ada King)", "shown": "Team 7f3a", "confirmed": False,
    "holds": "name", "proposal": "Engines",
}  # fmt: skip


@Endpoint(
    "GET",
    "/v1/names",
    id="listNames",
    permission=Permission.CONFIRM_NAMES,
    summary="List what teams, goals and queues are called and shown as",
    tag="names",
    model=NameList,
    example={"data": [_EXAMPLE]},
    problems=(REGISTER_CLOSED,),
)
async def list_names(request: Request, visit: CurrentVisit, query: Annotated[NameQuery, Query()]) -> Response:
    """Those that are asked for."""
    review = _review(visit)

    def find(connection: Connection) -> list[ReviewedName]:
        found = review.names(connection, tuple(ThingKind) if query.kind is None else (query.kind,))
        return [each for each in found if query.confirmed in {None, each.confirmed}]

    found = await visit.administer(find, lambda found: [each.key for each in found])
    body: NameList = {"data": [_shown(each) for each in found]}
    return answer(request, body, store=False)


@Endpoint(
    "POST",
    "/v1/names/{key}/confirm",
    id="confirmName",
    permission=Permission.CONFIRM_NAMES,
    summary="Show a name everywhere, as it names nobody",
    tag="names",
    model=ShownName,
    example={"key": _KEY, "shown": "Engines"},
    problems=(NOT_FOUND, HOLDS_NAME, REGISTER_CLOSED),
)
async def confirm_name(key: NameParameter, confirmation: Confirmation, visit: CurrentVisit) -> Response:
    """Show it from now on. One that holds the name of somebody in the directory is refused."""
    review = _review(visit)

    def put(connection: Connection) -> str:
        return review.confirm(
            connection, key, own_words=confirmation.name, no_person=confirmation.no_person, now=visit.now
        )

    try:
        shown = await visit.administer(put, lambda _: [key])
    except LookupError:
        raise ProblemError(NOT_FOUND) from None
    except HoldsNameError as error:
        proposal = error.finding.proposal
        detail = f"It could be shown as: {proposal}" if proposal else "Nothing of it is left without the name."
        raise ProblemError(HOLDS_NAME, [{"parameter": "name", "detail": detail}]) from None
    except ValueError as error:
        raise ProblemError(INVALID, [{"parameter": "name", "detail": str(error)}]) from None
    body: ShownName = {"key": key, "shown": shown}
    return changed(body)


@Endpoint(
    "POST",
    "/v1/names/{key}/withdraw",
    id="withdrawName",
    permission=Permission.CONFIRM_NAMES,
    summary="Show a neutral name again",
    tag="names",
    model=WithdrawnName,
    example={"key": _KEY, "withdrawn": True},
    problems=(NOT_FOUND,),
)
async def withdraw_name(key: NameParameter, visit: CurrentVisit) -> Response:
    """Show a neutral name from now on."""
    if not await visit.administer(lambda connection: withdraw(connection, [key]), lambda count: [key] if count else []):
        raise ProblemError(NOT_FOUND)
    body: WithdrawnName = {"key": key, "withdrawn": True}
    return changed(body)


def _review(visit: CurrentVisit) -> NameReview:
    """Raises ProblemError where the register is closed: nothing could be looked for."""
    if not visit.backend.names.is_open:
        raise ProblemError(REGISTER_CLOSED)
    return NameReview(visit.backend.names)


def _shown(each: ReviewedName) -> NameModel:
    finding = each.finding
    return {
        "key": each.key,
        "kind": each.kind,
        "called": each.called or None,
        "shown": each.shown,
        "confirmed": each.confirmed,
        "holds": None if finding is None else finding.match.value,
        "proposal": (finding.proposal or None) if finding is not None else None,
    }
