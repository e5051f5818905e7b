"""Whether an audit is as it was written: everything there is to compare, and the first thing that is wrong."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from shared.domain.privacy.audit_chain import BEFORE_ALL, ChainKeys, Cut, Entry, Head, Root, Verifier, merkle_root


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong: at which entry, and what."""

    sequence: int
    reason: str


@dataclass(frozen=True, slots=True)
class Audit:
    """Everything there is to verify. `index` holds what each entry is found by: the rows by person, by sequence."""

    entries: Sequence[tuple[Entry, bytes]]  # with their seals, in the order of their sequences
    index: Mapping[int, Mapping[str, int]]
    head: Head | None
    roots: Sequence[Root]
    cut: Cut | None = None


def find_fault(
    audit: Audit,
    keys: ChainKeys,
    *,
    verifier: Verifier,
    anchors: Sequence[Root] = (),
    kept_since: int | None = None,
) -> Fault | None:
    """The first fault of an audit, or None.

    `anchors` are roots kept outside, in the order they were made. Nothing that was signed at `kept_since` (Unix
    seconds) or later may be gone.
    """
    fault = _cut_fault(audit, verifier, kept_since)
    if fault is not None:
        return fault
    through, before = (audit.cut.through, audit.cut.seal) if audit.cut else (0, BEFORE_ALL)
    seals: list[bytes] = []
    for expected, (entry, seal) in enumerate(audit.entries, through + 1):
        if entry.sequence != expected:
            missing = entry.sequence > expected
            return Fault(expected, "the entry is missing" if missing else "entries from before the cut are still there")
        made = keys.seal(seals[-1] if seals else before, entry)
        if made is None:
            return Fault(expected, f"there is no key for epoch {entry.epoch!r}")
        if not hmac.compare_digest(made, seal):
            return Fault(expected, "the entry or one before it was changed, or was sealed with another key")
        if audit.index.get(expected, {}) != entry.rows_by_person:
            return Fault(expected, "the people it is found by are not those of the entry")
        seals.append(seal)
    chain = _Chain(through, before, seals)
    return (
        _strays(audit, chain)
        or _head_fault(audit.head, chain, keys)
        or _root_fault(audit.roots, chain, verifier)
        or _anchor_fault(audit.roots, anchors, verifier)
    )


@dataclass(frozen=True, slots=True)
class _Chain:
    """The seals that are there, after the cut."""

    through: int
    before: bytes
    seals: Sequence[bytes]

    @property
    def end(self) -> int:
        return self.through + len(self.seals)

    @property
    def last(self) -> bytes:
        return self.seals[-1] if self.seals else self.before


def _cut_fault(audit: Audit, verifier: Verifier, kept_since: int | None) -> Fault | None:
    cut = audit.cut
    if cut is None:
        return None
    if not verifier.holds_cut(cut):
        return Fault(cut.through, "the signature of the cut up to here does not hold")
    root = next((root for root in audit.roots if root.last == cut.through), None)
    if root is None:
        return Fault(cut.through, "the cut is not where a signed root ends")
    if kept_since is not None and root.at >= kept_since:
        return Fault(root.first, "entries from here on were cut off before they were old enough")
    return None


def _strays(audit: Audit, chain: _Chain) -> Fault | None:
    stray = min((sequence for sequence in audit.index if not chain.through < sequence <= chain.end), default=None)
    return None if stray is None else Fault(stray, "people are found by an entry that is not there")


def _head_fault(head: Head | None, chain: _Chain, keys: ChainKeys) -> Fault | None:
    if head is None:
        return Fault(1, "the end of the chain is not recorded") if chain.end else None
    made = keys.seal_head(head.epoch, head.sequence, head.last)
    if made is None or not hmac.compare_digest(made, head.seal):
        return Fault(chain.end + 1, "the record of the end of the chain was changed")
    if head.sequence != chain.end:
        return Fault(chain.end + 1, f"the chain ends here, and should go on to {head.sequence}")
    if not hmac.compare_digest(head.last, chain.last):
        return Fault(chain.end, "it is not the entry that the chain ended with")
    return None


def _root_fault(roots: Sequence[Root], chain: _Chain, verifier: Verifier) -> Fault | None:
    if roots and roots[0].first != 1:
        return Fault(1, "the first signed root is missing")
    for before, root in pairwise(roots):
        if root.first != before.last + 1:
            return Fault(before.last + 1, "a signed root is missing")
    for root in roots:
        if not verifier.holds(root):
            return Fault(root.first, "the signature of the root from here on does not hold")
        if root.last > chain.end:
            return Fault(chain.end + 1, f"the chain ends here, and was signed up to {root.last}")
        if root.last <= chain.through:
            continue  # what it was made of is gone
        if merkle_root(chain.seals[root.first - 1 - chain.through : root.last - chain.through]) != root.root:
            return Fault(root.first, f"the chain from here to {root.last} is not the one that was signed")
    return None


def _anchor_fault(roots: Sequence[Root], anchors: Sequence[Root], verifier: Verifier) -> Fault | None:
    for place, anchor in enumerate(anchors):
        if not verifier.holds(anchor):
            return Fault(anchor.first, "the signature of the root kept outside does not hold")
        if place >= len(roots) or roots[place] != anchor:
            return Fault(anchor.first, "the root kept outside is not the one in the store")
    return None
