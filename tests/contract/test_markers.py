"""The registry of markers is closed: what the wire carries is in it, and nothing in it names a feeling."""

import re
from pathlib import Path

import msgspec
import pytest

from shared.domain.facts.history import TEXT_COUNTERS
from shared.domain.text.features import FEATURES
from shared.domain.text.lexicon import PHRASES
from shared.domain.text.markers import MARKERS
from shared.domain.text.measure import TextMarkers
from shared.schemas.chat import Markers
from shared.schemas.registry import event_decoder
from shared.storage.engine.bulk import columns_of
from shared.storage.tables.texts import TextDayRow

PAGE = Path(__file__).parents[2] / "docs" / "markers.md"
EMOTION = re.compile(
    r"(sentiment|emotion|mood|feel(?!\s+free)|anger|angry|happy|sad\b|fear|afraid|joy|stress|frustrat|burnout|morale"
    r"|anxi|toxic|upset|satisf|valence|arousal|positive|negative|polarity|tone\b|empath|sympath)",
    re.IGNORECASE,
)
# Phrases that name an own view in form; what somebody feels is never counted.
FORMS_OF_A_VIEW = ("i feel", "you feel that", "i feel the same", "feel free", "glad to", "happy to")

MARKER_BY_NAME = {marker.name: marker for marker in MARKERS}


def names() -> set[str]:
    return {*MARKER_BY_NAME, *FEATURES, *TEXT_COUNTERS, *Markers.__struct_fields__}


def test_the_wire_carries_the_registry_and_nothing_else() -> None:
    assert len(MARKER_BY_NAME) == len(MARKERS)
    assert set(Markers.__struct_fields__) == {"basis", *MARKER_BY_NAME}
    assert TextMarkers._fields == ("basis", *MARKER_BY_NAME)
    assert Markers.__struct_fields__ == TextMarkers._fields


def test_the_table_holds_the_counters_and_nothing_else() -> None:
    assert columns_of(TextDayRow) == ["sender", "recipient", "day", "channel", *TEXT_COUNTERS]


def test_every_marker_says_what_it_counts_and_what_it_does_not_mean() -> None:
    for marker in MARKERS:
        for text in (marker.counts, marker.caution, marker.unit):
            assert text.strip() == text != ""
        assert marker.languages == ("en",)
        assert marker.caution.endswith(".")


def test_no_name_of_a_marker_feature_or_counter_is_an_emotion() -> None:
    assert [name for name in names() if EMOTION.search(name.replace("_", " "))] == []
    assert EMOTION.search("sentiment score")


def test_no_phrase_names_a_feeling() -> None:
    phrases = {" ".join(each.split()) for listed in PHRASES.values() for each in re.split(r"[|\n]", listed)}
    assert [each for each in phrases if EMOTION.search(each) and not each.startswith(FORMS_OF_A_VIEW)] == []


def test_the_word_but_is_in_no_list() -> None:
    assert not any(re.search(r"\bbut\b", listed) for listed in PHRASES.values())


@pytest.mark.parametrize("given", [{}, {"text": "Hi", "markers": {}}])
def test_an_event_has_a_text_or_markers_and_never_both(given: dict[str, object]) -> None:
    data = {"sender": "chat:a", "recipients": [], "channel_kind": "direct", "audience": 1}
    wire = {
        "type": "bellwether.chat.posted.v1",
        "id": "demo:message:1",
        "source": "demo",
        "time": "2024-01-01T00:00:00Z",
    }
    decode = event_decoder().decode
    either: list[dict[str, object]] = [{"text": "Hi"}, {"markers": {}}]
    for one in either:
        assert decode(msgspec.json.encode(wire | {"data": data | one}))
    with pytest.raises(msgspec.ValidationError, match="exactly one of text and markers"):
        decode(msgspec.json.encode(wire | {"data": data | given}))


def test_the_page_on_markers_tells_every_one() -> None:
    told = re.findall(r"^\| `([a-z_]+)` \| (.+?) \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert told == [(marker.name, marker.counts, marker.caution) for marker in MARKERS]
