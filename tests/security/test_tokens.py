"""Access tokens: what a good one may do, every way to forge one that we know of, and keys that change under load."""

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.jwk import Key
from sqlalchemy import update

from services.api.auth.key_set import REFRESH_SECONDS, STALE_SECONDS, UNKNOWN_SECONDS
from services.api.auth.tokens import LEEWAY_SECONDS, TokenVerifier
from services.api.settings import ApiSettings
from shared.domain.privacy.roles import Mode, Role
from shared.storage.engine.bulk import table_of
from shared.storage.tables.directory import PersonRow
from tests.api.company import LEADER, NOW, PARTNER, Api, open_cases, running_api
from tests.security.issuer import (
    AUDIENCE,
    Issuer,
    edwards,
    elliptic,
    encoded,
    rsa,
    running_issuer,
    signed,
    signed_with_secret,
)

RSA, ELLIPTIC, EDWARDS, STRANGER, WEAK = rsa("r1"), elliptic("e1"), edwards("d1"), rsa("r1"), rsa("weak", 1024)


@contextmanager
def published() -> Iterator[Issuer]:
    """An issuer with good keys, and some that must not be used."""
    with running_issuer(RSA, ELLIPTIC, EDWARDS, WEAK) as made:
        made.extra = [
            {"kty": "oct", "kid": "shared", "k": encoded(b"s" * 32)},
            rsa("for-encryption").as_dict(private=False) | {"use": "enc"},
            {"kty": "nonsense", "kid": "odd"},
        ]
        yield made


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with published() as made:
        yield made


@asynccontextmanager
async def trusting(url: str, issuer: Issuer, **changed: Any) -> AsyncIterator[Api]:
    given = {"oidc_issuer": issuer.url, "oidc_jwks_url": f"{issuer.url}/keys", "oidc_audience": AUDIENCE} | changed
    async with running_api(url, **given) as api:
        async with api.database.write() as connection:
            for partner in (LEADER, PARTNER):
                await connection.run_sync(open_cases, partner=partner)
        yield api


@pytest_asyncio.fixture
async def api(sqlite_url: str, issuer: Issuer) -> AsyncIterator[Api]:
    async with trusting(sqlite_url, issuer) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Api, Issuer]]:
    """One issuer and one API for all forgeries, as refusing changes nothing."""
    directory = tmp_path_factory.mktemp("tokens")
    with published() as issuer:
        async with trusting(f"sqlite+aiosqlite:///{directory / 'bellwether.db'}", issuer) as api:
            yield api, issuer


async def ask(api: Api, token: str, path: str = "/v1/teams") -> httpx.Response:
    async with api.client(None) as client:
        return await client.get(path, headers=[(b"authorization", b"Bearer " + token.encode("utf-8"))])


# --- good ones


@pytest.mark.parametrize("key", [RSA, ELLIPTIC, EDWARDS], ids=lambda key: str(key.key_type))
async def test_a_token_of_the_issuer_is_let_in(api: Api, issuer: Issuer, key: Any) -> None:
    assert (await ask(api, issuer.token(key))).status_code == 200
    assert (await ask(api, issuer.token(key, aud=["other", AUDIENCE]), "/v1/people")).status_code == 200
    rows = (await ask(api, issuer.token(key, sub=PARTNER), "/v1/relationships")).json()["data"]
    assert rows
    assert not [row for row in rows if PARTNER in row["people"]]  # the holder is known
    assert {key_id for key_id, *_ in await api.audit()} == {f"oidc:{PARTNER}"}


async def test_roles_scopes_and_machines(api: Api, issuer: Issuer) -> None:
    async def status(path: str, **claims: Any) -> int:
        return (await ask(api, issuer.token(**claims), path)).status_code

    assert await status("/v1/people", roles="analyst") == 403
    assert await status("/v1/teams", roles="analyst") == 200
    assert await status("/v1/people", roles=["integration"], sub="hr-sync") == 200
    assert await status("/v1/people", scope="openid directory:read") == 200
    assert await status("/v1/teams", scope="openid directory:read") == 403
    for nothing in (["Hr_Partner"], ["admin"], [], None, {"a": 1}, 7, [["hr_partner"]]):
        assert await status("/v1/teams", roles=nothing) in {401, 403}, nothing


async def test_names_and_places_of_claims_are_settings(sqlite_url: str, issuer: Issuer) -> None:
    given: dict[str, Any] = {
        "oidc_role_claim": "groups", "oidc_roles": {"hr_partner": "grp-hr"}, "oidc_person_claim": "employee",
        "oidc_tenant_claim": "org", "tenant": "acme", "oidc_jwks_url": "",
    }  # fmt: skip
    async with trusting(sqlite_url, issuer, **given) as api:
        good: dict[str, Any] = {"groups": ["grp-hr"], "employee": LEADER, "org": "acme", "sub": "00u1"}
        assert (await ask(api, issuer.token(**good))).status_code == 200
        wrong: dict[str, Any]
        for wrong in ({"org": "other"}, {"org": None}, {"org": ["acme"]}, {"employee": "nobody"}, {"employee": None}):
            assert (await ask(api, issuer.token(**good | wrong))).status_code == 401, wrong
        assert (await ask(api, issuer.token(**good | {"groups": ["hr_partner"]}))).status_code == 403


@pytest.mark.parametrize("role", Role)
async def test_somebody_who_left_is_let_in_no_more(api: Api, issuer: Issuer, role: Role) -> None:
    """Nor do they come back as a machine."""
    token = issuer.token(roles=[role.value])
    assert (await ask(api, token, "/v1/signals")).status_code == 200
    async with api.database.write() as connection:
        await connection.execute(
            update(table_of(PersonRow)).where(table_of(PersonRow).c.key == LEADER).values(active=False)
        )
    api.clock.now += 1
    assert (await ask(api, token, "/v1/signals")).status_code == 401


def test_an_issuer_is_named_exactly_and_safely() -> None:
    for wrong in (
        {"oidc_issuer": "https://idp.example"},
        {"oidc_issuer": "http://idp.example", "oidc_audience": "a"},
        {"oidc_issuer": "https://me@idp.example", "oidc_audience": "a"},
        {"oidc_issuer": "https://idp.example", "oidc_audience": "a", "oidc_jwks_url": "file:///etc/passwd"},
        {"oidc_issuer": "https://idp.example", "oidc_audience": "a", "oidc_jwks_url": "http://169.254.169.254/"},
    ):
        with pytest.raises(ValueError, match=r"OIDC|must begin"):
            ApiSettings(**wrong)  # type: ignore[arg-type]


# --- forged ones


def _altered(token: str, part: int, change: Callable[[dict[str, Any]], Any]) -> str:
    parts = token.split(".")
    content = json.loads(urlsafe_b64decode(parts[part] + "=" * (-len(parts[part]) % 4)))
    change(content)
    parts[part] = encoded(content)
    return ".".join(parts)


def _with_signature(token: str, signature: str) -> str:
    return ".".join([*token.split(".")[:2], signature])


def _public_pem() -> bytes:
    return bytes(RSA.as_pem(private=False))


FORGED: dict[str, Callable[[Issuer], str]] = {
    # The algorithm
    "none": lambda i: f"{encoded({'alg': 'none', 'typ': 'at+jwt', 'kid': 'r1'})}.{encoded(i.claims())}.",
    "None, oddly spelt": lambda i: f"{encoded({'alg': 'nOnE', 'typ': 'at+jwt', 'kid': 'r1'})}.{encoded(i.claims())}.",
    "none over a real signature": lambda i: _altered(i.token(), 0, lambda h: h.update(alg="none")),
    "no algorithm": lambda i: _altered(i.token(), 0, lambda h: h.pop("alg")),
    "algorithm that is a list": lambda i: _altered(i.token(), 0, lambda h: h.update(alg=["RS256"])),
    "lower-case algorithm": lambda i: _altered(i.token(), 0, lambda h: h.update(alg="rs256")),
    "secret made of the public key": lambda i: signed_with_secret(
        {"alg": "HS256", "typ": "at+jwt", "kid": "r1"}, i.claims(), _public_pem()
    ),
    "secret made of the modulus": lambda i: signed_with_secret(
        {"alg": "HS256", "typ": "at+jwt", "kid": "r1"}, i.claims(), str(RSA.as_dict(private=False)["n"]).encode()
    ),
    "empty secret": lambda i: (
        f"{encoded({'alg': 'HS256', 'typ': 'at+jwt', 'kid': 'r1'})}.{encoded(i.claims())}."
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    ),
    "shared secret of the key set": lambda i: signed_with_secret(
        {"alg": "HS256", "typ": "at+jwt", "kid": "shared"}, i.claims(), b"s" * 32
    ),
    "algorithm of ours that we did not choose": lambda i: i.token(header={"alg": "RS512"}),
    "elliptic algorithm on an RSA key": lambda i: _altered(i.token(), 0, lambda h: h.update(alg="ES256")),
    "RSA algorithm on an elliptic key": lambda i: _altered(i.token(ELLIPTIC), 0, lambda h: h.update(alg="RS256")),
    # The key
    "stranger with our key id": lambda i: i.token(STRANGER),
    "stranger with another key id": lambda i: i.token(STRANGER, header={"kid": "stranger"}),
    "no key id": lambda i: i.token(header={"kid": None}),
    "key id that is a number": lambda i: _altered(i.token(), 0, lambda h: h.update(kid=1)),
    "key id that is a path": lambda i: i.token(STRANGER, header={"kid": "../../../../dev/null"}),
    "key id that is SQL": lambda i: i.token(STRANGER, header={"kid": "x' UNION SELECT 'key"}),
    "weak key of the issuer": lambda i: i.token(WEAK),
    "key of the issuer for encryption": lambda i: i.token(STRANGER, header={"kid": "for-encryption"}),
    "key in the header": lambda i: i.token(STRANGER, header={"kid": "mine", "jwk": STRANGER.as_dict(private=False)}),
    "key in the header under our key id": lambda i: i.token(STRANGER, header={"jwk": STRANGER.as_dict(private=False)}),
    "key set of a stranger": lambda i: i.token(STRANGER, header={"jku": "http://127.0.0.1:9/keys"}),
    "certificate of a stranger": lambda i: i.token(STRANGER, header={"x5u": "http://127.0.0.1:9/chain.pem"}),
    "certificate in the header": lambda i: i.token(STRANGER, header={"x5c": ["MIIB"]}),
    # The signature
    "no signature": lambda i: _with_signature(i.token(), ""),
    "two parts": lambda i: i.token().rpartition(".")[0],
    "four parts": lambda i: i.token() + ".e30",
    "five parts, as if encrypted": lambda i: i.token() + ".e30.e30",
    "signature of another token": lambda i: _with_signature(i.token(), i.token(jti="2").split(".")[2]),
    "signature cut short": lambda i: i.token()[:-8],
    "signature with a byte more": lambda i: i.token() + "AAAA",
    "elliptic signature of zeros": lambda i: _with_signature(i.token(ELLIPTIC), encoded(bytes(64))),
    "elliptic signature in DER": lambda i: _with_signature(
        i.token(ELLIPTIC), encoded(b"\x30\x06\x02\x01\x01\x02\x01\x01")
    ),
    "RSA signature of ones": lambda i: _with_signature(i.token(), encoded(b"\x00" * 255 + b"\x01")),
    "Edwards signature of zeros": lambda i: _with_signature(i.token(EDWARDS), encoded(bytes(64))),
    "role changed after signing": lambda i: _altered(
        i.token(roles=["employee"]), 1, lambda c: c.update(roles=["hr_partner"])
    ),
    "person changed after signing": lambda i: _altered(i.token(sub="adam"), 1, lambda c: c.update(sub=LEADER)),
    "header changed after signing": lambda i: _altered(i.token(), 0, lambda h: h.update(x=1)),
    # The form
    "JSON form": lambda i: json.dumps(
        dict(zip(("protected", "payload", "signature"), i.token().split("."), strict=True))
    ),
    "padded base64": lambda i: ".".join(part + "=" for part in i.token().split(".")),
    "line break inside": lambda i: i.token().replace(".", ".\n", 1),
    "not base64": lambda i: "!!!." + i.token().partition(".")[2],
    "header is no object": lambda i: f"{encoded([1])}." + i.token().partition(".")[2],
    "header nested deeply": lambda i: f"{encoded(b'[' * 2000)}." + i.token().partition(".")[2],
    "payload is no object": lambda _: signed({"alg": "RS256", "typ": "at+jwt", "kid": "r1"}, [1], RSA),
    "payload is no JSON": lambda _: signed({"alg": "RS256", "typ": "at+jwt", "kid": "r1"}, b"\xff{", RSA),
    "payload detached": lambda i: ".".join([(p := i.token().split("."))[0], "", p[2]]),
    "unencoded payload": lambda i: i.token(header={"b64": False, "crit": ["b64"]}),
    "critical extension": lambda i: _altered(i.token(), 0, lambda h: h.update(crit=["exp"], exp=NOW)),
    "empty list of critical extensions": lambda i: _altered(i.token(), 0, lambda h: h.update(crit=[])),
    "far too long": lambda i: i.token(padding="x" * 9_000),
    "not ASCII": lambda i: i.token() + "é",
    # What kind of token
    "ID token": lambda i: i.token(header={"typ": "JWT"}),
    "no type": lambda i: i.token(header={"typ": None}),
    "logout token": lambda i: i.token(header={"typ": "logout+jwt"}),
    "client assertion": lambda i: i.token(header={"typ": "client-authentication+jwt"}),
    "type that is a list": lambda i: _altered(i.token(), 0, lambda h: h.update(typ=["at+jwt"])),
    # For whom, by whom
    "other audience": lambda i: i.token(aud="https://other.example"),
    "audience that begins like ours": lambda i: i.token(aud=AUDIENCE + ".evil.example"),
    "audience with a slash": lambda i: i.token(aud=AUDIENCE + "/"),
    "audience in capitals": lambda i: i.token(aud=AUDIENCE.upper()),
    "no audience": lambda i: i.token(aud=None),
    "empty list of audiences": lambda i: i.token(aud=[]),
    "audience that is an object": lambda i: i.token(aud={AUDIENCE: True}),
    "other issuer": lambda i: i.token(iss="https://evil.example"),
    "issuer with a slash": lambda i: i.token(iss=i.url + "/"),
    "issuer in a list": lambda i: i.token(iss=[i.url]),
    "no issuer": lambda i: i.token(iss=None),
    "no subject": lambda i: i.token(sub=None),
    "empty subject": lambda i: i.token(sub=""),
    "subject that is a list": lambda i: i.token(sub=[LEADER]),
    "subject with a NUL": lambda i: i.token(sub=LEADER + "\0"),
    "subject nobody knows": lambda i: i.token(sub="nobody"),
    "subject that has left": lambda i: i.token(sub="_kim"),
    # When
    "expired": lambda i: i.token(exp=NOW - LEEWAY_SECONDS),
    "no expiry": lambda i: i.token(exp=None),
    "expiry that is a text": lambda i: i.token(exp=str(NOW + 600)),
    "expiry that is true": lambda i: i.token(exp=True),
    "expiry that is not a number": lambda i: i.token(exp=float("nan")),
    "endless expiry": lambda i: i.token(exp=float("inf")),
    "expiry next year": lambda i: i.token(exp=NOW + 365 * 86_400),
    "expiry beyond any clock": lambda i: i.token(exp=10**400),
    "not yet valid": lambda i: i.token(nbf=NOW + LEEWAY_SECONDS + 1),
    "not before that is a text": lambda i: i.token(nbf="yesterday"),
    "issued in the future": lambda i: i.token(iat=NOW + LEEWAY_SECONDS + 1),
    "no instant of issue": lambda i: i.token(iat=None),
    "instant of issue before time": lambda i: i.token(iat=-1, exp=NOW + 600),
}


def test_enough_kinds_of_forgery() -> None:
    assert len(FORGED) >= 80


@pytest.mark.parametrize("kind", FORGED)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_forged_token_is_refused_like_any_other(standing: tuple[Api, Issuer], kind: str) -> None:
    api, issuer = standing
    absent = await ask(api, "nonsense")
    assert (await ask(api, issuer.token())).status_code == 200  # or nothing below would mean anything
    response = await ask(api, FORGED[kind](issuer))
    assert response.status_code == 401
    assert (response.content, response.headers.raw) == (absent.content, absent.headers.raw)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(st.text(max_size=300), st.binary(max_size=200).map(lambda data: encoded(data) + ".e30.AA")))
async def test_no_text_at_all_breaks_the_verifier(text: str) -> None:
    verifier = TokenVerifier(
        ApiSettings(oidc_issuer="http://127.0.0.1:1", oidc_jwks_url="http://127.0.0.1:1/", oidc_audience="a"),
        lambda: NOW,
    )
    assert await verifier.verify(text) is None


# --- keys that change


async def test_a_new_key_is_found_at_once_and_a_withdrawn_one_forgotten(api: Api, issuer: Issuer) -> None:
    assert (await ask(api, issuer.token(RSA))).status_code == 200
    fresh = rsa("r2")
    issuer.published = [ELLIPTIC, fresh]
    assert (await ask(api, issuer.token(fresh))).status_code == 200
    api.clock.now += REFRESH_SECONDS
    issuer_now: dict[str, Any] = {"iat": NOW, "exp": NOW + 1_200}
    assert (await ask(api, issuer.token(RSA, **issuer_now))).status_code == 401
    assert (await ask(api, issuer.token(fresh, **issuer_now))).status_code == 200


async def test_unknown_keys_make_the_issuer_be_asked_once_a_minute(api: Api, issuer: Issuer) -> None:
    await ask(api, issuer.token())
    before = issuer.fetches
    for number in range(50):
        assert (await ask(api, issuer.token(STRANGER, header={"kid": f"k{number}"}))).status_code == 401
    assert issuer.fetches == before + 1
    api.clock.now += UNKNOWN_SECONDS
    await ask(api, issuer.token(STRANGER, header={"kid": "more"}))
    assert issuer.fetches == before + 2


async def test_an_issuer_that_does_not_answer_is_waited_for_and_then_nobody_is_let_in(api: Api, issuer: Issuer) -> None:
    long: dict[str, Any] = {"exp": NOW + 3_600}
    assert (await ask(api, issuer.token(**long))).status_code == 200
    issuer.failing = True
    api.clock.now = NOW + STALE_SECONDS - 1
    assert (await ask(api, issuer.token(**long))).status_code == 200
    api.clock.now = NOW + STALE_SECONDS
    assert (await ask(api, issuer.token(**long))).status_code == 401
    issuer.failing = False
    api.clock.now += 10
    assert (await ask(api, issuer.token(**long))).status_code == 200


async def test_keys_rotate_under_load_and_no_valid_request_is_lost(api: Api, issuer: Issuer) -> None:
    """As providers do it: a key is published, used later, and withdrawn once what it signed has expired.

    Beside valid requests come forged ones with unknown key ids, all the time.
    """
    answered: list[int] = []
    forged: list[int] = []
    life = 300
    signing: Key = RSA
    turns = 40

    async def valid(key: Key, number: int) -> None:
        now = int(api.clock.now)
        token = issuer.token(key, iat=now, exp=now + life, jti=str(number))
        answered.append((await ask(api, token)).status_code)

    async def attack(number: int) -> None:
        forged.append((await ask(api, issuer.token(STRANGER, header={"kid": f"x{number}"}))).status_code)

    for turn in range(turns):
        coming: Key = elliptic(f"turn{turn}") if turn % 2 else rsa(f"turn{turn}")
        issuer.published.insert(0, coming)
        # Published for a minute before it signs: an attacker may have used up this minute's look at the issuer.
        await asyncio.gather(*(valid(signing, number) for number in range(10)), *map(attack, range(5)))
        api.clock.now += UNKNOWN_SECONDS
        await asyncio.gather(*map(attack, range(5)), *(valid(signing, number) for number in range(10)))
        signing = coming
        await asyncio.gather(*map(attack, range(5)), *(valid(signing, number) for number in range(10)))
        api.clock.now += life + LEEWAY_SECONDS
        issuer.published = [coming]
    assert answered == [200] * (turns * 30)
    assert set(forged) == {401}


async def test_case_mode_is_no_way_around_a_token(sqlite_url: str, issuer: Issuer) -> None:
    async with trusting(sqlite_url, issuer, mode=Mode.AGGREGATE) as api:
        assert (await ask(api, issuer.token(), "/v1/relationships")).status_code == 403
