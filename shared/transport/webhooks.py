"""Sends a webhook message once: to an address that was checked, with the right host name, following no redirection."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from ipaddress import IPv6Address
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx

from shared.domain.alerts.webhook_target import Address, ForbiddenTargetError, check_resolved, parse_target
from shared.transport.webhook_signing import SigningKeys

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Addresses of a host."""

TIMEOUT_SECONDS: Final = 20.0  # the specification asks for 15 to 30
_CONNECT_SECONDS: Final = 5.0
# What a receiver says beyond its status is of no interest; a little is read so that it can end in peace.
_MOST_ANSWER_BYTES: Final = 64 * 1024
_ANSWER_SECONDS: Final = 2.0
_USER_AGENT: Final = "Bellwether-Webhooks/1"


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of an attempt: the receiver's status, or why there is none. It names no address."""

    status: int | None
    failure: str = ""  # closed words: "forbidden", "timeout", "unreachable"
    retry_after_seconds: int | None = None

    @property
    def delivered(self) -> bool:
        """Whether the receiver has the message. Only 2xx says so. A redirection is a failure."""
        return self.status is not None and HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def gone(self) -> bool:
        """Whether the receiver wants no more messages."""
        return self.status == HTTPStatus.GONE


@dataclass(frozen=True, slots=True)
class Message:
    """A message to send. `id` is the same for every attempt. `timestamp` is that of this attempt, in Unix seconds."""

    id: str
    url: str
    body: bytes
    timestamp: int
    keys: SigningKeys


async def resolve(host: str, port: int) -> Sequence[str]:
    """Addresses of a host, by the machine's resolver. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class WebhookSender:
    """Sends messages. Ignores the proxies and certificates that the environment names."""

    def __init__(
        self,
        *,
        loopback: bool = False,
        ca_file: Path | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        resolver: Resolve = resolve,
    ) -> None:
        """`loopback` allows receivers on this machine. `ca_file` adds a certificate authority."""
        self._loopback: Final = loopback
        self._timeout_seconds: Final = timeout_seconds
        self._resolve: Final = resolver
        context = ssl.create_default_context()
        if ca_file is not None:
            context.load_verify_locations(ca_file)
        self._client: Final = httpx.AsyncClient(
            verify=context,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(timeout_seconds, connect=_CONNECT_SECONDS),
            # A connection that is kept would be found again by its address, under whatever name it was opened.
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def __aenter__(self) -> Self:
        """Return the sender, which is ready to send."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close open connections."""
        await self._client.aclose()

    async def send(self, message: Message) -> Answer:
        """Make one attempt. Failures of the URL, the network or the receiver are in the answer and never raised."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._send(message)
        except ForbiddenTargetError:
            return Answer(None, "forbidden")
        except (TimeoutError, httpx.TimeoutException):
            return Answer(None, "timeout")
        except (httpx.HTTPError, OSError, UnicodeError):
            return Answer(None, "unreachable")

    async def _send(self, message: Message) -> Answer:
        target = parse_target(message.url, loopback=self._loopback)
        addresses = check_resolved(target, await self._resolve(target.host, target.port))
        headers = {
            "Host": target.authority,
            "Content-Type": "application/json",
            "User-Agent": _USER_AGENT,
            "webhook-id": message.id,
            "webhook-timestamp": str(message.timestamp),
            "webhook-signature": message.keys.sign(message.id, timestamp=message.timestamp, body=message.body),
        }
        *first, last = (f"{target.scheme}://{_literal(each)}:{target.port}{target.path}" for each in addresses)
        for url in first:
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):  # the next address may be reached
                return await self._post(url, target.host, headers, message.body)
        return await self._post(last, target.host, headers, message.body)

    async def _post(self, url: str, host: str, headers: dict[str, str], body: bytes) -> Answer:
        """Post to a URL that holds an address. The certificate must be that of `host`."""
        named = {"sni_hostname": host}
        async with self._client.stream("POST", url, content=body, headers=headers, extensions=named) as response:
            with suppress(TimeoutError, httpx.HTTPError):
                async with asyncio.timeout(_ANSWER_SECONDS):
                    await _read_a_little(response)
            return Answer(response.status_code, retry_after_seconds=_retry_after(response.headers.get("retry-after")))


async def _read_a_little(response: httpx.Response) -> None:
    read = 0
    async for part in response.aiter_raw(_MOST_ANSWER_BYTES):
        read += len(part)
        if read >= _MOST_ANSWER_BYTES:
            return


def _literal(address: Address) -> str:
    return f"[{address}]" if isinstance(address, IPv6Address) else str(address)


def _retry_after(text: str | None) -> int | None:
    """Seconds, from a number or a date; None where it is neither."""
    if text is None:
        return None
    if text.isascii() and text.isdigit():
        return int(text[:9])
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0, int((aware - datetime.now(UTC)).total_seconds()))
