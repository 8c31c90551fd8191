"""deploy/systemd: units that harden, hand secrets over as credentials, and start commands that there are."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.facts import DEPLOY, PORTS, SECRET, VARIABLES, parsed

FOLDER = DEPLOY / "systemd"
UNITS = sorted(FOLDER.glob("*.service"))
PROGRAM = "/opt/fenghuo/.venv/bin/fenghuo"
SECURE_ENOUGH = 20
"""In tenths of what `systemd-analyze security` gives: below 2.0 of 10 is OK, and above 9 without any of it."""
HARDENED = {
    "DynamicUser": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "RestrictNamespaces": "yes",
    "SystemCallArchitectures": "native",
}
each = pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)


def directives(unit: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "[")):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def environment(unit: Path) -> dict[str, str]:
    return dict(one.split("=", 1) for one in directives(unit).get("Environment", []))


def test_every_process_has_a_unit() -> None:
    started = {shlex.split(directives(unit)["ExecStart"][0])[1] for unit in UNITS}
    assert started == PORTS.keys()


@each
def test_a_unit_is_hardened_limited_and_started_again(unit: Path) -> None:
    found = directives(unit)
    assert {name: found[name][0] for name in HARDENED} == HARDENED
    assert {"MemoryMax", "TasksMax", "TimeoutStopSec"} <= found.keys()
    assert found["Restart"] == ["on-failure"]
    assert found["RestartPreventExitStatus"] == ["2"]  # wrong settings


@each
def test_it_starts_a_command_that_there_is_with_variables_that_mean_something(unit: Path) -> None:
    program, *arguments = shlex.split(directives(unit)["ExecStart"][0].replace("%i", "6061"))
    assert program == PROGRAM
    parsed(arguments)
    assert environment(unit).keys() <= VARIABLES.keys()


@each
def test_secrets_are_credentials_and_nothing_else(unit: Path) -> None:
    credentials = {one.split(":")[0] for one in directives(unit)["LoadCredential"]}
    named = {value.removeprefix("%d/") for value in environment(unit).values() if value.startswith("%d/")}
    assert named == credentials
    assert not environment(unit).keys() & SECRET


def test_the_example_of_settings_holds_settings_and_no_secret() -> None:
    text = (FOLDER / "fenghuo.env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^(\w+)=", text, re.MULTILINE))
    assert named <= VARIABLES.keys() - SECRET


@pytest.fixture
def installed(tmp_path: Path) -> list[Path]:
    """The units as installed, of a program that is there; templates with an instance."""
    made = []
    for unit in UNITS:
        path = tmp_path / unit.name.replace("@.", "@6061.")
        path.write_text(unit.read_text(encoding="utf-8").replace(PROGRAM, "/bin/true"), encoding="utf-8")
        (tmp_path / unit.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
        made.append(path)
    return made


def analyze(*arguments: object) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd-analyze on this machine: whether systemd knows every directive is not seen")
    return subprocess.run([program, *map(str, arguments)], check=False, capture_output=True, text=True)


def test_systemd_knows_every_directive(installed: list[Path]) -> None:
    done = analyze("verify", "--man=no", *installed)
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_finds_them_secure(installed: list[Path]) -> None:
    for unit in installed:
        done = analyze("security", "--offline=true", f"--threshold={SECURE_ENOUGH}", "--no-pager", unit)
        assert done.returncode == 0, done.stdout[-200:]
