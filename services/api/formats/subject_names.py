"""Names of subjects in paths and answers: `pair:a|b`, `chain:person|leader|leader's leader`, `ticket:id`, ..."""

from typing import Final

from shared.domain.evidence.reading import SHAPES, Subject, SubjectKind

_KINDS: Final[dict[str, SubjectKind]] = {kind: kind for kind in SHAPES}


def subject_text(kind: SubjectKind, *parts: str) -> str:
    """The name of a subject. The same as its canonical text unless a key holds `%` or `|`."""
    names = "|".join(parts)
    if "%" in names or names.count("|") >= len(parts):
        names = "|".join(part.replace("%", "%25").replace("|", "%7C") for part in parts)
    return f"{kind}:{names}"


def parse_subject(text: str) -> Subject | None:
    """The subject of a name; None for a text that names none. The people of a pair may come in either order."""
    prefix, _, names = text.partition(":")
    kind = _KINDS.get(prefix)
    parts = tuple(name.replace("%7C", "|").replace("%25", "%") for name in names.split("|"))
    # PostgreSQL holds no NUL, so no key does.
    if kind is None or len(parts) != SHAPES[kind].parts or not all(parts) or "\0" in text:
        return None
    return Subject(kind, tuple(sorted(parts)) if kind == "pair" else parts)
