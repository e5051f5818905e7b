"""Records that did not pass the edge: whoever can write to a topic puts nobody's name and no text into the store."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from services.calendar.app import build as build_calendar
from services.calendar.settings import CalendarSettings
from services.chat.app import build as build_chat
from services.chat.settings import ChatSettings
from services.signals.intake.admission import Admission
from services.signals.settings import SignalsSettings
from services.tickets.app import build as build_tickets
from services.tickets.settings import TicketsSettings
from shared import topics
from shared.domain.privacy.pseudonym import DepartingNames, PseudonymChecks, Pseudonyms
from shared.ingest.pseudonymise import pseudonymise
from shared.ingest.routing import ROUTES, record_of, route_of
from shared.schemas.calendar import Answer, Attendee, Meeting, MeetingAnswered, MeetingCreated, Series, SeriesTold
from shared.schemas.chat import Deletion, Markers, Message, MessageDeleted, MessagePosted, MessageReacted, Reaction
from shared.schemas.directory import (
    Absence,
    AbsenceRecorded,
    DirectoryEvent,
    Goal,
    GoalRecorded,
    IdentityLink,
    IdentityLinked,
    LineRecorded,
    Person,
    PersonRecorded,
    ReportingLine,
    Schedule,
    ScheduleRecorded,
    Team,
    TeamRecorded,
)
from shared.schemas.envelope import utc
from shared.schemas.registry import CanonicalEvent
from shared.schemas.ticket import TicketAssigned, TicketStep
from shared.storage.tables.facts import IdentityRow
from shared.telemetry.metrics import Metrics
from shared.topics import Topic
from shared.transport.records import Record, UnreadableError
from tests.names import CHECKS, PSEUDONYMS, behind_edge
from tests.security.pipeline import SIGNALS, STAGES, pipeline
from tests.security.test_own_producers import START, WORDS, directory, happened, message
from tests.transport.raw import raw

AT = utc(START)
ADA, BEN = "mail:ada.lovelace@example.com", "chat:U1"
HOUR_MS = 3_600_000


def bare() -> list[CanonicalEvent]:
    """Everything that happened, without texts: what an own producer sent to `events.*` before there was a gateway."""
    return [*directory(), *(each for each in happened() if not isinstance(each, MessagePosted)), said(1)]


def said(number: int) -> MessagePosted:
    event = message(number)
    return msgspec.structs.replace(event, data=msgspec.structs.replace(event.data, text=None, markers=Markers()))


def on_topic(event: CanonicalEvent, value: bytes | None = None) -> tuple[Topic, bytes]:
    return route_of(event).topic, msgspec.json.encode(event) if value is None else value


def under(event: CanonicalEvent, pseudonyms: Pseudonyms) -> tuple[Topic, bytes]:
    """As it travels under a key."""
    departing = DepartingNames(PseudonymChecks(pseudonyms.check_key()))
    return on_topic(event, record_of(pseudonymise(event, pseudonyms)[0], departing).value)


def without_checks(event: CanonicalEvent, pseudonyms: Pseudonyms) -> tuple[Topic, bytes]:
    """As it travelled before there were checks."""
    return on_topic(event, msgspec.json.encode(pseudonymise(event, pseudonyms)[0]))


@pytest.mark.broker
async def test_records_that_did_not_pass_the_edge_are_dead_letters(
    embedded_bootstrap: str, topic_prefix: str, sqlite_url: str, tmp_path: Path
) -> None:
    other = Pseudonyms(b"the key of somebody else, really"[:32])
    async with pipeline(
        bootstrap=embedded_bootstrap, prefix=topic_prefix, database_url=sqlite_url, keys=tmp_path,
        running=(*STAGES, SIGNALS), dead_letter_share=1.0,
    ) as system:  # fmt: skip
        good = [*directory(), said(1), said(2)]
        named = [
            *map(on_topic, bare()),
            *(under(each, other) for each in bare()),
            *(without_checks(each, system.pseudonyms) for each in bare()),
        ]
        texts = [
            on_topic(said(3), with_data(under(said(3), system.pseudonyms)[1], text="quuxotrope", markers=None)),
            on_topic(
                directory()[0], with_data(under(directory()[0], system.pseudonyms)[1], name="Ada Augusta of Lovelace")
            ),
        ]
        crafted = [(topics.INTERACTIONS, each) for each in interactions_in_clear()]
        await system.produce([under(each, system.pseudonyms) for each in good])
        await system.produce([*named, *texts, *crafted])
        await system.until(applied=len(good), dead=len(named) + len(texts) + len(crafted))
        found = await system.reasons()
        assert {reason for reasons in found.values() for reason in reasons} == {"not_pseudonymous", "text"}
        # Three people of those in clear are told with their names, which is seen first.
        assert sum(reasons.count("text") for reasons in found.values()) == len(texts) + 3
        assert set(found) == {route.topic.name for route in ROUTES} | {topics.INTERACTIONS.name}
        assert await system.places_of(WORDS) == []
        keys = [row.key for row in await system.rows(IdentityRow)]
        assert sorted(keys) == sorted(system.pseudonyms.identity(each.data.identity) for each in directory()[3:6])  # type: ignore[union-attr,arg-type]


def with_data(value: bytes, **changes: Any) -> bytes:
    record = msgspec.json.decode(value)
    data = {name: each for name, each in {**record["data"], **changes}.items() if each is not None}
    return msgspec.json.encode({**record, "data": data})


def interactions_in_clear() -> list[bytes]:
    """What a channel service would have published of names in clear."""
    common = {"id": "s:x:1", "entity": "s:x:1", "at": AT}
    return [
        msgspec.json.encode(common | each)
        for each in (
            {"kind": "contact", "channel": "mail", "actor": ADA, "recipients": [BEN], "audience": 1},
            {"kind": "reaction", "channel": "mail", "actor": ADA, "author": BEN},
            {"kind": "meeting", "organiser": ADA, "attendees": [BEN], "start": AT, "end": AT},
            {"kind": "ticket", "ticket": "T", "step": "assigned", "actor": ADA, "assignee": BEN},
        )
    ]


# --- every place where somebody is named

SAMPLES: tuple[CanonicalEvent, ...] = (
    MessagePosted(
        id="slack:message:1", source="slack", time=AT,
        data=Message(
            sender=ADA, recipients=(BEN, ADA), channel_kind="group", audience=2, thread="t", channel="c",
            in_reply_to=BEN, markers=Markers(),
        ),
    ),
    MessageReacted(
        id="slack:reaction:1", source="slack", time=AT,
        data=Reaction(sender=ADA, author=BEN, channel_kind="group", thread="t", channel="c"),
    ),
    MessageDeleted(id="slack:message:1:2", revision=2, source="slack", time=AT, data=Deletion(sender=ADA)),
    *(
        MeetingCreated(
            id="cal:meeting:1", source="cal", time=AT,
            data=Meeting(
                organiser=ADA, attendees=(Attendee(identity=BEN), Attendee(identity="mail:cyd@x.io")), start=AT, end=AT,
                original_start=AT, series="s", channel="C1", calendar="c", private=private, changed_by=BEN,
                uid="u", holder=BEN, changed=AT, also_invited=(ADA,),
            ),
        )
        for private in (False, True)
    ),
    MeetingAnswered(
        id="cal:answer:1", source="cal", time=AT,
        data=Answer(
            uid="u", attendee=BEN, response="declined", instance=AT, changed=AT, calendar="c",
        ),
    ),
    SeriesTold(
        id="cal:series:1", source="cal", time=AT,
        data=Series(
            uid="u", organiser=ADA, holder=BEN, calendar="c", starts=(AT,), excluded=(AT,), ends=AT, until=AT,
            changed=AT,
        ),
    ),
    TicketAssigned(
        id="jira:step:1", source="jira", time=AT,
        data=TicketStep(
            ticket="T-1", actor=ADA, reporter=BEN, assignee=ADA, previous_assignee=BEN, queue="q", group="g",
            previous_group="p", priority=1, previous_priority=2, status="open", previous_status="open", parent="T-0",
            goal="G", due=AT, markers=Markers(),
        ),
    ),
    PersonRecorded(id="hr:person:1", source="hr", time=AT, data=Person(person="1", name=None, team="t")),
    IdentityLinked(id="hr:link:1", source="hr", time=AT, data=IdentityLink(person="1", identity=ADA)),
    LineRecorded(id="hr:line:1", source="hr", time=AT, data=ReportingLine(person="1", manager="2")),
    ScheduleRecorded(
        id="hr:schedule:1", source="hr", time=AT,
        data=Schedule(
            person="1", time_zone="Europe/Berlin", working_days=(1,), opens_minutes=1, closes_minutes=2, holidays="NZ"
        ),
    ),
    AbsenceRecorded(id="hr:absence:1", source="hr", time=AT, data=Absence(person="1", valid_from=AT, valid_to=AT)),
    AbsenceRecorded(id="cal:absence:1", source="cal", time=AT, data=Absence(identity=ADA, valid_from=AT, valid_to=AT)),
    ScheduleRecorded(
        id="chat:schedule:1",
        source="chat",
        time=AT,
        data=Schedule(
            identity=ADA, time_zone="UTC", working_days=(1,), opens_minutes=0, closes_minutes=60, holidays="NZ"
        ),
    ),
    TeamRecorded(id="hr:team:1", source="hr", time=AT, data=Team(team="t", name="n", parent="s")),
    GoalRecorded(
        id="okr:goal:1", source="okr", time=AT,
        data=Goal(goal="1", name="g", parent="0", team="t", owner="2", owner_identity=ADA),
    ),
)  # fmt: skip
CLOSED = {"channel_kind", "response", "status", "previous_status", "start", "end", "original_start", "due", "basis"}
CLOSED |= {"time_zone", "holidays", "valid_from", "valid_to"}
# Ids of things and keys of teams, goals and queues bear no check: another one passes.
UNCHECKED = {
    "id", "thread", "channel", "series", "uid", "calendar", "team", "goal", "parent", "ticket", "queue", "group",
    "previous_group",
}  # fmt: skip


def admitted(record: Record) -> object:
    """What the service of a topic makes of a record. Raises UnreadableError."""
    return READERS[record.topic](record)


def readers(until: datetime | None = None) -> dict[str, Callable[[Record], object]]:
    """What each service makes of a record of its topic; pseudonyms of records sent before `until` need no checks."""
    metrics = Metrics(CollectorRegistry())
    given: dict[str, Any] = {"unchecked_until": until}
    admission = Admission(CHECKS, unchecked_until_ms=SignalsSettings(**given).unchecked_until_ms)
    decoder = msgspec.json.Decoder(DirectoryEvent)
    return {
        topics.EVENTS_CHAT.name: build_chat(ChatSettings(**given), metrics, checks=CHECKS).interaction,
        topics.EVENTS_CALENDAR.name: build_calendar(CalendarSettings(**given), metrics, checks=CHECKS).interaction,
        topics.EVENTS_TICKET.name: build_tickets(TicketsSettings(**given), metrics, checks=CHECKS).interaction,
        topics.DIRECTORY.name: lambda record: admission.directory(
            decoder.decode(record.value or b""), sent_ms=record.timestamp
        ),
    }


READERS = readers()


def texts_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Every string of a record, with where it is."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        if isinstance(each, str):
            yield (*path, key), each
        yield from texts_in(each, (*path, key))


def put(value: Any, path: Sequence[Any], new: str) -> Any:
    """The record with another string in one place."""
    changed = msgspec.json.decode(msgspec.json.encode(value))
    inside = changed
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = new
    return changed


def test_a_text_behind_the_edge_is_refused() -> None:
    good = behind_edge(said(1))
    for value in (with_data(good.value, text="quuxotrope", markers=None), with_data(good.value, text="quuxotrope")):
        with pytest.raises(UnreadableError, match=r"^text$"):
            admitted(raw(value, topic=good.topic))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda each: type(each).__name__)
def test_nothing_is_named_in_any_field_but_by_a_pseudonym(sample: CanonicalEvent) -> None:
    data: Any = sample.data
    assert {field for field in data.__struct_fields__ if getattr(data, field) is None} <= {
        "name",
        "text",
        "valid_from",
        "valid_to",
        *({"person", "identity"} if isinstance(data, Schedule | Absence) else ()),  # it names one of the two
    }
    sent = behind_edge(sample)
    record = msgspec.json.decode(sent.value)
    assert admitted(raw(sent.value, topic=sent.topic))
    before = dict(texts_in(msgspec.json.decode(msgspec.json.encode(sample))))
    changed = [path for path, text in texts_in(record) if before[path] != text]
    # What a source may put a name into, and what the edge has put something else into, are the same.
    assert changed, sample
    for path in changed:
        whole = dict(texts_in(record))[path]
        wrong = {
            before[path],  # in clear
            whole[:-7] + ("a" if whole[-7] != "a" else "b") + whole[-6:],  # another pseudonym with this check
            whole[:-1] + ("a" if whole[-1] != "a" else "b"),  # with another check, or another id
            whole.upper(),
            f"{whole} ",
            f"{whole}\u0130",
        }  # fmt: skip
        if path[-1] in UNCHECKED:
            wrong -= {each for each in wrong if each.startswith(whole[:-7]) and len(each) == len(whole)}  # bears none
        else:
            wrong |= {whole[:-6], PSEUDONYMS.person("1") if ":" in whole else PSEUDONYMS.identity(ADA)}
        for each in wrong:
            with pytest.raises((UnreadableError, msgspec.ValidationError)):
                admitted(raw(msgspec.json.encode(put(record, path, each)), topic=sent.topic))


def test_what_stays_readable_names_nobody() -> None:
    """A field that the edge leaves as it is must be known to hold no name: a new one fails here."""
    for sample in SAMPLES:
        record = dict(texts_in(msgspec.json.decode(behind_edge(sample).value)))
        before = dict(texts_in(msgspec.json.decode(msgspec.json.encode(sample))))
        same = [path for path, text in before.items() if record.get(path) == text and path[0] == "data"]
        left = {[part for part in path if isinstance(part, str)][-1] for path in same}
        closed = {
            "channel_kind",
            "response",
            "status",
            "previous_status",
            "start",
            "end",
            "original_start",
            "due",
            "basis",
            "instance",
            "starts",
            "excluded",
            "ends",
            "until",
            "changed",
            "time_zone",
            "holidays",
            "valid_from",
            "valid_to",
        }
        assert left <= closed
