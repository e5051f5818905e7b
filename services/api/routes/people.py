"""GET /v1/people: the directory."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import Query, Request, Response
from pydantic import Field
from sqlalchemy.engine import Connection
from typing_extensions import TypedDict

from services.api.auth.gate import CurrentVisit
from services.api.endpoint import Endpoint
from services.api.formats.fields import EXAMPLE_CURSOR, NextCursor, PersonKey
from services.api.formats.pages import Cursor, Key, Paging, PositionText, answer
from services.api.settings import MOST_KEYS
from shared.domain.privacy.named_things import ThingKind, neutral_name
from shared.domain.privacy.roles import Permission
from shared.storage.directory.register import Entry
from shared.storage.readings.found import FoundPerson

_CURSOR: Final[Cursor[str]] = Cursor("listPeople", PositionText)


class PeopleQuery(Paging):
    """Filters of the directory."""

    team: Annotated[Key | None, Field(description="Only members of this team, without its parts.")] = None
    active: Annotated[bool | None, Field(description="Only people who are, or are not, active.")] = None
    person: Annotated[
        tuple[Key, ...],
        Field(
            max_length=MOST_KEYS,
            description="Only these people, by key or HR id; repeat it for each. Who is not there is left out.",
            examples=[["ada", "grace"]],
        ),
    ] = ()


class Person(TypedDict):
    """A person of the directory."""

    person: PersonKey
    hr_id: Annotated[str | None, Field(description="The HR system's id; null where the register is closed.")]
    name: Annotated[str | None, Field(description="Null where the register is closed or knows no name.")]
    team: Annotated[str | None, Field(description="Key of their team.")]
    team_name: Annotated[str | None, Field(description="As an operator has confirmed it, or a neutral one.")]
    manager: Annotated[str | None, Field(description="Manager now; null at the top, or when not known.")]
    active: Annotated[bool, Field(description="Only active people are scored.")]


class PeoplePage(TypedDict):
    """People, by key."""

    data: list[Person]
    next_cursor: NextCursor


@Endpoint(
    "GET",
    "/v1/people",
    id="listPeople",
    permission=Permission.READ_DIRECTORY,
    summary="List the directory",
    tag="directory",
    model=PeoplePage,
    example={
        "data": [
            {
                "person": "ada",
                "hr_id": "4711",
                "name": "Ada King",
                "team": "engines",
                "team_name": "Engines",
                "manager": "grace",
                "active": True,
            }
        ],
        "next_cursor": EXAMPLE_CURSOR,
    },
    measured_with_people=True,
)
async def list_people(request: Request, visit: CurrentVisit, query: Annotated[PeopleQuery, Query()]) -> Response:
    """The page that is asked for, with names where the register is open."""
    backend = visit.backend
    limit = query.limit or backend.settings.page_rows
    after = _CURSOR.read(query, visit.cursors)
    named = sorted({backend.pseudonym(each) for each in query.person}) or None

    def find(connection: Connection) -> tuple[list[FoundPerson], dict[str, str], Mapping[str, Entry]]:
        found = backend.reads.people(
            connection, team=query.team, active=query.active, people=named, after=after, limit=limit + 1
        )
        keys = [row.key for row in found]
        return found, backend.reads.managers(connection, keys, at=visit.now), backend.names.find(connection, keys)

    found, managers, names = await visit.read(find)
    rows, cursor = _CURSOR.page(query, found, cursors=visit.cursors, rows=limit, position=lambda row: row.key)
    people: list[Person] = [
        {
            "person": row.key,
            "hr_id": names[row.key].text if row.key in names else None,
            "name": names[row.key].name if row.key in names else None,
            "team": row.team,
            "team_name": row.team_name or (None if row.team is None else neutral_name(ThingKind.TEAM, row.team)),
            "manager": managers.get(row.key),
            "active": row.active,
        }
        for row in rows
    ]
    page: PeoplePage = {"data": people, "next_cursor": cursor}
    return answer(request, page, store=False)
