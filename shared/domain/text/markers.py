"""The closed registry of markers: everything that is ever kept of a text. Loop over it; a new one is a decision.

Markers are integers and flags of what a message does. There is no sentiment and no emotion among them and none may be
added; nothing detects "yes, and", and the word "but" is in no list. English only: in other languages a text has no
markers, and its basis says so.
"""

from dataclasses import dataclass
from typing import Final, Literal

Needs = Literal["text", "text of the message it answers"]


@dataclass(frozen=True, slots=True)
class Marker:
    """One thing that is counted in a message."""

    name: str
    counts: str
    caution: str  # what it does not mean
    unit: str
    needs: Needs = "text"
    languages: tuple[str, ...] = ("en",)


_OTHER_TEXT: Final = "text of the message it answers"
_RATING: Final = "hundredths of a standard deviation of human ratings, -300 to 300"

WORDS: Final = Marker(
    name="words",
    counts="The author's own words: without quotes, code, links, mentions, form headings and signatures.",
    caution="Long is not better. It is there to tell a brief acknowledgement from an answer.",
    unit="words",
)
QUESTIONS: Final = Marker(
    name="questions",
    counts="Sentences that end in a question mark or begin like a question.",
    caution="A question can interrogate as well as inquire; a ticket form asks nobody.",
    unit="sentences",
)
FOLLOW_UPS: Final = Marker(
    name="follow_ups",
    counts="Questions that take up a content word of the message they answer.",
    caution="A follow-up in other words ('what does that do?') is not found.",
    unit="sentences",
    needs=_OTHER_TEXT,
)
REQUESTS: Final = Marker(
    name="requests",
    counts="Sentences that ask for something to be done.",
    caution="It says that something is wanted, not that it is urgent or owed.",
    unit="sentences",
)
ACKNOWLEDGES: Final = Marker(
    name="acknowledges",
    counts="Whether the message opens by thanking, confirming, agreeing or showing that it understood.",
    caution="Irony reads the same. What follows, also after a 'but', changes nothing.",
    unit="yes or no",
)
DEFERS: Final = Marker(
    name="defers",
    counts="Whether an answer is promised for later.",
    caution="Promising is not avoiding; often it is the honest answer.",
    unit="yes or no",
)
HEDGES: Final = Marker(
    name="hedges",
    counts="Words that leave room, such as 'perhaps', 'might' and 'seems'.",
    caution="Not weakness and not doubt in the matter; usage differs between cultures.",
    unit="phrases",
)
REASONS: Final = Marker(
    name="reasons",
    counts="Reasons, conclusions and examples, by their connecting words.",
    caution="It counts that reasons are given, not whether they are good.",
    unit="phrases",
)
ADVOCACY: Final = Marker(
    name="advocacy",
    counts="Own views, certainty, obligation and 'you should'.",
    caution="Whoever answers a question has to assert. It is looked at in debates only, and never alone.",
    unit="phrases",
)
INQUIRY: Final = Marker(
    name="inquiry",
    counts="Questions that are not rebuttals, invitations to explain, and concessions.",
    caution="Counted against advocacy. There is no right ratio.",
    unit="phrases and sentences",
)
RECEPTIVENESS: Final = Marker(
    name="receptiveness",
    counts=(
        "How receptive to the other view people would rate the words: a linear model on counts of listed phrases, "
        "of eight words or more."
    ),
    caution=(
        "Fitted on arguments about politics, so rough at work, and rougher still for one message: only means of many "
        "replies are used. It rates words, not a person's openness."
    ),
    unit=_RATING,
)
UPTAKE: Final = Marker(
    name="uptake",
    counts="How much people would say that a reply builds on what it answers: a linear model on overlap of words.",
    caution="A good answer in other words counts little, and repeating is not agreeing.",
    unit=_RATING,
    needs=_OTHER_TEXT,
)

MARKERS: Final[tuple[Marker, ...]] = (
    WORDS,
    QUESTIONS,
    REQUESTS,
    ACKNOWLEDGES,
    DEFERS,
    HEDGES,
    REASONS,
    ADVOCACY,
    INQUIRY,
    RECEPTIVENESS,
    UPTAKE,
    FOLLOW_UPS,
)
