"""`bellwether model`: the escalation models of a store. Learning one and using it are two decisions."""

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.errors import UsageError
from services.cli.options import DATA, DatabaseOption, DataOption

if TYPE_CHECKING:
    from rich.table import Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    from services.cli.connection import Connection
    from shared.domain.escalation.hazard_model import HazardModel
    from shared.storage.readings.escalation_models import StoredModel


def add_commands(app: typer.Typer) -> None:
    """Add model fit, recalibrate, show and use."""
    model = typer.Typer(no_args_is_help=True, help="Models of escalation risk: learn one, look at it, use it.")
    model.command("fit")(fit)
    model.command("recalibrate")(recalibrate)
    model.command("show")(show)
    model.command("use")(use)
    app.add_typer(model, name="model")


VersionOption = Annotated[str | None, typer.Option(help="Name of the new version; by default the date.")]


def fit(
    version: VersionOption = None,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Learn a model from what happened in this organisation, and keep it under a new version. It is not used yet."""
    from services.cli.connection import connect

    name = version or f"learnt-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    model = asyncio.run(_fit(connect(database=database, data=data), name))
    typer.echo(f"{model.version}: {model.samples:,} chain weeks, {model.positives} events in {model.weeks} weeks")
    _tell_what_next(name)


def recalibrate(
    version: VersionOption = None,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Correct the highest risks of the model in use by the verdicts on its alerts, as a new version. Not used yet."""
    from services.cli.connection import connect

    name = version or f"judged-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    try:
        before, after = asyncio.run(_recalibrate(connect(database=database, data=data), name))
    except ValueError as error:
        raise UsageError(str(error)) from error
    typer.echo(f"{after.version}: {before.version} with its highest risks as people judged them")
    _tell_what_next(name)


def _tell_what_next(version: str) -> None:
    typer.echo(f"look at it: bellwether model show {version}; use it: bellwether model use {version}", err=True)


def show(
    version: Annotated[str | None, typer.Argument(help="By default a list of all.")] = None,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """List the models, or show the weights of one beside the defaults."""
    from rich.console import Console

    from services.cli import store_calls
    from services.cli.connection import connect, existing_store
    from shared.storage.readings.escalation_models import list_models, model_in_use

    async def find(transaction: "AsyncConnection") -> tuple[list["StoredModel"], str]:
        return await list_models(transaction), (await model_in_use(transaction)).version

    # What a model was learnt from counts how often people went past their leader.
    models, used = store_calls.administer(
        connect(database=database, data=data), "model show", find, opening=existing_store
    )
    if version is None:
        Console().print(_list(models, used))
        return
    found = next((each.model for each in models if each.model.version == version), None)
    if found is None:
        raise UsageError(f"there is no model {version!r}; there are {', '.join(each.model.version for each in models)}")
    Console().print(_weights(found))


def use(
    version: Annotated[str, typer.Argument(help="As `model show` lists it; 2 is the default.", show_default=False)],
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Use this model from the next pass on, for every reading, those of closed weeks included."""
    from services.cli import store_calls
    from services.cli.connection import connect, existing_store
    from shared.storage.readings.escalation_models import use_model

    connection = connect(database=database, data=data)
    act = f"model use {version}"
    try:
        store_calls.administer(connection, act, lambda each: use_model(each, version), opening=existing_store)
    except KeyError as error:
        raise UsageError(f"there is no model {version!r}") from error
    typer.echo(f"{version} is in use; readings are computed anew")


def _list(models: list["StoredModel"], used: str) -> "Table":
    from rich.table import Table

    table = Table("version", "made", "chain weeks", "events", "in use")
    for each in models:
        made = datetime.fromtimestamp(each.created_at, UTC).date().isoformat() if each.created_at else "-"
        model = each.model
        mark = "yes" if model.version == used else ""
        table.add_row(model.version, made, f"{model.samples:,}", str(model.positives), mark)
    return table


def _weights(model: "HazardModel") -> "Table":
    from rich.table import Table

    from shared.domain.escalation.hazard_model import DEFAULT_MODEL

    defaults = {each.term: each.weight for each in DEFAULT_MODEL.weights}
    table = Table("term", "weight", "default", title=f"{model.version}, log-hazard a week")
    table.add_row("base_rate", f"{model.alpha:+.3f}", f"{DEFAULT_MODEL.alpha:+.3f}")
    for each in model.weights:
        default = defaults.get(each.term)
        table.add_row(each.term, f"{each.weight:+.3f}", "-" if default is None else f"{default:+.3f}")
    if model.curve:
        low, high = model.curve[0], model.curve[-1]
        table.add_row("recalibration", f"{low.calibrated - low.eta:+.2f} to {high.calibrated - high.eta:+.2f}", "+0.00")
    return table


async def _fit(connection: "Connection", version: str) -> "HazardModel":
    from services.cli.connection import existing_store
    from services.cli.operator_account import operator_of, record
    from services.signals.models.learning import learn
    from services.signals.settings import SignalsSettings
    from shared.storage.readings.escalation_models import save_model

    async with existing_store(connection) as database:
        async with database.write() as transaction:
            doer = await operator_of(connection, transaction)
        model = await learn(database, SignalsSettings(), version=version)
        async with database.write() as transaction:
            await record(connection, transaction, doer, f"model fit {version}")
            await save_model(transaction, model, now=int(time.time()))
    return model


async def _recalibrate(connection: "Connection", version: str) -> tuple["HazardModel", "HazardModel"]:
    from services.cli.connection import existing_store
    from services.cli.operator_account import operator_of, record
    from services.signals.models.learning import recalibrate as recalibrated
    from shared.storage.readings.escalation_models import model_in_use, save_model

    async with existing_store(connection) as database:
        async with database.write() as transaction:
            doer = await operator_of(connection, transaction)
        after = await recalibrated(database, version=version)
        async with database.write() as transaction:
            await record(connection, transaction, doer, f"model recalibrate {version}")
            before = await model_in_use(transaction)
            await save_model(transaction, after, now=int(time.time()))
    return before, after
