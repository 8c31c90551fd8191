"""What Fenghuo is made of: pinned, under licences that go with ours, and not called clean unasked."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "deploy" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


licences, audited = script("licences"), script("audited")
PINS = [one for one in (ROOT / "deploy/constraints.txt").read_text().splitlines() if one and not one.startswith("#")]


def test_constraints_name_one_release_of_each_package_and_no_address() -> None:
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+", one) for one in PINS)
    names = [one.partition("==")[0].lower().replace("_", "-") for one in PINS]
    assert len(names) == len(set(names))


def test_all_that_is_needed_to_run_is_pinned_to_the_release_that_is_installed() -> None:
    pinned = {re.sub(r"[-_.]+", "-", one.partition("==")[0]).lower(): one.partition("==")[2] for one in PINS}
    found = {name: package.version for name, package in licences.needed().items() if name != "fenghuo"}
    assert len(found) > 50
    assert {name: pinned.get(name) for name in found} == found


def test_every_licence_goes_with_ours() -> None:
    assert list(licences.faults()) == []


@pytest.mark.parametrize(
    ("expression", "good"),
    [
        *(("MIT", True), ("Apache-2.0 OR GPL-3.0", True), ("MPL-2.0 AND (Apache-2.0 OR MIT)", True)),
        *(
            ("GPL-3.0-only", False),
            ("MIT AND GPL-3.0-only", False),
            ("MIT AND (LGPL-3.0 OR AGPL-3.0)", False),
            ("", False),
        ),
        *(("Apache-2.0 WITH LLVM-exception", True), ("BSD-3-Clause AND Proprietary", False)),
    ],
)
def test_expressions_are_read_as_they_are_meant(expression: str, *, good: bool) -> None:
    assert licences.is_compatible(expression) is good


@pytest.mark.parametrize(
    ("report", "code", "said"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], 0, "1 of 1 packages looked up, 0 known"),
        ([{"name": "a", "version": "1", "vulns": [{"id": "CVE-1"}]}], 1, "a 1: CVE-1"),
        ([{"name": "a", "skip_reason": "Dependency not found on PyPI"}], 3, "0 of 1 packages looked up"),
        (None, 3, "could not ask"),
    ],
)
def test_a_package_that_was_not_looked_up_is_not_called_clean(report: object, code: int, said: str) -> None:
    text = json.dumps({"dependencies": report}) if report is not None else "Traceback …"
    found, lines = audited.verdict(text)
    assert found == code
    assert said in "\n".join(lines)


def test_the_script_reads_as_bash_and_says_what_it_does() -> None:
    subprocess.run(["bash", "-n", str(ROOT / "deploy/supply.sh")], check=True)
    shown = subprocess.run([str(ROOT / "deploy/supply.sh"), "--help"], capture_output=True, text=True, check=True)
    assert "sbom.json" in shown.stdout
