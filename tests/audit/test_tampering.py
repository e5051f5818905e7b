import random
from dataclasses import replace

import pytest

from shared.domain.privacy.audit_chain import ChainKeys, read_roots, root_line
from shared.domain.privacy.audit_verification import Audit, find_fault
from tests.audit.tampering import (
    ATTACKS,
    CUT_AT,
    FORGER,
    KEYS,
    OLD,
    SIGNER,
    Attack,
    an_audit,
    chained,
    cut_off,
    ended,
    index_of,
    verdict,
)

EDITS, EDITS_DEEP = 12_000, 120_000


def test_a_sound_audit_has_no_fault() -> None:
    for seed in range(20):
        audit = an_audit(seed)
        assert verdict(audit, audit.roots) is None
        assert verdict(cut_off(audit, 1, at=CUT_AT), audit.roots) is None
        assert verdict(cut_off(audit, 2, at=CUT_AT)) is None
    assert find_fault(Audit((), {}, None, ()), KEYS, verifier=SIGNER.verifier) is None


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.tamper.__name__)
def test_every_tampering_is_found(attack: Attack, *, deep: bool) -> None:
    for seed in range((EDITS_DEEP if deep else EDITS) // len(ATTACKS) + 1):
        chance = random.Random(seed)
        audit = an_audit(seed % 50, entries=chance.randrange(3, 14), roots=chance.randrange(1, 4))
        tampered = attack.tamper(chance, audit)
        if tampered == audit:
            continue
        anchors = audit.roots if attack.needs_anchors else ()
        assert verdict(tampered, anchors) is not None, (attack.tamper.__name__, seed)


def test_the_first_bad_entry_is_named() -> None:
    audit = an_audit(1)
    sealed = list(audit.entries)
    for bad in (9, 5):
        entry, seal = sealed[bad - 1]
        sealed[bad - 1] = replace(entry, purpose="curiosity"), seal
    fault = verdict(replace(audit, entries=sealed))
    assert fault is not None
    assert fault.sequence == 5


def test_a_cut_says_what_is_wrong_with_it() -> None:
    audit = an_audit(8)
    cut = cut_off(audit, 2, at=CUT_AT)
    reasons = {
        "signature of the cut": replace(cut, cut=cut_off(audit, 2, at=CUT_AT, signer=FORGER).cut),
        "not where a signed root ends": replace(cut, cut=SIGNER.cut(7, CUT_AT, audit.entries[6][1])),
        "before they were old enough": cut_off(audit, 3, at=CUT_AT),
        "still there": replace(audit, cut=cut.cut),
        "is missing": replace(cut, entries=cut.entries[1:]),
        "changed": replace(cut, cut=SIGNER.cut(audit.roots[1].last, CUT_AT, audit.entries[0][1])),
    }
    for reason, tampered in reasons.items():
        fault = verdict(tampered)
        assert fault is not None
        assert reason in fault.reason


def test_what_is_not_signed_yet_is_sealed_all_the_same() -> None:
    audit = replace(an_audit(2), roots=())
    shorter = audit.entries[:-1]
    assert verdict(replace(audit, entries=shorter, index=index_of(shorter))) is not None


def test_an_old_copy_of_the_whole_store_is_found_out_by_the_roots_kept_outside() -> None:
    audit = an_audit(3)
    then = audit.entries[:8]
    copy = Audit(then, index_of(then), ended(then, KEYS), [root for root in audit.roots if root.last <= 8])
    assert verdict(copy) is None
    assert verdict(copy, audit.roots) is not None


def test_keys_rotate_and_without_the_old_one_its_entries_cannot_be_verified() -> None:
    audit = an_audit(4)
    assert {entry.epoch for entry, _ in audit.entries} == {KEYS.epoch, OLD.epoch}
    forgot = ChainKeys([b"x" * 32])
    fault = find_fault(audit, forgot, verifier=SIGNER.verifier)
    assert fault is not None
    assert "no key for epoch" in fault.reason


def test_roots_survive_being_written_down() -> None:
    roots = an_audit(5).roots
    assert list(read_roots(root_line(root) for root in roots)) == roots


def test_without_a_key_entries_are_chained_but_anybody_can_chain_them() -> None:
    unsealed = ChainKeys()
    assert not unsealed.sealed
    sealed = chained([replace(entry, epoch=unsealed.epoch) for entry, _ in an_audit(6).entries], unsealed)
    audit = Audit(sealed, index_of(sealed), ended(sealed, unsealed), ())
    assert find_fault(audit, unsealed, verifier=SIGNER.verifier) is None
