"""The console at /: a web page that uses the same API. Everybody gets the same files; they hold no data and no key."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.api.formats.pages import named_in, tag_of

_PAGE: Final = "index.html"
_MEDIA_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
# Scripts, styles and answers of this origin alone, no form that leaves the page, nobody's frame, no text made markup.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


def console_routes() -> Iterator[Route]:
    """A route for each file of the page. No other file can be reached."""
    for file in sorted(files("services.api").joinpath("console").iterdir(), key=lambda each: each.name):
        path = "/" if file.name == _PAGE else f"/console/{file.name}"
        media_type = _MEDIA_TYPES[file.name.rpartition(".")[2]]
        yield Route(path, _File(file.read_bytes(), media_type).answer, methods=["GET"])


class _File:
    """A file of the page, read once."""

    def __init__(self, body: bytes, media_type: str) -> None:
        self._body: Final = body
        self._headers: Final = {
            "Cache-Control": "no-cache",
            "Content-Security-Policy": POLICY,
            "Content-Type": media_type,
            "ETag": tag_of(body),
        }

    async def answer(self, request: Request) -> Response:
        """The file, or 304 for a client that has this version."""
        condition = request.headers.get("if-none-match", "")
        if named_in(condition, self._headers["ETag"], weak=True):
            return Response(status_code=304, headers=self._headers)
        return Response(self._body, headers=self._headers)
