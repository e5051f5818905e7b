"""A later table of people is a snapshot: what differs is dated at its day, shown first, and can be undone."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url
from typer.testing import Result

from services.cli.connection import connect
from services.cli.errors import UsageError
from services.cli.importing.refresh import Difference, compare
from shared.domain.privacy.pseudonym import PseudonymChecks, Pseudonyms
from shared.ingest.pseudonymise import pseudonymise
from shared.schemas.directory import AbsenceRecorded, DirectoryEvent
from shared.storage.directory.recorded import Recorded, load_recorded
from shared.storage.engine.database import open_database
from tests.cases.inputs import case, people
from tests.unit.cli.program import bellwether

JANUARY, FEBRUARY = datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 2, 15, tzinfo=UTC)
HEAD = "id,manager,email,team\n"
STAFF = tuple(f"s{number},lea,s{number}@x.test,T\n" for number in range(20))
FIRST = HEAD + "top,,top@x.test,T\nlea,top,lea@x.test,T\nbo,lea,bo@x.test,T\nle,top,le@x.test,T\n" + "".join(STAFF)
LATER = FIRST.replace("bo,lea,", "bo,le,").replace("s1,lea,s1@x.test,T\n", "g1,le,g1@x.test,T\n")


class Company:
    """A store, and what tables of people make of it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._data = directory / "data"

    def take(self, text: str, *options: str) -> Result:
        file = self._directory / "people.csv"
        file.write_text(text, encoding="utf-8")
        return bellwether("import", "people", file, "--data", self._data, *options)

    def undo(self) -> Result:
        return bellwether("directory", "undo", "--data", self._data)

    @property
    def names(self) -> Pseudonyms:
        found = connect(data=self._data).keyring().pseudonyms
        assert found is not None
        return found

    def recorded(self) -> Recorded:
        async def load() -> Recorded:
            database = open_database(make_url(f"sqlite+aiosqlite:///{self._data / 'bellwether.db'}"))
            try:
                async with database.read() as reading:
                    return await load_recorded(reading, PseudonymChecks(self.names.check_key()))
            finally:
                await database.close()

        return asyncio.run(load())

    def manager(self, person: str, at: datetime) -> str | None:
        line = self.recorded().line(self.names.person(person), at)
        return line.manager if line is not None else "no line"

    def reports_to(self, person: str, manager: str, at: datetime) -> bool:
        return self.manager(person, at) == self.names.person(manager)

    def is_active(self, person: str, at: datetime = FEBRUARY) -> bool:
        return self.names.person(person) in self.recorded().active(at)

    def team(self, person: str, at: datetime) -> str | None:
        found = self.recorded().person(self.names.person(person), at)
        return found.team if found is not None else None


@pytest.fixture
def company(tmp_path: Path) -> Company:
    made = Company(tmp_path)
    assert made.take(FIRST).exit_code == 0
    return made


def test_a_changed_manager_is_dated_at_the_day_and_the_past_stays(company: Company) -> None:
    result = company.take(LATER, "--as-of", "2026-02-01")
    assert result.exit_code == 0, result.exception
    assert company.reports_to("bo", "lea", JANUARY)
    assert company.reports_to("bo", "le", FEBRUARY)
    assert "1 with another leader: bo (from lea to le)" in result.stderr
    assert "1 new: g1" in result.stderr
    assert "1 in no row; they stay, as --leavers-by-absence was not given: s1" in result.stderr
    assert company.is_active("s1")


def test_who_is_missing_ends_only_when_asked(company: Company) -> None:
    result = company.take(LATER, "--as-of", "2026-02-01", "--leavers-by-absence")
    assert "1 left, as they are in no row: s1" in result.stderr
    assert not company.is_active("s1")
    assert company.is_active("s1", JANUARY)


def test_another_team_holds_from_the_day_on(company: Company) -> None:
    text = FIRST.replace("s2,lea,s2@x.test,T", "s2,lea,s2@x.test,U")
    result = company.take(text, "--as-of", "2026-02-01")
    assert "1 in another team: s2" in result.stderr
    first, second = company.team("s2", JANUARY), company.team("s2", FEBRUARY)
    assert first == company.team("s3", JANUARY)
    assert second not in {first, None}
    # The same again is no news, and changes nothing.
    recorded = company.recorded()
    assert "another team" not in company.take(text, "--as-of", "2026-02-03").stderr
    assert company.recorded() == recorded
    # Who is in no row leaves from that day on, and is back from another.
    company.take(text.replace("s2,lea,s2@x.test,U\n", ""), "--as-of", "2026-02-10", "--leavers-by-absence")
    result = company.take(text, "--as-of", "2026-02-20")
    assert "1 back: s2" in result.stderr
    days = {number: datetime(2026, 2, number, tzinfo=UTC) for number in (9, 10, 19, 20)}
    assert [company.is_active("s2", at) for at in days.values()] == [True, False, False, True]
    assert company.team("s2", days[20]) == second


def test_a_termination_date_ends_somebody_on_their_last_day(company: Company) -> None:
    head, *rows = FIRST.splitlines()
    dated = [head + ",termination date", *(row + "," for row in rows)]
    text = "\n".join(dated).replace("s2,lea,s2@x.test,T,", "s2,lea,s2@x.test,T,2026-01-20")
    assert "1 left, by their row: s2" in company.take(text, "--as-of", "2026-02-01").stderr
    last, next_day = datetime(2026, 1, 20, 12, tzinfo=UTC), datetime(2026, 1, 21, tzinfo=UTC)
    assert [company.is_active("s2", at) for at in (last, next_day)] == [True, False]
    recorded = company.recorded()
    assert "left, by their row" not in company.take(text, "--as-of", "2026-03-01").stderr
    assert company.recorded() == recorded
    assert company.undo().exit_code == 0
    assert company.is_active("s2")


def test_a_change_needs_a_day(company: Company) -> None:
    before = company.recorded()
    result = company.take(LATER)
    assert isinstance(result.exception, UsageError)
    assert "--as-of DATE" in str(result.exception)
    assert company.recorded() == before


def test_the_same_table_again_changes_nothing(company: Company) -> None:
    before = company.recorded()
    assert company.take(FIRST, "--as-of", "2026-02-01").exit_code == 0
    assert company.take(FIRST).exit_code == 0
    assert company.recorded() == before
    assert isinstance(company.undo().exception, UsageError)


def test_who_is_only_new_needs_no_day(company: Company) -> None:
    result = company.take(FIRST + "g1,le,g1@x.test,T\n")
    assert result.exit_code == 0, result.exception
    assert company.reports_to("g1", "le", JANUARY)


def test_more_than_a_fifth_is_refused_until_it_is_confirmed(company: Company) -> None:
    before = company.recorded()
    half = FIRST.replace(",lea,s", ",le,s")
    result = company.take(half, "--as-of", "2026-02-01")
    assert isinstance(result.exception, UsageError)
    assert "83% of the people would change" in str(result.exception)
    assert company.recorded() == before
    assert company.take(half, "--as-of", "2026-02-01", "--yes").exit_code == 0
    assert company.reports_to("s3", "le", FEBRUARY)


def test_lost_leading_zeros_of_a_whole_file_are_refused(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.take("id,email\n00017,a@x.test\n00018,b@x.test\n")
    result = company.take("id,email\n17,a@x.test\n18,b@x.test\n", "--as-of", "2026-02-01")
    assert "leading zeros" in str(result.exception)


def test_a_dry_run_shows_and_sends_nothing(company: Company) -> None:
    before = company.recorded()
    result = company.take(LATER, "--as-of", "2026-02-01", "--dry-run")
    assert "bo (from lea to le)" in result.stderr
    assert company.recorded() == before


def test_a_table_can_be_undone(company: Company) -> None:
    before = company.recorded()
    text = LATER.replace("s2,lea,s2@x.test,T", "s2,lea,s2@x.test,U").replace("s3@x.test,T", "s3@x.test;new@x.test,T")
    assert company.take(text, "--as-of", "2026-02-01", "--leavers-by-absence").exit_code == 0
    result = company.undo()
    assert result.exit_code == 0, result.exception
    assert "of the table of 2026-02-01" in result.stdout
    after = company.recorded()
    new = company.names.person("g1")
    assert not company.is_active("g1")
    for at in (JANUARY, FEBRUARY):
        assert {each: after.person(each, at) for each in before.people} == {
            each: before.person(each, at) for each in before.people
        }
        assert {each: after.line(each, at) for each in before.lines} == {
            each: before.line(each, at) for each in before.lines
        }
        assert after.line(new, at) is None
        assert after.link(company.names.identity("mail:new@x.test"), at) is None
    assert isinstance(company.undo().exception, UsageError)
    # What was undone can come again.
    assert company.take(text, "--as-of", "2026-02-02", "--leavers-by-absence").exit_code == 0
    assert company.reports_to("bo", "le", FEBRUARY)
    assert company.is_active("g1")


ZONES = "id,email,time zone,leave start,leave end\n1,a@x.test,{},,\n2,b@x.test,UTC,{}\n"


def test_another_working_time_holds_from_the_day_on_and_can_be_undone(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.take(ZONES.format("Europe/Berlin", ","))
    person = company.names.person("1")
    moved = ZONES.format("Asia/Tokyo", "2026-02-02,2026-02-06")
    result = company.take(moved)
    assert "--as-of DATE" in str(result.exception), "a change needs a day"
    result = company.take(moved, "--as-of", "2026-02-01")
    assert result.exit_code == 0, result.exception
    assert "1 with other working times" in result.stderr

    def zones() -> list[str | None]:
        found = [company.recorded().schedule(person, at) for at in (JANUARY, FEBRUARY)]
        return [None if each is None else each.time_zone for each in found]

    def leaves() -> list[int]:
        absences = [each.data for each in company.recorded().records.values() if isinstance(each, AbsenceRecorded)]
        return [(each.valid_to - each.valid_from).days for each in absences]

    assert (zones(), leaves()) == (["Europe/Berlin", "Asia/Tokyo"], [5])
    assert company.take(moved, "--as-of", "2026-02-01").exit_code == 0, "the same again changes nothing"
    assert (zones(), leaves()) == (["Europe/Berlin", "Asia/Tokyo"], [5])
    assert company.undo().exit_code == 0
    assert (zones(), leaves()) == (["Europe/Berlin", "Europe/Berlin"], [0])


def test_tables_come_in_the_order_of_their_days(company: Company) -> None:
    company.take(LATER, "--as-of", "2026-02-01")
    result = company.take(FIRST, "--as-of", "2026-01-10")
    assert "a table of a later day is known already" in str(result.exception)


def test_a_corrected_table_of_the_same_day_counts(company: Company) -> None:
    company.take(LATER, "--as-of", "2026-02-01")
    corrected = LATER.replace("bo,le,", "bo,top,")
    assert company.take(corrected, "--as-of", "2026-02-01").exit_code == 0
    assert company.reports_to("bo", "top", FEBRUARY)
    assert company.reports_to("bo", "lea", JANUARY)


def test_an_account_that_goes_to_somebody_else_is_dated(company: Company) -> None:
    text = FIRST.replace("s4@x.test", "s4new@x.test") + "g1,le,s4@x.test,T\n"
    assert company.take(text, "--as-of", "2026-02-01").exit_code == 0
    recorded, account = company.recorded(), company.names.identity("mail:s4@x.test")
    owners = [recorded.link(account, at) for at in (JANUARY, FEBRUARY)]
    assert [each.person for each in owners if each is not None] == [
        company.names.person("s4"),
        company.names.person("g1"),
    ]


def test_the_refresh_of_the_cases(data_directory: Path) -> None:
    names = Pseudonyms(bytes(32))
    first, later = (
        people(case(data_directory, f"directory_refresh_{name}.csv")).events for name in ("1", "2_changed_manager")
    )
    known = Recorded.of(
        changed for each in first if isinstance(changed := pseudonymise(each, names)[0], DirectoryEvent)
    )
    found: Difference = compare(later, known, names, datetime(2026, 2, 1, tzinfo=UTC))
    assert [(each.person, each.after) for each in found.moves] == [("bo", "le")]
    assert (found.joins, found.missing) == ([], [names.person("fo")])
