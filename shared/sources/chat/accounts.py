"""Accounts of a chat under the mail addresses of their owners, where an export knows them."""

from collections.abc import Mapping
from typing import Final

from shared.domain.privacy.named_things import ThingKind
from shared.sources.identities import mail_identity
from shared.sources.reader import UnusableError

_CHAT: Final = "chat:"


class ByMail:
    """Names of an event with mail addresses in the place of accounts; ids of things stay."""

    def __init__(self, mails: Mapping[str, str]) -> None:
        """`mails` has the mail address by the native id of an account."""
        self._mails: Final = {f"{_CHAT}{native}": mail for native, mail in mails.items()}

    def person(self, key: str) -> str:
        """People of the directory have no accounts here."""
        return key

    def identity(self, identity: str) -> str:
        """The identity of the mail address, or the account itself."""
        mail = self._mails.get(identity, "")
        if "@" not in mail:
            return identity
        try:
            return mail_identity(mail)
        except UnusableError:
            return identity

    def native_id(self, text: str) -> str:
        """Things keep their ids."""
        return text

    def named(self, kind: ThingKind, text: str) -> str:
        """Things keep what they are called."""
        del kind
        return text

    def ticket(self, text: str) -> str:
        """Tickets keep their ids."""
        return text
