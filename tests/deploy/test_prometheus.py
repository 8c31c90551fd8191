"""Prometheus: configuration and rules are valid, and alarms about ourselves go off when they should, and only then."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from streams.metrics import BoardMetrics, DeliveryMetrics, Metrics
from tests.deploy.measured import PROMETHEUS, rules

HERE = Path(__file__).parent
_NAMED = re.compile(r'alertname="(\w+)"')
ALARMS = [rule for rule in rules() if "alert" in rule]


def run(*command: str, given: bytes = b"") -> str:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed: apt-get install prometheus prometheus-alertmanager")
    done = subprocess.run(command, input=given, capture_output=True, check=False)
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, said
    return said


def test_the_configuration_and_its_rules_are_valid() -> None:
    said = run("promtool", "check", "config", str(PROMETHEUS / "prometheus.yml"))
    assert f"{len(ALARMS)} rules found" in said
    assert "WARNING" not in said


def test_alarms_go_off_when_they_should_and_only_then() -> None:
    files = sorted(str(path) for path in HERE.glob("promtool_*.yml"))
    assert run("promtool", "test", "rules", *files).count("SUCCESS") == len(files)


def test_every_alarm_is_tried() -> None:
    tried: set[str] = set()
    for path in HERE.glob("promtool_*.yml"):
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]:
            tried.update(one["alertname"] for one in test.get("alert_rule_test", []) if one["exp_alerts"])
            for one in test.get("promql_expr_test", []):
                tried.update(_NAMED.findall(str(one["exp_samples"])))
    assert tried == {rule["alert"] for rule in ALARMS}


@pytest.mark.parametrize("rule", ALARMS, ids=lambda rule: rule["alert"])
def test_an_alarm_says_what_it_is_and_what_to_do_in_both_languages(rule: dict[str, dict[str, str]]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    said = rule["annotations"]
    assert set(said) == {f"{name}{end}" for name in ("summary", "description", "runbook") for end in ("", "_en")}
    for name, text in said.items():
        assert any("\u4e00" <= letter <= "\u9fff" for letter in text) is not name.endswith("_en"), text


def test_the_example_for_alertmanager_is_valid_and_hears_every_severity() -> None:
    assert "SUCCESS" in run("amtool", "check-config", str(PROMETHEUS / "alertmanager.yml"))


@pytest.mark.parametrize("metrics", [Metrics, DeliveryMetrics, BoardMetrics])
def test_metrics_are_named_and_described_as_prometheus_asks(metrics: type[Metrics]) -> None:
    assert run("promtool", "check", "metrics", given=metrics().text()) == ""


def test_the_table_of_what_is_measured_is_what_the_code_says() -> None:
    sys.path.insert(0, str(PROMETHEUS))
    from measured import README, written  # type: ignore[import-not-found]  # noqa: PLC0415 - a script beside the rules

    text = README.read_text(encoding="utf-8")
    assert text == written(text), "run `python deploy/prometheus/measured.py`"
