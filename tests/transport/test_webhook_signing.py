"""Signatures as receivers check them, by secrets that the system makes and stores nowhere."""

import json
import random
from base64 import b64decode
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

from shared.domain.alerts.webhook_secrets import WebhookKeys
from shared.transport.webhook_signing import receiver_keys, signing_keys

ENDPOINT = "wh_0123456789abcdef"
KEYS = WebhookKeys([b"k" * 32])


def headers(message: str, timestamp: int, signature: str) -> dict[str, str]:
    return {"webhook-id": message, "webhook-timestamp": str(timestamp), "webhook-signature": signature}


def test_the_official_library_accepts_what_is_signed_and_nothing_else() -> None:
    chance = random.Random(1)
    now = int(datetime.now(UTC).timestamp())
    for number in range(200):
        endpoint = f"wh_{number:016x}"
        secret = receiver_keys(KEYS, endpoint, generation=0).secret
        other = receiver_keys(KEYS, ENDPOINT, generation=0).secret
        body = json.dumps({"type": "release.published", "data": {"week": f"{chance.getrandbits(96):x}"}}).encode()
        signature = signing_keys(KEYS, endpoint, generation=0).sign(f"msg_{number}", timestamp=now, body=body)
        Webhook(secret).verify(body.decode(), headers(f"msg_{number}", now, signature))
        with pytest.raises(WebhookVerificationError):
            Webhook(other).verify(body.decode(), headers(f"msg_{number}", now, signature))
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body.decode() + " ", headers(f"msg_{number}", now, signature))


@pytest.mark.parametrize(("generation", "accepted"), [(0, [0]), (1, [0, 1]), (2, [1, 2])])
def test_while_a_secret_changes_both_receivers_accept(generation: int, accepted: list[int]) -> None:
    now = int(datetime.now(UTC).timestamp())
    signature = signing_keys(KEYS, ENDPOINT, generation=generation).sign("msg_1", timestamp=now, body=b"{}")
    found = []
    for each in range(4):
        try:
            Webhook(receiver_keys(KEYS, ENDPOINT, generation=each).secret).verify(
                "{}", headers("msg_1", now, signature)
            )
        except WebhookVerificationError:
            continue
        found.append(each)
    assert found == accepted


def test_while_the_key_of_the_deployment_changes_both_receivers_accept() -> None:
    now = int(datetime.now(UTC).timestamp())
    before, after = KEYS, WebhookKeys([b"n" * 32, b"k" * 32])
    signature = signing_keys(after, ENDPOINT, generation=0).sign("msg_1", timestamp=now, body=b"{}")
    for keys in (before, after):
        secret = receiver_keys(keys, ENDPOINT, generation=0).secret
        Webhook(secret).verify("{}", headers("msg_1", now, signature))


def test_a_private_key_signs_for_whoever_has_the_public_one() -> None:
    shown = receiver_keys(KEYS, ENDPOINT, generation=0)
    shared, by_key = signing_keys(KEYS, ENDPOINT, generation=0).sign("msg_1", timestamp=7, body=b"{}").split(" ")
    assert shared.startswith("v1,")
    version, _, signature = by_key.partition(",")
    assert version == "v1a"
    public = Ed25519PublicKey.from_public_bytes(b64decode(shown.public_key.removeprefix("whpk_")))
    public.verify(b64decode(signature), b"msg_1.7.{}")


def test_secrets_differ_by_endpoint_generation_and_deployment_and_are_not_shown() -> None:
    made = {
        receiver_keys(WebhookKeys([key]), endpoint, generation=generation).secret
        for key in (b"k" * 32, b"n" * 32)
        for endpoint in (ENDPOINT, "wh_0123456789abcdee")
        for generation in (0, 1, 10)
    }
    assert len(made) == 12
    keys = receiver_keys(KEYS, ENDPOINT, generation=0)
    assert keys.secret not in repr(keys)
    assert "kkkk" not in repr(KEYS) + repr(signing_keys(KEYS, ENDPOINT, generation=0))


@pytest.mark.parametrize("keys", [[], [b"k" * 31], [b"k" * 32, b""]])
def test_a_key_of_another_length_is_refused(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        WebhookKeys(keys)
