"""Made-up companies whose people have several accounts, with the truth: what matching accounts is measured on.

Written before there was anything to measure, and not changed after the first figures. About one account in twenty
tells nothing of its owner, some belong to nobody, and some of those to strangers who are called like somebody inside.
"""

import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

DOMAIN: Final = "corp.test"
_FIRST: Final = [
    "ana",
    "ben",
    "carla",
    "david",
    "elena",
    "felix",
    "greta",
    "hugo",
    "ines",
    "jonas",
    "katarina",
    "lars",
    "maria",
    "nikolai",
    "olga",
    "paul",
    "quentin",
    "rosa",
    "stefan",
    "tamara",
    "ulrich",
    "victor",
    "wanda",
    "xavier",
    "yusuf",
    "zoe",
    "robert",
    "william",
    "katherine",
    "elizabeth",
    "michael",
    "james",
    "thomas",
    "alexander",
    "josé",
    "jürgen",
    "søren",
    "françois",
    "małgorzata",
    "zoltán",
    "chloé",
    "björn",
    "åsa",
    "iñigo",
    "priya",
    "rahul",
    "wei",
    "mei",
    "kenji",
    "yuki",
    "omar",
    "fatima",
    "aaron",
    "bianca",
    "cedric",
    "doris",
    "emil",
    "frieda",
    "gustav",
    "hanna",
    "igor",
    "judith",
    "konrad",
    "linda",
    "martin",
    "nadia",
    "oskar",
    "petra",
    "ralf",
    "sabine",
    "theo",
    "ursula",
    "valentin",
    "wiebke",
    "anton",
    "berta",
    "clara",
    "dirk",
    "emma",
    "fritz",
    "gerda",
    "heinz",
    "ida",
    "jakob",
    "karla",
    "leon",
    "mona",
    "nils",
]
_NICKNAMES: Final = {
    "robert": "bob", "william": "bill", "katherine": "kate", "elizabeth": "liz", "michael": "mike", "james": "jim",
    "thomas": "tom", "alexander": "alex", "maria": "mia", "david": "dave", "victor": "vic", "benjamin": "ben",
}  # fmt: skip
_STEMS: Final = [
    "adler",
    "bach",
    "berg",
    "black",
    "castel",
    "dahl",
    "fern",
    "garc",
    "gold",
    "grün",
    "haber",
    "holm",
    "jans",
    "keller",
    "kowal",
    "lopez",
    "mar",
    "müll",
    "nakam",
    "novak",
    "oliv",
    "pères",
    "patel",
    "quint",
    "riv",
    "rosen",
    "sant",
    "schmidt",
    "silv",
    "stein",
    "tanak",
    "thomps",
    "varg",
    "weiß",
    "wood",
    "yild",
    "zimm",
    "okaf",
    "mbek",
    "nguy",
    "alb",
    "bauer",
    "carm",
    "dorn",
    "eich",
    "fisch",
    "gerb",
    "hart",
    "imhof",
    "jung",
    "kraus",
    "lind",
    "moor",
    "nord",
    "ott",
    "pfau",
    "rapp",
    "sing",
    "tolst",
    "urb",
    "vogt",
    "wern",
    "zorn",
    "ahl",
    "brand",
    "cort",
    "denk",
    "engl",
    "frank",
    "gass",
    "hirsch",
    "isen",
    "kopp",
    "lamb",
    "merz",
    "neu",
    "orl",
    "pohl",
    "raab",
    "stolz",
    "trapp",
    "unger",
    "voss",
    "wolf",
]
_ENDINGS: Final = [
    "er",
    "mann",
    "son",
    "ski",
    "ova",
    "ini",
    "ez",
    "ard",
    "berg",
    "ley",
    "ton",
    "ura",
    "eira",
    "sen",
    "wicz",
]
_PRIVATE: Final = ("gmail.com", "web.test", "outlook.com")
_ROLES: Final = ("info", "sales", "support", "office", "hr", "jobs", "it", "team", "billing", "press")
_MACHINES: Final = ("no-reply", "jenkins", "build-bot", "notifications", "svc-backup", "github-actions[bot]")
_STYLES: Final = {
    "same_local": 24, "other_domain": 12, "initial_last": 10, "first_initial": 2, "display": 9, "last_comma_first": 5,
    "joined": 6, "last_first": 6, "private_digits": 4, "typo": 5, "nickname": 4, "plain_letters": 3, "middle": 4,
    "married": 2, "handle": 2, "verified_mail": 2,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MadePerson:
    """Somebody of the table of people."""

    key: str
    name: str
    mail: str


@dataclass(frozen=True, slots=True)
class MadeAccount:
    """An account, its owner's key or nothing, and how it was made. `mail` is that of a profile, which is verified."""

    identity: str
    owner: str
    style: str
    mail: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A company, and the accounts that were met."""

    people: list[MadePerson]
    accounts: list[MadeAccount]


def made_company(seed: int, *, people: int = 2500, duplicates: int = 10_000, strangers: int = 2500) -> Made:
    """A company with so many accounts beside those in its table of people, and so many of nobody in it."""
    chance = random.Random(seed)
    company = [_person(chance, number) for number in range(people)]
    accounts: dict[str, MadeAccount] = {}
    known = {f"mail:{each.mail}" for each in company}
    while len(accounts) < duplicates:
        owner = chance.choice(company)
        (style,) = chance.choices(list(_STYLES), weights=list(_STYLES.values()))
        made = _account(chance, owner, style)
        # What two people would be called alike is the one's or the other's; nobody has it twice.
        if made.identity not in known:
            accounts.setdefault(made.identity, made)
    for number in range(strangers):
        made = _stranger(chance, company, number)
        if made.identity not in known:
            accounts.setdefault(made.identity, made)
    return Made(company, list(accounts.values()))


def _person(chance: random.Random, number: int) -> MadePerson:
    first, last = chance.choice(_FIRST), chance.choice(_STEMS) + chance.choice(_ENDINGS)
    local = f"{plain(first)}.{plain(last)}"
    # A company tells namesakes apart by a number.
    return MadePerson(
        f"{number}",
        f"{first.title()} {last.title()}",
        f"{local}.{number}@{DOMAIN}" if number % 40 == 0 else f"{local}@{DOMAIN}",
    )


def _account(chance: random.Random, owner: MadePerson, style: str) -> MadeAccount:
    if style == "verified_mail":
        return MadeAccount(f"chat:U{chance.getrandbits(40):010X}", owner.key, style, owner.mail.upper())
    space = "mail" if style in {"other_domain", "private_digits"} else chance.choice(("chat", "ticket"))
    return MadeAccount(f"{space}:{_SPELLINGS[style](chance, owner)}", owner.key, style)


def _names(owner: MadePerson) -> tuple[str, str]:
    first, last = owner.name.lower().split()
    return plain(first), plain(last)


def _initial_last(chance: random.Random, owner: MadePerson) -> str:
    first, last = _names(owner)
    return f"{first[0]}{chance.choice(('', '.'))}{last}"


def _first_initial(chance: random.Random, owner: MadePerson) -> str:
    first, last = _names(owner)
    return f"{first}{chance.choice(('', '.'))}{last[0]}"


def _typo(chance: random.Random, owner: MadePerson) -> str:
    first, last = _names(owner)
    at = chance.randrange(1, len(last))
    return f"{first}.{chance.choice((last[:at] + last[at - 1] + last[at:], last[:at] + last[at + 1 :]))}"


def _nickname(chance: random.Random, owner: MadePerson) -> str:
    del chance
    first, last = _names(owner)
    return f"{_NICKNAMES.get(first, first)}.{last}"


def _joined(*between: str, last_first: bool = False) -> Callable[[random.Random, MadePerson], str]:
    def spelt(chance: random.Random, owner: MadePerson) -> str:
        first, last = _names(owner)
        return chance.choice(between).join((last, first) if last_first else (first, last))

    return spelt


def _private(chance: random.Random, owner: MadePerson) -> str:
    return f"{'.'.join(_names(owner))}{chance.randrange(60, 99)}@{chance.choice(_PRIVATE)}"


def _plain_letters(chance: random.Random, owner: MadePerson) -> str:
    del chance
    return ".".join(plain(each, long=True) for each in owner.name.lower().split())


def _middle(chance: random.Random, owner: MadePerson) -> str:
    return f".{chance.choice('abcdefghjklm')}.".join(_names(owner))


def _local(owner: MadePerson) -> str:
    return owner.mail.partition("@")[0]


_SPELLINGS: Final[dict[str, Callable[[random.Random, MadePerson], str]]] = {
    "same_local": lambda _, owner: _local(owner),
    "other_domain": lambda chance, owner: f"{_local(owner)}@{chance.choice(('corp-group.test', 'sub.corp.test'))}",
    "initial_last": _initial_last,
    "first_initial": _first_initial,
    "display": lambda _, owner: owner.name,
    "last_comma_first": lambda _, owner: ", ".join(reversed(owner.name.split())),
    "joined": _joined("", "_", "-"),
    "last_first": _joined(".", "_", " ", last_first=True),
    "private_digits": _private,
    "typo": _typo,
    "nickname": _nickname,
    "plain_letters": _plain_letters,
    "middle": _middle,
    "married": lambda chance, owner: f"{_names(owner)[0]}.{chance.choice(_STEMS)}{chance.choice(_ENDINGS)}",
    "handle": lambda chance, _: f"{chance.choice(('sky', 'moto', 'dev', 'x'))}{chance.randrange(10_000)}",
}


def _stranger(chance: random.Random, company: list[MadePerson], number: int) -> MadeAccount:
    kind = chance.choices(("outside", "namesake", "role", "machine", "role_profile"), weights=(80, 1, 8, 8, 3))[0]
    first, last = plain(chance.choice(_FIRST)), chance.choice("bcdfgklmnprstvw") + chance.choice("aeiou") + "".join(
        chance.choice("bcdfgklmnprstvwaeiou") for _ in range(5)
    )  # fmt: skip
    match kind:
        case "outside":
            identity = f"mail:{first}.{last}@customer{number % 50}.test"
        case "namesake":
            one = plain(chance.choice(company).name.lower()).split()
            identity = f"mail:{one[0]}.{one[1]}@customer{number % 50}.test"
        case "role":
            identity = f"mail:{chance.choice(_ROLES)}{number}@{DOMAIN}"
        case "machine":
            identity = f"{chance.choice(('mail', 'chat', 'ticket'))}:{chance.choice(_MACHINES)}{number}"
        case _:  # an app whose profile has the address of a mailbox of several
            return MadeAccount(f"chat:U{chance.getrandbits(40):010X}", "", kind, f"{chance.choice(_ROLES)}@{DOMAIN}")
    return MadeAccount(identity, "", kind)


def plain(text: str, *, long: bool = False) -> str:
    """A name in the letters of mail addresses."""
    if long:
        for letter, letters in (("ü", "ue"), ("ö", "oe"), ("ä", "ae"), ("ø", "oe"), ("å", "aa"), ("ß", "ss")):
            text = text.replace(letter, letters)
    text = text.replace("ł", "l").replace("ø", "o").replace("ß", "ss")
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
