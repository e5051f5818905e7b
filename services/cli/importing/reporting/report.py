"""The report that every import ends with: what was recognised, what became of each row, and who is known.

It is written as JSON where a file is named. It quotes no row and names nobody: people and accounts go by pseudonyms,
and a number stands for a file that is called after somebody.
"""

import os
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

import msgspec

from services.cli.importing.files import Outcome, Summary
from services.cli.importing.plan import Plan
from services.cli.importing.reporting.deliveries import Deliveries
from services.cli.importing.reporting.directory_findings import DirectoryFindings
from shared.sources.people.managers import IN_NO_ROW, SHARED_NAME

# Accounts of outsiders are many; those with the most events come first.
_ACCOUNTS_MAX: Final = 1_000


class ReadColumn(msgspec.Struct, frozen=True):
    """A column that was read. The header is empty where it is no known word."""

    field: str
    header: str
    by: str


class ReadFile(msgspec.Struct, frozen=True):
    """A file, what it was taken for, and why."""

    file: str
    kind: str
    format: str
    because: str
    columns: list[ReadColumn]
    columns_not_read: int


class Reason(msgspec.Struct, frozen=True):
    """Rows of one outcome and reason, with the first places."""

    reason: str
    rows: int
    places: list[tuple[str, int]]


class Rows(msgspec.Struct, frozen=True):
    """`read` is the sum of the others."""

    read: int
    accepted: int
    skipped: int
    rejected: int


class Events(msgspec.Struct, frozen=True):
    """`duplicate` of those sent were known before; `dead_letters` of them were refused by the running system."""

    sent: int
    duplicate: int
    in_excluded_places: int
    dead_letters: dict[str, int]
    count_for_somebody: int
    happened: int


class Accounts(msgspec.Struct, frozen=True):
    """Accounts of one namespace that events are about."""

    namespace: str
    met: int
    of_nobody: int
    events_of_nobody: int


class AccountOfNobody(msgspec.Struct, frozen=True):
    """An account that belongs to no person, by its pseudonym, and how many events it is in."""

    account: str
    events: int


class Directory(msgspec.Struct, frozen=True):
    """Leaders and chains as they are after the import, with what the rows of this import have wrong."""

    people: int
    with_manager: int
    at_the_top: int
    without_line: int
    chains: int
    without_account: int
    managers_without_record: int
    inactive_managers: int
    in_a_circle: list[str]
    rows_whose_manager_is_in_no_row: int
    rows_with_a_shared_name: int


class ImportReport(msgspec.Struct, frozen=True):
    """Everything that there is to know of one import."""

    kind: str
    dry_run: bool
    files: list[ReadFile]
    rows: Rows
    events: Events
    skipped: list[Reason]
    rejected: list[Reason]
    noticed: list[Reason]
    accounts: list[Accounts]
    accounts_of_nobody: list[AccountOfNobody]
    directory: Directory | None
    rejected_rows_file: str | None


def import_report(
    plan: Plan,
    summary: Summary,
    deliveries: Deliveries,
    directory: DirectoryFindings | None,
    *,
    owned: Collection[str],
    dead_letters: Counter[str],
    dry_run: bool = False,
) -> ImportReport:
    """What is known at the end. `owned` are the accounts that belong to somebody by then."""
    unowned = [
        AccountOfNobody(account, events)
        for account, events in sorted(deliveries.accounts.items(), key=lambda each: (-each[1], each[0]))
        if account not in owned
    ]
    return ImportReport(
        kind=plan.kind,
        dry_run=dry_run,
        files=list(_files(plan, summary)),
        rows=Rows(summary.read, summary.accepted, summary.skipped, summary.rejected),
        events=Events(
            sent=summary.sent,
            duplicate=deliveries.duplicates,
            in_excluded_places=summary.excluded,
            dead_letters=dict(dead_letters),
            count_for_somebody=deliveries.counting,
            happened=deliveries.happened,
        ),
        skipped=_reasons(summary, "skipped", summary.skipped_by_reason),
        rejected=_reasons(summary, "rejected", summary.rejected_by_reason),
        noticed=_reasons(summary, "noticed", summary.noticed_by_reason),
        accounts=list(_accounts(deliveries, owned)),
        accounts_of_nobody=unowned[:_ACCOUNTS_MAX],
        directory=_directory(directory, summary.noticed_by_reason),
        rejected_rows_file=summary.rejected_path.name if summary.rejected_path is not None else None,
    )


def write_report(path: Path, report: ImportReport) -> None:
    """Write it as JSON, for its owner to read. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")


def _files(plan: Plan, summary: Summary) -> Iterator[ReadFile]:
    # Files in no known format come first, and are among the rejected rows.
    listed = summary.listed_files[len(plan.unrecognised) :]
    for name, planned in zip(listed, plan.files, strict=False):
        found = planned.recognised
        columns = [
            ReadColumn(each.field, each.header, "--map" if each.named else "its header") for each in found.columns
        ]
        yield ReadFile(name, found.source.kind, found.source.format, found.because, columns, found.unused)


def _reasons(summary: Summary, outcome: Outcome, reasons: Counter[str]) -> list[Reason]:
    return [
        Reason(
            reason,
            rows,
            [(summary.listed_files[file], line) for file, line in summary.places.get((outcome, reason), ())],
        )
        for reason, rows in reasons.most_common()
    ]


def _accounts(deliveries: Deliveries, owned: Collection[str]) -> Iterator[Accounts]:
    by_namespace: dict[str, list[str]] = {}
    for account in deliveries.accounts:
        by_namespace.setdefault(account.partition(":")[0], []).append(account)
    for namespace, accounts in sorted(by_namespace.items()):
        unowned = [each for each in accounts if each not in owned]
        events = sum(deliveries.accounts[each] for each in unowned)
        yield Accounts(namespace, met=len(accounts), of_nobody=len(unowned), events_of_nobody=events)


def _directory(found: DirectoryFindings | None, noticed: Counter[str]) -> Directory | None:
    if found is None:
        return None
    return Directory(
        **asdict(found) | {"in_a_circle": list(found.in_a_circle)},
        rows_whose_manager_is_in_no_row=noticed[IN_NO_ROW],
        rows_with_a_shared_name=noticed[SHARED_NAME],
    )
