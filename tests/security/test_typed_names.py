"""The name of a person, typed into what a team, a queue, a goal, a ticket, a channel or a series is called."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from prometheus_client import generate_latest

from shared import topics
from shared.domain.privacy.named_things import ThingKind
from shared.schemas.calendar import Attendee, Meeting, MeetingCreated
from shared.schemas.chat import Markers, Message, MessagePosted, MessageReacted, Reaction
from shared.schemas.directory import Goal, GoalRecorded, Person, PersonRecorded, Team, TeamRecorded
from shared.schemas.envelope import utc
from shared.schemas.registry import CanonicalEvent
from shared.schemas.ticket import TicketAssigned, TicketHandedToGroup, TicketStep
from shared.storage import export
from shared.storage.directory.name_review import NameReview
from shared.storage.directory.register import Register
from tests.security.pipeline import Pipeline, pipeline
from tests.security.test_own_producers import ADA, BEN, CYD, START, directory

pytestmark = pytest.mark.broker

# The surname of somebody in the directory, in every field that somebody may type something into.
NAME = "Wombatronk"
FULL = f"Augusta {NAME}"
AT = utc(START)


def typed() -> list[CanonicalEvent]:
    step: dict[str, Any] = {
        "ticket": f"{NAME}-17", "actor": ADA, "reporter": BEN, "assignee": CYD, "queue": f"Desk of {FULL}",
        "group": f"Friends of {FULL}", "previous_group": f"{FULL} (old)", "parent": f"Complaint by {FULL}",
        "goal": f"Make {FULL} happy", "status": "open", "priority": 3,
    }  # fmt: skip
    message = Message(
        sender=ADA, recipients=(BEN,), channel_kind="group", audience=1, thread=f"about {FULL}", channel=f"{FULL} fans",
        markers=Markers(),
    )  # fmt: skip
    meeting = Meeting(
        organiser=ADA, attendees=(Attendee(identity=BEN),), start=AT, end=utc(START + 1800), series=f"Weekly {FULL}",
        calendar=f"Calendar of {FULL}",
    )  # fmt: skip
    return [
        PersonRecorded(id="hr:person:E-1", source="hr", time=AT, data=Person(person="E-1", name=FULL)),
        TeamRecorded(
            id=f"hr:team:Sales ({FULL})", source="hr", time=AT,
            data=Team(team=f"Sales ({FULL})", name=f"Sales of {FULL}", parent=f"All of {FULL}"),
        ),
        PersonRecorded(
            id="hr:person:E-1815:1", source="hr", time=AT, revision=1,
            data=Person(person="E-1815", team=f"Sales ({FULL})"),
        ),
        GoalRecorded(
            id=f"okr:goal:{FULL}", source="okr", time=AT,
            data=Goal(
                goal=f"Make {FULL} happy", name=f"{FULL} smiles", parent=f"The aim of {FULL}", team=f"Sales ({FULL})"
            ),
        ),
        TicketAssigned(id=f"jira:step:{FULL}", source="jira", time=AT, data=TicketStep(**step)),
        TicketHandedToGroup(
            id="jira:step:2", source="jira", time=AT, data=TicketStep(**step | {"ticket": f"Complaint by {FULL}"})
        ),
        MessagePosted(id=f"slack:message of {FULL}:1", source="slack", time=AT, data=message),
        MessageReacted(
            id=f"slack:{FULL}", source="slack", time=AT,
            data=Reaction(sender=CYD, author=ADA, channel_kind="group", channel=f"{FULL} fans", thread=f"of {FULL}"),
        ),
        MeetingCreated(id="cal:meeting:1", source="cal", time=AT, data=meeting),
    ]  # fmt: skip


def files_holding(directory: Path) -> list[str]:
    return [path.name for path in directory.rglob("*") if path.is_file() and NAME.encode() in path.read_bytes()]


async def at_rest(system: Pipeline, directory: Path) -> list[str]:
    """Where the name is to be found: tables, files, topics behind the edge, exports and metrics."""
    found = await system.places_of((NAME, NAME.upper(), NAME.lower()))
    found += files_holding(directory)
    for topic in set(topics.TOPICS) - set(topics.INBOXES):
        records = await system.on_topic(topic)
        found += [topic.name for key, value in records if NAME.encode() in (key or b"") + (value or b"")]
    async with system.database.read() as connection:
        for what in (export.readings, export.facts, export.alerts, export.aggregates):
            found += [what.__name__ async for line in what(connection) if NAME.encode() in line]
    metrics = generate_latest(system.metrics.registry)
    return found + (["metrics"] if NAME.encode() in metrics else [])


async def test_no_name_that_somebody_typed_comes_to_rest(
    embedded_bootstrap: str, topic_prefix: str, sqlite_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="bellwether")
    events = [*directory(), *typed()]
    async with pipeline(
        bootstrap=embedded_bootstrap, prefix=topic_prefix, database_url=sqlite_url, keys=tmp_path,
    ) as system:  # fmt: skip
        await system.send(events)
        await system.until(applied=len(events) - 1)  # one is a revision
        assert await at_rest(system, tmp_path) == []
        assert NAME not in caplog.text
        called = set((await system.registered()).values())
        assert {f"Sales ({FULL})", f"Desk of {FULL}", f"Friends of {FULL}", f"Make {FULL} happy", NAME} <= called
        review = NameReview(Register(system.database.engine.dialect, system.keyring.register))
        async with system.database.write() as connection:
            done = await connection.run_sync(lambda sync: review.confirm_all(sync, tuple(ThingKind), now=START))
        assert done.keys == [], "every one of them holds the name of somebody in the directory"
        assert len(done.left) == 8
        assert await at_rest(system, tmp_path) == []


async def test_what_is_called_as_outside_is_a_dead_letter_behind_the_edge(
    embedded_bootstrap: str, topic_prefix: str, sqlite_url: str, tmp_path: Path
) -> None:
    async with pipeline(
        bootstrap=embedded_bootstrap, prefix=topic_prefix, database_url=sqlite_url, keys=tmp_path,
        running=("tickets", "signals"), dead_letter_share=1.0,
    ) as system:  # fmt: skip
        common = {"id": "s:p-" + "a" * 26, "entity": "s:p-" + "a" * 26, "at": AT, "kind": "ticket", "step": "assigned"}
        clear: Sequence[dict[str, str]] = (
            {"ticket": f"{NAME}-1"}, {"ticket": "1", "group": NAME}, {"ticket": "1", "previous_group": NAME},
            {"ticket": "1", "goal": NAME}, {"ticket": "1", "status": NAME},
        )  # fmt: skip
        records = [(topics.INTERACTIONS, msgspec.json.encode(common | each)) for each in clear]
        records += [(topics.DIRECTORY, msgspec.json.encode(each)) for each in typed()[:4]]
        await system.produce(records)
        await system.until(dead=len(records))
        reasons = await system.reasons()
        assert {each for found in reasons.values() for each in found} == {"not_pseudonymous", "text", "invalid"}
        assert await system.places_of((NAME,)) == []
