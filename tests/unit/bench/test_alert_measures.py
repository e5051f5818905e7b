"""What `make bench-alerts` counts, worked out by hand on companies of three people."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from msgspec.structs import replace as with_fields

from tests.bench.alerts.fairness import fairness
from tests.bench.alerts.gates import Gate, gates, mail_gates, split_of
from tests.bench.alerts.measures import (
    alerted_within,
    caught,
    followed,
    followed_by_cause,
    followed_by_hazard,
    lead_weeks,
    rate,
    unplanted_rate,
)
from tests.bench.alerts.page import page
from tests.bench.alerts.real_mail import RealMail
from tests.bench.alerts.worlds import Chain, Groups, Raised, Score, WorldResult

ANA = Chain("ana", "leo", "unheard", "strong", 10, 18.5, tuple([0.0] * 6 + [0.2] * 24))
BEN = Chain("ben", "leo", "unheard", "strong", 12, None, tuple([0.0] * 28))
GROUPS: Mapping[str, Groups] = {
    key: Groups(team_size=7, joined_week=0, part_time=key == "cem", abroad=False, talk=1.0)
    for key in ("ana", "ben", "cem")
}
WORLD = WorldResult(
    kind="unheard_strong",
    seed=1,
    mode="text",
    people=3,
    weeks=40,
    cpu_seconds=1.0,
    events=1,
    watched=120,
    enough=100,
    chains=(ANA, BEN),
    # Ana is caught in time, Ben within six weeks; Cem has nothing, and Ben had not yet in week 5.
    raised=(Raised("ana", "leo", 15), Raised("ben", "leo", 16), Raised("cem", "leo", 20), Raised("ben", "leo", 5)),
    scores=(),
    groups=GROUPS,
)
HEALTHY = with_fields(WORLD, kind="plain", chains=(), raised=(Raised("cem", "leo", 20),))


def test_the_rate_is_the_worse_of_all_weeks_and_those_after_the_first() -> None:
    assert rate([WORLD]) == pytest.approx(100 * max(4 / (3 * 40), 3 / (3 * 32)))
    assert rate([HEALTHY]) == pytest.approx(100 * 1 / (3 * 32))


def test_alerts_before_the_onset_and_about_others_count_as_unplanted() -> None:
    assert unplanted_rate([WORLD]) == pytest.approx(100 * 2 / (3 * 40 - 30 - 28))


def test_caught_is_between_onset_and_event() -> None:
    assert (caught([WORLD]).hits, caught([WORLD]).of) == (1, 1)
    late = with_fields(WORLD, raised=(Raised("ana", "leo", 19), Raised("ana", "leo", 10)))
    assert (caught([late]).hits, caught([late]).of) == (0, 1)
    assert caught([WORLD], least_weeks=9).of == 0
    assert lead_weeks([WORLD]) == pytest.approx(3.5)
    assert lead_weeks([late]) is None


def test_without_an_event_the_first_weeks_count() -> None:
    assert (alerted_within([WORLD], weeks=6).hits, alerted_within([WORLD], weeks=6).of) == (1, 1)
    assert alerted_within([WORLD], weeks=3).hits == 0
    assert alerted_within([WORLD], weeks=29).of == 0


def test_followed_counts_right_and_wrong_alerts_beside_oracles() -> None:
    assert (followed([WORLD]).hits, followed([WORLD]).of) == (1, 4)
    # Ana may be alerted at the ends of weeks 11 to 18, and is right from 15 on; Ben at those of weeks 13 to 36.
    assert (followed_by_cause([WORLD]).hits, followed_by_cause([WORLD]).of) == (4, 8 + 24)
    # Hazards begin in week 16: from the end of week 16 on 28 days are full of them, and the event lies in week 18.
    assert (followed_by_hazard([WORLD]).hits, followed_by_hazard([WORLD]).of) == (1, 2)


def test_worlds_are_told_apart_by_what_is_kept_out_of_tuning() -> None:
    assert split_of(WORLD) == "tuning"
    assert split_of(with_fields(WORLD, seed=4)) == "kept seeds"
    assert split_of(with_fields(WORLD, kind="bad_quarter")) == "kept kinds"


def test_a_gate_passes_at_its_limit_and_says_what_it_is_of() -> None:
    gate = Gate("text", "tuning", "caught", 0.8, 0.8, at_most=False, of="8 of 10")
    assert (gate.verdict, gate.figure, gate.wanted) == ("pass", "0.80", "at least 0.8")
    assert replace(gate, value=0.79).verdict == "fail"
    assert replace(gate, value=0.81, at_most=True).verdict == "fail"
    assert replace(gate, value=None).verdict == "not measured"
    assert replace(gate, limit=None).verdict == "reported"
    assert replace(gate, enough=False).verdict == "too few"
    assert replace(gate, enough=False, value=0.1).verdict == "fail"


def test_groups_are_compared_at_the_same_floor() -> None:
    scores = (Score(3, "ana", "leo", 0.2), Score(20, "cem", "leo", 0.2))
    found = fairness([with_fields(HEALTHY, scores=scores)])
    part_time = next(each for each in found.groups if each.group == "part-time")
    assert part_time.people == 1
    assert part_time.ratio == pytest.approx(2.0)  # all of one against half of two
    assert next(each for each in found.groups if each.group == "other time zones").ratio is None


def test_the_page_has_every_gate_and_says_that_it_is_a_part() -> None:
    mail = RealMail(
        people=10, weeks=30, watched=300, enough=30, raised=3, followed=1, known=2, habit_followed=1, habit_known=3
    )
    found = [*gates([WORLD, HEALTHY]), *mail_gates(mail)]
    written = page([WORLD, HEALTHY], found, mail, code="abc")
    assert all(gate.what in written for gate in found if gate.split != "real mail")
    assert "3 alerts, 1.00 per 100 people and week" in written
    assert "This run is a part: 2 of" in written
    caught_all = next(gate for gate in found if gate.what == "caught between onset and event: strong")
    assert caught_all.value == 1.0
    assert (caught_all.of, caught_all.verdict) == ("1 of 1, 2 chains planted", "too few")
