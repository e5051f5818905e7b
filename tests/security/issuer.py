"""An identity provider for tests: keys that rotate, tokens of any kind, and a key set on loopback."""

import hmac
import json
import threading
import warnings
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from shared.domain.privacy.roles import Permission
from tests.api.company import NOW

AUDIENCE = "https://bellwether.example"
ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA", "HS256", "RS512"]


def rsa(key_id: str, bits: int = 2048) -> RSAKey:
    with warnings.catch_warnings(action="ignore"):  # the library warns of short keys
        return RSAKey.generate_key(bits, {"kid": key_id, "use": "sig"})


def elliptic(key_id: str, curve: str = "P-256") -> ECKey:
    return ECKey.generate_key(curve, {"kid": key_id, "use": "sig"})


def edwards(key_id: str) -> OKPKey:
    return OKPKey.generate_key("Ed25519", {"kid": key_id, "use": "sig"})


def encoded(content: Any) -> str:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(header: dict[str, Any], payload: Any, key: Key) -> str:
    """A compact JWS over anything."""
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    registry = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    with warnings.catch_warnings(action="ignore"):  # of EdDSA, which is now called Ed25519
        return jws.serialize_compact(header, data, key, registry=registry)


@dataclass(slots=True)
class Issuer:
    """`published` are the keys of its key set; `failing` makes it answer with an error."""

    url: str
    published: list[Key] = field(default_factory=list)
    extra: list[dict[str, Any]] = field(default_factory=list)
    failing: bool = False
    fetches: int = 0

    def document(self) -> dict[str, Any]:
        return {"keys": [*(key.as_dict(private=False) for key in self.published), *self.extra]}

    def claims(self, **changed: Any) -> dict[str, Any]:
        """Claims of an HR partner; None takes one away."""
        claims = {
            "iss": self.url, "aud": AUDIENCE, "sub": "lena", "roles": ["hr_partner"], "iat": NOW - 10,
            "exp": NOW + 600, "client_id": "console", "jti": "1", "scope": " ".join(Permission),
        } | changed  # fmt: skip
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, key: Key | None = None, *, header: dict[str, Any] | None = None, **changed: Any) -> str:
        """A token that is good but for what is changed."""
        chosen = key or self.published[0]
        algorithm = {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}[chosen.key_type]
        made = {"typ": "at+jwt", "alg": algorithm, "kid": chosen.kid} | (header or {})
        return signed(
            {name: value for name, value in made.items() if value is not None}, self.claims(**changed), chosen
        )


@contextmanager
def running_issuer(*keys: Key) -> Iterator[Issuer]:
    """Serves the key set and its discovery document, on a port of its own, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.fetches += 1
            found = {
                "/keys": issuer.document(),
                "/.well-known/openid-configuration": {"issuer": issuer.url, "jwks_uri": f"{issuer.url}/keys"},
            }.get(self.path)
            self.send_response(500 if issuer.failing else 404 if found is None else 200)
            body = json.dumps(found).encode()
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = Issuer(f"http://127.0.0.1:{server.server_port}", list(keys))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def signed_with_secret(header: dict[str, Any], payload: Any, secret: bytes) -> str:
    """What a library would refuse to make: HMAC with any secret at all."""
    text = f"{encoded(header)}.{encoded(payload)}"
    return f"{text}.{encoded(hmac.digest(secret, text.encode(), 'sha256'))}"
