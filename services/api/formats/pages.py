"""Pages of a list: how long a page is, the cursor of the next one, and answers with an ETag."""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from services.api.formats.cursor_cipher import CallerCursors
from services.api.problems.kinds import INVALID, InvalidParameter, ProblemError
from services.api.settings import MOST_ROWS

T = TypeVar("T")
R = TypeVar("R")

Key = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""Parameter: the key of a person or team. No control characters: PostgreSQL cannot hold all of them."""

PositionText = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\x00]*$")]
"""Text in a cursor. Cursors are sealed, and what is in them is validated all the same."""

_ENCODER: Final = msgspec.json.Encoder()
_BAD_CURSOR: Final[InvalidParameter] = {
    "parameter": "cursor",
    "detail": "Not a cursor of this list with these filters.",
}


class Paging(BaseModel):
    """Parameters of every list. Unknown parameters are refused, so that a misspelt filter is not silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Annotated[int | None, Field(ge=1, le=MOST_ROWS, description="Most rows of the page.")] = None
    cursor: Annotated[
        str | None, Field(max_length=2000, description="`next_cursor` of the page before, with the same filters.")
    ] = None

    def fingerprint(self) -> Any:
        """The filters, without the place of the page."""
        return self.model_dump(exclude={"limit", "cursor"}, mode="json")


class Cursor(Generic[T]):
    """Positions of one list, as text that clients hand back.

    `endpoint` is the id of the list's endpoint: another list refuses its cursors. `position` is the type that a
    position is validated against. A cursor is sealed for its caller, list and filters, as a position holds values of
    the last row.
    """

    def __init__(self, endpoint: str, position: Any) -> None:
        self.endpoint: Final = endpoint
        self._decoder: Final[msgspec.json.Decoder[T]] = msgspec.json.Decoder(position)

    def read(self, paging: Paging, cursors: CallerCursors, *context: str) -> T | None:
        """The position to go on from; None on the first page.

        `context` is what else the list depends on, such as the subject in the path.

        Raises:
            ProblemError: the cursor was not made by this list with these filters for this caller.
        """
        if paging.cursor is None:
            return None
        found = cursors.open(paging.cursor, self._made_for(paging, context))
        if found is None:
            raise ProblemError(INVALID, [_BAD_CURSOR])
        try:
            return self._decoder.decode(found)
        except msgspec.DecodeError:  # of a version before this one
            raise ProblemError(INVALID, [_BAD_CURSOR]) from None

    def page(
        self,
        paging: Paging,
        found: Sequence[R],
        *,
        cursors: CallerCursors,
        rows: int,
        position: Callable[[R], T],
        context: tuple[str, ...] = (),
    ) -> tuple[Sequence[R], str | None]:
        """The rows of the page, and the cursor of the next one if `found` has more than `rows`."""
        if len(found) <= rows:
            return found, None
        last = _ENCODER.encode(position(found[rows - 1]))
        return found[:rows], cursors.seal(last, self._made_for(paging, context))

    def _made_for(self, paging: Paging, context: tuple[str, ...]) -> bytes:
        return _ENCODER.encode([self.endpoint, context, paging.fingerprint()])


def answer(request: Request, content: Any, *, store: bool) -> Response:
    """Content as JSON, or 304 when the client has it already.

    `store` allows the client to keep the answer and to ask whether it changed. Never for named people.
    """
    return answer_bytes(request, _ENCODER.encode(content), store=store)


def answer_bytes(request: Request, body: bytes, *, store: bool) -> Response:
    """Like `answer`, for content that is JSON already."""
    tag = tag_of(body)
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache" if store else "no-store",
        "Vary": "Authorization",
    }
    if_none_match = request.headers.get("if-none-match")
    if if_none_match is not None and named_in(if_none_match, tag, weak=True):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def changed(content: Any, *, status: int = 200, versioned: bool = False) -> Response:
    """The result of a change, as JSON that no cache keeps. `versioned` adds the `ETag` for the next change."""
    body = _ENCODER.encode(content)
    headers = {"Cache-Control": "no-store", "Vary": "Authorization"}
    if versioned:
        headers["ETag"] = tag_of(body)
    return Response(body, status_code=status, media_type="application/json", headers=headers)


def tag_of(body: bytes) -> str:
    """The version of an answer. Equal bytes are the same version."""
    return f'"{blake2b(body, digest_size=16).hexdigest()}"'


def named_in(condition: str, tag: str, *, weak: bool) -> bool:
    """Whether a condition names this tag. `weak` makes weak and strong tags equal (RFC 9110, 13.1.1 and 13.1.2)."""
    named = [each.strip() for each in condition.split(",")]
    if weak:
        named = [each.removeprefix("W/") for each in named]
    return tag in named or named == ["*"]
