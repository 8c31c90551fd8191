"""Settings come from the environment, and every fault is reported together."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.errors import ConfigurationError
from streams.settings import load_settings


def test_variables_and_the_clusters_own_are_read() -> None:
    found = load_settings({"KAFKA_BOOTSTRAP_SERVERS": "k:1", "FENGHUO_PARTITIONS": "8", "FENGHUO_LATENESS_S": "30"})
    assert (found.bootstrap, found.partitions, found.lateness_s) == ("k:1", 8, 30.0)


def test_the_command_line_goes_before_the_environment() -> None:
    assert load_settings({"FENGHUO_GROUP": "a"}, group="b").group == "b"
    assert load_settings({"FENGHUO_GROUP": "a"}, group=None).group == "a"


def test_every_fault_is_reported_together() -> None:
    wrong = {"FENGHUO_PARTITION": "8", "FENGHUO_LATENESS_S": "soon", "FENGHUO_HTTP_PORT": "x"}
    with pytest.raises(ConfigurationError) as caught:
        load_settings(wrong)
    assert {fault.file for fault in caught.value.faults} == set(wrong)


@pytest.mark.parametrize(("name", "value"), [("PARTITIONS", "0"), ("IDLE_S", "-1"), ("LATENESS_S", "90000")])
def test_values_out_of_range_are_refused(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError):
        load_settings({f"FENGHUO_{name}": value})


def test_a_worker_without_a_secret_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="FENGHUO_REPORTER_KEY"):
        load_settings({}).secret()
    with pytest.raises(ConfigurationError, match="shorter than 16"):
        load_settings({"FENGHUO_REPORTER_KEY": "short"}).secret()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_settings({"FENGHUO_REPORTER_KEY_FILE": str(tmp_path / "none")}).secret()
    key = tmp_path / "key"
    key.write_text("0123456789abcdef\n", encoding="utf-8")
    assert load_settings({"FENGHUO_REPORTER_KEY_FILE": str(key)}).secret() == b"0123456789abcdef"
