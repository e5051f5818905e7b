"""The one form of an account that its source writes in several: otherwise one person would be several. Pure.

* Mail addresses know no case, and what follows a plus sign is a note of the owner's: `Ana+jira@x.io` is `ana@x.io`.
* Accounts of trackers know no case either.
* Accounts of chats do, but for those that are mail addresses.
"""

import re
import unicodedata
from typing import Final

_ADDRESS: Final = re.compile(r"(?P<local>[^\s@+]+)(?:\+[^\s@]*)?@(?P<domain>[^\s@]+\.[^\s@]+)")
_NO_CASE: Final = frozenset({"mail", "ticket"})


def account_form(identity: str) -> str:
    """The identity in its one form; what is in it already stays the same object."""
    namespace, colon, native = identity.partition(":")
    if not native.isascii():
        native = unicodedata.normalize("NFC", native)
    found = _ADDRESS.fullmatch(native)
    if found is not None:
        native = f"{found['local']}@{found['domain']}".lower()
    elif namespace in _NO_CASE:
        native = native.lower()
    changed = f"{namespace}{colon}{native}"
    return identity if changed == identity else changed
