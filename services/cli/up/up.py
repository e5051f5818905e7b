"""`bellwether up`: everything in one process, and what it shows."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from services.api.app import build as build_api
from services.api.service import ApiService
from services.api.settings import ApiSettings
from services.calendar.app import build as build_calendar
from services.calendar.settings import CalendarSettings
from services.chat.app import build as build_chat
from services.chat.settings import ChatSettings
from services.cli.connection import Connection
from services.cli.data_lock import hold_data_lock
from services.cli.errors import UsageError
from services.cli.keyed_store import bring_to_keys
from services.cli.process import Service, StoppedError, new_metrics, stop_on_signal
from services.cli.serving.server import serve
from services.cli.up import prometheus
from services.cli.up.demo import (
    SimulatorService,
    company_clock,
    confirm_names,
    is_demo,
    now,
    send_partner,
    send_past,
    show_named_people,
)
from services.cli.up.demo_access import new_key
from services.cli.up.exclusion_sync import apply_exclusions, sync_exclusions
from services.cli.up.introduction import introduce, people_known
from services.cli.up.status_line import STATUS_SECONDS, show_status, stopped_services
from services.gateway.app import build as build_gateway
from services.gateway.settings import GatewaySettings
from services.signals.app import build as build_signals
from services.signals.settings import SignalsSettings
from services.simulator.settings import SimulatorSettings
from services.tickets.app import build as build_tickets
from services.tickets.settings import TicketsSettings
from shared.domain.privacy.roles import Role
from shared.ingest.accepted_checks import add_missing_checks
from shared.ingest.outlets import sync_every_commit
from shared.storage.engine.database import Database, open_database
from shared.storage.engine.schema import upgrade
from shared.storage.log.event_log import sizes, waiting
from shared.storage.log.progress import scored
from shared.storage.releases.ledger import up_to_date
from shared.telemetry.health import Health
from shared.telemetry.memory import give_back_memory, set_up_collector
from shared.telemetry.metrics import Metrics
from shared.topics import INBOXES
from shared.transport.broker_program import EmbeddedBrokerError
from shared.transport.channel_service import ChannelService
from shared.transport.embedded import EmbeddedBroker, embedded_broker
from shared.transport.errors import BrokerUnavailableError, ServiceError
from shared.transport.task_group import run_until_first
from shared.transport.topics import create_topics

# The embedded broker lets a new group wait half of this; everything is on one machine, so silence is noticed sooner.
_EMBEDDED_SESSION_MS: Final = 6_000


@dataclass(frozen=True, slots=True)
class Options:
    """The options of `bellwether up`."""

    connection: Connection
    port: int
    demo: bool
    prometheus_port: int | None = None  # None starts no Prometheus


async def run_up(options: Options) -> None:
    """Run until a signal comes. Everything that was started has ended when this returns. Raises ServiceError."""
    console = Console()
    if options.prometheus_port is not None:
        prometheus.installed()  # rather now than after a minute
    database = open_database(options.connection.database_url)
    inbox_database = open_database(options.connection.database_url, pool_size=2)
    try:
        await upgrade(database)
        async with _broker(options.connection) as broker:
            if broker:
                await sync_every_commit(inbox_database)
            await _run(options, database, inbox_database, broker, console)
    except StoppedError:
        console.print("stopped; the next start on the same data goes on from here")
    except EmbeddedBrokerError as error:
        raise BrokerUnavailableError(str(error)) from error
    finally:
        await inbox_database.close()
        await database.close()


async def _run(
    options: Options,
    database: Database,
    inbox_database: Database,
    broker: EmbeddedBroker | None,
    console: Console,
) -> None:
    given: dict[str, Any] = {
        "broker": broker.bootstrap if broker else options.connection.broker,
        "database": options.connection.database_url.render_as_string(hide_password=False),
        "port": options.port,
        "metrics_token_file": options.connection.scrape_token_file(),
        "stop_alone": True,  # garbage on one topic must not take the API and everything else with it
    }
    if broker:
        given["session_timeout_ms"] = _EMBEDDED_SESSION_MS
    people = await people_known(database)
    if options.demo and await _holds_anything(database) and not await is_demo(options.connection, database):
        raise UsageError(
            "this store holds a real organisation; a demo would mix a simulated one into it. "
            "Name another directory with --data, or leave --demo out"
        )
    metrics, health = new_metrics(), Health()
    signals = SignalsSettings(**given, embedded=broker is not None)
    if "console_url" not in signals.model_fields_set:
        signals = signals.model_copy(update={"console_url": f"http://127.0.0.1:{options.port}/"})
    await create_topics(signals)
    api = ApiSettings(**given)
    keyring = options.connection.keyring()
    checks = options.connection.checks()
    if await bring_to_keys(options.connection, database, signals):
        console.print("teams, goals and queues have keys now; see `bellwether names list` for what they are called")
    await add_missing_checks(database, checks)
    places = await apply_exclusions(options.connection, database)
    channels: list[ChannelService[Any]] = [
        build_calendar(CalendarSettings(**given), metrics, checks=checks),
        build_tickets(TicketsSettings(**given), metrics, checks=checks),
        build_chat(ChatSettings(**given), metrics, checks=checks),
    ]
    for channel in channels:
        channel.exclude_places(places)
    inbox = GatewaySettings(**given, embedded=broker is not None)
    services: list[Service] = [
        build_gateway(inbox, metrics, inbox_database, keyring=keyring),
        *channels,
        build_signals(
            signals,
            metrics,
            database,
            checks=checks,
            audit_signer=keyring.audit_signer,
            webhook_keys=keyring.webhooks,
        ),
        ApiService(database),
    ]
    for service in services:
        health.add(service)
    app = build_api(api, metrics, database, health, keyring=keyring)
    set_up_collector()
    work = [
        serve(app, api, metrics),
        stop_on_signal(),
        metrics.exposition.run(),
        *(service.run() for service in services),
    ]
    work.append(sync_exclusions(options.connection, database, channels, known=places))
    if broker:
        work.append(_lost(broker))
    # The past of a demo comes in as an import does; what happens live, from a producer like any other.
    work.append(_tell(options, database, inbox, metrics, console, began_empty=not people))
    await run_until_first(work)


async def _tell(
    options: Options,
    database: Database,
    inbox: GatewaySettings,
    metrics: Metrics,
    console: Console,
    *,
    began_empty: bool,
) -> None:
    """Fill a demo, print the addresses, then show a status line."""
    started = time.monotonic()
    company = SimulatorSettings()
    clock = company_clock(company) if options.demo else now
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting")
        if options.demo:
            made = await new_key(database, Role.OPERATOR)  # marks the store as a demo before anything is in it
            await show_named_people(options.connection, database, operator=made.key.id)
        if options.demo and began_empty:
            await send_past(
                options.connection,
                company,
                ends_at=clock(),
                progress=lambda count: progress.update(task, description=f"simulating six months: {count:,} events"),
            )
        if options.demo:
            await send_partner(options.connection)
            await confirm_names(options.connection, database)
        await _settle(database, metrics, lambda text: progress.update(task, description=text))
    await asyncio.to_thread(give_back_memory)  # what the start took
    console.print(f"[bold]Bellwether[/bold] is up after {time.monotonic() - started:.0f} s")
    await introduce(options.connection, database, console, port=options.port, demo=options.demo)
    topics = ", ".join(inbox.topic(each.name) for each in INBOXES)
    console.print(f"  {'kafka':<12} {inbox.broker}, where producers of your own write to {topics}", soft_wrap=True)
    work: list[Coroutine[Any, Any, None]] = [show_status(database, metrics, console)]
    if options.demo:
        work.append(SimulatorService(inbox, company, clock, with_past=False).run())
    if options.prometheus_port is not None:
        behind = int((now() - clock()).total_seconds())
        port = options.prometheus_port
        work.append(
            prometheus.watch(
                options.connection,
                database,
                console,
                port=port,
                scraped_port=options.port,
                behind_seconds=behind,
            )
        )
    await run_until_first(work)


async def _settle(database: Database, metrics: Metrics, say: Any) -> None:
    """Wait until everything accepted is processed and scored, and what is due is released; or a service stopped."""
    while not stopped_services(metrics):
        async with database.read() as connection:
            left = await waiting(connection)
            done = not left and await scored(connection) and await up_to_date(connection)
        if done:
            return
        say(f"processing: {left:,} events waiting" if left else "scoring")
        await asyncio.sleep(STATUS_SECONDS / 4)


async def _holds_anything(database: Database) -> bool:
    async with database.read() as connection:
        return any((await sizes(connection)).values())


async def _lost(broker: EmbeddedBroker) -> None:
    code = await broker.wait()
    raise ServiceError(f"the embedded broker ended by itself (code {code}); start again, nothing accepted is lost")


@asynccontextmanager
async def _broker(connection: Connection) -> AsyncIterator[EmbeddedBroker | None]:
    if connection.broker is not None:
        yield None
        return
    connection.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with hold_data_lock(connection.data):
        async with embedded_broker(log_path=connection.data / "broker.log") as broker:
            yield broker
