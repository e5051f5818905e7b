"""Learning a model from what happened in an organisation, chain week by chain week."""

import asyncio
from collections.abc import Iterable
from functools import partial

from services.signals.models.chain_weeks import ChainWeek, chain_weeks
from services.signals.scoring.configuration import load_chosen
from services.signals.settings import SignalsSettings
from shared.domain.escalation.calibration import Outcome, recalibrated
from shared.domain.escalation.hazard_learning import Sample, learnt
from shared.domain.escalation.hazard_model import DEFAULT_MODEL, HazardModel
from shared.domain.escalation.verdict_calibration import judged
from shared.domain.privacy.retention import first_computed_week
from shared.domain.signals.escalation_risk import FIRST_DAYS
from shared.domain.week import DAY, WEEK_DAYS, last_closed_week, week_of_day
from shared.storage.alerts.actions import judged_risks
from shared.storage.directory.directory import load_organisation
from shared.storage.engine.database import Database
from shared.storage.facts.load import load_histories
from shared.storage.readings.escalation_models import model_in_use
from shared.storage.readings.store import scoring_state, watermark

# Four weeks of history before the first week that is learnt from: before, nothing could be called an onset.
_WARM_UP_WEEKS = 4


async def learn(database: Database, settings: SignalsSettings, *, version: str) -> HazardModel:
    """Learn from every chain week whose outcome is known, starting at the default model. Nothing is stored.

    Raises ValueError when there are no such weeks yet.
    """
    samples: list[Sample] = []
    async with database.read() as connection:
        until = await watermark(connection)
        organisation = await load_organisation(connection, settings.work_schedule)
        chosen = await load_chosen(connection, settings)
        configuration = await chosen.resolved(connection, organisation)
        first_day = (await scoring_state(connection)).first_day
        closed = last_closed_week(until - WEEK_DAYS * DAY)
        first = max(week_of_day(first_day) + _WARM_UP_WEEKS, first_computed_week(until, settings.fact_days))
        weeks = range(first, closed + 1)
        if not weeks:
            raise ValueError("there is no closed week with a known outcome to learn from yet")
        people = organisation.people
        for start in range(0, len(people), settings.chunk_people):
            part = people[start : start + settings.chunk_people]
            histories = await load_histories(
                connection,
                organisation,
                part,
                since=0,
                excluded=configuration.excluded,
                nobodys=configuration.nobodys,
                absent=configuration.absent,
                planned=configuration.planned,
            )
            found = chain_weeks(histories, organisation, people=part, weeks=weeks, until=until)
            samples += await asyncio.to_thread(_samples, found)
    return await asyncio.to_thread(fitted, samples, version=version, weeks=len(weeks))


async def recalibrate(database: Database, *, version: str) -> HazardModel:
    """The model in use, with its highest risks recalibrated by the verdicts on its alerts. Nothing is stored.

    Raises ValueError when there are too few verdicts, or all of them are equal.
    """
    async with database.read() as connection:
        model = await model_in_use(connection)
        risks = await connection.run_sync(partial(judged_risks, model_version=model.version))
    verdicts = [(each.probability, each.was_at_risk) for each in risks]
    return judged(model, verdicts, version=version, weeks=FIRST_DAYS / WEEK_DAYS)


def _samples(found: Iterable[ChainWeek]) -> list[Sample]:
    return [each.sample(DEFAULT_MODEL) for each in found]


def fitted(samples: Iterable[Sample], *, version: str, weeks: int) -> HazardModel:
    """The default model after these samples: weights first, then the recalibration."""
    known = list(samples)
    model = learnt(DEFAULT_MODEL, known, version=version, weeks=weeks)
    outcomes = [
        Outcome(
            model.alpha + sum(weight.weight * x for weight, x in zip(model.weights, sample.x, strict=True)),
            sample.happened,
        )
        for sample in known
    ]
    return recalibrated(model, outcomes, weeks=1)
