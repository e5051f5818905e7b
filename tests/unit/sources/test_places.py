import pytest

from shared.domain.privacy.excluded_place import kind_of
from shared.domain.privacy.pseudonym import Pseudonyms
from shared.ingest.pseudonymise import pseudonymise
from shared.schemas.registry import CanonicalEvent
from shared.sources.places import place_under, places_of
from tests.transport.test_excluded_places import EVERYTHING, EXCLUDED, ORDINARY, PLACES

PSEUDONYMS = Pseudonyms(b"the key of these tests, 32 bytes."[:32])
LEFT_OUT = [each for part in EXCLUDED.values() for each in part]


def dropped(events: list[CanonicalEvent], places: frozenset[str]) -> list[CanonicalEvent]:
    return [each for each in events if not places.isdisjoint(places_of(each))]


def test_places_are_found_in_plain_events_and_behind_the_edge() -> None:
    plain = frozenset(place_under(each, None) for each in PLACES)
    assert dropped(EVERYTHING, plain) == LEFT_OUT
    hidden = [pseudonymise(each, PSEUDONYMS)[0] for each in EVERYTHING]
    under = frozenset(place_under(each, PSEUDONYMS) for each in PLACES)
    assert dropped(hidden, under) == [pseudonymise(each, PSEUDONYMS)[0] for each in LEFT_OUT]
    assert not dropped(hidden, plain - {"queue:HR"})[3:], "only queues stay readable"


@pytest.mark.parametrize("place", sorted(PLACES))
def test_every_kind_of_place_takes_its_own_events_out_and_a_pseudonym_stays_one(place: str) -> None:
    under = place_under(place, PSEUDONYMS)
    assert kind_of(under) == kind_of(place)
    assert place_under(under, PSEUDONYMS) == under
    hidden = {each.id: pseudonymise(each, PSEUDONYMS)[0] for each in EVERYTHING}
    gone = {name for name, each in hidden.items() if under in set(places_of(each))}
    assert gone
    assert gone <= {each.id for each in LEFT_OUT}
    assert not gone & {each.id for each in ORDINARY}


@pytest.mark.parametrize("name", ["4711", "mail:a@x.io", "skip:1/2", "channel:", "room:12", "p-" + "a" * 26])
def test_people_and_accounts_are_no_places(name: str) -> None:
    assert kind_of(name) is None
    with pytest.raises(ValueError, match="no place"):
        place_under(name, PSEUDONYMS)
