"""The `bellwether` program: its commands, and how it ends when one fails."""

import logging
import os
import sys
from typing import Final

import typer

from services.cli.commands import alerts as alert_commands
from services.cli.commands import audit as audit_commands
from services.cli.commands import cases as case_commands
from services.cli.commands import data as data_commands
from services.cli.commands import directory as directory_commands
from services.cli.commands import doctor as doctor_commands
from services.cli.commands import exclude as exclusion_commands
from services.cli.commands import generate as generate_commands
from services.cli.commands import identities as identity_commands
from services.cli.commands import keys as key_commands
from services.cli.commands import models as model_commands
from services.cli.commands import modes as mode_commands
from services.cli.commands import names as name_commands
from services.cli.commands import operate
from services.cli.commands import privacy as privacy_commands
from services.cli.commands import register as register_commands
from services.cli.commands import reports as report_commands
from services.cli.commands import rights as rights_commands
from services.cli.commands import signal_page as signal_page_commands
from services.cli.logs import set_up_logging
from shared.transport.errors import ServiceError

_USAGE: Final = 2
_STORE_UNAVAILABLE: Final = 3  # as for a broker that does not answer


def build() -> typer.Typer:
    """Make the program."""
    app = typer.Typer(
        name="bellwether",
        help="Early warning that working relationships turn transactional and that somebody is about to escalate.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    operate.add_commands(app)
    data_commands.add_commands(app)
    report_commands.add_commands(app)
    key_commands.add_commands(app)
    model_commands.add_commands(app)
    register_commands.add_commands(app)
    name_commands.add_commands(app)
    rights_commands.add_commands(app)
    directory_commands.add_commands(app)
    identity_commands.add_commands(app)
    exclusion_commands.add_commands(app)
    signal_page_commands.add_commands(app)
    privacy_commands.add_commands(app)
    generate_commands.add_commands(app)
    mode_commands.add_commands(app)
    case_commands.add_commands(app)
    alert_commands.add_commands(app)
    audit_commands.add_commands(app)
    doctor_commands.add_commands(app)
    return app


def main() -> None:
    """Run the program. An error is shown in one line, and with a traceback at log level DEBUG."""
    set_up_logging(logging.getLevelName(logging.WARNING))  # `up` and `run` set the level of the settings
    try:
        build()()
    except Exception as error:
        answer = _exit_code_and_line(error)
        if answer is None or os.environ.get("BELLWETHER_LOG_LEVEL") == logging.getLevelName(logging.DEBUG):
            raise
        code, line = answer
        sys.stderr.write(f"bellwether: {line}\n")
        sys.exit(code)


def _exit_code_and_line(error: Exception) -> tuple[int, str] | None:
    """The exit code and the line to show; None for an unexpected error."""
    # Imported when something went wrong: a command that needs neither must not pay for them.
    from pydantic import ValidationError
    from sqlalchemy.exc import DBAPIError

    match error:
        case ServiceError():
            return error.exit_code, _line(str(error))
        case ValidationError():
            problems = (f"{_variable(each['loc'], error.title)}: {each['msg']}" for each in error.errors())
            return _USAGE, _line("; ".join(problems))
        case DBAPIError():
            # Without the statement and its values, which name people.
            return _STORE_UNAVAILABLE, f"the database reported an error: {_line(str(error.orig))}"
        case ConnectionError():
            return _STORE_UNAVAILABLE, f"the store does not answer: {_line(str(error))}"
        case ValueError():
            return _USAGE, _line(str(error))
        case OSError():
            return 1, _line(str(error))
        case _:
            return None


def _variable(location: tuple[int | str, ...], title: str) -> str:
    return f"BELLWETHER_{'_'.join(map(str, location)).upper()}" if location else title


def _line(text: str) -> str:
    return " ".join(text.split())
