"""GET /v1/sources: how much of what each source sends is about people who are known."""

from typing import Annotated, Any, Final

from fastapi import Request, Response
from pydantic import Field
from typing_extensions import TypedDict

from services.api.auth.gate import CurrentVisit
from services.api.endpoint import Endpoint
from services.api.formats.fields import EXAMPLE_AS_OF, Instant
from services.api.formats.pages import answer
from services.api.formats.weeks import instant_text
from shared.domain.privacy.roles import Permission
from shared.storage.log.published_shares import published


class SourceModel(TypedDict):
    """A source, and the share of its events that can count for somebody."""

    source: Annotated[str, Field(description="A kind of data or a product; `other` for all that go by another name.")]
    known_percent: Annotated[
        int, Field(description="Of a hundred events of 28 days, those about people who are known; in steps of five.")
    ]
    measured_at: Instant


class SourceList(TypedDict):
    """Sources with enough events and accounts to tell a share of, by name."""

    data: list[SourceModel]


_EXAMPLE: Final[dict[str, Any]] = {
    "data": [
        {"source": "calendar", "known_percent": 95, "measured_at": EXAMPLE_AS_OF},
        {"source": "chat", "known_percent": 55, "measured_at": EXAMPLE_AS_OF},
    ]
}


@Endpoint(
    "GET",
    "/v1/sources",
    id="listSources",
    permission=Permission.READ_SOURCES,
    summary="List how much of what each source sends is about people who are known",
    tag="sources",
    model=SourceList,
    example=_EXAMPLE,
)
async def list_sources(request: Request, visit: CurrentVisit) -> Response:
    """Those of the last measurement."""
    body: SourceList = {
        "data": [
            {"source": each.source, "known_percent": each.percent, "measured_at": instant_text(each.measured_at)}
            for each in await visit.read(published)
        ]
    }
    return answer(request, body, store=True)
