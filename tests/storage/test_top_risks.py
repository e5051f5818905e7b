"""The top of a signal, for every kind of subject: names of people and teams, keys of the rest, and the factors."""

from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import insert

from shared.domain.evidence.reading import SHAPES
from shared.domain.privacy.named_things import ThingKind, neutral_name
from shared.domain.signals import signal_names
from shared.schemas.directory import Team, TeamRecorded
from shared.schemas.envelope import event_id, utc
from shared.storage.directory.register import Entry, Register, Registration
from shared.storage.engine.bulk import table_of
from shared.storage.readings.top_risks import TopRisk, top_risks
from shared.storage.tables.register import ConfirmedNameRow
from tests.names import confirmed
from tests.storage.company import opened
from tests.storage.test_group_scoring import DIRECTORY, EVERYBODY, TRAFFIC

NORTH = TeamRecorded(
    id=event_id(source="hr", kind="team", native_id="north"),
    source="hr",
    time=utc(10**9),
    data=Team(team="north"),
)


async def test_the_top_of_every_kind_of_subject_has_its_names_and_factors(database_url: str) -> None:
    found: dict[str, list[TopRisk]] = {kind: [] for kind in SHAPES}
    async with opened(database_url) as store:
        await store.take([*DIRECTORY, NORTH, *TRAFFIC])
        await store.scorer.settle()
        register = Register(store.database.engine.dialect, MultiFernet([Fernet(Fernet.generate_key())]))
        async with store.database.write() as connection:
            closed = Register(store.database.engine.dialect, None)
            keyed = await top_risks(connection, "ticket_heat", register=closed, limit=100)
            # A ticket or a team may have the key of a person.
            others = [key for each in keyed for key in each.subject] + ["north", "south", "organisation"]
            entries = [Registration(name, Entry(name, name.upper())) for name in EVERYBODY]
            await connection.execute(insert(table_of(ConfirmedNameRow)), confirmed({"north": "The North"}))
            await register.put(connection, [*entries, *(Registration(key, Entry(key, "Nobody")) for key in others)])
            for kind in SHAPES:
                for signal in signal_names(kind):
                    found[kind] += await top_risks(connection, signal, register=register, limit=100)
    assert all(found.values()), {kind: len(rows) for kind, rows in found.items()}
    people = {name.upper() for name in EVERYBODY}
    for kind, shape in SHAPES.items():
        for each in found[kind]:
            assert len(each.subject) == shape.parts
            assert set(each.subject[: shape.people]) <= people
            assert each.factors
            assert "Nobody" not in each.subject
    assert {each.subject for each in found["team"]} == {("The North",), (neutral_name(ThingKind.TEAM, "south"),)}
    assert {each.subject for each in found["organisation"]} == {("organisation",)}
    assert {each.subject for each in found["ticket"]} == {each.subject for each in keyed}
    assert {each.subject[0] for each in found["series"]} == {"N0"}
