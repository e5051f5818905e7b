"""Ways to tamper with an audit, and what an auditor outside still has: the keys, the public key and kept roots."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import pairwise
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.domain.privacy.audit_chain import BEFORE_ALL, ChainKeys, Cut, Entry, Head, Root, Signer
from shared.domain.privacy.audit_verification import Audit, Fault, find_fault

KEYS = ChainKeys([sha256(b"new").digest(), sha256(b"old").digest()])
OLD = ChainKeys([sha256(b"old").digest()])
SIGNER = Signer([Ed25519PrivateKey.from_private_bytes(sha256(b"signer").digest())])
FORGER = Signer([Ed25519PrivateKey.from_private_bytes(sha256(b"forger").digest())])
CUT_AT = 1_900_000_000
OPERATIONS = ("listRelationships", "listEscalationRisks", "readEvidence")

Sealed = Sequence[tuple[Entry, bytes]]
Tampering = Callable[[random.Random, Audit], Audit]


def chained(entries: Sequence[Entry], keys: ChainKeys) -> list[tuple[Entry, bytes]]:
    """Entries with the seals that these keys give them."""
    sealed: list[tuple[Entry, bytes]] = []
    for entry in entries:
        seal = keys.seal(sealed[-1][1] if sealed else BEFORE_ALL, entry)
        assert seal is not None
        sealed.append((entry, seal))
    return sealed


def ended(sealed: Sealed, keys: ChainKeys) -> Head:
    last = sealed[-1][1]
    seal = keys.seal_head(keys.epoch, len(sealed), last)
    assert seal is not None
    return Head(len(sealed), keys.epoch, last, seal)


def index_of(sealed: Sealed) -> dict[int, Mapping[str, int]]:
    return {entry.sequence: entry.rows_by_person for entry, _ in sealed}


def an_audit(seed: int, *, entries: int = 16, roots: int = 3) -> Audit:
    """A sound one. The key was changed in the middle; the last root is over the last entry."""
    chance = random.Random(seed)
    told = [
        Entry(
            sequence, OLD.epoch if sequence <= entries // 2 else KEYS.epoch, 1_770_000_000 + 60 * sequence,
            f"key{chance.randrange(3)}", chance.choice(OPERATIONS), "relationship-support",
            {f"p{number}": chance.randrange(1, 9) for number in chance.sample(range(40), chance.randrange(1, 6))},
        )
        for sequence in range(1, entries + 1)
    ]  # fmt: skip
    sealed = chained(told, KEYS)
    ends = [entries * part // roots for part in range(roots + 1)]
    signed = [
        SIGNER.sign(start + 1, told[end - 1].at, [seal for _, seal in sealed[start:end]])
        for start, end in pairwise(ends)
    ]
    return Audit(sealed, index_of(sealed), ended(sealed, KEYS), signed)


def verdict(audit: Audit, anchors: Sequence[Root] = ()) -> Fault | None:
    """As somebody finds it who knows that what was signed with the last root cannot be old enough to be gone."""
    kept_since = max((root.at for root in audit.roots), default=0)
    return find_fault(audit, KEYS, verifier=SIGNER.verifier, anchors=anchors, kept_since=kept_since)


def other(chance: random.Random, value: Any) -> Any:
    """Something else of the same type."""
    match value:
        case bytes():
            at, bit = chance.randrange(len(value)), 1 << chance.randrange(8)
            return value[:at] + bytes([value[at] ^ bit]) + value[at + 1 :]
        case int():
            return value + chance.choice((-1, 1, 60, 1 << 20))
        case str():
            return chance.choice([each for each in (*OPERATIONS, "", value + " ", value[:-1]) if each != value])
        case _:
            person = chance.choice(list(value))
            rest = {name: rows for name, rows in value.items() if name != person}
            return chance.choice((rest, value | {person: value[person] + 1}, rest | {"nobody": value[person]}))


def changed(chance: random.Random, record: Any, names: Sequence[str]) -> Any:
    """A record with one of its fields changed."""
    name = chance.choice(names)
    return replace(record, **{name: other(chance, getattr(record, name))})


def flip_an_entry(chance: random.Random, audit: Audit) -> Audit:
    """One field of one entry or its seal; what it is found by is made to agree."""
    sealed = list(audit.entries)
    at = chance.randrange(len(sealed))
    entry, seal = sealed[at]
    if chance.random() < 0.2:
        sealed[at] = entry, other(chance, seal)
    else:
        sealed[at] = changed(chance, entry, [name for name in Entry.__dataclass_fields__ if name != "sequence"]), seal
    return replace(audit, entries=sealed, index=index_of(sealed))


def flip_the_index(chance: random.Random, audit: Audit) -> Audit:
    """What an entry is found by: another person, another number, nobody, or an entry that there is not."""
    sequence = chance.randrange(1, len(audit.entries) + 1)
    index = dict(audit.index)
    if chance.random() < 0.2:
        index[chance.choice((0, len(audit.entries) + 1))] = index[sequence]
    else:
        index[sequence] = other(chance, index[sequence])
    return replace(audit, index=index)


def flip_the_end(chance: random.Random, audit: Audit) -> Audit:
    assert audit.head is not None
    return replace(audit, head=changed(chance, audit.head, list(Head.__dataclass_fields__)))


def flip_a_root(chance: random.Random, audit: Audit) -> Audit:
    roots = list(audit.roots)
    at = chance.randrange(len(roots))
    roots[at] = changed(chance, roots[at], list(Root.__dataclass_fields__))
    return replace(audit, roots=roots)


def delete(chance: random.Random, audit: Audit) -> Audit:
    """Entries from the middle, with what they are found by; the rest may be numbered anew."""
    sealed = list(audit.entries)
    start = chance.randrange(len(sealed) - 1)
    del sealed[start : chance.randrange(start + 1, len(sealed))]
    return replace(audit, entries=renumbered(chance, sealed), index=index_of(renumbered(chance, sealed, always=True)))


def renumbered(chance: random.Random, sealed: Sealed, *, always: bool = False) -> list[tuple[Entry, bytes]]:
    if not always and chance.random() < 0.5:
        return list(sealed)
    return [(replace(entry, sequence=sequence), seal) for sequence, (entry, seal) in enumerate(sealed, 1)]


def reorder(chance: random.Random, audit: Audit) -> Audit:
    """Two entries change places, with or without their seals."""
    sealed = list(audit.entries)
    one, another = chance.sample(range(len(sealed)), 2)
    sealed[one], sealed[another] = sealed[another], sealed[one]
    if chance.random() < 0.5:
        seals = [seal for _, seal in audit.entries]
        sealed = [(entry, seal) for (entry, _), seal in zip(sealed, seals, strict=True)]
    sealed = renumbered(chance, sealed, always=True)
    return replace(audit, entries=sealed, index=index_of(sealed))


def truncate(chance: random.Random, audit: Audit) -> Audit:
    """The last entries are gone, and whatever else the thief can reach says that the chain ended there."""
    sealed = list(audit.entries)[: chance.randrange(len(audit.entries))]
    last = sealed[-1][1] if sealed else BEFORE_ALL
    assert audit.head is not None
    head = chance.choice((audit.head, replace(audit.head, sequence=len(sealed), last=last), None))
    roots = audit.roots if chance.random() < 0.5 else [root for root in audit.roots if root.last <= len(sealed)]
    if not sealed and head is None and not roots:
        head = audit.head  # nothing at all is what a new store looks like; kept roots tell of it
    return replace(audit, entries=sealed, index=index_of(sealed), head=head, roots=roots)


def rewrite_without_the_key(chance: random.Random, audit: Audit) -> Audit:
    """Everything from an entry on, sealed with a key of one's own."""
    entries = [entry for entry, _ in audit.entries]
    at = chance.randrange(len(entries))
    mine = ChainKeys([chance.randbytes(32)])
    entries[at] = changed(chance, entries[at], ("at", "key_id", "operation", "rows_by_person"))
    epoch = chance.choice((mine.epoch, KEYS.epoch))
    new = chained([replace(entry, epoch=mine.epoch) for entry in entries[at:]], mine)
    sealed = [*audit.entries[:at], *((replace(entry, epoch=epoch), seal) for entry, seal in new)]
    return replace(audit, entries=sealed, index=index_of(sealed), head=ended(sealed, mine))


def rewrite_with_the_key(chance: random.Random, audit: Audit) -> Audit:
    """The whole chain is sound again, and shorter or longer perhaps. Only the roots' key is somebody else's."""
    entries = [entry for entry, _ in audit.entries]
    at = chance.randrange(len(entries))
    match chance.randrange(3):
        case 0:
            entries[at] = changed(chance, entries[at], ("at", "key_id", "operation", "purpose", "rows_by_person"))
        case 1 if len(entries) > 1:
            del entries[at]
        case _:
            entries.insert(at, changed(chance, entries[at], ("at",)))
    entries = [replace(entry, sequence=sequence) for sequence, entry in enumerate(entries, 1)]
    sealed = chained(entries, KEYS)
    seals = [seal for _, seal in sealed]
    signed = FORGER.sign(1, entries[-1].at, seals)
    roots = chance.choice((list(audit.roots), [], [signed], [replace(signed, signer=audit.roots[0].signer)]))
    return Audit(sealed, index_of(sealed), ended(sealed, KEYS), roots)


def cut_off(audit: Audit, stretches: int, *, at: int, signer: Signer = SIGNER) -> Audit:
    """As a sound one is once so many signed stretches were old enough to go."""
    through = audit.roots[stretches - 1].last
    left = list(audit.entries)[through:]
    cut = signer.cut(through, at, audit.entries[through - 1][1])
    return replace(audit, entries=left, index=index_of(left), cut=cut)


def forge_a_cut(chance: random.Random, audit: Audit) -> Audit:
    """With the key of the chain and everything else there is, but the one that signs."""
    forged = cut_off(audit, chance.randrange(1, len(audit.roots) + 1), at=CUT_AT, signer=FORGER)
    assert forged.cut is not None
    if chance.random() < 0.5:
        forged = replace(forged, cut=replace(forged.cut, signer=audit.roots[0].signer))
    return forged


def move_a_cut(chance: random.Random, audit: Audit) -> Audit:
    """A true cut, changed, with the entries that it then says are gone; or the cut of a while ago."""
    cut = cut_off(audit, 1, at=CUT_AT)
    assert cut.cut is not None
    more = list(cut.entries)[chance.randrange(1, len(cut.entries) + 1) :] if cut.entries else []
    through = len(audit.entries) - len(more)
    moved = replace(cut.cut, through=through, seal=audit.entries[through - 1][1])
    moved = chance.choice((moved, cut.cut, changed(chance, cut.cut, list(Cut.__dataclass_fields__))))
    return replace(cut, entries=more, index=index_of(more), cut=moved)


def undo_a_cut(chance: random.Random, audit: Audit) -> Audit:
    """The rest without the cut, the cut without the rest, or with entries that should be gone."""
    cut = cut_off(audit, chance.randrange(1, len(audit.roots) + 1), at=CUT_AT)
    match chance.randrange(3):
        case 0:
            return replace(cut, cut=None)
        case 1:
            return replace(cut, entries=(), index={}, head=None)
        case _:
            return replace(audit, cut=cut.cut)


def tamper_after_a_cut(chance: random.Random, audit: Audit) -> Audit:
    """What comes after the cut is changed as anything else."""
    cut = cut_off(audit, 1, at=CUT_AT)
    if not cut.entries:
        return replace(cut, head=None)
    return chance.choice((flip_an_entry, flip_the_end, flip_a_root))(chance, cut)


def cut_too_early(chance: random.Random, audit: Audit) -> Audit:
    """By whoever has every key: entries go that are not old enough, and the cut says that it was made much later."""
    return cut_off(audit, len(audit.roots), at=audit.roots[-1].at + chance.choice((0, 365 * 86_400)))


@dataclass(frozen=True, slots=True)
class Attack:
    """A tampering, and whether it takes roots kept outside to find it."""

    tamper: Tampering
    needs_anchors: bool = False


ATTACKS = (
    Attack(flip_an_entry),
    Attack(flip_the_index),
    Attack(flip_the_end),
    Attack(flip_a_root),
    Attack(delete),
    Attack(reorder),
    Attack(truncate),
    Attack(rewrite_without_the_key),
    Attack(rewrite_with_the_key, needs_anchors=True),
    Attack(forge_a_cut),
    Attack(move_a_cut),
    Attack(undo_a_cut),
    Attack(tamper_after_a_cut),
    Attack(cut_too_early),
)
