"""Where a webhook may go, in hundreds of spellings of where it must not."""

from ipaddress import IPv4Address, ip_address
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.alerts.webhook_target import ForbiddenTargetError, check_address, check_resolved, parse_target

# Loopback, private, link-local and metadata services, carrier NAT, benchmarking, documentation, multicast, reserved,
# broadcast, and two that are public by their numbers.
PRIVATE_V4 = (
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.1", "169.254.169.254",
    "169.254.170.2", "100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1", "192.0.2.1", "203.0.113.9",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16", "192.88.99.1",
)  # fmt: skip
PRIVATE_V6 = (
    "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "100::1", "2001:10::1",
    "64:ff9b:1::1", "3fff::1", "2001:2::1", "5f00::1", "4000::1",
)  # fmt: skip


def spellings(address: str) -> set[str]:
    """Ways in which some program would read a host as this IPv4 address."""
    number = int(IPv4Address(address))
    parts = [int(part) for part in address.split(".")]
    written: set[str] = {address, f"{address}.", str(number), hex(number), oct(number), f"0{number:o}", f"{number}."}
    written |= {".".join(part) for part in product(*([str(each), hex(each), f"0{each:o}"] for each in parts))}
    written |= {f"{parts[0]}.{number & 0xFFFFFF}", f"{parts[0]}.{parts[1]}.{number & 0xFFFF}"}
    written |= {address.replace(".", "%2e"), address.replace(".", "。"), address.replace(".", "\uff0e")}
    written |= {"".join(chr(0xFF10 + int(c)) if c.isdigit() else c for c in address)}
    written |= {"".join(chr(ord("①") + int(c) - 1) if c in "123456789" else c for c in address)}
    written |= {f"user@{address}", f"user:secret@{address}", f"good.example@{address}", f"good.example\\@{address}"}
    written |= {f"good.example:443@{address}", f"good.example#@{address}", f"good.example%00@{address}"}
    written |= {f" {address}", f"{address} ", f"\t{address}", f"{address}\r\nX: y", f"{address}\x00", f"{address}%20"}
    return written | {f"[{spelt}]" for spelt in wrapped(address)} | {f"[{spelt.upper()}]" for spelt in wrapped(address)}


def wrapped(address: str) -> set[str]:
    """IPv6 addresses that hold this IPv4 address."""
    number = int(IPv4Address(address))
    high, low = number >> 16, number & 0xFFFF
    return {
        f"::ffff:{address}", f"::ffff:{high:x}:{low:x}", f"0:0:0:0:0:ffff:{high:x}:{low:x}", f"::{address}",
        f"::ffff:0:{address}", f"64:ff9b::{address}", f"64:ff9b::{high:x}:{low:x}", f"64:ff9b:1::{address}",
        f"2002:{high:x}:{low:x}::1", f"2001:0:{high:x}:{low:x}::1",
        f"2001:0:808:808:0:0:{~high & 0xFFFF:x}:{~low & 0xFFFF:x}",
        f"2606:4700::5efe:{high:x}:{low:x}", f"2606:4700::200:5efe:{high:x}:{low:x}", f"fe80::5efe:{address}",
    }  # fmt: skip


SPELLINGS = sorted({spelt for address in PRIVATE_V4 for spelt in spellings(address)})
OTHER_URLS = (
    "", "https://", "https:///path", "https:good.example", "https:/good.example", "//good.example/", "good.example",
    "http://good.example/", "ftp://good.example/", "file:///etc/passwd", "gopher://good.example/", "HTTPS://good.example/",
    "https://good.example:22/", "https://good.example:80/", "https://good.example:0/", "https://good.example:65536/",
    "https://good.example:/", "https://good.example:443:443/", "https://good.example:4\uff143/", "https://good.example:+443/",
    "https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://a.localhost/", "https://printer.local/",
    "https://metadata.google.internal/", "https://db.corp/", "https://router.lan/", "https://intranet/",
    "https://good.example/#part", "https://good.example/a b", "https://good.example/a\\b", "https://good.example/\u200b",
    "https://good.example\n", "https://good.example/\n", "\nhttps://good.example/", "https://good..example/",
    "https://.good.example/", "https://good.example./", "https://-good.example/", "https://good-.example/",
    "https://go_od.example/", "https://góod.example/", "https://good.example\t/", "https://[::1", "https://::1/",
    "https://[::1]x/", "https://[fe80::1%25eth0]/", "https://[v1.fe80]/", "https://[127.0.0.1]/", "https://1.1.1/",
    "https://good.example?query", "https://good.example@/", "https://@good.example/", "https://%67ood.example/",
    "https://good.1/", "https://good.0x7f/", f"https://{'a' * 64}.example/", f"https://{'a.' * 127}example/",
    f"https://good.example/{'a' * 2000}",
)  # fmt: skip


def test_no_spelling_of_a_private_address_gets_through() -> None:
    urls = [f"https://{spelt}{port}/hook" for spelt in SPELLINGS for port in ("", ":443")]
    urls += [f"https://[{spelt}]/hook" for spelt in PRIVATE_V6]
    assert len(urls) > 2_000
    for url in [*urls, *OTHER_URLS]:
        with pytest.raises(ForbiddenTargetError):
            parse_target(url)


@pytest.mark.parametrize(
    ("url", "host", "port", "authority", "path"),
    [
        ("https://good.example", "good.example", 443, "good.example", "/"),
        ("https://Good.Example/a/b?c=d&e=%20@x", "good.example", 443, "good.example", "/a/b?c=d&e=%20@x"),
        ("https://good.example:8443/", "good.example", 8443, "good.example:8443", "/"),
        ("https://xn--gd-fka.example/", "xn--gd-fka.example", 443, "xn--gd-fka.example", "/"),
        ("https://8.8.8.8/", "8.8.8.8", 443, "8.8.8.8", "/"),
        ("https://[2606:4700:0::1111]/", "2606:4700::1111", 443, "[2606:4700::1111]", "/"),
        ("https://[::ffff:8.8.8.8]/", "::ffff:808:808", 443, "[::ffff:808:808]", "/"),
    ],
)
def test_a_plain_public_url_is_taken_apart(url: str, host: str, port: int, authority: str, path: str) -> None:
    target = parse_target(url)
    assert (target.scheme, target.host, target.port, target.authority) == ("https", host, port, authority)
    assert target.path == path
    assert not target.local


def test_what_a_name_resolves_to_is_checked_in_every_spelling() -> None:
    target = parse_target("https://good.example/")
    for address in [*PRIVATE_V4, *PRIVATE_V6, *(each for inner in PRIVATE_V4 for each in wrapped(inner))]:
        for answers in ([address], ["8.8.8.8", address], [address, "8.8.8.8"]):
            with pytest.raises(ForbiddenTargetError):
                check_resolved(target, answers)
    for spelt in ("fe80::1%eth0", "2606:4700::1111%eth0"):
        with pytest.raises(ForbiddenTargetError):
            check_resolved(target, [spelt])
    with pytest.raises(ForbiddenTargetError):
        check_resolved(target, [])
    public = ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1"]
    assert [str(each) for each in check_resolved(target, [*public, *public])] == public


def test_this_machine_is_a_target_only_where_a_setting_says_so() -> None:
    for url in ("http://localhost:8000/", "http://127.0.0.1:8000/x", "https://[::1]:9000/", "https://127.0.0.1/"):
        with pytest.raises(ForbiddenTargetError):
            parse_target(url)
        target = parse_target(url, loopback=True)
        assert target.local
        check_resolved(target, ["127.0.0.1", "::1"])
        with pytest.raises(ForbiddenTargetError):
            check_resolved(target, ["127.0.0.1", "10.0.0.1"])
    # The setting is about this machine and nothing else, and not about names that turn out to be this machine.
    for url in ("http://good.example/", "https://good.example:22/", "https://10.0.0.1/", "https://0.0.0.0/"):
        with pytest.raises(ForbiddenTargetError):
            parse_target(url, loopback=True)
    with pytest.raises(ForbiddenTargetError):
        check_resolved(parse_target("https://good.example/", loopback=True), ["127.0.0.1"])


@given(st.integers(0, 2**32 - 1))
def test_a_wrapper_is_never_more_than_what_it_wraps(number: int) -> None:
    inner = IPv4Address(number)
    try:
        check_address(inner)
    except ForbiddenTargetError:
        for spelt in wrapped(str(inner)):
            with pytest.raises(ForbiddenTargetError):
                check_address(ip_address(spelt))


@given(st.text(max_size=60))
def test_any_text_is_refused_or_a_public_https_target(text: str) -> None:
    for url in (text, f"https://{text}", f"https://{text}/", f"https://good.example{text}"):
        try:
            target = parse_target(url)
        except ForbiddenTargetError:
            continue
        assert target.scheme == "https"
        assert target.port in {443, 8443}
        assert url.isascii()
