"""Whose an account may be: by proof, which links it, or by how it is spelt, which only suggests. Pure.

Proof is a mail address that the account's own system has verified, and that is one person's in the directory. All else
is a guess, and is only made where one person alone fits: of two who are called alike neither is suggested.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rapidfuzz.fuzz import ratio

from shared.domain.organisation.account_form import account_form
from shared.domain.organisation.machine_accounts import is_shared_or_machine

LEAST_LIKE: Final = 84.0
"""Two surnames that are less alike, of 100, are two names. One letter more or less in six leaves 91, two leave 80."""
_MARGIN: Final = 4.0
_SHORTEST: Final = 4  # a shorter word is like too many others
_SEPARATORS: Final = re.compile(r"[\s._,\-]+")
_DIGITS: Final = re.compile(r"\d+$")
_NUMBERED: Final = re.compile(r"[a-z]\d{2,4}$")
_PRIVATE: Final = frozenset(
    [
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "yahoo.com",
        "icloud.com",
        "me.com",
        "proton.me",
        "protonmail.com",
        "gmx.de",
        "gmx.net",
        "web.de",
        "t-online.de",
        "orange.fr",
        "free.fr",
        "libero.it",
        "mail.ru",
        "yandex.ru",
        "qq.com",
        "163.com",
        "aol.com",
    ]
)
_LETTERS: Final = str.maketrans({"ł": "l", "ø": "o", "ß": "ss", "đ": "d", "æ": "ae", "œ": "oe"})
_LONG: Final = str.maketrans({"ü": "ue", "ö": "oe", "ä": "ae", "ø": "oe", "å": "aa"})
_SHORT_NAMES: Final = {
    short: name
    for name, shorts in {
        "alexander": "alex sascha sasha", "alexandra": "alex sandra", "andrew": "andy drew", "anthony": "tony",
        "benjamin": "ben", "catherine": "cathy kate", "charles": "charlie chuck", "christopher": "chris",
        "daniel": "dan", "david": "dave", "edward": "ed eddie ted",
        "elizabeth": "beth eliza liz lizzie",
        "frederick": "fred", "gregory": "greg", "james": "jim jimmy jamie", "jennifer": "jen jenny",
        "john": "jack johnny", "joseph": "joe", "katherine": "kate kathy katie",
        "lawrence": "larry", "margaret": "maggie meg peggy",
        "matthew": "matt", "michael": "mike mick", "nicholas": "nick", "patricia": "pat patty", "patrick": "pat paddy",
        "peter": "pete", "richard": "rick dick rich", "robert": "bob bobby rob", "samuel": "sam", "stephen": "steve",
        "steven": "steve", "susan": "sue", "theodore": "ted theo", "thomas": "tom tommy", "timothy": "tim",
        "victoria": "vicky", "william": "bill billy will", "zachary": "zach",
    }.items()
    for short in shorts.split()
}  # fmt: skip


class Reason(StrEnum):
    """Why an account may be somebody's, the surest first."""

    VERIFIED_MAIL = "verified_mail"  # its system has verified an address of theirs
    SAME_ADDRESS = "same_address"  # it is called like an address of theirs, at this or a neighbouring domain
    NAME = "name"  # it is spelt like their name
    SHORT_NAME = "short_name"  # like a short form of it
    INITIAL = "initial"  # the first letter and the surname, or the first name and a letter
    SIMILAR_NAME = "similar_name"  # nearly like it


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """Somebody of the directory, with their accounts as their sources write them."""

    person: str
    name: str
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MetAccount:
    """An account that was met. `mail` is the address of its profile, where its system verified one."""

    identity: str
    mail: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Whose an account may be, and why. `is_proof` says that nobody has to look."""

    person: str
    reason: Reason

    @property
    def is_proof(self) -> bool:
        """Whether the account may be linked by itself."""
        return self.reason is Reason.VERIFIED_MAIL


class AccountMatcher:
    """Knows the people of a directory by every spelling."""

    def __init__(self, people: Iterable[KnownPerson]) -> None:
        self._by_mail: Final[defaultdict[str, set[str]]] = defaultdict(set)
        self._by_spelling: Final[defaultdict[tuple[Reason, str], set[str]]] = defaultdict(set)
        self._surnames: Final[defaultdict[str, set[tuple[str, str]]]] = defaultdict(set)  # by first name
        domains: set[str] = set()
        for each in people:
            for account in map(account_form, each.accounts):
                local, _, domain = account.partition(":")[2].partition("@")
                if domain:
                    self._by_mail[f"{local}@{domain}"].add(each.person)
                    self._by_spelling[Reason.SAME_ADDRESS, _joined(_words(local))].add(each.person)
                    domains.add(domain)
            for words in _spellings(each.name):
                self._add_name(each.person, words)
        self._firms: Final = {label for domain in domains - _PRIVATE for label in _labels(domain)}

    def suggestion(self, account: MetAccount) -> Suggestion | None:
        """Whose it may be; None where nobody fits, or several do."""
        if account.mail:
            found = self._by_mail.get(account_form(f"mail:{account.mail.strip()}").partition(":")[2], set())
            return _only(found, Reason.VERIFIED_MAIL) if not is_shared_or_machine(f"mail:{account.mail}") else None
        local, _, domain = account_form(account.identity).partition(":")[2].partition("@")
        if is_shared_or_machine(account.identity) or (domain and not self._is_near(domain, local)):
            return None
        words = _words(local)
        if len(_joined(words)) < _SHORTEST:
            return None
        for reason, spelling in _readings(words):
            if fitting := self._by_spelling.get((reason, spelling)):
                return _only(fitting, reason)
        return self._similar(words)

    def _add_name(self, person: str, words: list[str]) -> None:
        first, last = words[0], words[-1]
        if len(words) == 1:
            return
        turned = (first + last, last + first, _joined([*words[1:], first]), _joined([last, *words[:-1]]))
        for spelt in {_joined(words), *turned}:
            self._by_spelling[Reason.NAME, spelt].add(person)
        self._by_spelling[Reason.INITIAL, first[0] + last].add(person)
        self._by_spelling[Reason.INITIAL, first + last[0]].add(person)
        self._surnames[first].add((last, person))

    def _is_near(self, domain: str, local: str) -> bool:
        """Whether somebody inside may have this address: at a provider of private ones, or a firm of the same name.

        Providers number those who are called alike; firms, where customers write from, seldom have to.
        """
        return domain in _PRIVATE or not self._firms.isdisjoint(_labels(domain)) or bool(_NUMBERED.search(local))

    def _similar(self, words: list[str]) -> Suggestion | None:
        for first, last in ((words[0], words[-1]), (words[-1], words[0])) if len(words) > 1 else ():
            likes = [
                (alike, person)
                for name in {first, _SHORT_NAMES.get(first, first)}
                for known, person in self._surnames.get(name, ())
                if min(len(last), len(known)) >= _SHORTEST and (alike := ratio(last, known)) >= LEAST_LIKE
            ]
            if likes:
                best = max(likes)[0]
                return _only({person for alike, person in likes if alike > best - _MARGIN}, Reason.SIMILAR_NAME)
        return None


def _only(people: set[str], reason: Reason) -> Suggestion | None:
    return Suggestion(next(iter(people)), reason) if len(people) == 1 else None


def _readings(words: list[str]) -> Iterable[tuple[Reason, str]]:
    """How the words of an account may be meant, the likeliest first."""
    joined = _joined(words)
    yield Reason.SAME_ADDRESS, joined
    yield Reason.NAME, joined
    if len(words) > 2:  # noqa: PLR2004  # first name, something between, surname
        yield Reason.NAME, words[0] + words[-1]
    if len(words) > 1 and words[0] in _SHORT_NAMES:
        yield Reason.NAME, _SHORT_NAMES[words[0]] + words[-1]
    yield Reason.INITIAL, joined


def _spellings(name: str) -> list[list[str]]:
    """The words of a name in the letters of addresses: `ü` as `u`, and as `ue`."""
    last, comma, first = name.lower().partition(",")
    turned = f"{first} {last}" if comma else last
    found = [_words(turned), _words(turned.translate(_LONG))]
    return [words for place, words in enumerate(found) if words and words not in found[:place]]


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS)).encode("ascii", "ignore").decode()
    return [word for each in _SEPARATORS.split(plain) if (word := _DIGITS.sub("", each))]


def _joined(words: list[str]) -> str:
    return "".join(words)


def _labels(domain: str) -> set[str]:
    """What a domain is called by, without its ending: `sub.corp-group.test` by `sub`, `corp`, `group`."""
    return {word for label in domain.split(".")[:-1] for word in label.split("-") if len(word) >= _SHORTEST}
