"""What readings are computed with besides facts: the model in use and what must not count."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.signals.plan import Configuration
from shared.domain.organisation import Organisation
from shared.storage.exclusion import excluded_identities
from shared.storage.models import configuration_digest, model_in_use


async def load_configuration(
    connection: AsyncConnection, organisation: Organisation, excluded: frozenset[str]
) -> Configuration:
    """The configuration as it stands, with identities looked up."""
    model = await model_in_use(connection)
    return Configuration(
        model=model,
        excluded=await excluded_identities(connection, organisation, excluded),
        digest=configuration_digest(model, excluded),
    )
