"""What webhooks are signed with: derived from keys of the deployment, so that no secret is stored or handed around.

Whoever sets up a webhook is shown its secret once. The service that signs derives it again.
"""

import hmac
from collections.abc import Iterable
from typing import Final

KEY_BYTES: Final = 32


class WebhookKeys:
    """Keys of a deployment, the newest first. `repr` does not show them."""

    def __init__(self, keys: Iterable[bytes]) -> None:
        """Raises ValueError when there is none, or one is of another length."""
        self._keys: Final = tuple(keys)
        if not self._keys or any(len(key) != KEY_BYTES for key in self._keys):
            raise ValueError(f"a key of webhooks has {KEY_BYTES} bytes")

    def secret(self, endpoint: str, generation: int) -> bytes:
        """The newest secret of an endpoint: 32 bytes."""
        return _derived(self._keys[0], "secret", endpoint, generation)

    def seed(self, endpoint: str, generation: int) -> bytes:
        """The seed of its newest private key: 32 bytes."""
        return _derived(self._keys[0], "private key", endpoint, generation)

    def live(self, endpoint: str, generation: int) -> list[tuple[bytes, bytes]]:
        """Secret and seed by every key, of this generation and of the one before."""
        generations = range(generation, max(generation - 2, -1), -1)
        return [
            (_derived(key, "secret", endpoint, each), _derived(key, "private key", endpoint, each))
            for each in generations
            for key in self._keys
        ]


def _derived(key: bytes, what: str, endpoint: str, generation: int) -> bytes:
    return hmac.digest(key, f"bellwether: {what} {generation} of webhook {endpoint}".encode(), "sha256")
