"""GET /v1/people: the directory."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Query, Request, Response
from pydantic import Field
from sqlalchemy.engine import Connection

from services.api.auth.gate import Gate, Visit
from services.api.formats.models import PeoplePage, Person
from services.api.formats.pages import Cursor, Key, Paging, PositionText, answer
from services.api.openapi.description import documented
from services.api.operations import LIST_PEOPLE
from services.api.settings import MOST_KEYS
from shared.storage.directory.register import Entry
from shared.storage.engine.rows import Rows

_CURSOR: Final[Cursor[str]] = Cursor(LIST_PEOPLE, PositionText)


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


def register(app: FastAPI, gate: Gate) -> None:
    """Add the operation."""

    @app.get(
        "/v1/people",
        **documented(LIST_PEOPLE, model=PeoplePage, summary="List the directory", tag="directory"),
    )
    async def list_people(
        request: Request,
        visit: Annotated[Visit, Depends(gate.permit(LIST_PEOPLE))],
        query: Annotated[PeopleQuery, Query()],
    ) -> Response:
        limit = query.limit or gate.settings.page_rows
        after = _CURSOR.read(query)
        named = sorted({gate.pseudonym(each) for each in query.person}) or None

        def find(connection: Connection) -> tuple[Rows, dict[str, str], Mapping[str, Entry]]:
            found = gate.reads.people(
                connection, team=query.team, active=query.active, people=named, after=after, limit=limit + 1
            )
            keys = [row.key for row in found]
            return found, gate.reads.managers(connection, keys, at=visit.now), gate.names.find(connection, keys)

        found, managers, names = await visit.read(find)
        rows, cursor = _CURSOR.page(query, found, rows=limit, position=lambda row: str(row.key))
        people: list[Person] = [
            {
                "person": key,
                "hr_id": names[key].text if key in names else None,
                "name": names[key].name if key in names else None,
                "team": team,
                "manager": managers.get(key),
                "active": active,
            }
            for key, team, active in rows
        ]
        page: PeoplePage = {"data": people, "next_cursor": cursor}
        return answer(request, page, store=False)
