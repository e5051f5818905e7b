"""Signatures of outbound webhooks in the way of Standard Webhooks: `v1` by a shared secret, `v1a` by a private key.

Both are derived for each endpoint from the keys of the deployment (`shared.domain.alerts.webhook_secrets`). A receiver
needs one of them. While an endpoint's secret is replaced, the one before signs as well.
"""

import hmac
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.domain.alerts.webhook_secrets import WebhookKeys

_SHARED: Final = "whsec_"
_PUBLIC: Final = "whpk_"


@dataclass(frozen=True, slots=True)
class ReceiverKeys:
    """What a receiver verifies with: the shared secret, or the public key. As they are shown, once."""

    secret: str = field(repr=False)
    public_key: str


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The keys of an endpoint. `repr` does not show them."""

    shared: tuple[bytes, ...] = field(repr=False)
    private: tuple[Ed25519PrivateKey, ...] = field(repr=False)

    def sign(self, message: str, *, timestamp: int, body: bytes) -> str:
        """The header `webhook-signature`: one signature per key. A receiver needs only one of the keys."""
        signed = f"{message}.{timestamp}.".encode() + body
        by_secret = (f"v1,{_text(hmac.digest(key, signed, 'sha256'))}" for key in self.shared)
        by_key = (f"v1a,{_text(key.sign(signed))}" for key in self.private)
        return " ".join((*by_secret, *by_key))


def signing_keys(keys: WebhookKeys, endpoint: str, *, generation: int) -> SigningKeys:
    """Everything that signs for an endpoint now."""
    live = keys.live(endpoint, generation)
    return SigningKeys(
        tuple(secret for secret, _ in live), tuple(Ed25519PrivateKey.from_private_bytes(seed) for _, seed in live)
    )


def receiver_keys(keys: WebhookKeys, endpoint: str, *, generation: int) -> ReceiverKeys:
    """What to show to who sets up an endpoint."""
    private = Ed25519PrivateKey.from_private_bytes(keys.seed(endpoint, generation))
    return ReceiverKeys(
        secret=_SHARED + _text(keys.secret(endpoint, generation)),
        public_key=_PUBLIC + _text(private.public_key().public_bytes_raw()),
    )


def _text(value: bytes) -> str:
    return b64encode(value).decode()
