"""What the API answers. Typed dictionaries: pydantic makes the schema, mypy checks what is built, msgspec encodes it.

They are apart from the tables, so that neither can change the other unseen. Model objects would be validated and
then taken apart again, which for a page of fifty costs more than the query.
"""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from shared.domain.evidence.reading import SubjectKind

PersonKey = Annotated[str, Field(description="Pseudonym of a person; the HR system's id is accepted as well.")]
Instant = Annotated[str, Field(description="ISO 8601, UTC.", json_schema_extra={"format": "date-time"})]
Week = Annotated[str, Field(description="Closed ISO week, or `live` for readings as of the watermark.")]
Confidence = Annotated[
    float, Field(ge=0, le=1, description="Share of the evidence that is the subject's own, not the prior's.")
]
Band = Annotated[str, Field(description="Named range of the value; `insufficient` when there is too little evidence.")]
SubjectText = Annotated[
    str,
    Field(
        description=(
            "`pair:a|b`, `chain:person|leader|leader's leader`, `leader:key`, `series:host|number` or `ticket:id`; "
            "`%` and `|` within a key are %-escaped."
        )
    ),
]
NextCursor = Annotated[str | None, Field(description="Where the next page starts; null on the last page.")]


class Person(TypedDict):
    """A person of the directory."""

    person: PersonKey
    hr_id: Annotated[str | None, Field(description="The HR system's id; null where the register is closed.")]
    name: Annotated[str | None, Field(description="Null where the register is closed or knows no name.")]
    team: str | None
    manager: Annotated[str | None, Field(description="Manager now; null at the top, or when not known.")]
    active: Annotated[bool, Field(description="Only active people are scored.")]


class PeoplePage(TypedDict):
    """People, by key."""

    data: list[Person]
    next_cursor: NextCursor


class Aggregate(TypedDict):
    """A signal over a team or the whole organisation; a suppressed one says nothing but that it is suppressed."""

    cohort: Annotated[str, Field(description="Key of a team, or `organisation`.")]
    name: str | None
    parent: Annotated[str | None, Field(description="Team that this one belongs to.")]
    signal: str
    week: Week
    as_of: Instant
    suppressed: Annotated[bool, Field(description="Too few people, or a smaller group could be worked out from it.")]
    people: Annotated[int | None, Field(description="People covered, rounded down to a multiple of five.")]
    mean: float | None
    bands: Annotated[dict[str, float] | None, Field(description="Share of the cohort's subjects in each band.")]


class AggregatePage(TypedDict):
    """Aggregates, by cohort and signal."""

    data: list[Aggregate]
    next_cursor: NextCursor


class Relationship(TypedDict):
    """A reading of a pair."""

    subject: SubjectText
    people: Annotated[list[str], Field(min_length=2, max_length=2)]
    signal: str
    value: float
    confidence: Confidence
    band: Band
    week: Week
    as_of: Instant
    action: Annotated[str, Field(description="Key of the suggested action; the evidence has it in words.")]


class RelationshipPage(TypedDict):
    """Relationships, worst first."""

    data: list[Relationship]
    next_cursor: NextCursor


class EscalationRisk(TypedDict):
    """How likely a person is to go past their leader within the horizon."""

    subject: SubjectText
    person: PersonKey
    leader: PersonKey
    skip_leader: Annotated[str, Field(description="The leader's leader.")]
    horizon_days: Literal[14, 28]
    signal: str
    value: Annotated[float, Field(ge=0, le=1, description="Probability.")]
    confidence: Confidence
    band: Band
    week: Week
    as_of: Instant
    action: str


class EscalationRiskPage(TypedDict):
    """Escalation risks, highest first."""

    data: list[EscalationRisk]
    next_cursor: NextCursor


class OwnReading(TypedDict):
    """A reading of the caller alone, or of the caller and one other."""

    subject: SubjectText
    people: list[str]
    signal: str
    value: float
    confidence: Confidence
    band: Band
    week: Week
    as_of: Instant
    action: str


class OwnReadings(TypedDict):
    """What concerns the caller, by signal and people. Nothing that is about going past somebody."""

    data: list[OwnReading]


class Look(TypedDict):
    """A read that told of the caller."""

    at: Instant
    reader: Annotated[str, Field(description="Credential of whoever read.")]
    operation: str
    purpose: str
    rows: Annotated[int, Field(description="How many of the rows told were about the caller.")]


class OwnAudit(TypedDict):
    """Who looked at the caller, latest first. Reads of chains are left out for those who ever led people."""

    data: list[Look]


class CaseModel(TypedDict):
    """Leave for one partner to read about named people."""

    case: str
    partner: Annotated[str, Field(description="Who may read: a person, or an API key that is nobody's.")]
    purpose: str
    opened_by: Annotated[str, Field(description="Never the partner.")]
    opened_at: Instant
    expires_at: Instant
    closed_at: Annotated[Instant | None, Field(description="Null unless it was closed before it expired.")]
    open: bool


class CaseList(TypedDict):
    """Cases, newest first: one's own, or all for those who open or audit them."""

    data: list[CaseModel]


class HistoryPoint(TypedDict):
    """A reading of the past, or the live one."""

    week: Week
    as_of: Instant
    value: float
    low_80: Annotated[float | None, Field(description="Lower end of the value's 80% band; null where not known.")]
    high_80: Annotated[float | None, Field(description="Upper end of it.")]
    confidence: Confidence
    band: Band


class HistoryPage(TypedDict):
    """Readings of one subject and signal, latest first; the live one, if any, leads."""

    subject: SubjectText
    signal: str
    data: list[HistoryPoint]
    next_cursor: NextCursor


class FactorModel(TypedDict):
    """One thing that was measured, over how many observations, what it added to the score, and what if it had not."""

    name: str
    value: float
    count: int
    contribution: float
    what_if: Annotated[
        float | None,
        Field(description="The reading's value if this factor were at its reference; null where not known."),
    ]


class Window(TypedDict):
    """The days that a reading looks at; what came before is its baseline."""

    days: int
    start: Instant
    end: Instant


class Action(TypedDict):
    """What a leader can do."""

    key: str
    text: str


class EvidenceReading(TypedDict):
    """The latest reading of a signal with everything that made it."""

    signal: str
    title: str
    unit: str
    value: float
    confidence: Confidence
    band: Band
    week: Week
    as_of: Instant
    window: Window
    factors: list[FactorModel]
    action: Action
    meaning: Annotated[str, Field(description="What the signal means.")]
    caution: Annotated[str, Field(description="What it does not mean.")]
    model_version: str


class Evidence(TypedDict):
    """Everything the latest readings of a subject rest on, in the order of the catalogue."""

    subject: SubjectText
    kind: SubjectKind
    people: list[str]
    data: list[EvidenceReading]


class BandLimits(TypedDict):
    """A band, from best to worst, and the value that ends it; the worst has no end."""

    name: str
    limit: float | None


class SignalModel(TypedDict):
    """A signal of the catalogue."""

    name: str
    title: str
    kind: SubjectKind
    unit: str
    window_days: int
    bands: list[BandLimits]
    worse_when: Literal["smaller", "larger"]
    least_observations: Annotated[int, Field(description="With fewer, the band is `insufficient`.")]
    meaning: str
    caution: Annotated[str, Field(description="What it does not mean.")]
    formula: str
    inputs: Annotated[list[str], Field(description="Facts that it is made from.")]
    evidence: Annotated[str, Field(description="Why it should be believed, and what is not known.")]
    source: Annotated[str, Field(description="Where the formula comes from.")]
    action: Action


class SignalList(TypedDict):
    """All signals, in the order they build on each other."""

    data: list[SignalModel]
