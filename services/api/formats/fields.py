"""Types of fields that several answers share, and the made-up names of their examples.

Answers are typed dictionaries: pydantic makes the schema, mypy checks what is built, msgspec encodes it. They are apart
from the tables, so that neither can change the other unseen. Model objects would be validated and then taken apart
again, which for a page of fifty costs more than the query.
"""

from typing import Annotated, Final

from pydantic import Field
from typing_extensions import TypedDict

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


class Action(TypedDict):
    """What a leader can do."""

    key: str
    text: str


EXAMPLE_AS_OF: Final = "2026-02-15T23:59:59Z"
EXAMPLE_PAIR: Final = {"subject": "pair:ada|grace", "people": ["ada", "grace"]}
EXAMPLE_CHAIN: Final = {
    "subject": "chain:ada|grace|katherine",
    "person": "ada",
    "leader": "grace",
    "skip_leader": "katherine",
}
EXAMPLE_CURSOR: Final = "pVY3yq0cLr8Wm1u6oQb5Tg"
