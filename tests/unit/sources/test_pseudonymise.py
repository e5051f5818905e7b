import json
from typing import Any

import msgspec
import pytest

from services.simulator.world import events
from shared.domain.privacy.named_things import ThingKind, is_key
from shared.domain.privacy.pseudonym import PseudonymGivenError, Pseudonyms
from shared.ingest.pseudonymise import Known, pseudonymise
from shared.schemas.chat import MessagePosted
from shared.schemas.directory import GoalRecorded, IdentityLinked, PersonRecorded, TeamRecorded
from shared.schemas.envelope import utc
from shared.schemas.registry import CanonicalEvent, event_decoder
from shared.schemas.ticket import TicketCreated, TicketStep
from tests.unit.cli.program import SMALL

PSEUDONYMS = Pseudonyms(b"k" * 32)


@pytest.fixture(scope="module")
def company() -> list[CanonicalEvent]:
    return list(events(SMALL))


def test_nobody_is_named_in_any_kind_of_event(company: list[CanonicalEvent]) -> None:
    people = {event.data.person for event in company if isinstance(event, PersonRecorded)}
    names = {str(event.data.name) for event in company if isinstance(event, PersonRecorded)}
    accounts = {event.data.identity.partition(":")[2] for event in company if isinstance(event, IdentityLinked)}
    assert len({type(event) for event in company}) > 12
    for event in company:
        changed, _ = pseudonymise(event, PSEUDONYMS)
        words = set(_texts(json.loads(msgspec.json.encode(changed))))
        assert not words & (people | names | accounts), type(event)
        assert not [word for word in words for account in accounts if account in word], type(event)


def test_what_comes_out_is_valid_and_stays_what_it_is(company: list[CanonicalEvent]) -> None:
    decode = event_decoder().decode
    for event in company:
        changed, _ = pseudonymise(event, PSEUDONYMS)
        assert decode(msgspec.json.encode(changed)) == changed
        assert type(changed) is type(event)
        assert (changed.time, changed.revision, changed.source) == (event.time, event.revision, event.source)
        if not isinstance(event, TeamRecorded | GoalRecorded):
            with pytest.raises(PseudonymGivenError):
                pseudonymise(changed, PSEUDONYMS)


def test_entities_stay_apart_and_revisions_together(company: list[CanonicalEvent]) -> None:
    pairs = {(event.entity, pseudonymise(event, PSEUDONYMS)[0].entity) for event in company}
    assert len({before for before, _ in pairs}) == len(pairs) == len({after for _, after in pairs})


def test_the_register_hears_who_is_meant(company: list[CanonicalEvent]) -> None:
    told = [each for event in company for each in pseudonymise(event, PSEUDONYMS)[1]]
    person = next(event.data for event in company if isinstance(event, PersonRecorded))
    assert Known(PSEUDONYMS.person(person.person), person.person, person.name) in told
    people = [each for each in told if not is_key(each.pseudonym)]
    assert len(people) == sum(isinstance(event, PersonRecorded | IdentityLinked) for event in company)


def test_the_register_hears_what_things_are_called(company: list[CanonicalEvent]) -> None:
    told = {each for event in company for each in pseudonymise(event, PSEUDONYMS)[1] if is_key(each.pseudonym)}
    for kind, record in ((ThingKind.TEAM, TeamRecorded), (ThingKind.GOAL, GoalRecorded)):
        for event in company:
            if isinstance(event, record):
                text = event.data.team if isinstance(event, TeamRecorded) else event.data.goal
                assert Known(PSEUDONYMS.named(kind, str(text)), str(text), event.data.name) in told
    queues = {each.text for each in told if is_key(each.pseudonym, ThingKind.QUEUE)}
    assert {event.data.group for event in company if isinstance(event, TicketCreated)} <= queues


def test_nothing_travels_by_what_it_is_called(company: list[CanonicalEvent]) -> None:
    things = {event.data.team for event in company if isinstance(event, TeamRecorded)}
    things |= {event.data.goal for event in company if isinstance(event, GoalRecorded)}
    things |= {event.data.ticket for event in company if isinstance(event, TicketCreated)}
    things |= {
        str(event.data.name) for event in company if isinstance(event, TeamRecorded | GoalRecorded | PersonRecorded)
    }
    assert len(things) > 100
    for event in company:
        texts = set(_texts(json.loads(msgspec.json.encode(pseudonymise(event, PSEUDONYMS)[0]))))
        assert texts.isdisjoint(things), event


def test_a_kind_that_is_no_word_is_part_of_the_id() -> None:
    """What a producer writes between the source and its id may be anything."""
    step = TicketStep(ticket="RUIZ-1", queue="Desk of Ana Ruiz", parent="Complaint of Ana Ruiz")
    event = TicketCreated(id="own:Ana Ruiz:1", source="own", time=utc(1_700_000_000), data=step)
    passed, known = pseudonymise(event, PSEUDONYMS)
    assert passed.id == f"own:{PSEUDONYMS.native_id('Ana Ruiz:1')}"
    assert "uiz" not in msgspec.json.encode(passed).decode()
    assert passed.data.ticket == f"{PSEUDONYMS.named(ThingKind.QUEUE, 'RUIZ')}-1"  # type: ignore[union-attr]
    assert {each.text for each in known} == {"RUIZ", "Desk of Ana Ruiz"}


def test_an_id_of_two_parts_is_hidden_too() -> None:
    message = next(event for event in events(SMALL) if isinstance(event, MessagePosted))
    odd = msgspec.structs.replace(message, id=f"{message.source}:ada@example.com", revision=0)
    assert "ada" not in pseudonymise(odd, PSEUDONYMS)[0].id


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else []
