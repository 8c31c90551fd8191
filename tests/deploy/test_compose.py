"""compose.yaml: every container hardened and looked after, every name in it real, and docker takes it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from streams.board.access.passwords import hashed
from streams.configuration.checking import check
from streams.settings import read_settings
from streams.topics import specs
from tests.deploy.facts import ALIVE, DEPLOY, METRICS, PORTS, ROOT, SECRET, VARIABLES, is_pinned, parsed

FILE = DEPLOY / "compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "FENGHUO_IMAGE" in service["image"]}
ONCE = {"topics"}
each = pytest.mark.parametrize("name", SERVICES)
each_of_ours = pytest.mark.parametrize("name", OURS)


def without_variables(text: str) -> str:
    """What is left when every ``${NAME:-default}`` is its default."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


@each
def test_a_container_is_pinned_and_cannot_write_or_gain_anything(name: str) -> None:
    service = SERVICES[name]
    assert is_pinned(without_variables(service["image"]))
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "network_mode", "pid", "ipc", "devices", "userns_mode"} & service.keys()
    user = without_variables(service["user"])
    assert re.fullmatch(r"[1-9]\d*:\d+", user)


@each
def test_a_container_has_limits_and_its_log_ends(name: str) -> None:
    service = SERVICES[name]
    assert {"cpus", "memory"} <= service["deploy"]["resources"]["limits"].keys()
    assert {"max-size", "max-file"} <= service["logging"]["options"].keys()
    assert service["restart"] in {"unless-stopped", "on-failure:5"}


@each
def test_a_container_is_asked_whether_it_is_well(name: str) -> None:
    health = SERVICES[name]["healthcheck"]
    assert health == {"disable": True} if name in ONCE else "test" in health


@each
def test_ports_are_for_this_machine_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@each
def test_secrets_come_as_files_and_no_value_is_written_down(name: str) -> None:
    service = SERVICES[name]
    assert set(service.get("secrets", [])) <= COMPOSE["secrets"].keys()
    for variable, value in service.get("environment", {}).items():
        assert variable not in SECRET
        if re.search(r"KEY|PASSWORD|TOKEN|SECRET", variable):
            assert str(value).removeprefix("/run/secrets/") in service["secrets"]


@each
def test_what_a_container_waits_for_can_be_waited_for(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        healthy = "test" in SERVICES[other]["healthcheck"]
        assert how["condition"] == ("service_healthy" if healthy else "service_completed_successfully")


@each
def test_what_is_mounted_is_there_and_only_volumes_are_written_to(name: str) -> None:
    for mount in SERVICES[name].get("volumes", []):
        source, _, rest = mount.partition(":")
        if not source.startswith("."):
            assert source in COMPOSE["volumes"]
            continue
        assert rest.endswith(":ro")
        assert (DEPLOY / source).exists()


@each_of_ours
def test_its_command_is_one_of_ours_and_its_variables_mean_something(name: str) -> None:
    service = OURS[name]
    parsed(service["command"])
    assert service["environment"].keys() <= VARIABLES.keys()


@each_of_ours
def test_its_ports_and_its_health_check_are_those_of_its_command(name: str) -> None:
    command = OURS[name]["command"][0]
    if command not in PORTS:
        return
    port = PORTS[command]
    assert OURS[name]["healthcheck"]["test"] == ["CMD", "healthcheck", f"{port}{ALIVE.get(command, '/')}"]
    assert all(one.endswith(f":{port}") for one in OURS[name].get("ports", []))


@each_of_ours
def test_it_is_given_what_it_does_not_start_without(name: str, tmp_path: Path) -> None:
    command = OURS[name]["command"][0]
    if command not in PORTS:
        return
    for secret in COMPOSE["secrets"]:
        (tmp_path / secret).write_text("0123456789abcdef", encoding="utf-8")
    accounts = yaml.safe_load((DEPLOY / "config" / "people.yaml").read_text(encoding="utf-8"))["people"]
    hashes = "".join(f"{account}: {hashed('Beacon-9-towers')}\n" for account in accounts)
    (tmp_path / "passwords").write_text(hashes, encoding="utf-8")
    (tmp_path / "passwords").chmod(0o600)
    given = {
        variable: without_variables(str(value))
        .replace("/run/secrets/", f"{tmp_path}/")
        .replace("/config/", f"{DEPLOY}/config/")
        for variable, value in OURS[name]["environment"].items()
    }
    settings, wrong = read_settings(given)
    assert check(settings, wrong, (command,), given).faults == []


def test_kafka_is_the_one_that_is_tested_and_takes_our_largest_record() -> None:
    kafka = SERVICES["kafka"]
    pom = ET.parse(DEPLOY / "kafka" / "pom.xml")  # noqa: S314 - our own file
    versions = {node.text for node in pom.iter() if node.tag.endswith(("version", "kafka.version"))}
    assert kafka["image"].rpartition(":")[2] in versions
    largest = max(int(spec.extra.get("max.message.bytes", 0)) for spec in specs())
    assert int(kafka["environment"]["KAFKA_MESSAGE_MAX_BYTES"]) >= largest


def test_whoever_is_told_has_an_account_to_sign_with() -> None:
    config = DEPLOY / "config"
    accounts, told = (
        yaml.safe_load((config / name).read_text(encoding="utf-8"))["people"] for name in ("people.yaml", "oncall.yaml")
    )
    assert told.keys() <= accounts.keys()


def test_prometheus_asks_every_process_at_its_port_and_reads_rules_that_there_are(tmp_path: Path) -> None:
    config = yaml.safe_load((DEPLOY / "config" / "prometheus.yml").read_text(encoding="utf-8"))
    for job in config["scrape_configs"]:
        for found in job.get("dns_sd_configs", []):
            (service,) = found["names"]
            assert job["job_name"] == f"fenghuo-{service}"
            assert found["port"] == METRICS[OURS[service]["command"][0]]
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool on this machine: whether Prometheus takes the file is not seen")
    here = (DEPLOY / "config" / "prometheus.yml").read_text(encoding="utf-8")
    path = tmp_path / "prometheus.yml"
    path.write_text(here.replace("/etc/prometheus/", f"{DEPLOY}/prometheus/"), encoding="utf-8")
    done = subprocess.run([promtool, "check", "config", path], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_alertmanager_takes_its_file() -> None:
    amtool = shutil.which("amtool")
    if amtool is None:
        pytest.skip("no amtool on this machine: whether Alertmanager takes the file is not seen")
    file = DEPLOY / "config" / "alertmanager.yml"
    done = subprocess.run([amtool, "check-config", file], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_grafana_finds_its_dashboards_and_prometheus_where_they_are() -> None:
    grafana = SERVICES["grafana"]
    provided = DEPLOY / "grafana" / "provisioning"
    (providers,) = yaml.safe_load((provided / "dashboards" / "fenghuo.yaml").read_text(encoding="utf-8"))["providers"]
    assert f"./grafana/dashboards:{providers['options']['path']}:ro" in grafana["volumes"]
    (source,) = yaml.safe_load((provided / "datasources" / "prometheus.yaml").read_text(encoding="utf-8"))[
        "datasources"
    ]
    variable = source["url"].strip("${}")
    assert grafana["environment"][variable].removeprefix("http://").split(":")[0] in SERVICES


def test_every_variable_that_can_be_set_is_in_the_example_with_its_default() -> None:
    text = FILE.read_text(encoding="utf-8")
    used = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", text))
    assert "${" not in without_variables(text)
    example = (DEPLOY / "env.example").read_text(encoding="utf-8")
    assert dict(re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE)) == used


def test_the_script_of_secrets_makes_what_is_named_and_keeps_passwords_from_others(tmp_path: Path) -> None:
    (tmp_path / "passwords.yaml").write_text("duty: a hash\n", encoding="utf-8")
    for _ in range(2):
        done = subprocess.run([DEPLOY / "secrets.sh", tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout.count("kept") == 3
    named = {Path(one["file"]).name for one in COMPOSE["secrets"].values()}
    made = {path.name for path in tmp_path.iterdir()}
    assert made == named
    assert all(path.stat().st_mode & 0o333 == 0 for path in tmp_path.iterdir())
    assert all(len((tmp_path / name).read_bytes()) >= 16 for name in made - {"passwords.yaml"})
    assert all((tmp_path / name).stat().st_mode & 0o077 == 0 for name in made - {"grafana-admin-password"})


def test_secrets_and_the_environment_are_kept_out_of_the_repository() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"deploy/secrets/", "deploy/.env"} <= set(ignored)


def test_docker_takes_the_file() -> None:
    docker = shutil.which("docker")
    plugin = docker and subprocess.run([docker, "compose", "version"], check=False, capture_output=True).returncode == 0
    alone = shutil.which("docker-compose")
    if not plugin and not alone:
        pytest.skip("no `docker compose` on this machine: what docker makes of the file is not seen")
    command = [docker, "compose"] if plugin else [alone]
    options = ["-f", FILE, "--env-file", DEPLOY / "env.example", "config", "--format", "json"]
    done = subprocess.run([*command, *options], check=False, capture_output=True, text=True)  # type: ignore[list-item]
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["services"].keys() == SERVICES.keys()
