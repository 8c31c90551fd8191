"""Simulated reports on file."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from streams.intake.places import load_areas
from streams.simulate import Simulation, Truth, load_scenarios, simulate, write_jsonl
from streams.sources import source_types


def a_simulation() -> Simulation:
    start = datetime(2026, 3, 11, tzinfo=ZoneInfo("Asia/Shanghai"))
    scenarios = load_scenarios(["demo-day"])
    return simulate(areas=load_areas("shantou"), start=start, days=0.5, seed=5, daily_events=500, scenarios=scenarios)


def test_every_line_is_a_report_of_its_source_s_contract(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    count = write_jsonl(a_simulation(), path, None)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == count
    arrivals = [datetime.fromisoformat(line.pop("arrived_at")) for line in lines]
    assert arrivals == sorted(arrivals)
    read = [msgspec.convert(line, source_types()[line.pop("source")]) for line in lines]
    assert read == [report for _, report in a_simulation().reports]


def test_fields_that_say_nothing_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    write_jsonl(a_simulation(), path, None)
    assert all(value for line in path.read_bytes().splitlines() for value in json.loads(line).values())


def test_the_truth_can_be_read_back(tmp_path: Path) -> None:
    write_jsonl(a_simulation(), tmp_path / "day.jsonl", tmp_path / "truth.jsonl")
    lines = (tmp_path / "truth.jsonl").read_bytes().splitlines()
    assert [msgspec.json.decode(line, type=Truth) for line in lines] == a_simulation().truth


def test_compressed_files_hold_the_same_and_are_the_same_bytes_each_time(tmp_path: Path) -> None:
    plain, first, second = (tmp_path / name for name in ("a.jsonl", "b.jsonl.gz", "c.jsonl.gz"))
    for path in (plain, first, second):
        write_jsonl(a_simulation(), path, None)
    assert gzip.decompress(first.read_bytes()) == plain.read_bytes()
    assert first.read_bytes() == second.read_bytes()


def test_progress_is_told_and_ends_at_the_count(tmp_path: Path) -> None:
    told: list[int] = []
    simulation = a_simulation()
    expected = simulation.expected
    count = write_jsonl(simulation, tmp_path / "day.jsonl", None, told.append)
    assert told == sorted(told)
    assert told[-1] == count
    assert abs(count - expected) < 0.35 * expected
