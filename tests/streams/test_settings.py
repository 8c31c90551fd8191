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
    wrong = {
        "FENGHUO_PARTITION": "8",
        "FENGHUO_LATENESS_S": "soon",
        "FENGHUO_HTTP_PORT": "65536",
        "FENGHUO_HAZARDS": "no-such.csv",
    }
    with pytest.raises(ConfigurationError) as caught:
        load_settings(wrong)
    assert {fault.file for fault in caught.value.faults} == set(wrong)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PARTITIONS", "0", "0 is not between 1 and 1000"),
        ("REPLICATION", "1.5", "'1.5' is no whole number"),
        ("IDLE_S", "-1", "-1.0 is not between 0.01 and 86400"),
        ("SNAPSHOT_S", "nan", "nan is not between"),
        ("STALLED_S", "inf", "inf is not between"),
        ("LATENESS_S", "90000", "90000.0 is not between 0 and 43200"),
        ("HTTP_PORT", "-1", "-1 is not between 0 and 65535"),
        ("BOOTSTRAP", "localhost", "'localhost' is no HOST:PORT"),
        ("BOOTSTRAP", "k:65536", "'k:65536' is no HOST:PORT"),
        ("PREFIX", "a b", "'a b' must be made of letters"),
        ("GROUP", "", "'' must be a name"),
        ("AREAS", "nowhere", "there is no file nowhere: give the path of an area file, or one of the shipped chicago"),
        ("AREAS", "/", "/ is a folder, not a file"),
        ("BOOK", "/no/book", "there is no folder /no/book"),
        ("BOOK", __file__, "is a file, not a folder"),
    ],
)
def test_a_value_that_cannot_be_right_is_refused_in_plain_words(name: str, value: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings({f"FENGHUO_{name}": value})
    (fault,) = caught.value.faults
    assert fault.file == f"FENGHUO_{name}"
    assert said in fault.message


@pytest.mark.parametrize("value", ["k:1", "k:1,l:2", "k:65535,[::1]:60000", "k.example:9092,[::1]:9092"])
def test_addresses_of_a_cluster_are_taken(value: str) -> None:
    assert load_settings({"KAFKA_BOOTSTRAP_SERVERS": value}).bootstrap == value


def test_what_was_wrong_on_the_command_line_is_named_as_it_was_written_there() -> None:
    with pytest.raises(ConfigurationError, match=r"^--http-port: 70000 is not between"):
        load_settings({"FENGHUO_HTTP_PORT": "6066"}, http_port=70_000)
    with pytest.raises(ConfigurationError, match=r"^--port: 70000 is not between"):
        load_settings({}, board_port=70_000)


def test_a_worker_without_a_secret_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="FENGHUO_REPORTER_KEY"):
        load_settings({}).secret()
    with pytest.raises(ConfigurationError, match="shorter than 16"):
        load_settings({"FENGHUO_REPORTER_KEY": "short"}).secret()
    with pytest.raises(ConfigurationError, match="there is no file"):
        load_settings({"FENGHUO_REPORTER_KEY_FILE": str(tmp_path / "none")})
    key = tmp_path / "key"
    key.write_text("0123456789abcdef\n", encoding="utf-8")
    assert load_settings({"FENGHUO_REPORTER_KEY_FILE": str(key)}).secret() == b"0123456789abcdef"
