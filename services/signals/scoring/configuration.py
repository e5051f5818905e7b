"""The configuration of scoring: the model in use, and who and what must not count."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from services.signals.scoring.plan import Configuration
from services.signals.settings import SignalsSettings
from shared.domain.escalation.hazard_model import HazardModel
from shared.domain.organisation.hierarchy import Organisation
from shared.domain.organisation.machine_accounts import AccountKind
from shared.domain.organisation.work_calendar import WorkSchedule
from shared.storage.directory.exclusion_list import excluded_names, planned_skip_levels
from shared.storage.directory.unlinked_accounts import ignored_accounts
from shared.storage.facts.exclusion import excluded_identities
from shared.storage.readings.escalation_models import configuration_digest, model_in_use


@dataclass(frozen=True, slots=True)
class Chosen:
    """The configuration by names, which is cheap to load. Readings are computed anew when its digest changes."""

    model: HazardModel
    excluded: frozenset[str]
    nobodys: frozenset[str]
    schedule: WorkSchedule  # of people of whom nothing else is known
    digest: str

    async def resolved(self, connection: AsyncConnection, organisation: Organisation) -> Configuration:
        """The configuration with identities looked up."""
        excluded = await excluded_identities(connection, organisation, self.excluded)
        return Configuration(
            model=self.model,
            excluded=excluded,
            nobodys=await excluded_identities(connection, organisation, self.nobodys) - excluded,
            absent=organisation.known_only_by(excluded) | self.excluded.intersection(organisation.people),
            planned=planned_skip_levels(self.excluded),
            digest=self.digest,
        )


async def load_chosen(connection: AsyncConnection, settings: SignalsSettings) -> Chosen:
    """Load the configuration: the model in use, who is excluded by the setting or by the list, and when people work."""
    model = await model_in_use(connection)
    excluded = await excluded_names(connection, settings.excluded)
    ignored = await ignored_accounts(connection)
    nobodys = frozenset(account for account, kind in ignored.items() if kind is not AccountKind.EXTERNAL)
    schedule = settings.work_schedule
    digest = configuration_digest(model, excluded, nobodys, schedule)
    return Chosen(model=model, excluded=excluded, nobodys=nobodys, schedule=schedule, digest=digest)
