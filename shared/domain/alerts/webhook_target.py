"""Where a webhook may go: addresses on the public internet and nowhere else, however they are spelt.

A URL is taken apart once, by a grammar that refuses what two parsers could read differently, and a connection goes to
an address that was checked. Numbers follow RFC 6890 (special addresses), 6052 (NAT64), 3056 (6to4), 5214 (ISATAP).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

PORTS: Final = frozenset({443, 8443})
_MOST_CHARACTERS: Final = 2_000
_LONGEST_NAME: Final = 253  # of a host, RFC 1035
_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?"
)
_LABEL: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
# RFC 6761 and its like: names that no public server has.
_PRIVATE_SUFFIXES: Final = ("localhost", "local", "localdomain", "internal", "intranet", "corp", "home", "lan", "arpa")
_LOCALHOST: Final = "localhost"

Address = IPv4Address | IPv6Address

_UNICAST_V6: Final = IPv6Network("2000::/3")  # all that IANA has given out; the rest is special
_NAT64: Final = IPv6Network("64:ff9b::/96")
_ISATAP: Final = frozenset({0x00005EFE, 0x02005EFE})  # third quarter of an ISATAP address
# Public to some versions of Python, and yet not somewhere else: protocol assignments (one of them is a cloud's metadata
# service), another cloud's platform address, the retired 6to4 relays, and documentation.
_NOT_ELSEWHERE: Final = (
    IPv4Network("192.0.0.0/24"), IPv4Network("168.63.129.16/32"), IPv4Network("192.88.99.0/24"),
    IPv6Network("3fff::/20"),
)  # fmt: skip


class ForbiddenTargetError(ValueError):
    """A webhook must not go there. The reason names no address."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart. `host` is a name in lower case or an address without brackets, `path` has its query."""

    scheme: str
    host: str
    port: int
    path: str
    local: bool = False  # this machine by its own name, which only a setting allows

    @property
    def authority(self) -> str:
        """Host and port as the header `Host` has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        standard = {"https": 443, "http": 80}[self.scheme]
        return host if self.port == standard else f"{host}:{self.port}"


def parse_target(url: str, *, loopback: bool = False) -> Target:
    """Take a URL apart. With `loopback`, `localhost` and loopback addresses are allowed, at any port and in the clear.

    Raises:
        ForbiddenTargetError: it is not such a URL, or could be read in more than one way.
    """
    found = _URL.fullmatch(url) if len(url) <= _MOST_CHARACTERS else None
    if found is None:
        raise ForbiddenTargetError("not a plain URL such as https://host.example/path, without user and fragment")
    address, host = _host(found["host"])
    if address is not None and not (loopback and address.is_loopback):
        check_address(address)
    local = loopback and (host == _LOCALHOST or (address is not None and address.is_loopback))
    scheme = found["scheme"]
    port = int(found["port"] or (443 if scheme == "https" else 80))
    if not local:
        if scheme != "https":
            raise ForbiddenTargetError("webhooks go over https only")
        if port not in PORTS:
            raise ForbiddenTargetError(f"webhooks go to port {' or '.join(map(str, sorted(PORTS)))} only")
        if address is None and (host.split(".")[-1] in _PRIVATE_SUFFIXES or "." not in host):
            raise ForbiddenTargetError("that is not the name of a public server")
    if not 0 < port < 1 << 16:
        raise ForbiddenTargetError("that is not a port")
    return Target(scheme=scheme, host=host, port=port, path=found["path"] or "/", local=local)


def check_resolved(target: Target, addresses: Iterable[str]) -> list[Address]:
    """The addresses of a target, every one of which a connection may go to.

    Raises:
        ForbiddenTargetError: there are none, or at least one of them is not public. A name with a public and a private
            address is somebody's attempt.
    """
    found = [ip_address(each) for each in dict.fromkeys(addresses)]
    if not found:
        raise ForbiddenTargetError("the name has no address")
    for address in found:
        if not (target.local and address.is_loopback):
            check_address(address)
    return found


def check_address(address: Address) -> None:
    """Refuse what is not public unicast, also when it is wrapped in another address.

    Raises:
        ForbiddenTargetError: it is not.
    """
    if not _is_public(address):
        raise ForbiddenTargetError("webhooks go to public addresses only")


def _is_public(address: Address) -> bool:
    if address.is_multicast or any(address in network for network in _NOT_ELSEWHERE):
        return False
    if isinstance(address, IPv4Address):
        return address.is_global
    if address.scope_id is not None:
        return False
    if address.ipv4_mapped is not None:
        return _is_public(address.ipv4_mapped)
    if address in _NAT64:
        return _is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    if address not in _UNICAST_V6 or not address.is_global:
        return False
    return all(_is_public(inner) for inner in _embedded(address))


def _embedded(address: IPv6Address) -> list[IPv4Address]:
    """IPv4 addresses that a tunnel would unwrap."""
    found = []
    if address.sixtofour is not None:
        found.append(address.sixtofour)
    if address.teredo is not None:
        found.extend(address.teredo)
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        found.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return found


def _host(text: str) -> tuple[Address | None, str]:
    """The address that a host is written as, if it is one, and the host in lower case."""
    try:
        if text.startswith("["):
            address: Address = IPv6Address(text[1:-1])
            return address, str(address)
        # What ends in a number is an IPv4 address to a browser, in any of a dozen spellings: only one is taken.
        if text.rpartition(".")[2][:1].isdigit():
            return IPv4Address(text), text
    except ValueError:
        raise ForbiddenTargetError("the address is written in an unusual way") from None
    labels = text.split(".")
    if len(text) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        raise ForbiddenTargetError("that is not a host name")
    return None, text.lower()
