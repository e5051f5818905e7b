"""The files around the code (Makefile, image, deployment, lock) against what the code offers."""

import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import requires, version
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from shared.keyring import KeySettings, read_keyring
from shared.telemetry.scrape_access import ScrapeAccess
from tests.contract.settings import ENVIRONMENT
from tests.unit.cli.program import bellwether

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).with_name("bellwether")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def interpolated(text: str, **values: str) -> str:
    """The compose file as Docker reads it, with these variables of the environment and the defaults of the others."""
    return re.sub(r"\$\{(\w+):-([^}]*)\}", lambda found: values.get(found[1], found[2]), text)


COMPOSE: dict[str, Any] = yaml.safe_load(interpolated(read("docker-compose.yml")))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("bellwether:")}
LONG_RUNNING = {name for name, service in OURS.items() if service["command"][0] == "run"}
MAKEFILE = read("Makefile")
LOCK = read("requirements.lock")


# --- docker-compose.yml


def test_compose_starts_every_service_by_its_name() -> None:
    assert {"gateway", "calendar", "tickets", "chat", "signals", "api", "simulator"} == LONG_RUNNING
    for name in LONG_RUNNING:
        assert OURS[name]["command"] == ["run", name]
        assert (ROOT / "services" / name / "__init__.py").is_file()


@pytest.mark.parametrize("command", [["run"], *(s["command"] for s in OURS.values() if s["command"][0] != "run")])
def test_commands_of_the_deployment_exist(command: list[str]) -> None:
    answer = bellwether(*command, "--help")
    assert answer.exit_code == 0, answer.stderr


@pytest.mark.parametrize("name", OURS)
def test_variables_of_a_service_are_settings(name: str) -> None:
    variables = set(OURS[name]["environment"])
    assert variables <= ENVIRONMENT
    assert "BELLWETHER_BROKER" in variables


@pytest.mark.parametrize("name", SERVICES)
def test_containers_are_hardened(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert 0 < service["pids_limit"] <= 1024
    assert not {"privileged", "network_mode", "pid", "ipc", "devices", "cap_add"} & set(service)
    assert not [volume for volume in service.get("volumes", ()) if "docker.sock" in volume]
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert service["restart"] == ("no" if name in OURS.keys() - LONG_RUNNING else "unless-stopped")
    assert re.fullmatch(r"[a-z/]+:v?\d+\.\d+[\w.-]*", service["image"]), "the version is pinned"
    for port in service.get("ports", ()):
        assert port.startswith("127.0.0.1:")


def test_every_container_that_stays_has_a_health_check() -> None:
    assert all("healthcheck" in SERVICES[name] for name in SERVICES.keys() - OURS.keys())
    assert "HEALTHCHECK" in read("Dockerfile")
    assert all("healthcheck" not in SERVICES[name] for name in LONG_RUNNING), "the image's own check counts"


def test_paths_mounted_from_the_repository_exist() -> None:
    mounts = [volume.split(":") for service in SERVICES.values() for volume in service.get("volumes", ())]
    bound = [(ROOT / parts[0], parts) for parts in mounts if parts[0].startswith(".")]
    assert bound
    for path, parts in bound:
        # What `make up` makes has a test of its own.
        assert path.exists() or parts[0].startswith("./.bellwether/")
        assert parts[-1] == "ro"
    named = {parts[0] for parts in mounts if not parts[0].startswith((".", "/"))}
    assert named == set(COMPOSE["volumes"])


def test_secrets_are_files_that_make_up_writes_once(tmp_path: Path) -> None:
    script = tmp_path / ".ci" / "secrets"
    script.parent.mkdir()
    shutil.copy(ROOT / ".ci" / "secrets", script)
    expected = [tmp_path / secret["file"] for secret in COMPOSE["secrets"].values()]
    subprocess.run(["bash", str(script)], check=True)
    first = [path.read_text(encoding="utf-8") for path in expected]
    assert all(len(text) >= 44 and not text.isspace() for text in first)  # 24 bytes or more, written out
    made = expected[0].parent
    keys = KeySettings(
        pseudonym_key_file=made / "pseudonym_key",
        pseudonym_check_key_file=made / "pseudonym_check_key",  # which is refused unless it is that of the other
        register_key_file=made / "register_key",
    )
    assert read_keyring(keys).register is not None
    # Prometheus shows the token that the services accept, in a file of its own: theirs may hold two.
    tokens = [path.read_text(encoding="utf-8") for path in expected if path.name.startswith("metrics_token")]
    assert len(tokens) == 2
    assert len(set(first)) == len(first) - 1
    assert len(set(tokens)) == 1
    assert ScrapeAccess(made / "metrics_tokens") is not None
    assert expected[0].parent.stat().st_mode & 0o077 == 0
    subprocess.run(["bash", str(script)], check=True)
    assert [path.read_text(encoding="utf-8") for path in expected] == first
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", ())}
    assert used == set(COMPOSE["secrets"])


def test_kafka_creates_no_topic_by_itself_and_is_the_major_version_the_tests_run() -> None:
    kafka = SERVICES["kafka"]
    assert kafka["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    pom = ET.parse(ROOT / "tests" / "broker" / "pom.xml")  # noqa: S314 - our own file
    tested = pom.findtext(".//{*}kafka.version")
    assert tested is not None
    assert kafka["image"].split(":")[1].split(".")[0] == tested.split(".")[0]


# --- what Prometheus and Grafana are given


def test_prometheus_scrapes_every_service() -> None:
    config = yaml.safe_load(read("dashboards/provisioning/prometheus.yml"))
    job, _ = config["scrape_configs"]
    (lookup,) = job["dns_sd_configs"]
    assert set(lookup["names"]) == LONG_RUNNING
    assert str(lookup["port"]) == OURS["api"]["environment"]["BELLWETHER_PORT"]


def test_prometheus_accepts_its_configuration(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian package prometheus)")
    token = tmp_path / "metrics_token"
    token.write_text("x" * 64, encoding="ascii")
    config = tmp_path / "prometheus.yml"
    mounted = f"/run/secrets/{token.name}"
    text = read("dashboards/provisioning/prometheus.yml")
    assert text.count(mounted) == text.count("job_name")
    config.write_text(text.replace(mounted, str(token)), encoding="utf-8")
    answer = subprocess.run([promtool, "check", "config", config], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr + answer.stdout


def test_grafana_is_the_version_the_dashboards_are_written_for() -> None:
    written_for = version("grafana-foundation-sdk").split("!")[-1]
    running = SERVICES["grafana"]["image"].split(":")[1]
    assert running.split(".")[:2] == written_for.split(".")[:2]


def test_grafana_finds_source_and_dashboards() -> None:
    (source,) = yaml.safe_load(read("dashboards/provisioning/datasources/prometheus.yaml"))["datasources"]
    (provider,) = yaml.safe_load(read("dashboards/provisioning/dashboards/bellwether.yaml"))["providers"]
    grafana = SERVICES["grafana"]
    targets = {volume.split(":")[1]: volume.split(":")[0] for volume in grafana["volumes"]}
    assert source["url"] == "http://prometheus:9090"
    assert targets[provider["options"]["path"]] == "./dashboards/generated"
    home = Path(grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert (ROOT / targets[str(home.parent)] / home.name).is_file()


# --- Dockerfile


def test_image_runs_as_a_numbered_user_without_privileges() -> None:
    last_stage = read("Dockerfile").split("\nFROM ")[-1]
    (user,) = re.findall(r"^USER (\S+)$", last_stage, re.MULTILINE)
    assert user == "10001:10001"
    assert 'ENTRYPOINT ["bellwether"]' in last_stage
    assert "PYTHONDONTWRITEBYTECODE=1" in last_stage
    assert "pip install" not in last_stage
    assert "pip uninstall --yes" in last_stage, "what runs cannot install anything"


def test_image_is_built_from_pinned_and_hashed_parts() -> None:
    text = read("Dockerfile")
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.11\.\d+-slim-\w+", bases[0])
    assert text.count("--require-hashes") == 2  # uv itself, and what the services import
    assert set(re.findall(r"BELLWETHER_\w+(?==)", text)) <= ENVIRONMENT


def test_docker_is_sent_what_the_image_copies_and_nothing_else() -> None:
    copied = {
        name
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", read("Dockerfile"), re.MULTILINE)
        for name in line.split()
    }
    sent = {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}
    assert copied == sent
    assert all((ROOT / name).exists() for name in copied)


# --- Makefile and scripts


def test_make_alone_explains_every_target() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    shown = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True)
    explained = re.findall(r"^  make ([\w-]+) +\S.+$", shown.stdout, re.MULTILINE)
    assert explained == phony.split()
    wanted = {"help", "setup", "run", "test", "check", "bench", "kafka", "up", "down", "lock", "format"}
    assert wanted <= set(explained)


def test_scripts_stop_at_the_first_error_and_are_named_by_make_or_each_other() -> None:
    scripts = [path for path in (ROOT / ".ci").iterdir() if path.suffix == ""]
    everything = MAKEFILE + "".join(path.read_text(encoding="utf-8") for path in scripts)
    for script in scripts:
        assert script.read_text(encoding="utf-8").startswith("#!/usr/bin/env bash\n")
        assert "set -euo pipefail" in script.read_text(encoding="utf-8")
        assert f".ci/{script.name}" in everything


@pytest.mark.parametrize(
    ("known", "status"),
    [("", 3), ('{"dependencies": [{"name": "jinja2", "skip_reason": "x"}]}', 3), ('{"id": "A"}', 0)],
)
def test_an_audit_that_cannot_know_is_not_green(known: str, status: int, tmp_path: Path) -> None:
    auditor = tmp_path / "pip-audit"
    auditor.write_text(f"#!/bin/sh\ncase \"$*\" in *json*) printf '%s' '{known}' ;; esac\n", encoding="utf-8")
    auditor.chmod(0o755)
    answer = subprocess.run(
        ["bash", ROOT / ".ci" / "audit"], env={"PIP_AUDIT": str(auditor), "PATH": "/usr/bin:/bin"}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert answer.returncode == status, answer.stderr
    assert ("nothing was audited" in answer.stderr) == (status != 0)


# --- requirements.lock


def entries(lock: str) -> dict[str, str]:
    """Text of each pinned package, by name."""
    blocks = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]
    return {block.split("==")[0]: block for block in blocks}


@pytest.mark.parametrize("name", ["requirements.lock", ".ci/uv.txt"])
def test_lock_pins_and_hashes_everything_and_names_no_address(name: str) -> None:
    text = read(name)
    assert "://" not in text
    assert not re.search(r"^-|^\s*#.*(/\w+/|index|find-links)", text, re.MULTILINE)
    assert entries(text)
    for package, block in entries(text).items():
        assert re.match(rf"{re.escape(package)}==[\w.!+]+ ", block), package
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), package


def asked() -> list[Requirement]:
    """Everything that pyproject.toml names, extras and development tools included."""
    project = tomllib.loads(read("pyproject.toml"))
    lines = [
        *project["project"]["dependencies"],
        *(line for extra in project["project"]["optional-dependencies"].values() for line in extra),
        *(line for group in project["dependency-groups"].values() for line in group if isinstance(line, str)),
    ]
    return [requirement for requirement in map(Requirement, lines) if requirement.name != "bellwether"]


def test_lock_holds_what_the_project_asks_for() -> None:
    locked = entries(LOCK)
    assert "bellwether" not in locked
    for requirement in asked():
        block = locked[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(block.split("==")[1].split()[0], prereleases=True), requirement


def test_lock_holds_what_those_ask_for_in_turn() -> None:
    """A dependency or an extra that was added without `make lock` shows here, on the machine that has it."""
    locked = entries(LOCK).keys()
    waiting, seen = asked(), set[str]()
    while waiting:
        requirement = waiting.pop()
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        assert canonicalize_name(requirement.name) in locked, requirement
        for inner in map(Requirement, requires(requirement.name) or ()):
            extras = ("", *requirement.extras)
            if inner.marker is None or any(inner.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(inner)
