"""Options that many commands share."""

from pathlib import Path
from typing import Annotated, Final

import typer

DATA: Final = Path(".bellwether")
AUTO: Final = "auto"
"""The format that stands for looking into each file."""

BrokerOption = Annotated[
    str | None,
    typer.Option(
        "--broker",
        metavar="HOST:PORT",
        help="Kafka to talk to, or BELLWETHER_BROKER. Without one: the broker inside `bellwether up`.",
        show_default=False,
    ),
]
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="The store, or BELLWETHER_DATABASE. Without one: bellwether.db in the data directory.",
        show_default=False,
    ),
]
DataOption = Annotated[
    Path,
    typer.Option("--data", metavar="DIR", help="Where `bellwether up` keeps its SQLite file.", file_okay=False),
]
