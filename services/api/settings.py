"""Settings of the API."""

from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from services.api.auth.key_set import is_safe_url
from shared.domain.privacy.roles import DEFAULT_TENANT, Role
from shared.settings import ServiceSettings

MOST_ROWS: Final = 200
"""Largest page: a page is one answer of some 100 kB at most, and one audit row per person on it."""
MOST_KEYS: Final = 200
"""Most people that may be named in a filter: as pseudonyms they fit a request target, and their rows a page."""


class ApiSettings(ServiceSettings):
    """About whom the API answers, whose tokens it accepts, and how much it answers at once."""

    page_rows: Annotated[int, Field(ge=1, le=MOST_ROWS, description="Rows of a page when no limit is asked for.")] = 50
    tenant: Annotated[
        str, Field(min_length=1, max_length=64, description="Whose store this is; other tenants' keys are refused.")
    ] = DEFAULT_TENANT

    requests_per_credential: Annotated[
        int,
        Field(
            ge=1,
            description="Requests a minute that one credential may make of one process. More are answered with 429.",
        ),
    ] = 1_200
    requests_per_tenant: Annotated[
        int, Field(ge=1, description="Requests a minute that all credentials together may make of one process.")
    ] = 12_000
    request_seconds: Annotated[float, Field(gt=0, description="Longest time that a request may take, in seconds.")] = (
        30.0
    )
    oidc_issuer: Annotated[
        str, Field(description="Whose access tokens are accepted beside API keys, exactly as in `iss`.")
    ] = ""
    oidc_audience: Annotated[str, Field(description="What `aud` of a token must name: this API.")] = ""
    oidc_jwks_url: Annotated[
        str, Field(description="Where the issuer's keys are. Without it they are looked up at the issuer.")
    ] = ""
    oidc_person_claim: Annotated[
        str, Field(min_length=1, description="Claim with the HR system's id of the person.")
    ] = "sub"
    oidc_role_claim: Annotated[str, Field(min_length=1, description="Claim with the names of roles or groups.")] = (
        "roles"
    )
    oidc_roles: Annotated[
        dict[Role, str],
        Field(
            default_factory=dict,
            description='What the issuer calls a role, where not by its own name, such as `{"hr_partner": "grp-hr"}`.',
        ),
    ]
    oidc_scope_required: Annotated[
        bool,
        Field(
            description="Whether a token may do only what its `scope` names. Turn it off for an issuer that leaves "
            "`scope` out: a token without one then carries all that its roles grant. A scope that is there and empty "
            "always carries nothing."
        ),
    ] = True
    oidc_tenant_claim: Annotated[
        str, Field(description="Claim that must equal the tenant. Without it none is checked.")
    ] = ""

    @model_validator(mode="after")
    def _issuer_is_exact(self) -> Self:
        if self.oidc_issuer and not self.oidc_audience:
            raise ValueError("BELLWETHER_OIDC_AUDIENCE is needed with BELLWETHER_OIDC_ISSUER")
        for url in filter(None, (self.oidc_issuer, self.oidc_jwks_url)):
            if not is_safe_url(url):
                raise ValueError(f"{url} must begin with https://, or with http:// and a loopback address")
        return self
