"""One case opened 115 people. Now it opens whom it names: every kind of subject, in every small organisation.

A partner from whom nothing is kept has a case about one subject. What they get of everything else is byte for byte the
same, whatever is at risk there; and what is kept from somebody stays kept, whatever their case is about.
"""

import itertools
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import delete
from sqlalchemy.engine import Connection

from shared.domain.privacy.cases import CaseSubjectKind
from shared.domain.privacy.roles import Role
from shared.storage.engine.bulk import table_of
from shared.storage.tables.access import CasePersonRow, CaseRow
from tests.api.company import open_approved
from tests.security.observation import Laboratory, laboratory, requests
from tests.security.organisations import Chain, Organisation, trees
from tests.security.test_non_interference import ALARMED, CALM, Seen

OUTSIDER = "p4"  # reports to nobody and leads nobody in organisations of four
MOST_PEOPLE = 4


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rooms(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Laboratory]:
    directory: Path = tmp_path_factory.mktemp("subjects")
    async with laboratory(f"sqlite+aiosqlite:///{directory / 'bellwether.db'}", people=MOST_PEOPLE + 1) as made:
        yield made


def subjects(organisation: Organisation) -> list[tuple[CaseSubjectKind, str]]:
    """Every subject that there can be a case about."""
    found = [(CaseSubjectKind.PERSON, person) for person in organisation.people]
    leaders = {organisation.manager(person) for person in organisation.people} - {None}
    found += [(CaseSubjectKind.LEADER, str(leader)) for leader in sorted(map(str, leaders))]
    return [*found, *((CaseSubjectKind.UNIT, unit) for unit in ("t0", "t1", "organisation"))]


def is_about(organisation: Organisation, kind: CaseSubjectKind, subject: str, chain: Chain) -> bool:
    """Whether a case covers a chain: said here apart from the filter."""
    person, leader, _ = chain
    match kind:
        case CaseSubjectKind.PERSON:
            return person == subject
        case CaseSubjectKind.LEADER:
            return leader == subject
        case CaseSubjectKind.UNIT:
            return subject in ("organisation", f"t{organisation.people.index(person) % 2}")


async def look(
    rooms: Laboratory, organisation: Organisation, risks: dict[Chain, float], viewer: str,
    subject: tuple[CaseSubjectKind, str],
) -> Seen | None:  # fmt: skip
    """What a partner with a case about a subject, and no other, gets; None when nobody belongs to it."""
    await rooms.settle(organisation, risks)
    async with rooms.database.write() as connection:
        if not await connection.run_sync(only_case, viewer, subject):
            return None
    asked = [each for each in requests(organisation) if each[0].roles & {Role.HR_PARTNER}]
    asked = [each for each in asked if each[0].readings_of_people and not each[0].changes]
    return list(await rooms.observe(viewer, Role.HR_PARTNER, asked))


def only_case(connection: Connection, viewer: str, subject: tuple[CaseSubjectKind, str]) -> bool:
    for model in (CaseRow, CasePersonRow):
        connection.execute(delete(table_of(model)))
    kind, key = subject
    try:
        open_approved(connection, partner=viewer, kind=kind, subject=key)
    except LookupError:
        return False
    return True


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.timeout(600)
async def test_a_case_opens_nothing_but_what_it_is_about(rooms: Laboratory, *, deep: bool) -> None:
    compared = differing = 0
    for managers in itertools.chain.from_iterable(trees(people) for people in range(3, MOST_PEOPLE + 1)):
        organisation = Organisation(managers)
        viewers = [OUTSIDER, *organisation.people] if deep else [OUTSIDER, organisation.people[-1]]
        for viewer, subject in itertools.product(viewers, subjects(organisation)):
            hidden = [
                chain
                for chain in organisation.chains()
                if not (is_about(organisation, *subject, chain) and organisation.may_read(viewer, chain))
            ]
            others = {chain: CALM for chain in organisation.chains() if chain not in hidden}
            everybody = dict.fromkeys(organisation.chains(), ALARMED)
            calm = await look(rooms, organisation, others, viewer, subject)
            alarmed = await look(rooms, organisation, others | dict.fromkeys(hidden, ALARMED), viewer, subject)
            assert calm == alarmed, (organisation, viewer, subject)
            compared += calm is not None
            if others and calm is not None:
                assert await look(rooms, organisation, everybody, viewer, subject) != calm
                differing += 1
    sys.stdout.write(f"{compared} cases, in {differing} of which what they are about was seen\n")
    assert differing > 8
