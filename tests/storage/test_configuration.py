"""What readings are computed with besides facts: exclusions and models, and that a change computes them anew."""

from pathlib import Path

import msgspec
import pytest

from services.cli.reports.replay import replay
from services.signals.models.learning import learn
from services.signals.settings import SignalsSettings
from shared.domain.escalation.hazard_model import DEFAULT_MODEL, Weight
from shared.domain.privacy.exclusion_reason import Reason
from shared.schemas.chat import Markers
from shared.schemas.interaction import AnyInteraction, Contact, Met
from shared.schemas.output import ReadingRecord
from shared.storage.directory.exclusion_list import exclude, include, planned_name
from shared.storage.engine.database import sqlite_url
from shared.storage.readings.escalation_models import list_models, model_in_use, save_model, use_model
from tests.storage.company import AnyRecord, Store, opened
from tests.storage.test_scoring import PEOPLE, START, TRAFFIC, WEEKS, mail, met, settled, wrote

END = START + WEEKS * 7 * 86_400
# Meetings of three, mails to two at once, and a last mail that is in both logs, so that both have one watermark.
MORE: list[AnyRecord] = [
    *(met(1_000 + number, "bob", "ann", "eve", at=START + number * 7 * 86_400 + 36_000) for number in range(WEEKS)),
    *(wrote(2_000 + number, "ann", "cyd", "eve", at=START + number * 86_400 * 6 + 40_000) for number in range(WEEKS)),
    wrote(9_999, "ann", "bob", at=END),
]


def plain(record: AnyRecord) -> AnyRecord:
    """Without text markers where eve is addressed beside others: what texts do is counted by day, not by message."""
    if isinstance(record, Contact) and mail("eve") in record.recipients and len(record.recipients) > 1:
        return msgspec.structs.replace(record, markers=Markers())
    return record


EVERYTHING = [plain(each) for each in (*TRAFFIC, *MORE)]
HARSH = msgspec.structs.replace(
    DEFAULT_MODEL, version="harsh", weights=(*DEFAULT_MODEL.weights[1:], Weight(term="unheard_load", weight=3.0))
)


def concerns(record: AnyRecord, name: str) -> bool:
    match record:
        case Contact():
            return mail(name) in (record.actor, *record.recipients)
        case Met():
            return record.organiser == mail(name) or {*record.attendees, *record.declined} == {mail(name)}
        case _:
            return False


def uninvited(record: AnyRecord, name: str) -> AnyRecord:
    """A meeting of others to which somebody was not invited."""
    if not isinstance(record, Met):
        return record
    attendees, declined = (
        tuple(each for each in they if each != mail(name)) for they in (record.attendees, record.declined)
    )
    return msgspec.structs.replace(record, attendees=attendees, declined=declined)


def url(folder: Path, name: str) -> str:
    return sqlite_url(folder / f"{name}.db").render_as_string()


def exact(lines: list[bytes]) -> list[bytes]:
    """All but what texts do: a day on which a message was left out has no text counts at all."""
    return [line for line in lines if b'"exploration"' not in line]


@pytest.fixture
def without_eve() -> list[AnyRecord]:
    left = [uninvited(each, "eve") for each in EVERYTHING if not concerns(each, "eve")]
    assert 20 < len(left) < len(EVERYTHING) - 20
    return left


@pytest.mark.parametrize("names", [{"eve"}, {mail("eve")}], ids=["person", "identity"])
async def test_excluded_people_count_as_if_nothing_with_them_had_happened(
    tmp_path: Path, without_eve: list[AnyRecord], names: set[str]
) -> None:
    async with (
        opened(url(tmp_path, "one"), excluded=frozenset(names)) as store,
        opened(url(tmp_path, "two")) as other,
    ):
        excluded = await settled(store, PEOPLE, EVERYTHING)
        assert exact(excluded) == exact(await settled(other, PEOPLE, without_eve))
        assert not any(b"eve" in line for line in excluded)


async def test_excluding_somebody_computes_past_weeks_anew(tmp_path: Path, without_eve: list[AnyRecord]) -> None:
    async with opened(url(tmp_path, "one")) as store:
        before = await settled(store, PEOPLE, EVERYTHING)
        assert any(b"eve" in line for line in before)
    async with opened(url(tmp_path, "two")) as other:
        expected = await settled(other, PEOPLE, without_eve)
    async with opened(url(tmp_path, "one"), excluded=frozenset({"eve"})) as store:
        await store.scorer.settle()
        assert exact(await store.readings()) == exact(expected)
    async with opened(url(tmp_path, "one")) as store:
        await store.scorer.settle()
        assert await store.readings() == before


@pytest.mark.parametrize("who", ["bob", mail("bob"), "cyd"])
async def test_nothing_is_told_of_whoever_is_excluded_as_somebody_above_others(tmp_path: Path, who: str) -> None:
    """Neither that somebody may go past them, nor that somebody may turn to them."""
    name = who.removeprefix("mail:").partition("@")[0].encode()
    async with opened(url(tmp_path, "one")) as store:
        before = await settled(store, PEOPLE, EVERYTHING)
        assert any(name in line for line in before if b'"chain:' in line)
    async with opened(url(tmp_path, "one"), excluded=frozenset({who})) as store:
        await store.scorer.settle()
        assert not any(name in line for line in await store.readings())
        # Ann and dan are the only ones with a chain, and it goes past bob to cyd.
        learnt = await learn(store.database, SignalsSettings(excluded=frozenset({who})), version="none")
        assert learnt.samples == 0
    async with opened(url(tmp_path, "one")) as store:
        await store.scorer.settle()
        assert await store.readings() == before


def versions(lines: list[bytes]) -> set[tuple[bool, str]]:
    readings = [msgspec.json.decode(line, type=ReadingRecord) for line in lines]
    return {(each.signal.startswith("escalation_risk"), each.model_version) for each in readings}


async def use(store: Store, version: str) -> list[bytes]:
    async with store.database.write() as connection:
        await use_model(connection, version)
    await store.scorer.settle()
    return await store.readings()


async def test_readings_carry_the_version_of_the_model_in_use(tmp_path: Path) -> None:
    async with opened(url(tmp_path, "one")) as store:
        before = await settled(store, PEOPLE, EVERYTHING)
        async with store.database.write() as connection:
            await save_model(connection, HARSH, now=1)
        harsh = await use(store, "harsh")
        assert {version for risk, version in versions(harsh) if risk} == {"harsh"}
        assert [line for line in harsh if b"escalation_risk" not in line] == [
            line for line in before if b"escalation_risk" not in line
        ]
        rebuilt = await replay(store.database, tmp_path, settings=SignalsSettings(publish_readings=False))
        assert rebuilt.differences == ()
        assert await use(store, DEFAULT_MODEL.version) == before


async def test_a_version_is_kept_once_and_only_known_ones_are_used(tmp_path: Path) -> None:
    async with opened(url(tmp_path, "one")) as store, store.database.write() as connection:
        assert await model_in_use(connection) == DEFAULT_MODEL
        await save_model(connection, HARSH, now=1)
        with pytest.raises(ValueError, match="there is a model harsh already"):
            await save_model(connection, HARSH, now=2)
        with pytest.raises(KeyError):
            await use_model(connection, "unheard-of")
        assert [each.model for each in await list_models(connection)] == [DEFAULT_MODEL, HARSH]


async def test_learning_counts_chain_weeks_without_what_is_excluded(tmp_path: Path) -> None:
    async with opened(url(tmp_path, "one")) as store:
        await settled(store, PEOPLE, EVERYTHING)
        everything = await learn(store.database, SignalsSettings(), version="all")
        # Ann and dan have a chain for the weeks after the fourth whose outcome is known.
        assert (everything.weeks, everything.samples) == (WEEKS - 4 - 1, 2 * (WEEKS - 4 - 1))
        assert await learn(store.database, SignalsSettings(), version="all") == everything
        few = await learn(store.database, SignalsSettings(excluded=frozenset({"ann"})), version="few")
        assert few.samples == everything.samples / 2


async def test_nothing_is_learnt_from_an_empty_store(tmp_path: Path) -> None:
    async with opened(url(tmp_path, "one")) as store:
        with pytest.raises(ValueError, match="no closed week"):
            await learn(store.database, SignalsSettings(), version="none")


def test_traffic_is_of_both_kinds() -> None:
    assert {type(each) for each in EVERYTHING} >= {Contact, Met}
    assert all(isinstance(each, AnyInteraction) for each in EVERYTHING)


async def test_an_objection_holds_from_the_next_pass_on_and_can_be_taken_back(tmp_path: Path) -> None:
    async with (
        opened(url(tmp_path, "one")) as store,
        opened(url(tmp_path, "two"), excluded=frozenset({"eve"})) as configured,
    ):
        everything = await settled(store, PEOPLE, EVERYTHING)
        wanted = await settled(configured, PEOPLE, EVERYTHING)
        assert wanted != everything
        async with store.database.write() as connection:
            assert await exclude(connection, ["eve"], reason=Reason.OBJECTION, at=1) == 1
        await store.scorer.settle()
        assert await store.readings() == wanted
        (tmp_path / "replay").mkdir()
        compared = await replay(store.database, tmp_path / "replay", settings=SignalsSettings(publish_readings=False))
        assert compared.differences == ()
        async with store.database.write() as connection:
            assert await include(connection, ["eve"]) == 1
        await store.scorer.settle()
        assert await store.readings() == everything


async def test_planned_skip_levels_are_no_bypass_and_no_label_in_past_weeks_either(tmp_path: Path) -> None:
    """Ann and cyd, who is bob's leader, talk by arrangement: what else the two do counts as before."""
    log: list[AnyRecord] = [
        *(wrote(day, "ann", "bob", at=START + day * 86_400 + 36_000) for day in range(WEEKS * 7)),
        wrote(8_888, "ann", "cyd", at=START + 38 * 86_400 + 40_000),
        MORE[-1],
    ]
    async with (
        opened(url(tmp_path, "one")) as store,
        opened(url(tmp_path, "two"), excluded=frozenset({planned_name("ann", "cyd")})) as configured,
    ):
        everything = await settled(store, PEOPLE, log)
        wanted = await settled(configured, PEOPLE, log)
        changed = {msgspec.json.decode(line, type=ReadingRecord).signal for line in {*everything} ^ {*wanted}}
        assert "bypass_contact" in changed
        assert changed <= {"bypass_contact", "escalation_risk_14d", "escalation_risk_28d"}
        labels = await learn(store.database, SignalsSettings(), version="all")
        async with store.database.write() as connection:
            await exclude(connection, [planned_name("ann", "cyd")], reason=Reason.PLANNED_SKIP_LEVEL, at=1)
        await store.scorer.settle()
        assert await store.readings() == wanted
        fewer = await learn(store.database, SignalsSettings(), version="all")
        assert fewer.samples == labels.samples, "the weeks count"
        assert fewer.positives < labels.positives, "the contact does not"
