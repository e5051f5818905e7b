"""GET /v1/signals: the catalogue."""

from typing import Annotated

import msgspec
from fastapi import Depends, FastAPI, Request, Response

from services.api.auth.gate import Gate, Visit
from services.api.formats.catalogue import signal_list
from services.api.formats.models import SignalList
from services.api.formats.pages import answer_bytes
from services.api.openapi.description import documented
from services.api.operations import LIST_SIGNALS


def register(app: FastAPI, gate: Gate) -> None:
    """Add the operation."""
    catalogue = msgspec.json.encode(signal_list())

    @app.get(
        "/v1/signals",
        **documented(
            LIST_SIGNALS, model=SignalList, summary="List the signals and what they mean", tag="signals",
        ),
    )  # fmt: skip
    async def list_signals(request: Request, _: Annotated[Visit, Depends(gate.permit(LIST_SIGNALS))]) -> Response:
        return answer_bytes(request, catalogue, store=True)
