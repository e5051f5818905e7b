"""Access to /metrics. The token gives everything; without it the machine itself gets operational metrics only."""

import hmac
import secrets
from enum import Enum
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from starlette.requests import Request

from shared.settings import ServiceSettings
from shared.telemetry import names
from shared.telemetry.guess_limits import GuessLimits, source_address
from shared.telemetry.metrics import Metrics

_SCHEME: Final = "bearer "
# 32 characters of hexadecimal are 128 bits.
_LEAST_CHARACTERS: Final = 32
_TOKEN_BYTES: Final = 32
# A proxy on the machine speaks for somebody elsewhere; uvicorn believes some of these, and none may count as local.
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def new_scrape_token() -> str:
    """A token nobody can guess."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


class ScrapeTokenError(ValueError):
    """The file of scrape tokens cannot be read or holds none; the message says which file, never what is in it."""


class Scrape(Enum):
    """The metrics that a request may see."""

    EVERYTHING = "everything"
    OPERATIONAL = "operational"
    NOTHING = "nothing"


class ScrapeAccess:
    """Reads the tokens with every scrape, so that a new one needs no restart. Without a file there is no token."""

    def __init__(self, file: Path | None, guesses: GuessLimits | None = None) -> None:
        """Raises ScrapeTokenError for a file without a token in it: rather at the start than at the first scrape."""
        self._file: Final = file
        self._guesses: Final = guesses or GuessLimits()
        if file is not None:
            self._tokens()

    def of(self, request: Request) -> Scrape:
        """The metrics that a request may see. A wrong token gets nothing, wherever it comes from.

        Raises TooManyGuessesError.
        """
        given = request.headers.get("authorization")
        if given is not None:
            address = source_address(request)
            self._guesses.begin(address, given)
            accepted = self._accepts(given)
            (self._guesses.right if accepted else self._guesses.wrong)(address, given)
            return Scrape.EVERYTHING if accepted else Scrape.NOTHING
        return Scrape.OPERATIONAL if _is_local(request) else Scrape.NOTHING

    def _accepts(self, given: str) -> bool:
        if not given.lower().startswith(_SCHEME):
            return False
        presented = given[len(_SCHEME) :].strip().encode()
        try:
            tokens = self._tokens()
        except ScrapeTokenError:
            return False
        # Every one is compared, so that the time tells neither how many there are nor which came close.
        matches = [hmac.compare_digest(presented, token) for token in tokens]
        return any(matches)

    def _tokens(self) -> list[bytes]:
        if self._file is None:
            return []
        try:
            tokens = self._file.read_bytes().split()
        except OSError:
            raise ScrapeTokenError(f"cannot read the file of scrape tokens {self._file}") from None
        if not tokens or any(len(token) < _LEAST_CHARACTERS for token in tokens):
            raise ScrapeTokenError(
                f"{self._file} must hold tokens of {_LEAST_CHARACTERS} characters or more, one a line"
            )
        return tokens


def guess_limits(settings: ServiceSettings, metrics: Metrics) -> GuessLimits:
    """The limits of a process, for everything that takes a credential there."""
    return GuessLimits(
        per_address=settings.wrong_credentials_per_address,
        all_together=settings.wrong_credentials,
        outcomes=metrics.counter(names.WRONG_CREDENTIALS),
    )


def _is_local(request: Request) -> bool:
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        address = ip_address(request.client.host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
