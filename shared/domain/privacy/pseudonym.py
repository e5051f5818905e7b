"""Pseudonyms: what people, their accounts and their things are called everywhere behind the edge.

A pseudonym is a keyed digest. Without the key nobody can work out or check whom it stands for; with it, the same name
always gives the same pseudonym, so that a late record still finds its person. The way back is the register of the
store, sealed under a key per person, and nowhere else.

While it travels from the edge to the services, the pseudonym of a person or an account carries a short *check* behind
it, under a key derived from that of pseudonyms. Whoever has the derived key can tell pseudonyms of this deployment from
all else, and can neither make nor guess that of a known name. The check is no part of the name: services take it off
as they let a record in, so stores, exports and links know pseudonyms without one. Ids of things and keys of teams,
goals and queues (see `named_things`) bear none.
"""

import hmac
import re
from base64 import b32encode
from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

from shared.domain.organisation.account_form import account_form
from shared.domain.privacy.named_things import ThingKind, is_key, is_keyed_ticket, is_number, key_prefix, ticket_parts

KEY_BYTES: Final = 32
CHECK_LETTERS: Final = 6
"""Length of a check: 30 bits, so that of a billion made-up names one would pass."""
_DIGEST_BYTES: Final = 16  # 128 bits: a collision would need 2^64 people
_CHECK_BYTES: Final = 5  # which are eight letters: more than enough to cut six from
_CHECK_LABEL: Final = b"bellwether: check of pseudonyms"
_PREFIX: Final = "p-"
_PSEUDONYM: Final = re.compile(r"p-[a-z2-7]{26}")
_LOOKS: Final = re.compile(r"\s*p-[a-z2-7]{26}(?:[a-z2-7]{6})?\s*", re.IGNORECASE)
_IDENTITY: Final = re.compile(r"(?:mail|chat|ticket):p-[a-z2-7]{26}")


class NotPseudonymousError(ValueError):
    """A name that is no pseudonym of this deployment. The message does not repeat it."""

    def __init__(self) -> None:
        super().__init__("a name is no pseudonym of this deployment")


class PseudonymGivenError(ValueError):
    """A pseudonym stands where an id of the outside is asked for: whoever has seen it would act for whom it is of."""

    def __init__(self) -> None:
        super().__init__("a pseudonym stands where the id of a source or of the HR system is asked for")


class Pseudonyms:
    """Makes pseudonyms under one key. What looks like a pseudonym is nobody's id, and is refused."""

    def __init__(self, key: bytes) -> None:
        """Raises ValueError for a key that is not `KEY_BYTES` long."""
        if len(key) != KEY_BYTES:
            raise ValueError(f"a pseudonym key has {KEY_BYTES} bytes, not {len(key)}")
        self._key: Final = key
        # Some names come in every event; what is remembered here is as long as the list of a company's accounts.
        self._identities: Final[dict[str, str]] = {}
        self._named: Final[dict[tuple[ThingKind, str], str]] = {}

    @property
    def accounts(self) -> Mapping[str, str]:
        """Pseudonyms of the accounts that were asked for, by how they are written; those that came last at the end."""
        return self._identities

    def person(self, key: str) -> str:
        """Pseudonym of the HR system's id of a person. Raises PseudonymGivenError."""
        if looks_like_pseudonym(key):
            raise PseudonymGivenError
        return _PREFIX + self._digest(b"person", key)

    def identity(self, identity: str) -> str:
        """Pseudonym of a source identity, however it is written; its namespace stays readable: `mail:p-...`.

        Raises PseudonymGivenError.
        """
        found = self._identities.get(identity)
        if found is None:
            form = account_form(identity)
            namespace, _, native = form.partition(":")
            if looks_like_pseudonym(native):
                raise PseudonymGivenError
            found = self._identities[identity] = f"{namespace}:{_PREFIX}{self._digest(b'identity', form)}"
        return found

    def native_id(self, text: str) -> str:
        """Stands for a source's own id of a thing, which may hold an address or a name. A pseudonym is one like any."""
        return _PREFIX + self._digest(b"id", text)

    def named(self, kind: ThingKind, text: str) -> str:
        """The key of a team, a goal or a queue, which may be called after somebody; a key stays what it is.

        Keys are shown to everybody, and who names a team by one has said no more than with its name.
        """
        if is_key(text, kind):
            return text
        found = self._named.get((kind, text))
        if found is None:
            found = key_prefix(kind) + self._digest(kind.value.encode(), text)
            self._named[kind, text] = found
        return found

    def ticket(self, text: str) -> str:
        """The id of a ticket: its number, after the key of the project where it has one; else as `native_id`."""
        parts = ticket_parts(text)
        if parts is not None:
            return self.named(ThingKind.QUEUE, parts.project) + parts.number
        return text if is_number(text) else self.native_id(text)

    def check_key(self) -> bytes:
        """The key of checks. It says nothing of the one it is derived from."""
        return hmac.digest(self._key, _CHECK_LABEL, "sha256")

    def __repr__(self) -> str:
        """Says nothing of the key."""
        return "Pseudonyms()"

    def _digest(self, what: bytes, text: str) -> str:
        # The surrogates of a badly decoded name are bytes like any other here.
        data = text.encode(errors="surrogatepass")
        return _letters(blake2b(data, key=self._key, person=what, digest_size=_DIGEST_BYTES).digest())


class PseudonymChecks:
    """Puts checks on pseudonyms that set out, and takes them off those that arrive. Made from the key of checks."""

    def __init__(self, key: bytes) -> None:
        """Raises ValueError for a key that is not `KEY_BYTES` long."""
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key of checks has {KEY_BYTES} bytes, not {len(key)}")
        self._key: Final = key

    def add(self, name: str) -> str:
        """The pseudonym of a person or an account as it travels. Raises NotPseudonymousError for all else."""
        if not _PSEUDONYM.fullmatch(name) and not _IDENTITY.fullmatch(name):
            raise NotPseudonymousError
        return name + self._check(name)

    def remove(self, name: str) -> str:
        """The pseudonym in a name as it travels. Raises NotPseudonymousError where it does not bear the right check."""
        plain, check = name[:-CHECK_LETTERS], name[-CHECK_LETTERS:]
        if not _PSEUDONYM.fullmatch(plain) and not _IDENTITY.fullmatch(plain):
            raise NotPseudonymousError
        # Any bytes may come in; those that differ in length or are no ASCII differ.
        if not hmac.compare_digest(check.encode(errors="replace"), self._check(plain).encode()):
            raise NotPseudonymousError
        return plain

    def __repr__(self) -> str:
        """Says nothing of the key."""
        return "PseudonymChecks()"

    def _check(self, plain: str) -> str:
        return _letters(blake2b(plain.encode(), key=self._key, digest_size=_CHECK_BYTES).digest())[:CHECK_LETTERS]


class DepartingNames:
    """Names of an event as it sets out: people and accounts with their checks, ids of things as they are."""

    def __init__(self, checks: PseudonymChecks) -> None:
        self._checks: Final = checks
        self._known: Final[dict[str, str]] = {}  # as long as the list of a company's accounts

    def person(self, key: str) -> str:
        """Raises NotPseudonymousError for what is no pseudonym."""
        return self._checks.add(key)

    def identity(self, identity: str) -> str:
        """Raises NotPseudonymousError for what is no pseudonym."""
        found = self._known.get(identity)
        if found is None:
            found = self._known[identity] = self._checks.add(identity)
        return found

    def native_id(self, text: str) -> str:
        """Ids of things name nobody any more, and bear no check."""
        return text

    def named(self, kind: ThingKind, text: str) -> str:
        """Keys bear no check either. Raises NotPseudonymousError for what is none."""
        return _keyed(kind, text)

    def ticket(self, text: str) -> str:
        """Raises NotPseudonymousError for the id of a ticket as its source knows it."""
        return _keyed_ticket(text)


class ArrivingNames(dict[str, str]):
    """Names of accounts as they travel, each with the pseudonym that it is; looking up an unknown one verifies it.

    Only what was verified is remembered, so it grows no longer than the list of a company's accounts. A look at one
    that is known costs as much as any look into a dictionary.
    """

    def __init__(self, checks: PseudonymChecks, *, unchecked: bool = False) -> None:
        """With `unchecked`, pseudonyms that bear no check pass too: those of earlier versions did not."""
        super().__init__()
        self._checks: Final = checks
        self._unchecked: Final = unchecked

    def __missing__(self, identity: str) -> str:
        """Raises NotPseudonymousError."""
        if self._unchecked and _IDENTITY.fullmatch(identity):
            return identity
        plain = self._checks.remove(identity)
        if ":" not in plain:
            raise NotPseudonymousError
        self[identity] = plain
        return plain

    def identity(self, identity: str) -> str:
        """As looking it up."""
        return self[identity]

    def person(self, key: str) -> str:
        """The pseudonym of a person. Raises NotPseudonymousError."""
        if self._unchecked and is_pseudonym(key):
            return key
        plain = self._checks.remove(key)
        if not is_pseudonym(plain):
            raise NotPseudonymousError
        return plain

    def native_id(self, text: str) -> str:
        """The id of a thing, which must not be its source's own. Raises NotPseudonymousError."""
        if not is_pseudonym(text):
            raise NotPseudonymousError
        return text

    def named(self, kind: ThingKind, text: str) -> str:
        """The key of a team, a goal or a queue. Raises NotPseudonymousError for what people call it."""
        return _keyed(kind, text)

    def ticket(self, text: str) -> str:
        """The id of a ticket, as the edge gives it. Raises NotPseudonymousError."""
        return _keyed_ticket(text)


def is_pseudonym(text: str) -> bool:
    """Whether a person key or the native part of an identity is one."""
    return _PSEUDONYM.fullmatch(text) is not None


def looks_like_pseudonym(text: str) -> bool:
    """Whether a text could be taken for the pseudonym of somebody, of whatever deployment, with a check or without."""
    return _LOOKS.fullmatch(text) is not None


def is_pseudonymous(identity: str) -> bool:
    """Whether an identity says of whom it is by a pseudonym, whoever made that."""
    return _IDENTITY.fullmatch(identity) is not None


def _keyed(kind: ThingKind, text: str) -> str:
    if not is_key(text, kind):
        raise NotPseudonymousError
    return text


def _keyed_ticket(text: str) -> str:
    if not is_keyed_ticket(text):
        raise NotPseudonymousError
    return text


def _letters(digest: bytes) -> str:
    return b32encode(digest).decode().rstrip("=").lower()
