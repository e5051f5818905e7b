"""Sending webhooks to real receivers, good and bad, and to none that must not be reached."""

import asyncio
import json
import ssl
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from shared.domain.alerts.webhook_secrets import WebhookKeys
from shared.transport.webhook_signing import receiver_keys, signing_keys
from shared.transport.webhooks import Answer, Message, WebhookSender
from tests.transport.receiver import OK, certificate, receiving, status

KEYS = WebhookKeys([b"k" * 32])
SECRET = receiver_keys(KEYS, "wh_1", generation=0).secret
BODY = b'{"type":"list.changed","data":{"text":"Your list has changed."}}'


def message(url: str) -> Message:
    return Message("msg_1", url, BODY, int(time.time()), signing_keys(KEYS, "wh_1", generation=0))


async def send(url: str, **settings: object) -> Answer:
    async with WebhookSender(loopback=True, **settings) as sender:  # type: ignore[arg-type]
        return await sender.send(message(url))


async def test_a_message_arrives_as_the_specification_has_it() -> None:
    async with receiving(OK) as receiver:
        answer = await send(f"http://127.0.0.1:{receiver.port}/hook?for=hr")
    assert answer == Answer(204)
    assert answer.delivered
    (heard,) = receiver.heard
    assert heard.line == "POST /hook?for=hr HTTP/1.1"
    assert heard.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert heard.headers["content-type"] == "application/json"
    assert Webhook(SECRET).verify(heard.body.decode(), heard.headers) == json.loads(BODY)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308, 400, 404, 429, 500, 502, 503, 504])
async def test_anything_but_2xx_is_a_failure_and_no_redirection_is_followed(code: int) -> None:
    async with (
        receiving(OK) as elsewhere,
        receiving(status(code, f"Location: http://127.0.0.1:{elsewhere.port}/")) as here,
    ):
        answer = await send(f"http://127.0.0.1:{here.port}/")
    assert answer.status == code
    assert not answer.delivered
    assert not answer.gone
    assert len(here.heard) == 1
    assert elsewhere.heard == []


async def test_gone_is_gone() -> None:
    async with receiving(status(410)) as receiver:
        assert (await send(f"http://127.0.0.1:{receiver.port}/")).gone


async def test_a_receiver_may_ask_for_patience() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    for text, seconds in (
        ("120", {120}),
        (later, set(range(590, 601))),
        ("soon", {None}),
        ("-5", {None}),
        ("٣", {None}),
    ):
        async with receiving(status(429, f"Retry-After: {text}")) as receiver:
            assert (await send(f"http://127.0.0.1:{receiver.port}/")).retry_after_seconds in seconds, text


async def test_a_receiver_that_hangs_or_talks_without_end_is_left() -> None:
    async def hang(_: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    written = 0

    async def talk(writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            written += 65536
            await writer.drain()

    async def trickle(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1\r\nx\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)

    async def headers_without_end(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X: " + b"x" * 65536 + b"\r\n")
            await writer.drain()

    started = time.monotonic()
    async with receiving(hang) as receiver:
        assert await send(f"http://127.0.0.1:{receiver.port}/", timeout_seconds=0.3) == Answer(None, "timeout")
    async with receiving(talk) as receiver:
        assert (await send(f"http://127.0.0.1:{receiver.port}/")).delivered
    assert written < 20_000_000, "the rest was not read"
    async with receiving(trickle) as receiver:
        assert (await send(f"http://127.0.0.1:{receiver.port}/")).delivered
    async with receiving(headers_without_end) as receiver:
        assert await send(f"http://127.0.0.1:{receiver.port}/") == Answer(None, "unreachable")
    async with receiving(b"nonsense") as receiver:
        assert await send(f"http://127.0.0.1:{receiver.port}/") == Answer(None, "unreachable")
    assert await send(f"http://127.0.0.1:{receiver.port}/") == Answer(None, "unreachable"), "nobody listens there"
    assert time.monotonic() - started < 15


async def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving(OK) as proxy, receiving(OK) as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
        assert (await send(f"http://127.0.0.1:{receiver.port}/")).delivered
    assert proxy.heard == []


class Names:
    """A name server of our own, which may change its mind."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, _port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def test_the_address_that_was_checked_is_the_one_that_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is public when it is checked and this machine afterwards reaches nobody here."""
    context, _ = certificate(tmp_path, "hook.example")
    names = Names(["203.0.114.7"], ["127.0.0.1"])  # a public address of nobody that we know
    opened: list[str] = []
    async with receiving(OK, tls=context) as receiver, WebhookSender(resolver=names, timeout_seconds=0.3) as sender:
        original = asyncio.get_running_loop().create_connection

        async def watch(*args: object, **kwargs: object) -> object:
            opened.append(str(args[1] if len(args) > 1 else kwargs.get("host")))
            raise OSError("no network in tests")

        monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", watch)
        assert await sender.send(message("https://hook.example:8443/")) == Answer(None, "unreachable")
        assert await sender.send(message("https://hook.example:8443/")) == Answer(None, "forbidden")
        monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", original)
    assert names.asked == ["hook.example", "hook.example"], "asked once for each attempt"
    assert opened == ["203.0.114.7"]
    assert receiver.heard == []


async def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    for addresses in (["8.8.8.8", "127.0.0.1"], ["::ffff:10.0.0.1"], ["169.254.169.254"], ["64:ff9b::7f00:1"], []):
        async with WebhookSender(resolver=Names(addresses)) as sender:
            assert await sender.send(message("https://hook.example/")) == Answer(None, "forbidden")


async def test_the_certificate_must_be_that_of_the_name(tmp_path: Path) -> None:
    context, trusted = certificate(tmp_path, "localhost")
    async with receiving(OK, tls=context) as receiver:
        url = f"https://localhost:{receiver.port}/"
        assert (await send(url, ca_file=trusted)).delivered
        assert await send(url) == Answer(None, "unreachable"), "nobody vouches for it"
        assert await send(f"https://127.0.0.1:{receiver.port}/", ca_file=trusted) == Answer(None, "unreachable")
    assert receiver.names[0] == "localhost"
    assert receiver.heard[0].headers["host"] == f"localhost:{receiver.port}"
    assert len(receiver.heard) == 1
    other = tmp_path / "other"
    other.mkdir()
    context, trusted = certificate(other, "somebody.example")
    async with receiving(OK, tls=context) as receiver:
        assert await send(f"https://localhost:{receiver.port}/", ca_file=trusted) == Answer(None, "unreachable")
    assert receiver.heard == []


async def test_the_next_address_is_tried_when_one_cannot_be_reached() -> None:
    async with receiving(OK) as receiver:
        names = Names(["::1", "127.0.0.1"])
        answer = await send(f"http://localhost:{receiver.port}/", resolver=names)
    assert answer.delivered


async def test_without_the_setting_this_machine_is_never_reached(tmp_path: Path) -> None:
    context: ssl.SSLContext
    context, trusted = certificate(tmp_path, "localhost")
    async with receiving(OK, tls=context) as receiver, WebhookSender(ca_file=trusted) as sender:
        for host in ("localhost", "127.0.0.1", "[::1]", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]"):
            for url in (f"https://{host}:{receiver.port}/", f"http://{host}:{receiver.port}/", f"https://{host}/"):
                assert await sender.send(message(url)) == Answer(None, "forbidden")
    assert receiver.heard == []
