"""What is too much: requests a minute, bytes, levels, seconds."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send

from services.api.auth.principals import Principal
from services.api.auth.rate_limits import RateLimits
from services.api.middleware import request_limits
from services.api.middleware.outer import SECURITY_HEADERS
from services.api.middleware.request_limits import (
    MOST_BODY_BYTES,
    MOST_DEPTH,
    MOST_TARGET_BYTES,
    RequestLimits,
    _depth,
)
from services.api.problems.kinds import ProblemError
from services.api.settings import ApiSettings
from tests.api.company import Api, running_api
from tests.api.test_problems import check


async def test_a_credential_that_asks_too_often_waits_and_others_do_not(sqlite_url: str) -> None:
    async with running_api(sqlite_url, requests_per_credential=5) as api:
        answers = [await api.get("/v1/teams", role="analyst") for _ in range(7)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
        check(answers[-1], 429, "too-many-requests")
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 120
        # What it may not do counts as well.
        assert [(await api.get("/v1/teams", role="employee")).status_code for _ in range(6)] == [403] * 5 + [429]
        assert (await api.get("/v1/teams", role="hr_partner")).status_code == 200
        assert (await api.get("/healthz", role=None)).status_code == 200


async def test_all_credentials_of_a_tenant_have_a_limit_together(sqlite_url: str) -> None:
    async with running_api(sqlite_url, requests_per_tenant=4) as api:
        roles = ["analyst", "hr_partner", "leader", "operator", "auditor", "analyst"]
        answered = [(await api.get("/v1/signals", role=role)).status_code for role in roles]
        assert answered == [200] * 4 + [429] * 2


async def test_a_refused_credential_takes_no_room(sqlite_url: str) -> None:
    async with running_api(sqlite_url, requests_per_tenant=2) as api:
        assert [(await api.get("/v1/signals", role=None)).status_code for _ in range(5)] == [401] * 5
        assert (await api.get("/v1/signals")).status_code == 200


@pytest.mark.parametrize(
    ("content", "status", "slug"),
    [
        (b'{"partner":"' + b"x" * MOST_BODY_BYTES + b'"}', 413, "body-too-large"),
        (b'{"a":' + b"[" * MOST_DEPTH + b"]" * MOST_DEPTH + b"}", 400, "body-too-deep"),
        (b"[" * 60_000, 400, "body-too-deep"),
        (b'{"partner":' + b'"["' + b"}", 422, "invalid-parameters"),
        (b"{", 422, "invalid-parameters"),
        (b"\xff\xfe", 422, "invalid-parameters"),
    ],
)
async def test_bodies_are_looked_at_only_when_they_could_be_meant(
    api: Api, content: bytes, status: int, slug: str
) -> None:
    async def pieces() -> Any:
        for start in range(0, len(content), 10_000):
            yield content[start : start + 10_000]

    for sent in (content, pieces()):  # with and without a declared length
        async with api.client("operator", **{"Content-Type": "application/json"}) as client:
            response = await client.post("/v1/cases", content=sent)
        check(response, status, slug)
        assert {name.decode() for name in SECURITY_HEADERS} <= set(response.headers)


async def test_targets_are_not_endless(api: Api) -> None:
    check(await api.get("/v1/people?team=" + "x" * MOST_TARGET_BYTES), 414, "target-too-long")


@pytest.mark.parametrize("length", ["-1", "1e3", "99999999999999999999", "x"])
async def test_a_length_that_is_none_is_refused(api: Api, length: str) -> None:
    async with api.client("operator", **{"Content-Length": length}) as client:
        assert (await client.post("/v1/cases", content=b"{}")).status_code == 413


async def sent_by(app: RequestLimits, receive: Receive) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []}
    await app(scope, receive, send)
    return sent


async def test_a_body_that_trickles_and_an_application_that_hangs_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_limits, "_BODY_SECONDS", 0.05)

    async def hangs(_scope: Scope, receive: Receive, _send: Send) -> None:
        await receive()
        await asyncio.Event().wait()

    async def trickle() -> Message:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b" ", "more_body": True}

    async def whole() -> Message:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    assert (await sent_by(RequestLimits(hangs, seconds=60), trickle))[0]["status"] == 408
    assert (await sent_by(RequestLimits(hangs, seconds=0.05), whole))[0]["status"] == 503


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=20,
)


@given(JSON)
def test_depth_is_that_of_the_value(value: Any) -> None:
    def depth(each: Any) -> int:
        inner = each.values() if isinstance(each, dict) else each if isinstance(each, list) else None
        return 0 if inner is None else 1 + max(map(depth, inner), default=0)

    assert _depth(json.dumps(value).encode()) == depth(value)
    assert _depth(json.dumps(value, ensure_ascii=False).encode()) == depth(value)


@given(st.integers(1, 6), st.lists(st.floats(0.1, 70), min_size=1, max_size=60))
def test_a_sliding_minute_holds_no_more_than_it_may_and_the_wait_told_is_long_enough(
    most: int, pauses: list[float]
) -> None:
    now, admitted = [1_000.0], list[float]()
    limits = RateLimits(ApiSettings(requests_per_credential=most, requests_per_tenant=most + 1), clock=lambda: now[0])
    principal = Principal("key", "key", "tenant", frozenset(), frozenset(), person=None, expires_at=0)
    for pause in pauses:
        now[0] += pause
        try:
            limits.admit(principal)
        except ProblemError as refused:
            now[0] += int((refused.headers or {})["Retry-After"])
            limits.admit(principal)
        admitted.append(now[0])
    # The minute before is taken to be even, so that two minutes hold no more than twice as much, wherever they begin.
    for start in admitted:
        assert sum(start <= each < start + 60 for each in admitted) <= 2 * most
