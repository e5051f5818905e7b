"""A person is erased: no panel says that they were in it, and what can be told apart stays what it was."""

from itertools import combinations

from sqlalchemy.engine import make_url

from shared.domain.release.lattice import person_number
from shared.domain.release.panels import Panel, clear
from shared.domain.release.rule import Enough
from shared.storage.engine.database import open_database
from shared.storage.engine.schema import upgrade
from shared.storage.releases.ledger import ReleaseStore, forget_in_panels, panels_from, panels_with

PEOPLE = [f"p{number}" for number in range(20)]
NUMBERS = {person: person_number(person) for person in PEOPLE}
SETS = [PEOPLE[:8], PEOPLE[:12], PEOPLE[2:14], PEOPLE]
GONE = "p3"
K = 5


def numbers(people: list[str]) -> frozenset[int]:
    return frozenset(NUMBERS[person] for person in people)


async def test_no_panel_knows_the_erased_and_everything_else_is_as_before(database_url: str) -> None:
    database = open_database(make_url(database_url))
    await upgrade(database)
    store = ReleaseStore(database.engine.dialect)
    panels = [Panel(f"c{place}", numbers(people), leaders=False) for place, people in enumerate(SETS)]

    async with database.write() as connection:
        for signal in ("cadence", "unheard"):
            await store.add_panels(connection, signal, 0, panels)
        assert await panels_with(connection, GONE) == [
            (signal, f"c{n}") for signal in ("cadence", "unheard") for n in range(4)
        ]
        assert await forget_in_panels(connection, GONE) == 2 * len(SETS)
        assert await panels_with(connection, GONE) == []
        assert await forget_in_panels(connection, GONE) == 0
        after = [panel for _, panel in await panels_from(connection, {"unheard": 0})]
        assert [each.people for _, each in await panels_from(connection, {"cadence": 0})] == [
            each.people for each in after
        ]
    await database.close()

    strangers = frozenset().union(*(each.people for each in after)) - numbers(PEOPLE)
    assert len(strangers) == 1  # one and the same in all of them
    before = [each.people for each in panels]
    for (one, two), (new_one, new_two) in zip(
        combinations(before, 2), combinations([each.people for each in after], 2), strict=True
    ):
        assert len(one ^ two) == len(new_one ^ new_two)
        assert len(one & two) == len(new_one & new_two)
    # What may be said next is judged as if they had left: their number comes in no later group.
    candidates = {"rest": numbers([each for each in PEOPLE[:8] if each != GONE]), "others": numbers(PEOPLE[8:])}
    assert clear([each.people for each in after], candidates, Enough(K)) == clear(before, candidates, Enough(K))
