"""What is wrong with the files an operator names is told at once, whichever kind of file it is in."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.assembly import assemble
from streams.errors import ConfigurationError
from streams.feed import read_inputs
from streams.live import Worker
from streams.replay_cli import replay_files
from streams.settings import Settings

KEY = "a key for tests only"


@pytest.fixture
def faulty(tmp_path: Path) -> Settings:
    """A secret too short, a city that is open perhaps, a register with an unknown risk, a rule that is no YAML."""
    (tmp_path / "city.yaml").write_text("city: x\nname: X\ntz: UTC\nopen: perhaps\n", encoding="utf-8")
    (tmp_path / "hazards.csv").write_text("name,scene,risk,community\na,school,purple,c1\n", encoding="utf-8")
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "rule.yaml").write_text("id: [\n", encoding="utf-8")
    return Settings(
        areas=str(tmp_path / "city.yaml"),
        hazards=str(tmp_path / "hazards.csv"),
        book=str(tmp_path / "book"),
        reporter_key="short",
    )


def places(error: ConfigurationError) -> list[tuple[str, str]]:
    """Where the faults are: file and path."""
    return [(Path(fault.file).name, fault.path) for fault in error.faults]


EVERYWHERE = [
    ("FENGHUO_REPORTER_KEY", ""),
    ("city.yaml", "$.open"),
    ("hazards.csv", "risk"),
    ("rule.yaml", "$"),
]


def test_a_worker_tells_the_faults_of_secret_city_register_and_rules_together(faulty: Settings) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Worker(faulty)
    assert places(caught.value) == EVERYWHERE


def test_a_replay_tells_them_together_as_well(faulty: Settings, tmp_path: Path) -> None:
    calls = tmp_path / "calls.jsonl"
    calls.write_text("", encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        replay_files(read_inputs(["fenghuo", str(calls)]), faulty, areas=faulty.areas)
    assert places(caught.value) == EVERYWHERE


def test_communities_of_a_register_are_not_held_against_a_city_that_cannot_be_read(tmp_path: Path) -> None:
    register = tmp_path / "hazards.csv"
    register.write_text("name,scene,risk,community\na,school,red,nowhere\n", encoding="utf-8")
    for areas, file, said in (("atlantis", "atlantis", "no such area file"), ("shantou", str(register), "'nowhere'")):
        with pytest.raises(ConfigurationError, match=said) as caught:
            assemble(areas=areas, book="", hazards=str(register), reporter_key=KEY.encode())
        assert [fault.file for fault in caught.value.faults] == [file]


def test_a_register_that_is_not_there_is_told_in_plain_words() -> None:
    with pytest.raises(ConfigurationError) as caught:
        assemble(areas="shantou", book="", hazards="none.csv", reporter_key=KEY.encode())
    assert str(caught.value) == "none.csv: cannot be read: no such file or directory"
