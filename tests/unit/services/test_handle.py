from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from services.calendar.handle import interaction as of_calendar
from services.chat.handle import interaction as of_chat
from services.tickets.handle import interaction as of_ticket
from shared.schemas.calendar import Attendee, CalendarEvent, Meeting, MeetingCancelled, MeetingCreated, MeetingResponded
from shared.schemas.chat import (
    ChannelKind,
    ChatEvent,
    Deletion,
    Markers,
    Message,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    MessageReacted,
    Reaction,
)
from shared.schemas.envelope import utc
from shared.schemas.interaction import AnyInteraction, Contact, Met, Reacted, Retracted, Stepped
from shared.schemas.ticket import (
    TicketAssigned,
    TicketCommented,
    TicketCreated,
    TicketEscalated,
    TicketEvent,
    TicketHandedToGroup,
    TicketPriorityChanged,
    TicketReopened,
    TicketResolved,
    TicketSlaBreached,
    TicketStatusChanged,
    TicketStep,
)
from shared.sources.events.canonical import without_text
from tests.names import ANY_NAMES

ANN, BOB, CYD = "mail:ann@x.io", "mail:bob@x.io", "mail:cyd@x.io"
AT = utc(1_700_000_000)
CANARY = "zyxcanary"
TEXT = f"Thanks, Bob. Could you send the {CANARY} report? Where is it?"
OPTED_IN = frozenset({"slack"})


@dataclass(frozen=True)
class Sent:
    kind: ChannelKind = "direct"
    text: str | None = TEXT
    markers: Markers | None = None


def posted(sent: Sent = Sent(), *, source: str = "slack", edit: bool = False) -> ChatEvent:
    data = Message(
        sender=ANN, recipients=(BOB,), channel_kind=sent.kind, audience=1, thread="t1", in_reply_to=BOB,
        text=sent.text, markers=sent.markers,
    )  # fmt: skip
    if edit:
        return MessageEdited(id=f"{source}:message:1:7", source=source, time=AT, revision=7, data=data)
    return MessagePosted(id=f"{source}:message:1", source=source, time=AT, data=data)


def wire(value: AnyInteraction) -> str:
    """As on the topic, where it must read back as the same."""
    encoded = msgspec.json.encode(value)
    assert msgspec.json.decode(encoded, type=AnyInteraction) == value
    return encoded.decode()


@pytest.mark.parametrize("edit", [False, True])
def test_text_is_never_passed_on(edit: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """The edge leaves none, and a record with one is not let in; where one came all the same, it would be dropped."""
    passed = wire(of_chat(posted(edit=edit), ANY_NAMES))
    for word in ("text", CANARY, "report", "Thanks"):
        assert word not in passed


def test_text_is_looked_at_for_sources_that_opted_in_only() -> None:
    """At the edge."""
    measured = without_text(posted(), text_features=True)
    assert isinstance(measured, MessagePosted)
    assert measured.data.text is None
    assert measured.data.markers is not None
    assert measured.data.markers.basis == "text"
    assert measured.data.markers.words > 0
    assert measured.data.markers.questions > 0
    other = without_text(posted(source="teams"), text_features=False)
    assert isinstance(other, MessagePosted)
    assert other.data.markers == Markers()


def test_markers_of_the_edge_are_kept_as_they_are() -> None:
    edge = Markers(basis="text", words=3, requests=1)
    passed = of_chat(posted(Sent(text=None, markers=edge)), ANY_NAMES)
    assert isinstance(passed, Contact)
    assert passed.markers == edge


def test_a_message_keeps_identity_revision_time_and_people() -> None:
    passed = of_chat(posted(Sent(kind="mail"), edit=True), ANY_NAMES)
    assert passed == Contact(
        id="slack:message:1:7", entity="slack:message:1", revision=7, at=AT, channel="mail", actor=ANN,
        recipients=(BOB,), audience=1, thread="t1", in_reply_to=BOB,
    )  # fmt: skip


def test_a_deletion_retracts_the_message_it_deletes() -> None:
    deleted = MessageDeleted(id="slack:message:1:9", source="slack", time=AT, revision=9, data=Deletion(sender=ANN))
    gone = of_chat(deleted, ANY_NAMES)
    assert gone == Retracted(id="slack:message:1:9", entity="slack:message:1", revision=9, at=AT)
    assert gone.entity == of_chat(posted(), ANY_NAMES).entity


def test_a_reaction_names_both_and_no_emoji() -> None:
    reacted = MessageReacted(
        id="slack:reaction:1", source="slack", time=AT,
        data=Reaction(sender=ANN, author=BOB, channel_kind="public_channel"),
    )  # fmt: skip
    assert of_chat(reacted, ANY_NAMES) == Reacted(
        id="slack:reaction:1", entity="slack:reaction:1", at=AT, channel="chat", actor=ANN, author=BOB
    )


def meeting(*attendees: Attendee, private: bool = False) -> Meeting:
    return Meeting(
        organiser=ANN, attendees=attendees, start=AT, end=AT, series="s1", private=private, changed_by=ANN
    )  # fmt: skip


def created(data: Meeting) -> CalendarEvent:
    return MeetingCreated(id="ics:meeting:1", source="ics", time=AT, data=data)


def test_a_private_meeting_is_retracted_and_names_nobody() -> None:
    passed = of_calendar(created(meeting(Attendee(identity=BOB), private=True)), ANY_NAMES)
    assert passed == Retracted(id="ics:meeting:1", entity="ics:meeting:1", at=AT)
    assert "mail:" not in wire(passed)


@pytest.mark.parametrize("attendees", [(), (Attendee(identity=ANN),)])
def test_a_meeting_with_oneself_counts_for_nothing(attendees: tuple[Attendee, ...]) -> None:
    assert isinstance(of_calendar(created(meeting(*attendees)), ANY_NAMES), Retracted)


def test_those_who_declined_are_told_apart() -> None:
    people = (
        Attendee(identity=CYD, response="tentative"), Attendee(identity=BOB, response="declined"),
        Attendee(identity=ANN, response="accepted"),
    )  # fmt: skip
    answered = MeetingResponded(id="ics:meeting:1:4", source="ics", time=AT, revision=4, data=meeting(*people))
    passed = of_calendar(answered, ANY_NAMES)
    assert isinstance(passed, Met)
    assert (passed.organiser, passed.attendees, passed.declined) == (ANN, (CYD,), (BOB,))
    assert (passed.revision, passed.series, passed.cancelled) == (4, "s1", False)


def test_a_cancelled_meeting_says_by_whom() -> None:
    cancelled = MeetingCancelled(
        id="ics:meeting:1:5", source="ics", time=AT, revision=5, data=meeting(Attendee(identity=BOB))
    )
    passed = of_calendar(cancelled, ANY_NAMES)
    assert isinstance(passed, Met)
    assert (passed.cancelled, passed.changed_by) == (True, ANN)


STEPS: dict[type[Any], str] = {
    TicketCreated: "created",
    TicketCommented: "commented",
    TicketAssigned: "assigned",
    TicketHandedToGroup: "handed_to_group",
    TicketStatusChanged: "status_changed",
    TicketReopened: "reopened",
    TicketSlaBreached: "sla_breached",
    TicketEscalated: "escalated",
    TicketResolved: "resolved",
}
EVENTS: tuple[type[Any], ...] = TicketEvent.__args__


@pytest.mark.parametrize("event", [each for each in EVENTS if each is not TicketPriorityChanged])
def test_every_kind_of_ticket_event_is_its_own_step(event: type[Any]) -> None:
    step = TicketStep(
        ticket="T-1", actor=ANN, reporter=BOB, assignee=CYD, previous_assignee=ANN, group="g2", previous_group="g1",
        status="waiting", previous_status="open", goal="goal", markers=Markers(basis="text", words=2),
    )  # fmt: skip
    passed = of_ticket(event(id="jira:step:1", source="jira", time=AT, data=step), ANY_NAMES)
    assert passed == Stepped(
        id="jira:step:1", entity="jira:step:1", at=AT, ticket="T-1", step=STEPS[event],  # type: ignore[arg-type]  # in the registry
        actor=ANN, reporter=BOB, assignee=CYD, previous_assignee=ANN, group="g2", previous_group="g1",
        status="waiting", previous_status="open", goal="goal", markers=Markers(basis="text", words=2),
    )  # fmt: skip
    wire(passed)


@pytest.mark.parametrize(
    ("before", "after", "step"), [(2, 4, "priority_raised"), (4, 2, "priority_lowered"), (None, 1, "priority_raised")]
)
def test_a_priority_goes_up_or_down(before: int | None, after: int, step: str) -> None:
    moved = TicketStep(ticket="T-1", actor=ANN, assignee=BOB, priority=after, previous_priority=before)
    passed = of_ticket(TicketPriorityChanged(id="jira:step:1", source="jira", time=AT, data=moved), ANY_NAMES)
    assert isinstance(passed, Stepped)
    assert passed.step == step
