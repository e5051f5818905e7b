"""Names of subjects in paths and answers: `pair:a|b`, `chain:person|leader|leader's leader`."""

from typing import Final

from shared.domain.reading import Subject, SubjectKind

_KINDS: Final[dict[str, SubjectKind]] = {"pair": "pair", "chain": "chain"}
_PEOPLE: Final[dict[SubjectKind, int]] = {"pair": 2, "chain": 3}


def subject_text(kind: SubjectKind, *people: str) -> str:
    """The name of a subject. The same as its canonical text unless a key holds `%` or `|`."""
    names = "|".join(people)
    if "%" in names or names.count("|") >= len(people):
        names = "|".join(person.replace("%", "%25").replace("|", "%7C") for person in people)
    return f"{kind}:{names}"


def parse_subject(text: str) -> Subject | None:
    """The subject of a name; None when it names none. The two people of a pair may come in either order."""
    prefix, _, names = text.partition(":")
    kind = _KINDS.get(prefix)
    people = tuple(name.replace("%7C", "|").replace("%25", "%") for name in names.split("|"))
    # PostgreSQL holds no NUL, so no key does.
    if kind is None or len(people) != _PEOPLE[kind] or not all(people) or "\0" in text:
        return None
    return Subject(kind, tuple(sorted(people)) if kind == "pair" else people)
