"""A leader learns nothing of who may go over their head: two worlds that differ in that alone look the same.

Exhaustive over every reporting tree of up to five people (six where there is time), every viewer in it and every
assistant of one of them, every role and every operation; then random larger organisations with several assistants.
Compared is every observable byte: status, headers, body, the pages of a list and their order, and the statements run
to answer, which stand for its time.
"""

import os
import sys
from collections.abc import AsyncIterator, Collection, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.api.endpoints import ENDPOINTS
from shared.domain.privacy.roles import Role
from shared.storage.alerts import reads as alert_reads
from shared.storage.readings import queries
from tests.security.observation import ASSISTANT, Laboratory, laboratory, requests
from tests.security.organisations import Chain, Organisation, trees

CALM, ALARMED = 0.02, 0.31
MOST_PEOPLE = 5
MOST_PEOPLE_DEEP = 6
# So many trees with up to so many people.
TREES = {MOST_PEOPLE: 17, MOST_PEOPLE_DEEP: 37}
LARGEST = 14


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rooms(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Laboratory]:
    directory: Path = tmp_path_factory.mktemp("laboratory")
    async with laboratory(f"sqlite+aiosqlite:///{directory / 'bellwether.db'}", people=LARGEST) as made:
        yield made


def organisations(most: int) -> Iterator[tuple[Organisation, list[str]]]:
    """Every tree with everybody in it as viewers, then with an assistant of each of them as the only viewer."""
    for people in range(1, most + 1):
        for managers in trees(people):
            alone = Organisation(managers)
            yield alone, alone.people
            for principal in alone.people:
                yield Organisation(managers, ((ASSISTANT, principal),)), [ASSISTANT]


def kept(organisation: Organisation, viewer: str, role: Role) -> list[Chain]:
    """Chains that a viewer in a role must learn nothing of."""
    if role is Role.HR_PARTNER:
        return [chain for chain in organisation.chains() if not organisation.may_read(viewer, chain)]
    return organisation.chains()


def test_there_are_as_many_trees_as_there_should_be() -> None:
    """Rooted trees with 1 to 6 nodes: OEIS A000081."""
    assert [len(list(trees(people))) for people in range(1, 7)] == [1, 1, 2, 4, 9, 20]


def test_requests_cover_every_operation() -> None:
    asked = {operation for operation, _, _ in requests(Organisation((0, 0, 1)))}
    assert asked == set(ENDPOINTS)


Seen = list[tuple[object, object]]


async def look(
    laboratory: Laboratory,
    organisation: Organisation,
    risks: dict[Chain, float],
    who: list[tuple[str, Role]],
    *,
    turned_away: Collection[str] = (),
) -> dict[tuple[str, Role], Seen]:
    """What each of them observes where the risks are these.

    Those who are `turned_away` also ask once for every operation that their role does not have.
    """
    await laboratory.settle(organisation, risks)
    found: dict[tuple[str, Role], Seen] = {}
    for viewer, role in who:
        asked = [each for each in requests(organisation) if role in each[0].roles]
        found[viewer, role] = list(await laboratory.observe(viewer, role, asked))
        if viewer in turned_away:
            others = {each[0]: each for each in requests(organisation) if role not in each[0].roles}
            refusals = await laboratory.observe(viewer, role, list(others.values()))
            assert refusals
            # A refusal is written to the audit, and reads nothing else.
            others_read = {each for _, statements in refusals for each in statements if "audit" not in each}
            assert others_read == set()
            assert all(status == 403 for (status, _, _), _ in refusals)
            found[viewer, role] += refusals
    return found


def worlds(organisation: Organisation, secret: list[Chain]) -> Iterator[dict[Chain, float]]:
    """Nobody among the secret chains is at risk, not even known; then everybody is."""
    others = {chain: CALM for chain in organisation.chains() if chain not in secret}
    yield others
    yield others | dict.fromkeys(secret, ALARMED)


async def compare(
    laboratory: Laboratory, organisation: Organisation, viewers: list[str], *, one_by_one: bool = False
) -> int:
    """Hold the two worlds of every viewer and role side by side; how many answers were compared.

    The worlds differ in everything that is kept from the viewer, or in one person's risk at a time.
    """
    asked_before = laboratory.asked
    # Those who never see a chain all have the same two worlds; HR partners have their own.
    others: list[tuple[str, Role]] = [
        (viewer, role) for viewer in viewers for role in Role if role is not Role.HR_PARTNER
    ]
    # A refusal reads nothing, so neither the tree nor who acts for whom can be in it: one viewer of each tree will do.
    turned_away = () if organisation.delegates else viewers[:1]
    groups = [(organisation.chains(), others)]
    groups += [(kept(organisation, viewer, Role.HR_PARTNER), [(viewer, Role.HR_PARTNER)]) for viewer in viewers]
    if one_by_one:
        groups = [([chain], who) for secret, who in groups for chain in secret]
    for secret, who in groups:
        calm, alarmed = [
            await look(laboratory, organisation, risks, who, turned_away=turned_away)
            for risks in worlds(organisation, secret)
        ]
        for each in who:
            assert calm[each] == alarmed[each], (organisation, each)
    return laboratory.asked - asked_before


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.timeout(900)
async def test_no_viewer_in_any_small_organisation_learns_what_is_kept_from_them(
    rooms: Laboratory, *, deep: bool
) -> None:
    compared = viewers_seen = shapes = 0
    most_people = MOST_PEOPLE_DEEP if deep else MOST_PEOPLE
    for organisation, viewers in organisations(most_people):
        compared += await compare(rooms, organisation, viewers, one_by_one=deep)
        viewers_seen += len(viewers)
        shapes += not organisation.delegates
    assert shapes == TREES[most_people]
    sys.stdout.write(f"{shapes} trees, {viewers_seen} viewers, {len(Role)} roles, {compared:,} answers compared\n")


@pytest.mark.postgres
@pytest.mark.timeout(900)
async def test_nor_by_the_role_of_the_api_where_the_filter_is_gone(
    empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL the server keeps it by itself: here the application asks for every reading there is."""
    for module, name in (
        (queries, "visible_readings"), (queries, "own_readings"), (alert_reads, "visible_readings"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, lambda *_, **__: [])
    async with laboratory(empty_postgres_url, people=4) as server:
        everybody = Organisation((0, 0, 1, 2))
        assert await compare(server, everybody, everybody.people) > 300
        # One viewer, who is turned away from nothing here, asks for less.
        assert await compare(server, Organisation((0, 0, 1, 2), ((ASSISTANT, "p1"),)), [ASSISTANT]) > 100


@st.composite
def larger_organisations(draw: st.DrawFn) -> tuple[Organisation, list[str]]:
    """Any tree of up to fourteen people, with assistants who act for several, and some of whom lead people."""
    people = draw(st.integers(min_value=3, max_value=LARGEST))
    managers = tuple(draw(st.integers(min_value=0, max_value=max(number - 1, 0))) for number in range(people))
    anybody = st.sampled_from([f"p{number}" for number in range(people)])
    acting = st.tuples(st.one_of(st.just(ASSISTANT), anybody), anybody).filter(lambda pair: pair[0] != pair[1])
    delegates = draw(st.lists(acting, max_size=4, unique=True))
    viewers = draw(st.lists(st.one_of(st.just(ASSISTANT), anybody), min_size=1, max_size=3, unique=True))
    return Organisation(managers, tuple(delegates)), viewers


EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "25"))


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.timeout(3_600)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(larger_organisations())
async def test_nor_in_any_larger_one(rooms: Laboratory, drawn: tuple[Organisation, list[str]]) -> None:
    organisation, viewers = drawn
    await compare(rooms, organisation, viewers)


@pytest.mark.asyncio(loop_scope="module")
async def test_who_may_read_does_see_the_difference(rooms: Laboratory) -> None:
    """The comparison above can fail: the same requests tell those from whom nothing is kept."""
    organisation = Organisation((0, 0, 1, 0, 3))  # p2 under p1 under p0; p4 under p3, a peer of p1's
    chain = ("p2", "p1", "p0")
    assert organisation.may_read("p4", chain)
    who = [("p4", Role.HR_PARTNER), ("p4", Role.ANALYST)]
    calm, alarmed = [await look(rooms, organisation, risks, who[:1]) for risks in worlds(organisation, [chain])]
    differing = [one != other for one, other in zip(calm[who[0]], alarmed[who[0]], strict=False)]
    assert sum(differing) >= 4
    # And where risk is released, an analyst and the leader see aggregates that differ, and the same ones.
    teams = [each for each in requests(organisation) if each[0].id == "listTeams"]
    for viewer, role in (who[1], ("p1", Role.LEADER)):
        answers = []
        for risks in worlds(organisation, [chain]):
            await rooms.settle(organisation, risks, tells_risk=True)
            answers.append(await rooms.observe(viewer, role, teams))
        assert answers[0] != answers[1]
