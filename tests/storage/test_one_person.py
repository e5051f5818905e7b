"""Somebody with several accounts is one person, however what they do is spread over these."""

from pathlib import Path

import pytest
from msgspec.structs import replace as changed

from services.chat.handle import interaction
from shared.domain.facts.history import COUNTER_INDEX, Mark
from shared.domain.week import DAY
from shared.schemas.chat import MessagePosted
from shared.schemas.directory import DirectoryEvent
from shared.schemas.envelope import utc
from shared.schemas.interaction import Contact, Met, Reacted, Stepped
from shared.sources.reader import Options
from shared.storage.directory.directory import load_organisation
from shared.storage.engine import bulk
from shared.storage.facts.load import Histories, load_histories
from shared.storage.facts.load_tickets import load_tickets
from tests.cases.inputs import case, people
from tests.names import ANY_NAMES
from tests.storage.company import AnyRecord, Store, from_scratch, link, opened
from tests.storage.test_scoring import NAMES, PEOPLE, START, TRAFFIC, mail, wrote
from tests.unit.sources.reading import read

AT = START + 9 * 3600


def too(name: str) -> str:
    """Another account of somebody."""
    return f"{name}.too"


ACCOUNTS: list[AnyRecord] = [link(mail(too(name)), name) for name in NAMES]


async def histories(store: Store) -> Histories:
    async with store.database.read() as connection:
        organisation = await load_organisation(connection)
        return await load_histories(connection, organisation, organisation.people, since=0)


def reacted(actor: str, author: str) -> Reacted:
    entity = f"chat:reaction:{actor}-{author}"
    return Reacted(
        id=entity, entity=entity, at=utc(AT), channel="chat", actor=mail(actor), author=mail(author)
    )  # fmt: skip


def stepped(number: int, step: str, *, ticket: str = "t-1", day: int = 0, **roles: str) -> Stepped:
    entity = f"jira:step:{number}"
    return Stepped(
        id=entity, entity=entity, at=utc(AT + day * DAY + number), ticket=ticket, step=step,  # type: ignore[arg-type]
        **{role: mail(name) for role, name in roles.items()},  # type: ignore[arg-type]
    )  # fmt: skip


def at_both(event: AnyRecord) -> AnyRecord:
    """The event with everybody addressed at both of their accounts, as far as a direct message has room."""
    if isinstance(event, Contact):
        recipients = tuple(dict.fromkeys([*event.recipients, *map(_other, event.recipients)]))[:3]
        return changed(event, recipients=recipients)
    if isinstance(event, Met):
        return changed(event, attendees=(*event.attendees, *map(_other, event.attendees)))
    return event


def from_either(number: int, event: AnyRecord) -> AnyRecord:
    """The event with every third sender and organiser at their other account."""
    if number % 3:
        return event
    if isinstance(event, Contact):
        return changed(event, actor=_other(event.actor))
    return changed(event, organiser=_other(event.organiser)) if isinstance(event, Met) else event


def _other(account: str) -> str:
    return account.replace("@", ".too@")


@pytest.mark.parametrize("most_at_once", [1, 500])
async def test_readings_are_the_same_by_whichever_accounts_people_write_and_meet(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_at_once: int
) -> None:
    by_one = await from_scratch(tmp_path, [*PEOPLE, *ACCOUNTS, *TRAFFIC])
    monkeypatch.setattr(bulk, "MAX_IN", most_at_once)
    spread = [from_either(number, at_both(event)) for number, event in enumerate(TRAFFIC)]
    async with opened(sqlite_url) as store:
        await store.take([*PEOPLE, *ACCOUNTS, *spread])
        await store.scorer.settle()
        assert await store.readings() == by_one


async def test_a_mail_to_both_addresses_is_one_contact_of_which_nobody_else_knows(sqlite_url: str) -> None:
    both = wrote(1, "ann", "bob", too("bob"), at=AT, asks=1, reply=too("bob"))
    to_three = wrote(2, "ann", "bob", too("bob"), "cyd", at=AT + 60)
    with_oneself = wrote(3, "ann", "bob", too("ann"), at=AT + 120)
    async with opened(sqlite_url) as store:
        await store.take([*PEOPLE, *ACCOUNTS, both, to_three, with_oneself])
        found = await histories(store)
    pair = found.pairs["ann", "bob"]
    assert [each.others for each in pair.contacts] == [(), ("cyd",), ()]
    assert pair.contacts[0].marks == Mark.TEXT | Mark.ASK | Mark.REPLY
    (day,) = pair.days
    assert day.counts[COUNTER_INDEX["messages"]] == sum(each.counts[0] for each in pair.texts) == 3
    assert found.sent_by_day["ann"] == {day.day: 3 + 1}


async def test_what_somebody_sends_to_an_account_of_their_own_is_done_towards_nobody(sqlite_url: str) -> None:
    alone: list[AnyRecord] = [
        wrote(1, "ann", too("ann"), at=AT),
        reacted("ann", too("ann")),
        stepped(2, "commented", actor="ann", reporter=too("ann")),
    ]
    async with opened(sqlite_url) as store:
        await store.take([*PEOPLE, *ACCOUNTS, *alone])
        found = await histories(store)
    assert not found.pairs
    assert not any(found.sent_by_day.values())
    assert not any(found.acted.values())


async def test_a_comment_to_one_who_reported_and_holds_a_ticket_counts_once(sqlite_url: str) -> None:
    steps = [
        stepped(1, "created", reporter="bob", assignee=too("bob")),
        stepped(2, "commented", actor="ann", reporter="bob", assignee=too("bob")),
        stepped(3, "commented", actor=too("bob"), reporter="bob", assignee=too("bob")),
        stepped(4, "assigned", actor="ann", reporter="ann", assignee=too("bob"), previous_assignee="bob"),
    ]
    async with opened(sqlite_url) as store:
        await store.take([*PEOPLE, *ACCOUNTS, *steps])
        pair = (await histories(store)).pairs["ann", "bob"]
        async with store.database.read() as connection:
            organisation = await load_organisation(connection)
            (ticket,) = await load_tickets(connection, ["t-1"], person_at=organisation.person)
    assert [(each.actor, each.target) for each in pair.steps] == [("ann", "bob")]
    assert [each.counts[COUNTER_INDEX["comments"]] for each in pair.days] == [1]
    assert not sum(each.counts[COUNTER_INDEX["handoffs"]] for each in pair.days)
    bob = ticket.moves[0].reporter
    assert {each.assignee for each in ticket.moves} == {bob} == {ticket.moves[2].actor}


async def test_an_account_that_is_known_later_counts_from_the_past_on(sqlite_url: str, tmp_path: Path) -> None:
    """Also on tickets, whose readings belong to nobody."""
    spread = [from_either(number, at_both(event)) for number, event in enumerate(TRAFFIC)]
    tickets = [
        step
        for week in range(6)
        for step in (
            stepped(100 * week, "created", ticket=f"t-{week}", day=7 * week, reporter="ann", assignee="bob"),
            stepped(100 * week + 1, "commented", ticket=f"t-{week}", day=7 * week + 1, actor="bob", reporter="ann"),
            stepped(
                100 * week + 2, "commented", ticket=f"t-{week}", day=7 * week + 3, actor=too("ann"), reporter="ann"
            ),
        )
    ]
    events = [*spread, *tickets]
    at_once = await from_scratch(tmp_path, [*PEOPLE, *ACCOUNTS, *events])
    async with opened(sqlite_url) as store:
        await store.take([*PEOPLE, *events])
        await store.scorer.settle()
        assert await store.readings() != at_once
        for each in ACCOUNTS:
            await store.take([each])
            await store.scorer.settle()
        assert await store.readings() == at_once


async def test_the_case_of_a_mail_to_two_addresses(sqlite_url: str, data_directory: Path) -> None:
    mail_file, people_file = (case(data_directory, f"two_addresses_{name}.csv") for name in ("mail", "people"))
    directory = [event for event in people(people_file).events if isinstance(event, DirectoryEvent)]
    sent = read("mail-csv", mail_file, Options()).events
    async with opened(sqlite_url) as store:
        await store.take(
            [
                *directory,
                *(
                    contact
                    for event in sent
                    if isinstance(event, MessagePosted) and (contact := interaction(event, ANY_NAMES))
                ),
            ]
        )
        pair = (await histories(store)).pairs["bo", "le"]
    assert [(each.sender, each.recipient, each.others) for each in pair.contacts] == [("le", "bo", ())]
    assert [each.counts[COUNTER_INDEX["messages"]] for each in pair.days] == [1]
