"""Half a year of a real company's mail, end to end: every row accounted for, and the same bytes on another platform."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from shared.domain.facts.history import WholeChain, WholePair
from shared.domain.facts.skip_contact import skip_contacts
from shared.domain.organisation.hierarchy import Chain, Organisation
from shared.domain.privacy.pseudonym import Pseudonyms
from shared.schemas.output import ReadingRecord
from shared.storage.directory.directory import load_organisation
from shared.storage.engine.database import open_database, sqlite_url
from shared.storage.facts.load import Histories, load_histories
from tests.e2e.company import digests
from tests.e2e.straight_count import bypasses_by_month, chains, direct_contacts, managers, messages, rows_of
from tests.e2e.system import System, distributed, up

pytestmark = pytest.mark.slow

KEY = b"the key of these tests, 32 bytes."[:32]
END_OF_TIME = int(datetime(2199, 12, 31, tzinfo=UTC).timestamp())


@dataclass(frozen=True, slots=True)
class Files:
    people: Path
    mail: Path
    key: Path

    @property
    def environment(self) -> dict[str, str]:
        return {"BELLWETHER_PSEUDONYM_KEY_FILE": str(self.key)}


@dataclass(frozen=True, slots=True)
class Imported:
    """What the embedded system made of the files."""

    people: dict[str, int]  # the columns of the import's summary
    mail: dict[str, int]
    export: tuple[bytes, bytes, bytes]
    store: Path


@pytest.fixture(scope="module")
def files(data_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = data_directory / "manufacturing_email"
    key = tmp_path_factory.mktemp("keys") / "pseudonym.key"
    key.write_text(KEY.hex())
    return Files(people=folder / "reportsto.csv", mail=folder / "communication.csv", key=key)


@pytest.fixture(scope="module")
def embedded(files: Files, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    data = tmp_path_factory.mktemp("mail")
    with up(data, environment=files.environment) as system:
        people, mail = import_both(system, files)
        return Imported(people, mail, system.export(), data / "bellwether.db")


def import_both(system: System, files: Files) -> tuple[dict[str, int], dict[str, int]]:
    people = system.run("import", "people", files.people, "--wait")
    mail = system.run("import", "mail", files.mail, "--wait")
    return summary(people), summary(mail)


def summary(output: str) -> dict[str, int]:
    names, counts = ([cell.strip() for cell in re.split("[┃│]", line)[1:-2]] for line in output.splitlines()[1:4:2])
    return {name: int(count.replace(",", "")) for name, count in zip(names, counts, strict=True)}


@pytest.mark.broker
def test_every_row_is_accounted_for(embedded: Imported, files: Files) -> None:
    recipients = messages(files.mail)
    to_nobody = [key for key, everybody in recipients.items() if not everybody]
    mail = embedded.mail
    assert mail["rows read"] == rows_of(files.mail) == 55_702
    assert mail["events sent"] == len(recipients) - len(to_nobody)
    assert mail["rejected"] == 0
    assert mail["skipped"] == 26  # rows of the mails that went to nobody but their senders
    assert len(to_nobody) <= mail["skipped"]
    assert embedded.people["rows read"] == 154
    assert embedded.people["rejected"] == embedded.people["skipped"] == 0


@pytest.mark.broker
def test_everybody_with_a_manager_has_readings(embedded: Imported, files: Files) -> None:
    manager_of = managers(files.people)
    chain_of = chains(manager_of)
    assert (len(manager_of), len(chain_of)) == (153, 142)
    subjects: dict[str, set[str]] = {}
    for reading in readings(embedded.export[0]):
        subjects.setdefault(reading.signal, set()).add(reading.subject)
    # Who wrote to nobody, and exchanged nothing with the two above them, has no facts to read.
    contacts = direct_contacts(messages(files.mail))
    wrote = {sender for sender, _ in contacts}
    seen = {
        person: above
        for person, above in chain_of.items()
        if person in wrote or any((each, person) in contacts for each in above)
    }
    called = Pseudonyms(KEY).person
    expected = {f"chain:{'|'.join(map(called, (person, *above)))}" for person, above in seen.items()}
    assert subjects["bypass_contact"] == expected
    with_manager = {pair for pair in manager_of.items() if pair in contacts or pair[::-1] in contacts}
    expected = {"pair:" + "|".join(sorted(map(called, pair))) for pair in with_manager}
    assert expected <= subjects["relationship_health"]


@pytest.mark.broker
def test_bypass_contacts_per_month_equal_a_straight_count(embedded: Imported, files: Files) -> None:
    straight = bypasses_by_month(messages(files.mail), chains(managers(files.people)))
    assert len(straight) == 6  # January to June 2010
    assert asyncio.run(bypasses_of_the_store(embedded.store)) == straight


@pytest.mark.timeout(900)
def test_kafka_and_postgresql_give_the_same_bytes(  # noqa: PLR0917 - fixtures
    embedded: Imported,
    files: Files,
    apache_bootstrap: str,
    empty_postgres_url: str,
    topic_prefix: str,
    tmp_path: Path,
) -> None:
    with ExitStack() as stack:
        system = stack.enter_context(
            distributed(
                bootstrap=apache_bootstrap,
                database_url=empty_postgres_url,
                prefix=topic_prefix,
                directory=tmp_path,
                partitions=6,
                replicas=3,
                environment=files.environment,
            )
        )
        assert import_both(system, files) == (embedded.people, embedded.mail)
        there = system.export()
    assert digests(there) == digests(embedded.export)


def readings(export: bytes) -> Iterable[ReadingRecord]:
    decoder = msgspec.json.Decoder(ReadingRecord)
    return (decoder.decode(line) for line in export.splitlines())


async def bypasses_of_the_store(store: Path) -> Counter[str]:
    """Bypass contacts of every chain, as the domain finds them in the stored facts, by month."""
    database = open_database(sqlite_url(store))
    try:
        async with database.read() as connection:
            organisation = await load_organisation(connection)
            histories = await load_histories(connection, organisation, organisation.people, since=0)
    finally:
        await database.close()
    found: Counter[str] = Counter()
    for chain in organisation.chains(END_OF_TIME):
        for contact in skip_contacts(upward(chain, histories, organisation), END_OF_TIME):
            if contact.kind == "bypass":
                found[f"{datetime.fromtimestamp(contact.at, UTC):%Y-%m}"] += 1
    return found


def upward(chain: Chain, histories: Histories, organisation: Organisation) -> WholeChain:
    """Contacts between person and leader's leader: all that bypass contact looks at."""
    person, skip = sorted((chain.person, chain.skip))
    known = histories.pairs.get((person, skip))
    contacts = known.contacts if known is not None else ()
    return WholeChain(
        person=chain.person,
        leader=chain.leader,
        skip=chain.skip,
        with_leader=WholePair(chain.person, chain.leader, days=(), contacts=(), meetings=(), steps=()),
        upward_contacts=tuple(each for each in contacts if organisation.chain(chain.person, each.at) == chain),
        upward_meetings=(),
        sent_by_day=histories.sent_by_day.get(chain.person, {}),
    )
