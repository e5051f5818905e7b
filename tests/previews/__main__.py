"""`make previews`: draws dashboards, terminal and console of the demo, so that a change can be seen without a Grafana.

With the address of a running Prometheus it asks that one; without, it starts the demo itself and takes it down.
"""

import argparse
import time
from itertools import groupby
from pathlib import Path

from dashboards.build import GENERATED
from tests.dashboards.demo import demo
from tests.dashboards.walk import Prometheus, boards
from tests.previews.console import draw_console
from tests.previews.draw import Picture
from tests.previews.terminal import COLUMNS, draw_terminal

# The demo's own processes have only just started.
_SPANS = {"pipeline": 600}
_RULES_SECONDS, _RULES_SETTLE_SECONDS = 180, 15
DIRECTORY = Path(__file__).parents[2] / "docs" / "previews"


def draw_all(address: str, directory: Path) -> list[Path]:
    """Draw every dashboard; one picture each."""
    dashboards = boards(GENERATED)
    drawn = []
    for name, asked in groupby(Prometheus(address).walk(GENERATED, spans=_SPANS), key=lambda one: one.dashboard):
        span = f"{_SPANS[name] // 60} minutes" if name in _SPANS else dashboards[name]["time"]["from"].split("-")[1]
        picture = Picture(dashboards[name], span=span)
        answers = {number: list(own) for number, own in groupby(asked, key=lambda one: one.panel["id"])}
        for panel in dashboards[name]["panels"]:
            picture.draw(panel, answers.get(panel["id"], ()))
        file = directory / f"{name}.png"
        picture.save(file)
        drawn.append(file)
    return drawn


def _wait_for_rules(prometheus: Prometheus) -> None:
    """Wait until every rule has been looked at once, so that what is about to be a warning is there."""
    end = time.monotonic() + _RULES_SECONDS
    while time.monotonic() < end:
        groups = prometheus.get("rules")["groups"]
        if all(rule["health"] != "unknown" for group in groups for rule in group["rules"]):
            break
        time.sleep(1)
    time.sleep(_RULES_SETTLE_SECONDS)


def main() -> None:
    """Draw, and say what was drawn."""
    parser = argparse.ArgumentParser(prog="make previews", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--prometheus", metavar="URL", help="a Prometheus that scrapes a demo")
    parser.add_argument("--out", type=Path, default=DIRECTORY)
    given = parser.parse_args()
    if given.prometheus:
        drawn = draw_all(given.prometheus, given.out)
    else:
        # As it is for whoever starts it.
        with demo({"COLUMNS": str(COLUMNS)}, ports=(8080, 9090)) as running:
            _wait_for_rules(Prometheus(running.prometheus))
            drawn = draw_all(running.prometheus, given.out)
            draw_terminal(running.console, given.out / "make-run.svg")
            drawn.append(given.out / "make-run.svg")
            draw_console(running.api, running.console, given.out / "console.png")
            drawn.append(given.out / "console.png")
    for file in drawn:
        print(file)  # noqa: T201 - a program


if __name__ == "__main__":
    main()
