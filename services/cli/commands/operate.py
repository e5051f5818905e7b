"""Commands that run things: up, run, topics, db."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.commands.roles import roles
from services.cli.errors import UsageError
from services.cli.options import DATA, BrokerOption, DatabaseOption, DataOption


def add_commands(app: typer.Typer) -> None:
    """Add up, run, topics and db."""
    database = typer.Typer(help="The store.", no_args_is_help=True)
    database.command("upgrade")(upgrade_store)
    database.command("roles")(roles)
    app.command()(up)
    app.command()(run)
    app.command()(topics)
    app.add_typer(database, name="db")


def up(  # noqa: PLR0917 - options, not positional arguments
    demo: Annotated[bool, typer.Option("--demo", help="With a simulated company, replayed and then live.")] = False,  # noqa: FBT002
    bare: Annotated[bool, typer.Option("--bare", help="With no company; waits for imports.")] = False,  # noqa: FBT002
    port: Annotated[
        int, typer.Option(min=1, max=65535, envvar="BELLWETHER_PORT", help="API, metrics and health, on loopback.")
    ] = 8080,
    prometheus: Annotated[bool, typer.Option("--prometheus", help="With Prometheus, where it is installed.")] = False,  # noqa: FBT002
    prometheus_port: Annotated[int, typer.Option(min=1, max=65535, help="Prometheus, on loopback.")] = 9090,
    broker: BrokerOption = None,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Run everything in one process: broker, all services and the API, until Ctrl-C."""
    from services.cli.connection import connect
    from services.cli.logs import set_up_logging
    from services.cli.up.up import Options, run_up
    from shared.settings import ServiceSettings

    _refuse_mode_of_environment()
    if demo and bare:
        raise UsageError("--demo and --bare contradict each other")
    connection = connect(broker=broker, database=database, data=data)
    settings = ServiceSettings()
    # The console shows progress and a line of status; ordinary log lines would break them.
    set_up_logging(settings.log_level if "log_level" in settings.model_fields_set else "WARNING")
    watched = prometheus_port if prometheus else None
    asyncio.run(run_up(Options(connection=connection, port=port, demo=demo, prometheus_port=watched)))


def run(
    service: Annotated[str, typer.Argument(help="gateway, calendar, tickets, chat, signals, api or simulator.")],
    broker: BrokerOption = None,
    database: DatabaseOption = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Health and metrics; BELLWETHER_PORT.")] = None,
) -> None:
    """Run one service alone, as a deployment does. Settings come from BELLWETHER_... variables."""
    from services.cli.logs import set_up_logging
    from services.cli.up.one_service import SERVICES
    from shared.settings import ServiceSettings

    _refuse_mode_of_environment()
    start = SERVICES.get(service)
    if start is None:
        raise UsageError(f"no service {service!r}; there are {', '.join(SERVICES)}")
    given: Mapping[str, Any] = {"broker": broker, "database": database, "port": port}
    overrides = {name: value for name, value in given.items() if value is not None}
    set_up_logging(ServiceSettings(**overrides).log_level)
    asyncio.run(start(overrides))


def topics(broker: BrokerOption = None) -> None:
    """Create the topics that are missing."""
    from shared.settings import ServiceSettings
    from shared.transport.topics import create_topics

    settings = ServiceSettings() if broker is None else ServiceSettings(broker=broker)
    created = asyncio.run(create_topics(settings))
    typer.echo(f"created {', '.join(created)}" if created else "all topics are there")


def upgrade_store(database: DatabaseOption = None, data: Annotated[Path, typer.Option(metavar="DIR")] = DATA) -> None:
    """Bring the store to the current schema and, where it knew teams and queues by name, to keys."""
    from services.cli.connection import connect
    from services.cli.keyed_store import bring_to_keys
    from services.signals.settings import SignalsSettings
    from shared.storage.engine.database import open_database
    from shared.storage.engine.schema import upgrade

    connection = connect(database=database, data=data)

    async def run_upgrade() -> bool:
        store = open_database(connection.database_url)
        try:
            await upgrade(store)
            settings = connection.settings().model_dump(exclude_unset=True)
            keyed = await bring_to_keys(connection, store, SignalsSettings(**settings, embedded=connection.embedded))
        finally:
            await store.close()
        return keyed

    if asyncio.run(run_upgrade()):
        typer.echo("teams, goals and queues have keys now; see `bellwether names list` for what they are called")
    typer.echo(f"up to date: {connection.database_url.render_as_string(hide_password=True)}")


def _refuse_mode_of_environment() -> None:
    """Nobody must believe that a deployment goes as far as a setting of an earlier version says."""
    if "BELLWETHER_MODE" in os.environ:
        raise UsageError("the mode is a part of the store: set it with `bellwether mode set`, not with BELLWETHER_MODE")
