"""The gauges of cells: bounded for a large organisation, and what is left out is the detail about small cohorts."""

import time

import pytest
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from shared.domain.organisation.hierarchy import ORGANISATION
from shared.domain.release.cell import Cell
from shared.domain.signals import SIGNALS
from shared.telemetry import names
from shared.telemetry.cohorts import MOST_SERIES, CohortGauges
from shared.telemetry.metrics import Metrics

TEAMS = 2_000
PEOPLE = 100_000
FACTORS = tuple(f"factor_{number}" for number in range(12))


def organisation(teams: int = TEAMS) -> list[Cell]:
    """Every signal over everybody, and over teams of which one in ten is too small."""
    cohorts = [(ORGANISATION, PEOPLE), *((f"t{number}", PEOPLE // TEAMS + number % 7 * 5) for number in range(teams))]
    cells = []
    for signal in SIGNALS:
        for number, (cohort, people) in enumerate(cohorts):
            small = number % 10 == 9
            shares = dict.fromkeys(signal.bands.names, round(1 / len(signal.bands.names), 3))
            cells.append(
                Cell(
                    signal=signal.name, cohort=cohort, suppressed=small, people=0 if small else people,
                    mean=0.0 if small else 50.0, shares={} if small else shares,
                    factors={} if small or signal.kind == "pair" else dict.fromkeys(FACTORS, 1.0),
                )
            )  # fmt: skip
    return cells


def lines(metrics: Metrics) -> list[str]:
    return [line for line in generate_latest(metrics.registry).decode().splitlines() if not line.startswith("#")]


@pytest.fixture(scope="module")
def large() -> tuple[list[Cell], Metrics]:
    cells, metrics = organisation(), Metrics(CollectorRegistry())
    CohortGauges(metrics).show(cells)
    return cells, metrics


def test_a_hundred_thousand_people_in_two_thousand_teams_stay_below_fifty_thousand_series(
    large: tuple[list[Cell], Metrics],
) -> None:
    _, metrics = large
    found = lines(metrics)
    assert MOST_SERIES < len(found) < 50_000
    omitted_series = next(line for line in found if line.startswith(names.CELL_SERIES_LEFT_OUT.name))
    assert float(omitted_series.split()[-1]) > 0


def test_a_scrape_of_them_costs_no_more_than_as_many_bare_gauges(large: tuple[list[Cell], Metrics]) -> None:
    _, metrics = large
    bare = CollectorRegistry()
    gauge = Gauge("bare", "As many series with the same number of labels.", ["signal", "cohort"], registry=bare)
    for number in range(len(lines(metrics))):
        gauge.labels("cadence", f"t{number}").set(number)
    assert min(cpu_seconds(metrics.registry) for _ in range(3)) < 3 * min(cpu_seconds(bare) for _ in range(3))


def cpu_seconds(registry: CollectorRegistry) -> float:
    started = time.process_time()
    generate_latest(registry)
    return time.process_time() - started


def test_no_cohort_looks_as_if_it_had_nothing_to_hide_or_to_show(large: tuple[list[Cell], Metrics]) -> None:
    cells, metrics = large
    found = set(lines(metrics))
    for cell in cells:
        labels = f'{{cohort="{cell.cohort}",signal="{cell.signal}"}}'
        hidden = f'{{cohort="{cell.cohort}",shown_in="",signal="{cell.signal}"}}'
        assert (f"{names.SIGNAL_SUPPRESSED.name}{hidden} 1.0" in found) is cell.suppressed
        assert (f"{names.SIGNAL_MEAN.name}{labels} 50.0" in found) is not cell.suppressed


def test_the_whole_organisation_and_the_warning_shares_are_kept_longest(large: tuple[list[Cell], Metrics]) -> None:
    cells, metrics = large
    found = "\n".join(lines(metrics))
    for signal in SIGNALS:
        for band in signal.bands.names:
            assert f'{names.SIGNAL_SHARE.name}{{band="{band}",cohort="{ORGANISATION}",signal="{signal.name}"}}' in found
        if signal.kind == "chain":
            shown = sum(cell.signal == signal.name and not cell.suppressed for cell in cells)
            worst = f'{names.SIGNAL_SHARE.name}{{band="{signal.bands.names[-1]}",'
            assert sum(line.startswith(worst) and f'"{signal.name}"' in line for line in found.splitlines()) == shown


def test_gauges_follow_the_cells_and_what_is_gone_goes() -> None:
    metrics = Metrics(CollectorRegistry())
    gauges = CohortGauges(metrics)
    gauges.show(organisation(30))
    before = set(lines(metrics))
    gauges.show(organisation(20))
    assert not [line for line in lines(metrics) if 'cohort="t25"' in line]
    gauges.show(organisation(30))
    assert set(lines(metrics)) == before


def test_keys_of_teams_are_cleaned_before_they_are_labels() -> None:
    cells = [
        Cell(signal="cadence", cohort=key, suppressed=False, people=10, mean=value, shares={}, factors={})
        for key, value in (("<!channel>", 1.0), ("\u2039!channel\u203a", 2.0), ("Sales", 3.0))
    ]
    metrics = Metrics(CollectorRegistry())
    CohortGauges(metrics).show(cells)
    means = {line for line in lines(metrics) if line.startswith(f"{names.SIGNAL_MEAN.name}{{")}
    assert {line.rsplit(" ", 1)[1] for line in means} == {"1.0", "2.0", "3.0"}  # none is another's
    assert not [line for line in means if "<" in line]
    assert [line for line in means if 'cohort="Sales"' in line]
