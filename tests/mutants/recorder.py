"""A plugin of pytest: writes what became of every test, and on request which lines it ran."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

PHASES: Final = ("setup", "call", "teardown")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--outcomes", type=Path, required=True, help="file for one line of JSON a test")
    parser.addoption(
        "--lines-of", action="append", default=[], help="a package of which to note the lines that tests run"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Recorder(config.getoption("--outcomes"), config.getoption("--lines-of")))


class Recorder:
    """Adds a line to the file as soon as a test is over, so that a run that is stopped leaves what it knew."""

    def __init__(self, outcomes: Path, packages: list[str]) -> None:
        self._outcomes = outcomes
        self._lines = _Lines(packages, outcomes.with_suffix(".coverage")) if packages else None
        self._reports: list[pytest.TestReport] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._reports.append(report)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        reports, self._reports = self._reports, []
        outcomes = {report.outcome for report in reports}
        outcome = "failed" if "failed" in outcomes else "skipped" if "skipped" in outcomes else "passed"
        self._write({"test": nodeid, "outcome": outcome, "seconds": sum(report.duration for report in reports)})

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        yield from self._within(item, "setup")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        yield from self._within(item, "call")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        yield from self._within(item, "teardown")

    def pytest_sessionfinish(self) -> None:
        if self._lines is not None:
            for test, lines in self._lines.by_test():
                self._write({"test": test, "lines": lines})

    def _within(self, item: pytest.Item, phase: str) -> Iterator[None]:
        if self._lines is not None:
            self._lines.begin(f"{phase} {item.nodeid}")
        try:
            return (yield)
        finally:
            if self._lines is not None:
                self._lines.begin("")

    def _write(self, what: dict[str, Any]) -> None:
        with self._outcomes.open("a", encoding="utf-8") as file:
            file.write(json.dumps(what) + "\n")


class _Lines:
    """Lines by test, from coverage's contexts: one for each phase of each test."""

    def __init__(self, packages: list[str], data: Path) -> None:
        import coverage  # only runs that ask for lines need it

        # Statements of the store run in greenlets, scoring in threads.
        self._coverage = coverage.Coverage(
            data_file=str(data), source=packages, config_file=False, concurrency=["thread", "greenlet"]
        )
        self._coverage.start()

    def begin(self, context: str) -> None:
        self._coverage.switch_context(context)

    def by_test(self) -> Iterator[tuple[str, dict[str, list[int]]]]:
        """Lines by file of every test.

        What the setup of one test of a file ran counts for all of them: they may share what it made.
        """
        self._coverage.stop()
        data = self._coverage.get_data()
        found: dict[str, dict[str, set[int]]] = {}
        for file in data.measured_files():
            name = str(Path(file).relative_to(Path.cwd()))
            for line, contexts in data.contexts_by_lineno(file).items():
                for context in filter(None, contexts):
                    phase, test = context.split(" ", 1)
                    key = test.partition("::")[0] if phase == "setup" else test
                    found.setdefault(key, {}).setdefault(name, set()).add(line)
        for test, lines in found.items():
            yield test, {name: sorted(numbers) for name, numbers in sorted(lines.items())}
