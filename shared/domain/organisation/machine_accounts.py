"""Accounts that are no person's own: machines, notetakers, rooms, and mailboxes of several. Pure.

What is found is suggested and not decided: there are people called Robot.
"""

import re
from enum import StrEnum
from typing import Final


class AccountKind(StrEnum):
    """What an account is that is no colleague's. The list is closed."""

    BOT = "bot"
    ROOM = "room"
    NOTETAKER = "notetaker"
    SHARED_MAILBOX = "shared-mailbox"
    EXTERNAL = "external"  # of somebody outside, who stays one in a meeting


MOST_A_DAY: Final = 300
"""Messages on one day beyond which no person goes: one every two minutes for ten hours."""

_PATTERNS: Final = {
    AccountKind.NOTETAKER: re.compile(
        r"note[-._ ]?taker|(?:^|[@.])(?:fireflies|otter|fathom|avoma|tldv|meetgeek|sembly|circleback)\.(?:ai|video|io)$"
    ),
    AccountKind.ROOM: re.compile(
        r"@resource\.calendar\.google\.com$"
        r"|^(?:meeting|conf(?:erence)?)?[-._ ]?room(?:[-._ ][\w.]*|\d[\w.]*)?(?:@|$)|^(?:raum|salle|sala)[-._ ]"
    ),
    AccountKind.BOT: re.compile(
        r"^(?:no|do[-._]?not|never)[-._]?reply|^(?:notifications?|notify|alerts?|mailer-daemon|bounces?)\d*(?:@|$)"
        r"|\[bot\]|(?:^|[-._ ])bot(?:$|[-._ @\d])|^(?:svc|service|system|automation)[-._ ]"
        r"|^(?:jenkins|jira|gitlab|github|dependabot|renovate|zapier|servicenow|sentry|pagerduty)\d*(?:@|$)"
    ),
    AccountKind.SHARED_MAILBOX: re.compile(
        r"^(?:info|sales|support|office|hr|jobs|careers|it|team|billing|press|contact|kontakt|hello|admin|helpdesk"
        r"|service|accounts?|finance|legal|marketing|security|privacy|postmaster|webmaster|invoices?|orders?)\d*(?:@|$)"
    ),
}


def kind_by_name(identity: str) -> AccountKind | None:
    """What an account is by how it is called, given as `namespace:native id`; None for what may be a person's."""
    native = identity.partition(":")[2].lower()
    return next((kind for kind, pattern in _PATTERNS.items() if pattern.search(native)), None)


def is_shared_or_machine(identity: str) -> bool:
    """Whether an account is called like one that is no person's own."""
    return kind_by_name(identity) is not None
