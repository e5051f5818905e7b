"""Signatures as receivers check them, and secrets that stay in their files."""

import json
import random
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks import Webhook, WebhookVerificationError

from shared.transport.webhook_signing import SecretFileError, make_secret, parse_keys, read_keys

ENDPOINT = "wh_0123456789abcdef"


def secret(seed: int, length: int = 32) -> str:
    return "whsec_" + b64encode(random.Random(seed).randbytes(length)).decode()


def headers(message: str, timestamp: int, signature: str) -> dict[str, str]:
    return {"webhook-id": message, "webhook-timestamp": str(timestamp), "webhook-signature": signature}


def test_the_official_library_accepts_what_is_signed_and_nothing_else() -> None:
    chance = random.Random(1)
    now = int(datetime.now(UTC).timestamp())
    for number in range(300):
        key = secret(number, 24 + number % 41)
        body = json.dumps({"type": "alert.raised", "data": {"id": f"alert_{chance.getrandbits(96):x}"}}).encode()
        signature = parse_keys([key]).sign(f"msg_{number}", timestamp=now, body=body)
        Webhook(key).verify(body.decode(), headers(f"msg_{number}", now, signature))
        with pytest.raises(WebhookVerificationError):
            Webhook(secret(number + 1000)).verify(body.decode(), headers(f"msg_{number}", now, signature))
        with pytest.raises(WebhookVerificationError):
            Webhook(key).verify(body.decode() + " ", headers(f"msg_{number}", now, signature))


def test_while_a_secret_changes_both_receivers_accept() -> None:
    now = int(datetime.now(UTC).timestamp())
    signature = parse_keys([secret(2), secret(1)]).sign("msg_1", timestamp=now, body=b"{}")
    for key in (secret(1), secret(2)):
        Webhook(key).verify("{}", headers("msg_1", now, signature))


def test_a_private_key_signs_for_whoever_has_the_public_one() -> None:
    seed = random.Random(3).randbytes(32)
    private = Ed25519PrivateKey.from_private_bytes(seed)
    both_halves = seed + private.public_key().public_bytes_raw()
    for written in (seed, both_halves):
        keys = parse_keys([secret(1), "whsk_" + b64encode(written).decode()])
        shared, public = keys.sign("msg_1", timestamp=7, body=b"{}").split(" ")
        assert shared.startswith("v1,")
        version, _, signature = public.partition(",")
        assert version == "v1a"
        private.public_key().verify(b64decode(signature), b"msg_1.7.{}")


@pytest.mark.parametrize(
    "lines",
    [
        [], ["whsec_"], [secret(1, 23)], [secret(1, 65)], ["whsec_not base64"], ["plain"], ["whpk_" + "A" * 44],
        ["whsk_" + b64encode(b"x" * 33).decode()], [secret(each) for each in range(5)], ["whsec_é"],
    ],
)  # fmt: skip
def test_what_is_no_key_is_refused_without_showing_it(lines: list[str]) -> None:
    with pytest.raises(ValueError, match=r"key") as told:
        parse_keys(lines)
    assert not [line for line in lines if len(line) > 8 and line in str(told.value)]


def test_a_secret_is_made_rotated_and_never_shown(tmp_path: Path) -> None:
    directory = tmp_path / "secrets"
    path = make_secret(directory, ENDPOINT)
    assert path.stat().st_mode & 0o077 == directory.stat().st_mode & 0o077 == 0
    (first,) = path.read_text().split()
    make_secret(directory, ENDPOINT)
    make_secret(directory, ENDPOINT)
    newest, before = path.read_text().split()
    assert len({first, newest, before}) == 3, "the oldest of three is gone"
    keys = read_keys(directory, ENDPOINT)
    assert len(keys.shared) == 2
    assert newest.removeprefix("whsec_")[:8] not in repr(keys)
    assert [each.name for each in directory.iterdir()] == [ENDPOINT]


@pytest.mark.parametrize("endpoint", ["../etc", "wh_", "wh_0123456789abcde/", "", "wh_0123456789ABCDEF", "wh_..%2f"])
def test_an_endpoint_is_no_path(tmp_path: Path, endpoint: str) -> None:
    with pytest.raises(SecretFileError):
        read_keys(tmp_path, endpoint)
    with pytest.raises(SecretFileError):
        make_secret(tmp_path, endpoint)


def test_a_file_that_cannot_be_used_is_named_and_not_quoted(tmp_path: Path) -> None:
    with pytest.raises(SecretFileError, match=ENDPOINT):
        read_keys(tmp_path, ENDPOINT)
    for content in (b"zyxcanary", b"\xff\xfe", b"whsec_zyxcanary"):
        (tmp_path / ENDPOINT).write_bytes(content)
        with pytest.raises(SecretFileError, match=ENDPOINT) as told:
            read_keys(tmp_path, ENDPOINT)
        assert "zyxcanary" not in str(told.value)
