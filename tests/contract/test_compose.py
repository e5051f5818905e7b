"""The deployment, beside what tests/contract/test_house.py holds: specification, commands and Grafana's alerting."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path, PurePosixPath

import pytest
import yaml
from sqlalchemy.engine import make_url

from dashboards.alert_files import CHANNELS, RECEIVERS
from dashboards.build import GENERATED
from dashboards.promql import UP
from shared.storage.access.role_names import READER, WRITER
from shared.transport.embedded import free_port
from tests.contract.test_house import COMPOSE, LONG_RUNNING, OURS, PROGRAM, ROOT, SERVICES, interpolated, read

TEXT = read("docker-compose.yml")
SECRETS = COMPOSE["secrets"]
PASSWORDS = {"--reader-password-file": "reader_password", "--writer-password-file": "writer_password"}
ALERTING = PurePosixPath("/etc/grafana/provisioning/alerting")


def test_the_file_is_a_compose_specification() -> None:
    import compose_spec

    spec = compose_spec.PyCompose.from_yaml(yaml.safe_dump(COMPOSE))
    spec.validate()
    found = spec.to_spec()
    assert set(found.services or {}) == set(SERVICES)


def test_every_variable_has_a_default_so_that_nothing_must_be_set() -> None:
    used = re.findall(r"\$\{(\w+)([^}]*)\}", TEXT)
    assert used
    assert all(rest.startswith(":-") for _, rest in used)
    # None is a setting of the services: those are named in full, where they are used.
    assert not [name for name, _ in used if name.startswith("BELLWETHER_")]


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_container_waits_for_can_come_about(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        if how["condition"] == "service_completed_successfully":
            assert SERVICES[other]["restart"] == "no"
        else:
            assert how["condition"] == "service_healthy"
            assert "healthcheck" in SERVICES[other]


def test_the_simulator_belongs_to_the_demo_alone() -> None:
    assert {name for name, service in SERVICES.items() if "demo" in service.get("profiles", ())} == {"simulator"}


def mounts(channel: str) -> dict[PurePosixPath, Path]:
    """What Grafana sees of the repository, with both audiences told by a channel."""
    chosen = interpolated(TEXT, ALERT_RISK_CHANNEL=channel, ALERT_PIPELINE_CHANNEL=channel)
    volumes = yaml.safe_load(chosen)["services"]["grafana"]["volumes"]
    parts = [volume.split(":") for volume in volumes if volume.startswith(".")]
    return {PurePosixPath(inside): ROOT / outside for outside, inside, _ in parts}


@pytest.mark.parametrize("channel", CHANNELS)
def test_grafana_is_provisioned_with_rules_and_with_somebody_to_tell(channel: str) -> None:
    seen = {inside.name: path for inside, path in mounts(channel).items() if inside.parent == ALERTING}
    content = {name: yaml.safe_load(path.read_text(encoding="utf-8")) for name, path in seen.items()}
    assert all(each["apiVersion"] == 1 for each in content.values())
    points = [point for each in content.values() for point in each.get("contactPoints", ())]
    (policy,) = content["policies.yaml"]["policies"]
    routed = {policy["receiver"], *(route["receiver"] for route in policy["routes"])}
    assert {point["name"] for point in points} == routed == set(RECEIVERS.values())
    assert {receiver["type"] for point in points for receiver in point["receivers"]} == {channel}
    # Addresses are in the environment of Grafana, and in no file.
    asked = set(re.findall(r"\$(\w+)", json.dumps(points)))
    assert asked <= set(SERVICES["grafana"]["environment"])
    templates = [each["name"] for each in content["templates.yaml"]["templates"]]
    assert set(re.findall(r'template \\?"([\w.]+)', json.dumps(points).replace('\\"', '"'))) == set(templates)
    muted = {name for route in policy["routes"] for name in route.get("mute_time_intervals", ())}
    assert muted == {each["name"] for each in content["mute-timings.yaml"]["muteTimes"]}


def test_every_container_connects_as_the_least_that_will_do() -> None:
    expected = {
        **dict.fromkeys(("migrate", "roles"), ("bellwether", "database_password")),
        **dict.fromkeys(("gateway", "signals"), (WRITER, "writer_password")),
        "api": (READER, "reader_password"),
    }
    found = {}
    for name, service in OURS.items():
        url = service["environment"].get("BELLWETHER_DATABASE")
        if url is not None:
            file = PurePosixPath(service["environment"]["BELLWETHER_DATABASE_PASSWORD_FILE"])
            assert file == PurePosixPath("/run/secrets") / file.name
            found[name] = (make_url(url).username, file.name)
    assert found == expected
    for name, (_, secret) in found.items():
        passwords = {each for each in SERVICES[name]["secrets"] if each.endswith("_password")}
        assert passwords == ({"database_password", *PASSWORDS.values()} if name == "roles" else {secret})
    for option, secret in PASSWORDS.items():
        assert f"{option}=/run/secrets/{secret}" in SERVICES["roles"]["command"]
    assert SERVICES["postgres"]["environment"]["POSTGRES_USER"] == "bellwether"


def test_who_stands_behind_the_edge_verifies_pseudonyms_and_can_make_none() -> None:
    secrets = {name: SERVICES[name].get("secrets", ()) for name in LONG_RUNNING}
    held = {name: {each for each in found if each.endswith("_key")} for name, found in secrets.items()}
    verifies, makes = {"pseudonym_check_key"}, {"pseudonym_key", "register_key"}
    assert held == {
        "calendar": verifies,
        "tickets": verifies,
        "chat": verifies,
        "signals": {"pseudonym_check_key", "audit_signing_key", "webhook_key"},
        "gateway": makes,
        "api": {*makes, "audit_key", "webhook_key"},
        "simulator": set(),
    }
    for name, keys in held.items():
        named = {
            PurePosixPath(value).name
            for variable, value in OURS[name]["environment"].items()
            if variable.endswith("_KEY_FILE")
        }
        assert named == keys


def test_prometheus_reads_the_rules_that_are_mounted() -> None:
    config = yaml.safe_load(read("dashboards/provisioning/prometheus.yml"))
    (pattern,) = config["rule_files"]
    inside = {volume.split(":")[1]: volume.split(":")[0] for volume in SERVICES["prometheus"]["volumes"]}
    directory = ROOT / inside[str(PurePosixPath(pattern).parent)]
    assert list(directory.glob(PurePosixPath(pattern).name))


def test_a_service_whose_container_is_gone_is_missed() -> None:
    found, named = yaml.safe_load(read("dashboards/provisioning/prometheus.yml"))["scrape_configs"]
    (looked_up,), (static,) = found["dns_sd_configs"], named["static_configs"]
    assert set(looked_up["names"]) == LONG_RUNNING
    wanted = {name for name in LONG_RUNNING if "profiles" not in SERVICES[name]}
    assert set(static["targets"]) == {f"{name}:{looked_up['port']}" for name in wanted}
    # Else every number of theirs would be there twice.
    assert named["metric_relabel_configs"] == [{"action": "drop", "source_labels": ["__name__"], "regex": ".+"}]
    (jobs,) = re.findall(r'job=~"(.+)"', UP)
    assert all(re.fullmatch(jobs, each["job_name"]) for each in (found, named))


def test_prometheus_keeps_what_the_dashboards_compare() -> None:
    (kept,) = re.findall(r"retention\.time=(\d+)d", " ".join(SERVICES["prometheus"]["command"]))
    boards = [json.loads(path.read_text(encoding="utf-8")) for path in GENERATED.glob("*.json")]
    variables = [variable for board in boards for variable in board["templating"]["list"]]
    windows = [
        int(days) for each in variables if each["name"] == "window" for days in re.findall(r"(\d+)d", each["query"])
    ]
    ranges = [int(days) for board in boards for days in re.findall(r"^now-(\d+)d$", board["time"]["from"])]
    assert max(windows) + max(ranges) <= int(kept)


def test_the_api_shows_secrets_of_webhooks_that_signals_signs_with() -> None:
    variable = "BELLWETHER_WEBHOOK_KEY_FILE"
    used = {name for name, service in OURS.items() if variable in service.get("environment", {})}
    assert used == {"api", "signals"}
    assert len({OURS[name]["environment"][variable] for name in used}) == 1


def test_commands_on_the_host_reach_what_the_containers_use(tmp_path: Path) -> None:
    script = tmp_path / "a place" / ".ci" / "secrets"
    script.parent.mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "secrets", script)
    subprocess.run(["bash", str(script)], check=True)
    listed = 'source .bellwether/secrets/environment; env | grep "^BELLWETHER_"'
    shown = subprocess.run(
        ["bash", "-euc", listed], cwd=script.parents[1], env={"PATH": os.environ["PATH"]}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    found = dict(line.split("=", 1) for line in shown.stdout.splitlines())
    owner = make_url(OURS["migrate"]["environment"]["BELLWETHER_DATABASE"])
    assert make_url(found.pop("BELLWETHER_DATABASE")) == owner.set(host="127.0.0.1")
    assert [f"{found.pop('BELLWETHER_BROKER')}:9094"] == SERVICES["kafka"]["ports"]
    used = OURS["migrate"]["environment"] | OURS["api"]["environment"]
    for variable, path in found.items():
        secret = Path(path).name
        assert Path(path).read_text(encoding="utf-8")
        assert SECRETS[secret]["file"] == f".bellwether/secrets/{secret}"
        assert variable == "BELLWETHER_DATABASE_PASSWORD_FILE" or used[variable] == f"/run/secrets/{secret}"
    assert "source .bellwether/secrets/environment" in read("docs/deploy.md")


def test_the_very_commands_of_the_containers_run_until_they_need_the_network(tmp_path: Path) -> None:
    """With nothing at the addresses each says so, by a code of its own and in words, and not by a traceback."""
    nowhere = f"127.0.0.1:{free_port()}"
    check_key = tmp_path / "pseudonym_check_key"
    check_key.write_text("ab" * 32)
    elsewhere = {
        "BELLWETHER_PSEUDONYM_CHECK_KEY_FILE": str(check_key),
        "BELLWETHER_BROKER": nowhere,
        "BELLWETHER_DATABASE": f"postgresql+asyncpg://bellwether@{nowhere}/bellwether",
        "BELLWETHER_HOST": "127.0.0.1",
        "BELLWETHER_CONNECT_SECONDS": "1",  # rather than until a broker might have come up
    }
    started = {}
    for name in ("migrate", "topics", "chat"):  # the others differ in what they do once they are connected
        service = OURS[name]
        own = {key: str(value) for key, value in service["environment"].items() if not key.endswith("_FILE")}
        environment = {**os.environ, **own, **elsewhere, "BELLWETHER_PORT": str(free_port())}
        command = [str(PROGRAM), *service["command"]]
        started[name] = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    for name, process in started.items():
        _, said = process.communicate(timeout=240)
        assert process.returncode == 3, f"{name}: {said}"
        assert "Traceback" not in said
        if name == "topics":
            assert (
                said
                == f"bellwether: Kafka at {nowhere} does not answer; is the broker up and BELLWETHER_BROKER right?\n"
            )
