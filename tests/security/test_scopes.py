"""Scopes of access tokens: what they do not name, a token does not carry."""

import pytest

from tests.security.issuer import Issuer
from tests.security.test_tokens import ask, issuer, trusting

__all__ = ["issuer"]

NO_SCOPES = ["", " ", "openid", "aggregates", "AGGREGATES:READ", "aggregates:readpeople:read", "aggregates:read,x",
             "aggregates:read\tx", [], ["aggregates:read"], {"aggregates:read": True}, 7, True]  # fmt: skip


@pytest.mark.parametrize("required", [True, False])
async def test_a_scope_that_names_nothing_carries_nothing(sqlite_url: str, issuer: Issuer, *, required: bool) -> None:
    async with trusting(sqlite_url, issuer, oidc_scope_required=required) as api:
        for scope in NO_SCOPES:
            for path in ("/v1/teams", "/v1/people", "/v1/relationships", "/v1/signals", "/v1/cases"):
                assert (await ask(api, issuer.token(scope=scope), path)).status_code == 403, scope
        missing = 403 if required else 200
        assert (await ask(api, issuer.token(scope=None), "/v1/teams")).status_code == missing
        assert (await ask(api, issuer.token(scope=None), "/v1/relationships")).status_code == missing
        # What a scope names beyond the role is not granted either.
        assert (await ask(api, issuer.token(roles="analyst"), "/v1/people")).status_code == 403
