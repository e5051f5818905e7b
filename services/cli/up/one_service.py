"""Runs each service alone in a process, as a deployment does."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from services.cli.errors import UsageError
from services.cli.process import new_metrics, plain_app, run_services
from shared.domain.privacy.pseudonym import PseudonymChecks
from shared.domain.privacy.roles import Mode
from shared.ingest.edge import EdgeKeyError
from shared.keyring import Keyring, KeySettings, read_keyring
from shared.settings import ServiceSettings
from shared.storage.access.modes import deployment_mode
from shared.storage.engine.database import open_database
from shared.storage.engine.schema import upgrade
from shared.telemetry.health import Health


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
        await run_services([service], app=plain_app(health, metrics, settings), settings=settings, metrics=metrics)
    finally:
        await database.close()


async def _run_calendar(overrides: Mapping[str, Any]) -> None:
    from services.calendar.app import build
    from services.calendar.settings import CalendarSettings

    await _run_channel("calendar", build, CalendarSettings(**overrides))


async def _run_tickets(overrides: Mapping[str, Any]) -> None:
    from services.tickets.app import build
    from services.tickets.settings import TicketsSettings

    await _run_channel("tickets", build, TicketsSettings(**overrides))


async def _run_chat(overrides: Mapping[str, Any]) -> None:
    from services.chat.app import build
    from services.chat.settings import ChatSettings

    await _run_channel("chat", build, ChatSettings(**overrides))


async def _run_channel(name: str, build: Callable[..., Any], settings: ServiceSettings) -> None:
    metrics, health = new_metrics(), Health()
    service = build(settings, metrics, checks=_checks(name, read_keyring(KeySettings())))
    health.add(service)
    await run_services([service], app=plain_app(health, metrics, settings), settings=settings, metrics=metrics)


def _checks(service: str, keyring: Keyring) -> PseudonymChecks:
    if keyring.checks is None:
        raise UsageError(
            f"{service} lets nobody in by name: name a file with BELLWETHER_PSEUDONYM_CHECK_KEY_FILE, as "
            "`bellwether register check-key` writes it where the pseudonym key is"
        )
    return keyring.checks


async def _run_signals(overrides: Mapping[str, Any]) -> None:
    from services.cli.keyed_store import refuse_names_in_clear
    from services.signals.app import build
    from services.signals.settings import SignalsSettings

    settings, keyring = SignalsSettings(**overrides), read_keyring(KeySettings())
    checks = _checks("signals", keyring)
    metrics, health = new_metrics(), Health()
    database = open_database(settings.database_url())
    try:
        await upgrade(database)
        await refuse_names_in_clear(database)
        service = build(
            settings,
            metrics,
            database,
            checks=checks,
            audit_signer=keyring.audit_signer,
            webhook_keys=keyring.webhooks,
        )
        health.add(service)
        await run_services([service], app=plain_app(health, metrics, settings), settings=settings, metrics=metrics)
    finally:
        await database.close()


async def _run_api(overrides: Mapping[str, Any]) -> None:
    from services.api.app import build
    from services.api.service import ApiService
    from services.api.settings import ApiSettings
    from services.cli.keyed_store import refuse_names_in_clear

    settings, keyring = ApiSettings(**overrides), read_keyring(KeySettings())
    metrics, health = new_metrics(), Health()
    database = open_database(settings.database_url())
    try:
        await upgrade(database)
        await refuse_names_in_clear(database)
        async with database.read() as connection:
            mode = (await connection.run_sync(deployment_mode)).mode
        if mode is Mode.CASE and not keyring.audit.sealed:
            raise UsageError("case mode needs BELLWETHER_AUDIT_KEY_FILE, the keys that seal the audit")
        service = ApiService(database)
        health.add(service)
        app = build(settings, metrics, database, health, keyring=keyring)
        await run_services([service], app=app, settings=settings, metrics=metrics)
    finally:
        await database.close()


async def _run_simulator(overrides: Mapping[str, Any]) -> None:
    from services.cli.up.demo import SimulatorService, company_clock
    from services.simulator.settings import SimulatorSettings

    settings, company = ServiceSettings(**overrides), SimulatorSettings()
    metrics, health = new_metrics(), Health()
    service = SimulatorService(settings, company, company_clock(company))
    health.add(service)
    await run_services([service], app=plain_app(health, metrics, settings), settings=settings, metrics=metrics)


SERVICES: Final[Mapping[str, Callable[[Mapping[str, Any]], Any]]] = {
    "gateway": _run_gateway,
    "calendar": _run_calendar,
    "tickets": _run_tickets,
    "chat": _run_chat,
    "signals": _run_signals,
    "api": _run_api,
    "simulator": _run_simulator,
}
"""What runs a service until it must end, by its name; given settings that differ from the environment."""
