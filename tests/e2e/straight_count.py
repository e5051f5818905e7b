"""Bypass contact counted straight from the mail table, with nothing of the product."""

import csv
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

MAX_RECIPIENTS = 3


def managers(lines: Path) -> dict[str, str]:
    """Person -> manager; a person without one, or who reports to themselves, is not in it."""
    with lines.open(newline="") as file:
        rows = [(row["ID"].strip(), row["ReportsToID"].strip()) for row in csv.DictReader(file)]
    return {person: manager for person, manager in rows if manager and manager != person}


def chains(manager_of: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Person -> manager and the manager's manager, where there are both."""
    found = {}
    for person, manager in manager_of.items():
        above = manager_of.get(manager)
        if above is not None and above != person:
            found[person] = (manager, above)
    return found


def rows_of(mails: Path) -> int:
    with mails.open(newline="") as file:
        return sum(1 for _ in csv.DictReader(file, delimiter=";"))


def messages(mails: Path) -> dict[tuple[str, str], set[str]]:
    """Recipients other than the sender, by sender and time."""
    recipients: dict[tuple[str, str], set[str]] = defaultdict(set)
    with mails.open(newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            recipients[row["Sender"].strip(), row["EventDate"].strip()].add(row["Recipient"].strip())
    return {key: everybody - {key[0]} for key, everybody in recipients.items()}


def bypasses_by_month(
    recipients: Mapping[tuple[str, str], set[str]], chain_of: Mapping[str, tuple[str, str]]
) -> Counter[str]:
    """Messages to the manager's manager, to few and not to the manager, by month such as 2010-01."""
    found: Counter[str] = Counter()
    for (sender, at), everybody in recipients.items():
        if sender not in chain_of or len(everybody) > MAX_RECIPIENTS:
            continue
        manager, above = chain_of[sender]
        if above in everybody and manager not in everybody:
            found[at[:7]] += 1
    return found


def direct_contacts(recipients: Mapping[tuple[str, str], set[str]]) -> set[tuple[str, str]]:
    """Who wrote to whom among few."""
    return {
        (sender, recipient)
        for (sender, _), everybody in recipients.items()
        if len(everybody) <= MAX_RECIPIENTS
        for recipient in everybody
    }
