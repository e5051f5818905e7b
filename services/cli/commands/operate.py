"""Commands that run things: up, run, topics, db."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from services.cli.commands.roles import roles
from services.cli.connection import DATA, BrokerOption, DatabaseOption, DataOption, connect
from services.cli.errors import UsageError
from services.cli.process import new_metrics, plain_app, run_services, set_up_logging
from shared.domain.privacy.roles import Mode
from shared.ingest.edge import EdgeKeyError
from shared.keyring import KeySettings, read_keyring
from shared.settings import ServiceSettings
from shared.storage.engine.database import open_database
from shared.storage.engine.schema import upgrade
from shared.telemetry.health import Health
from shared.transport.topics import create_topics


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
    from services.cli.up.up import Options, run_up

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
    start = _SERVICES.get(service)
    if start is None:
        raise UsageError(f"no service {service!r}; there are {', '.join(_SERVICES)}")
    given: Mapping[str, Any] = {"broker": broker, "database": database, "port": port}
    overrides = {name: value for name, value in given.items() if value is not None}
    set_up_logging(ServiceSettings(**overrides).log_level)
    asyncio.run(start(overrides))


def topics(broker: BrokerOption = None) -> None:
    """Create the topics that are missing."""
    settings = ServiceSettings() if broker is None else ServiceSettings(broker=broker)
    created = asyncio.run(create_topics(settings))
    typer.echo(f"created {', '.join(created)}" if created else "all topics are there")


def upgrade_store(database: DatabaseOption = None, data: Annotated[Path, typer.Option(metavar="DIR")] = DATA) -> None:
    """Bring the store to the current schema."""
    connection = connect(database=database, data=data)

    async def run_upgrade() -> None:
        store = open_database(connection.database_url)
        try:
            await upgrade(store)
        finally:
            await store.close()

    asyncio.run(run_upgrade())
    typer.echo(f"up to date: {connection.database_url.render_as_string(hide_password=True)}")


async def _run_gateway(overrides: Mapping[str, Any]) -> None:
    from services.gateway.app import build
    from services.gateway.settings import GatewaySettings

    settings = GatewaySettings(**overrides)
    metrics, health = new_metrics(), Health()
    database = open_database(settings.database_url())
    try:
        await upgrade(database)
        try:
            service = build(settings, metrics, database, keyring=read_keyring(KeySettings()))
        except EdgeKeyError as error:
            raise UsageError(str(error)) from error
        health.add(service)
        await run_services([service], app=plain_app(health, metrics), settings=settings)
    finally:
        await database.close()


async def _run_calendar(overrides: Mapping[str, Any]) -> None:
    from services.calendar.app import build
    from services.calendar.settings import CalendarSettings

    await _run_channel(build, CalendarSettings(**overrides))


async def _run_tickets(overrides: Mapping[str, Any]) -> None:
    from services.tickets.app import build
    from services.tickets.settings import TicketsSettings

    await _run_channel(build, TicketsSettings(**overrides))


async def _run_chat(overrides: Mapping[str, Any]) -> None:
    from services.chat.app import build
    from services.chat.settings import ChatSettings

    await _run_channel(build, ChatSettings(**overrides))


async def _run_channel(build: Callable[..., Any], settings: ServiceSettings) -> None:
    metrics, health = new_metrics(), Health()
    service = build(settings, metrics)
    health.add(service)
    await run_services([service], app=plain_app(health, metrics), settings=settings)


async def _run_signals(overrides: Mapping[str, Any]) -> None:
    from services.signals.app import build
    from services.signals.settings import SignalsSettings

    settings = SignalsSettings(**overrides)
    metrics, health = new_metrics(), Health()
    database = open_database(settings.database_url())
    try:
        await upgrade(database)
        service = build(settings, metrics, database, audit_signer=read_keyring(KeySettings()).audit_signer)
        health.add(service)
        await run_services([service], app=plain_app(health, metrics), settings=settings)
    finally:
        await database.close()


async def _run_api(overrides: Mapping[str, Any]) -> None:
    from services.api.app import build
    from services.api.service import ApiService
    from services.api.settings import ApiSettings

    settings, keyring = ApiSettings(**overrides), read_keyring(KeySettings())
    if settings.mode is Mode.CASE and not keyring.audit.sealed:
        raise UsageError("case mode needs BELLWETHER_AUDIT_KEY_FILE, the keys that seal the audit")
    metrics, health = new_metrics(), Health()
    database = open_database(settings.database_url())
    try:
        await upgrade(database)
        service = ApiService(database)
        health.add(service)
        app = build(settings, metrics, database, health, keyring=keyring)
        await run_services([service], app=app, settings=settings)
    finally:
        await database.close()


async def _run_simulator(overrides: Mapping[str, Any]) -> None:
    from services.cli.up.demo import SimulatorService, company_clock
    from services.simulator.settings import SimulatorSettings

    settings, company = ServiceSettings(**overrides), SimulatorSettings()
    metrics, health = new_metrics(), Health()
    service = SimulatorService(settings, company, company_clock(company))
    health.add(service)
    await run_services([service], app=plain_app(health, metrics), settings=settings)


_SERVICES: Final[Mapping[str, Callable[[Mapping[str, Any]], Any]]] = {
    "gateway": _run_gateway,
    "calendar": _run_calendar,
    "tickets": _run_tickets,
    "chat": _run_chat,
    "signals": _run_signals,
    "api": _run_api,
    "simulator": _run_simulator,
}
