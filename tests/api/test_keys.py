import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import select, update
from sqlalchemy.engine import make_url

from services.api.auth.authentication import REMEMBERED_SECONDS
from shared.domain.privacy.roles import PERSONAL_ROLES, Permission, Role
from shared.storage.access.api_keys import authenticate
from shared.storage.access.key_issue import NewKey, create_key, list_keys, revoke_key
from shared.storage.engine.bulk import table_of
from shared.storage.engine.database import Database, open_database
from shared.storage.tables.access import ApiKeyRow
from shared.storage.tables.directory import PersonRow
from tests.api.company import HOLDER, LEADER, NOW, running_api, settle


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = open_database(make_url(database_url))
    await settle(opened)
    yield opened
    await opened.close()


async def test_a_key_authenticates_until_it_expires(database: Database) -> None:
    async with database.write() as connection:
        made = await create_key(
            connection, name="laptop", role=Role.HR_PARTNER, now=NOW, person=HOLDER, lifetime_seconds=60
        )
        assert await connection.run_sync(authenticate, made.token, now=NOW) == made.key
        assert await connection.run_sync(authenticate, made.token, now=NOW + 59) == made.key
        assert await connection.run_sync(authenticate, made.token, now=NOW + 60) is None
    assert made.key.person == HOLDER
    assert made.token.startswith(f"bw_{made.key.id}_")
    assert len(made.token.rpartition("_")[2]) == 64  # 256 bits


async def test_a_revoked_key_does_not_authenticate(database: Database) -> None:
    async with database.write() as connection:
        made = await create_key(connection, name="lost", role=Role.OPERATOR, now=NOW)
        assert await revoke_key(connection, made.key.id, now=NOW + 5)
        assert not await revoke_key(connection, made.key.id, now=NOW + 9)
        assert not await revoke_key(connection, "local_000000000000", now=NOW)
        assert await connection.run_sync(authenticate, made.token, now=NOW + 6) is None
        assert [key.revoked_at for key in await list_keys(connection)] == [NOW + 5]


async def test_only_the_whole_token_authenticates(database: Database) -> None:
    async with database.write() as connection:
        made = await create_key(connection, name="a", role=Role.ANALYST, now=NOW, environment="prod")
        other = await create_key(connection, name="b", role=Role.OPERATOR, now=NOW, environment="prod")
        secret = made.token.rpartition("_")[2]
        wrong = [
            "",
            secret,
            made.token[:-1],
            made.token + "0",
            made.token.upper(),
            made.token.replace("_prod_", "_test_"),
            f"bw_{other.key.id}_{secret}",
            f"bw_{made.key.id}_{'0' * 64}",
            f"bw_prod_000000000000_{secret}",
            made.token + "\n",
        ]
        assert [await connection.run_sync(authenticate, token, now=NOW) for token in wrong] == [None] * len(wrong)


async def test_the_store_and_the_logs_never_see_the_secret(database: Database) -> None:
    async with database.write() as connection:
        made = await create_key(connection, name="a", role=Role.ANALYST, now=NOW)
        stored = (await connection.execute(select(table_of(ApiKeyRow)))).all()
    assert made.token.rpartition("_")[2] not in repr(stored)
    assert made.token not in repr(made)


async def test_keys_are_listed_oldest_first(database: Database) -> None:
    async with database.write() as connection:
        for age, name in ((5, "c"), (9, "a"), (7, "b")):
            await create_key(connection, name=name, role=Role.ANALYST, now=NOW - age)
        assert [key.name for key in await list_keys(connection)] == ["a", "b", "c"]


async def test_a_key_that_could_not_work_as_meant_is_refused(database: Database) -> None:
    async with database.write() as connection:
        with pytest.raises(LookupError, match="not in the directory"):
            await create_key(connection, name="a", role=Role.HR_PARTNER, now=NOW, person="hana")
        with pytest.raises(ValueError, match="environment"):
            await create_key(connection, name="a", role=Role.ANALYST, now=NOW, environment="Prod_1")
        with pytest.raises(ValueError, match="grants"):
            await create_key(connection, name="a", role=Role.ANALYST, now=NOW, scopes=[Permission.READ_PEOPLE])
        for role in PERSONAL_ROLES:
            with pytest.raises(ValueError, match="needs a person"):
                await create_key(connection, name="a", role=role, now=NOW)
        with pytest.raises(ValueError, match="live"):
            await create_key(connection, name="a", role=Role.ANALYST, now=NOW, lifetime_seconds=0)
        assert await list_keys(connection) == []


async def test_scopes_narrow_the_role(database: Database) -> None:
    async with database.write() as connection:
        made = await create_key(connection, name="a", role=Role.ANALYST, now=NOW, scopes=[Permission.READ_AGGREGATES])
        found = await connection.run_sync(authenticate, made.token, now=NOW)
        assert found is not None
        assert found.permissions == {Permission.READ_AGGREGATES}
        # What a scope meant that is not known any more, nobody may do.
        await connection.execute(update(table_of(ApiKeyRow)).values(scopes="aggregates:read everything:write"))
        assert await connection.run_sync(authenticate, made.token, now=NOW) == made.key
        await connection.execute(update(table_of(ApiKeyRow)).values(scopes=""))
        found = await connection.run_sync(authenticate, made.token, now=NOW)
        assert found is not None
        assert found.permissions == frozenset()


async def test_two_keys_of_one_person_work_until_the_first_is_revoked_and_no_request_is_lost(sqlite_url: str) -> None:
    """As somebody rotates: a second key, then it is used, then the first one goes; requests come all the time."""
    async with running_api(sqlite_url) as api:

        async def ask(key: NewKey) -> int:
            async with api.client(None, Authorization=f"Bearer {key.token}") as client:
                return (await client.get("/v1/teams")).status_code

        async def make(turn: int) -> NewKey:
            async with api.database.write() as connection:
                return await create_key(connection, name=f"tool {turn}", role=Role.ANALYST, person=LEADER, now=NOW)

        async def revoke(key: NewKey) -> None:
            async with api.database.write() as connection:
                assert await revoke_key(connection, key.key.id, now=NOW)

        first = await make(0)
        answered: list[int] = []
        for turn in range(1, 6):
            making = asyncio.create_task(make(turn))
            answered += await asyncio.gather(*(ask(first) for _ in range(5)))
            second = await making
            answered += await asyncio.gather(*(ask(key) for key in (first, second) for _ in range(5)))
            revoking = asyncio.create_task(revoke(first))  # from here on the first is used no more
            answered += await asyncio.gather(*(ask(second) for _ in range(5)))
            await revoking
            answered.append(await ask(second))
            api.clock.now += REMEMBERED_SECONDS
            assert await ask(first) == 401
            first = second
        assert set(answered) == {200}
        async with api.database.read() as connection:
            holders = [key.person for key in await list_keys(connection) if key.name.startswith("tool")]
        assert holders == [LEADER] * 6


async def test_a_key_of_another_tenant_or_of_somebody_who_left_does_not_authenticate(database: Database) -> None:
    async with database.write() as connection:
        made = await create_key(connection, name="a", role=Role.ANALYST, now=NOW, tenant="elsewhere", person=HOLDER)
        assert await connection.run_sync(authenticate, made.token, now=NOW) is None
        assert await connection.run_sync(authenticate, made.token, tenant="elsewhere", now=NOW) == made.key
        await connection.execute(update(table_of(PersonRow)).values(active=False))
        assert await connection.run_sync(authenticate, made.token, tenant="elsewhere", now=NOW) is None
