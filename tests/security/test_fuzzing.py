"""Schemathesis over the whole description, as three identities who must not see each other's things.

An HR partner with an open case, a leader, and an operator who opens cases. All its checks are on, among them
`object_level_authorization` (what one peer reads, the others must not get), `ignored_auth`, and sequences of requests.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.domain.alerts.webhook_secrets import WebhookKeys
from shared.keyring import Keyring
from tests.security.served import IDENTITIES, Served, served

PROGRAM = Path(sys.executable).with_name("st")
LEAST_CASES_DEEP = 20_000
CONFIGURATION = """
[auth.wfc]
path = {secrets}
user = "{identity}"
peers = {peers}

# A subject that exists, so that what stands behind it is reached.
[parameters]
"path.subject" = ["chain:adam|lena|vera", "pair:adam|lena", "chain:ivo|hanna|theo", "pair:hanna|lena", "x"]

# A schema cannot say which cursors were handed out, nor which years have a week 53.
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", 401, 403, 404, 409, 414, 422, 429]

[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 414, 415, 422, 428, 429]
"""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    directory = tmp_path_factory.mktemp("served")
    keyring = Keyring(pseudonyms=None, register=None, webhooks=WebhookKeys([b"k" * 32]))
    with served(f"sqlite+aiosqlite:///{directory / 'bellwether.db'}", keyring=keyring) as running:
        yield running


def fuzz(api: Served, identity: str, directory: Path, *, phases: str, examples: int) -> int:
    """Cases that were tried; an assertion names every failure."""
    secrets = directory / "identities.json"
    entries = [
        {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {token}"}]}
        for name, token in api.tokens.items()
    ]
    secrets.write_text(json.dumps({"schemaVersion": "0.2.0", "auth": entries}))
    configuration = directory / "schemathesis.toml"
    configuration.write_text(
        CONFIGURATION.format(secrets=json.dumps(str(secrets)), identity=identity, peers=json.dumps(list(IDENTITIES)))
    )
    command = [
        str(PROGRAM), "--no-color", "--config-file", str(configuration),
        "run", f"{api.url}/openapi.json", "--checks", "all",
        "--phases", phases, "--max-examples", str(examples), "--seed", "1", "--max-response-time", "20",
        "--warnings", "off", "--continue-on-failure",
    ]  # fmt: skip
    answer = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    told = "\n".join(line[:300] for line in answer.stdout.splitlines())
    assert answer.returncode == 0, told[-20_000:] + answer.stderr[-2_000:]
    found = re.search(r"Test cases:\s+([\d,]+) generated", told)
    assert found, told
    return int(found[1].replace(",", ""))


@pytest.mark.timeout(3_600)
def test_no_request_breaks_the_description_or_shows_one_identity_what_is_anothers(
    api: Served, tmp_path: Path, *, deep: bool
) -> None:
    everything = "examples,coverage,fuzzing,stateful"
    plans = dict.fromkeys(IDENTITIES, (everything, 400)) if deep else {
        "partner": (everything, 5), "leader": ("examples,fuzzing", 5), "opener": ("examples,fuzzing,stateful", 5),
    }  # fmt: skip
    cases = {}
    for identity, (phases, examples) in plans.items():
        cases[identity] = fuzz(api, identity, tmp_path, phases=phases, examples=examples)
        sys.stdout.write(f"{identity}: {cases[identity]:,} cases\n")
    assert sum(cases.values()) >= (LEAST_CASES_DEEP if deep else 500)
