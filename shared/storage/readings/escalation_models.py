"""Escalation models in the store: saved under their version, and one of them in use."""

from collections.abc import Collection
from dataclasses import astuple, dataclass
from hashlib import sha256
from typing import Final

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.escalation.hazard_model import DEFAULT_MODEL, HazardModel
from shared.domain.organisation.work_calendar import STANDARD, WorkSchedule
from shared.domain.signals import SIGNALS
from shared.storage.engine import bulk
from shared.storage.tables.models import HazardModelRow, ScoringConfigurationRow

_MODELS: Final = bulk.table_of(HazardModelRow)
_CONFIGURATION: Final = bulk.table_of(ScoringConfigurationRow)
_DECODE: Final = msgspec.json.Decoder(HazardModel).decode


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model with when it was saved, Unix seconds; the default was there from the start."""

    model: HazardModel
    created_at: int


async def save_model(connection: AsyncConnection, model: HazardModel, *, now: int) -> None:
    """Keep a model. Raises ValueError when there is one of this version."""
    if model.version in {each.model.version for each in await list_models(connection)}:
        raise ValueError(f"there is a model {model.version} already; choose another version")
    document = msgspec.json.encode(model).decode()
    await connection.execute(insert(_MODELS).values(version=model.version, created_at=now, document=document))


async def list_models(connection: AsyncConnection) -> list[StoredModel]:
    """The default, and those that were saved, oldest first."""
    rows = await connection.execute(
        select(_MODELS.c.document, _MODELS.c.created_at).order_by(_MODELS.c.created_at, _MODELS.c.version)
    )
    return [StoredModel(DEFAULT_MODEL, 0), *(StoredModel(_DECODE(document), at) for document, at in rows)]


async def use_model(connection: AsyncConnection, version: str) -> None:
    """Compute all readings with this model from the next pass on. Raises KeyError when there is no such version."""
    known = {each.model.version for each in await list_models(connection)}
    if version not in known:
        raise KeyError(version)
    await _set(connection, model="" if version == DEFAULT_MODEL.version else version)


async def model_in_use(connection: AsyncConnection) -> HazardModel:
    """The model that readings are computed with from the next pass on."""
    version = (await connection.execute(select(_CONFIGURATION.c.model))).scalar_one_or_none()
    if not version:
        return DEFAULT_MODEL
    query = select(_MODELS.c.document).where(_MODELS.c.version == version)
    return _DECODE((await connection.execute(query)).scalar_one())


async def copy_models(source: AsyncConnection, target: AsyncConnection) -> None:
    """Copy the models of one store, and which of them is in use, into an empty one."""
    for each in (await list_models(source))[1:]:
        await save_model(target, each.model, now=each.created_at)
    await use_model(target, (await model_in_use(source)).version)


# 2: whoever is excluded is in no chain.
_EXCLUSION_RULES: Final = 2
# 2: what teams are called does not decide whose baselines a leader's people are compared with.
# 3: of two guests of a meeting neither has started the contact, and of two messages of one second neither answers.
_BASELINE_RULES: Final = 3


def configuration_digest(
    model: HazardModel,
    excluded: Collection[str],
    nobodys: Collection[str] = (),
    schedule: WorkSchedule = STANDARD,
) -> str:
    """A digest of what readings are computed with: the model, signals, exclusions, machines and working time.

    `nobodys` are the accounts that belong to no person.
    """
    versions = {signal.name: signal.model_version for signal in SIGNALS}
    rules: list[object] = [_EXCLUSION_RULES] if excluded else []
    rules += [sorted(nobodys)] if nobodys else []
    rules += [astuple(schedule)] if schedule != STANDARD else []
    content = msgspec.json.encode([msgspec.to_builtins(model), sorted(excluded), versions, _BASELINE_RULES, *rules])
    return sha256(content).hexdigest()


async def scored_configuration(connection: AsyncConnection) -> str:
    """Digest of what the readings were last computed with; empty when there are none."""
    return (await connection.execute(select(_CONFIGURATION.c.digest))).scalar_one_or_none() or ""


async def set_scored_configuration(connection: AsyncConnection, digest: str) -> None:
    """Record what all readings are computed with."""
    await _set(connection, digest=digest)


async def _set(connection: AsyncConnection, **values: str) -> None:
    result = await connection.execute(update(_CONFIGURATION).values(**values))
    if result.rowcount == 0:
        await connection.execute(insert(_CONFIGURATION).values(**({"id": 1, "model": "", "digest": ""} | values)))
