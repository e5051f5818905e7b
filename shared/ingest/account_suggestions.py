"""Suggests whose accounts are, at the only place where what they are called is seen: as they come in.

What is suggested is kept by pseudonyms. How an account is called goes into the register, sealed, where it is suggested
to be somebody's of the directory; of others nothing is kept.
"""

from itertools import islice
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.organisation.account_form import account_form
from shared.domain.organisation.account_matching import AccountMatcher, KnownPerson, MetAccount
from shared.domain.organisation.machine_accounts import kind_by_name
from shared.domain.privacy.pseudonym import PseudonymChecks, Pseudonyms, is_pseudonym
from shared.storage.directory.account_decisions import AccountSuggestion
from shared.storage.directory.recorded import load_recorded
from shared.storage.directory.register import Entry, Register, Registration, erased
from shared.storage.directory.unlinked_accounts import suggest
from shared.storage.engine import bulk
from shared.storage.tables.accounts import AccountSuggestionRow


class AccountSuggestions:
    """For one import: the directory is looked at once, with the first account that is new."""

    def __init__(self, pseudonyms: Pseudonyms, register: Register) -> None:
        self._pseudonyms: Final = pseudonyms
        self._register: Final = register
        self._seen = 0
        self._left_out: Final[set[str]] = set()  # as they are written
        self._matcher: AccountMatcher | None = None
        self._linked: frozenset[str] = frozenset()

    @property
    def any_new(self) -> bool:
        """Whether accounts came in since the last call of `keep`."""
        return len(self._pseudonyms.accounts) > self._seen

    def leave_out(self, known_before: int) -> None:
        """Keep nothing of the accounts that came in after the first so many: their event is dropped."""
        self._left_out.update(islice(self._pseudonyms.accounts, known_before, None))

    async def keep(self, transaction: AsyncConnection) -> int:
        """Suggest for every account that came in since the last call and is nobody's; gives how many suggestions."""
        met = dict(islice(self._pseudonyms.accounts.items(), self._seen, None))
        self._seen += len(met)
        if not met:
            return 0
        if self._matcher is None:
            await self._look(transaction)
        gone = await erased(transaction, met.values())
        found: list[AccountSuggestion] = []
        named: list[Registration] = []
        for written, account in met.items():
            if account in self._linked or account in gone or written in self._left_out:
                continue
            kind = kind_by_name(account_form(written))
            suggestion = None if kind or self._matcher is None else self._matcher.suggestion(MetAccount(written))
            if kind is not None:
                found.append(AccountSuggestion(account, reason="name", kind=kind.value))
            elif suggestion is not None:
                found.append(AccountSuggestion(account, person=suggestion.person, reason=suggestion.reason.value))
                named.append(Registration(account, Entry(account_form(written)), mention=True))
        known = await _suggested(transaction)
        await suggest(transaction, (each for each in found if each.account not in known))
        await self._register.put(transaction, named)
        return len(found)

    async def _look(self, transaction: AsyncConnection) -> None:
        recorded = await load_recorded(transaction, PseudonymChecks(self._pseudonyms.check_key()))
        accounts: dict[str, list[str]] = {}
        for account, links in recorded.links.items():
            for each in links:
                accounts.setdefault(each.person, []).append(account)
        self._linked = frozenset(recorded.links)
        entries = await transaction.run_sync(self._register.find, {*recorded.people, *recorded.links})
        self._matcher = AccountMatcher(
            KnownPerson(
                person, entry.name or "", tuple(entries[a].text for a in accounts.get(person, ()) if a in entries)
            )
            for person, entry in entries.items()
            if is_pseudonym(person) and any(each.active for each in recorded.people.get(person, ()))
        )


async def _suggested(transaction: AsyncConnection) -> frozenset[str]:
    return frozenset((await transaction.execute(select(bulk.table_of(AccountSuggestionRow).c.account))).scalars())
