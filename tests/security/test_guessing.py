"""Guessing keys: few wrong ones are looked at, whoever asks, and no right one is locked out by them."""

import itertools
import secrets
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from services.api.auth import authentication
from services.cli.process import plain_app
from shared.settings import ServiceSettings
from shared.sliding_minute import SlidingMinute
from shared.storage.access.api_keys import authenticate
from shared.telemetry import names
from shared.telemetry.guess_limits import GuessLimits, TooManyGuessesError
from shared.telemetry.health import Health
from shared.telemetry.metrics import Metrics
from tests.api.company import Api, running_api
from tests.api.test_problems import check

FEW: dict[str, Any] = {"wrong_credentials_per_address": 5, "wrong_credentials": 12}


@pytest_asyncio.fixture
async def api(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Api]:
    defaults = GuessLimits.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "clock", lambda: 30.0)  # no minute begins in the middle of a test
    async with running_api(sqlite_url, **FEW) as made:
        yield made


def guesses() -> Iterator[str]:
    """Keys as an attacker would try them, and texts that are none."""
    for number in itertools.count():
        yield f"bw_local_{secrets.token_hex(6)}_{secrets.token_hex(32)}" if number % 3 else f"guess {number}"


async def ask(app: Any, token: str, *, address: str, path: str = "/v1/signals") -> httpx.Response:
    transport = httpx.ASGITransport(app=app, client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        return await client.get(path, headers={"Authorization": f"Bearer {token}"})


async def test_few_guesses_of_an_address_are_looked_at(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = list[str]()
    real = authenticate

    def counting(connection: Any, token: str, **given: Any) -> Any:
        looked_at.append(token)
        return real(connection, token, **given)

    monkeypatch.setattr(authentication, "authenticate", counting)
    answers = [await ask(api.app, guess, address="10.0.0.1") for guess in itertools.islice(guesses(), 60)]
    assert [each.status_code for each in answers] == [401] * 5 + [429] * 55
    assert len(looked_at) == 5
    check(answers[-1], 429, "too-many-requests")
    assert {1 <= int(each.headers["retry-after"]) <= 120 for each in answers[5:]} == {True}
    assert len({each.content for each in answers[5:]}) == 1
    counted = api.metrics.counter(names.WRONG_CREDENTIALS)
    assert (counted.labels("refused")._value.get(), counted.labels("not-tried")._value.get()) == (5, 55)


async def test_a_right_key_is_let_in_whoever_guesses(api: Api) -> None:
    assert (await ask(api.app, api.tokens["analyst"], address="10.0.0.1")).status_code == 200
    for number, guess in enumerate(itertools.islice(guesses(), 60)):
        await ask(api.app, guess, address=f"10.0.0.{number % 4}")
    api.clock.now += authentication.REMEMBERED_SECONDS + 1
    # One that was right before, from where the guesses come from; and one that is new, from anywhere else.
    assert (await ask(api.app, api.tokens["analyst"], address="10.0.0.1")).status_code == 200
    assert (await ask(api.app, api.tokens["auditor"], address="10.9.9.9")).status_code == 200
    assert (await ask(api.app, api.tokens["operator"], address="10.9.9.9")).status_code == 200
    # Guesses with the id of a key do nothing to that key.
    wrong = api.tokens["leader"][:-4] + "0000"
    answers = {(await ask(api.app, wrong, address=f"10.1.0.{number}")).status_code for number in range(20)}
    assert answers <= {401, 429}
    assert (await ask(api.app, api.tokens["leader"], address="10.9.9.8")).status_code == 200


async def test_all_addresses_have_a_limit_together(api: Api) -> None:
    source = guesses()
    answers = [
        [(await ask(api.app, next(source), address=f"10.0.{number}.1")).status_code for _ in range(4)]
        for number in range(10)
    ]
    assert sum(each.count(401) for each in answers) == 12 + 7  # twelve, and then the first one of each address
    # New addresses without end are too many as well.
    last = [(await ask(api.app, next(source), address=f"10.1.{number}.1")).status_code for number in range(130)]
    assert last.count(401) == 12 * 10 - 19
    assert last[-1] == 429


async def test_a_key_that_is_not_right_any_more_counts_like_any_other(api: Api) -> None:
    token = api.tokens["analyst"]
    assert (await ask(api.app, token, address="10.0.0.1")).status_code == 200
    api.clock.now += 400 * 86_400  # it expired
    answers = [(await ask(api.app, token, address="10.0.0.1")).status_code for _ in range(8)]
    assert answers == [401] * 5 + [429] * 3


async def test_a_site_counts_as_one_address(api: Api) -> None:
    source = guesses()
    answers = [(await ask(api.app, next(source), address=f"2001:db8::{number:x}")).status_code for number in range(8)]
    assert answers == [401] * 5 + [429] * 3
    assert (await ask(api.app, next(source), address="2001:db8:0:1::1")).status_code == 401
    answers = [(await ask(api.app, next(source), address="::ffff:10.0.0.1")).status_code for _ in range(2)]
    answers += [(await ask(api.app, next(source), address="10.0.0.1")).status_code for _ in range(2)]
    assert answers.count(401) == 4


async def test_a_guess_too_many_costs_little_and_the_same_whatever_it_is(api: Api) -> None:
    for guess in itertools.islice(guesses(), 20):
        await ask(api.app, guess, address="10.0.0.1")
    spent: dict[str, list[float]] = {"a key's id": [], "nobody's": []}
    for _ in range(30):
        for kind, guess in (
            ("a key's id", api.tokens["leader"][:-64] + secrets.token_hex(32)),
            ("nobody's", f"bw_local_{secrets.token_hex(6)}_{secrets.token_hex(32)}"),
        ):
            began = time.process_time()
            assert (await ask(api.app, guess, address="10.0.0.1")).status_code == 429
            spent[kind].append(time.process_time() - began)
    one, other = (statistics.median(each) for each in spent.values())
    assert max(one, other) < 3 * min(one, other) + 0.002


async def test_tokens_of_the_scrape_are_guessed_no_faster(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text("t" * 40, encoding="ascii")
    settings = ServiceSettings(metrics_token_file=file, **FEW)
    app: Starlette = plain_app(Health(), Metrics(CollectorRegistry()), settings)
    source = guesses()
    assert (await ask(app, "t" * 40, address="10.0.0.1", path="/metrics")).status_code == 200
    answers = [await ask(app, next(source), address="10.0.0.1", path="/metrics") for _ in range(9)]
    assert [each.status_code for each in answers] == [401] * 5 + [429] * 4
    assert int(answers[-1].headers["retry-after"]) > 0
    assert (await ask(app, "t" * 40, address="10.0.0.1", path="/metrics")).status_code == 200
    assert (await ask(app, "t" * 40, address="10.0.0.2", path="/metrics")).status_code == 200


# --- the counting


@given(st.lists(st.tuples(st.floats(0, 40), st.sampled_from("ab"), st.booleans()), max_size=80))
def test_no_two_minutes_hold_more_than_twice_as_many_wrong_ones(steps: list[tuple[float, str, bool]]) -> None:
    now, tried, waits = [0.0], list[float](), list[int]()
    limits = GuessLimits(per_address=4, all_together=6, clock=lambda: now[0])
    for number, (pause, address, right) in enumerate(steps):
        now[0] += pause
        try:
            limits.begin(address, str(number))
        except TooManyGuessesError as error:
            waits.append(error.wait_seconds)
            continue
        if right:
            limits.right(address, str(number))
        else:
            limits.wrong(address, str(number))
            tried.append(now[0])
    assert all(1 <= wait <= 121 for wait in waits)
    for begin in tried:
        assert sum(begin <= each < begin + 60 for each in tried) <= 2 * (6 + 2)


def test_what_is_taken_back_did_not_happen() -> None:
    now = [0.0]
    counts: SlidingMinute[str] = SlidingMinute(lambda: now[0])
    counts.add("a")
    now[0] = 61
    counts.add("a")
    for left in (1, 0, 0):
        counts.take_back("a")
        assert counts.count("a") == left
    assert (counts.wait_seconds("a", 1), counts._counts, counts._before) == (0, {}, {})
