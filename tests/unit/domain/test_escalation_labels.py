"""The labels that models are judged by, on hand-made histories: ann reports to bob, who reports to cyd."""

from dataclasses import replace

from shared.domain.alerts import outcome as alert_outcome
from shared.domain.escalation.labels import happens_within, label_events, onsets
from shared.domain.facts.history import Mark
from shared.domain.facts.known_at import chain_known_at
from shared.domain.facts.skip_contact import skip_contacts
from shared.domain.signals.bypass_contact import BYPASS_CONTACT
from shared.domain.week import DAY
from tests.bench.evaluation.plain_measures import days_until
from tests.unit.domain.facts import ANN, AS_OF, BOB, CYD, ago, chain, contact, meeting


def test_contact_unsolicited_and_onset_are_told_apart() -> None:
    history = chain(
        contacts=[
            contact(ago(100), ANN, CYD),  # the first: an onset
            contact(ago(90), ANN, CYD),  # within 28 days of it: unsolicited, no onset
            contact(ago(60), ANN, CYD, others=(BOB,)),  # the leader knows
            contact(ago(50), CYD, ANN),
            contact(ago(48), ANN, CYD),  # after cyd was in touch: contact only
            contact(ago(30), ANN, CYD, marks=Mark.REPLY),  # answers something: contact only
            contact(ago(20), ANN, CYD, marks=Mark.PUBLIC),  # in the open
            contact(ago(10), ANN, CYD),  # 80 quiet days since the last unsolicited one: an onset
        ]
    )
    assert label_events(history, AS_OF) == {
        "contact": tuple(map(ago, (100, 90, 48, 30, 10))),
        "unsolicited_contact": tuple(map(ago, (100, 90, 10))),
        "unsolicited_onset": tuple(map(ago, (100, 10))),
    }


def test_planned_skip_levels_are_no_label() -> None:
    history = chain(
        meetings=[
            *(meeting(ago(days), (ANN, CYD), organiser=CYD, series=5) for days in (80, 50, 20)),
            meeting(ago(10), (ANN, BOB, CYD), organiser=ANN),
        ],
        # Follows a planned talk within the week: they continue it.
        contacts=[contact(ago(17), ANN, CYD)],
    )
    assert label_events(history, AS_OF) == {
        "contact": (ago(17),),
        "unsolicited_contact": (),
        "unsolicited_onset": (),
    }


def test_contact_of_two_whose_talks_are_planned_is_no_label_and_counts_as_programmatic() -> None:
    history = chain(
        contacts=[contact(ago(60), ANN, CYD), contact(ago(10), ANN, CYD)],
        meetings=[meeting(ago(20), (ANN, CYD), organiser=ANN)],
    )
    assert all(label_events(history, AS_OF).values())
    planned = replace(history, planned=True)
    assert not any(label_events(planned, AS_OF).values())
    assert {each.kind for each in skip_contacts(planned, AS_OF)} == {"programmatic"}
    measured = BYPASS_CONTACT.compute(chain_known_at(planned, AS_OF), AS_OF, {})
    assert measured is None or measured.value == 0
    assert alert_outcome.outcome_of(planned, ago(40), AS_OF).followed != "contact"


def test_nothing_after_the_instant_counts() -> None:
    history = chain(contacts=[contact(ago(5), ANN, CYD)])
    assert label_events(history, ago(6)) == dict.fromkeys(("contact", "unsolicited_contact", "unsolicited_onset"), ())


def test_onsets_need_more_than_28_quiet_days() -> None:
    assert onsets([0, 28 * DAY, 28 * DAY + 28 * DAY + 1]) == (0, 56 * DAY + 1)


def test_the_horizon_begins_after_the_instant_and_ends_with_its_last_second() -> None:
    assert not happens_within([100], 100, days=1)
    assert happens_within([100 + DAY], 100, days=1)
    assert not happens_within([101 + DAY], 100, days=1)
    assert days_until([50, 100 + 2 * DAY], 100) == 2
    assert days_until([50], 100) is None
