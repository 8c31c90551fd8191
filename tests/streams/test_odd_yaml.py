"""YAML that would end in a traceback, in a crash, or not at all: every reader says what is wrong with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from rules.index_config import IndexFault, load_index_config
from streams.errors import ConfigurationError
from streams.intake.places import load_areas
from streams.people import load_people
from streams.simulate import load_scenarios
from streams.sources.mapping import load_mapping

READERS: dict[str, Callable[[Path], object]] = {
    "areas": load_areas,
    "index": load_index_config,
    "mapping": load_mapping,
    "people": lambda path: load_people(path, None),
    "scenario": lambda path: load_scenarios([path]),
}
GROWING = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n" for old, new in pairwise("abcdefghi")
)
ODD = {
    "no such day": "city: 2026-02-30",
    "too long a number": f"city: {'9' * 5_000}",
    "no number": "city: !!int x",
    "a control character": "city: \x01",
    "lists within lists": f"city: {'[' * 20_000}{']' * 20_000}",
    "aliases that grow": GROWING,
    "aliases that hold themselves": "city: &a [*a]",
    "a name twice": "city: a\ncity: b",
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("odd", ODD)
def test_what_no_reader_can_take_is_refused_at_once_with_its_file(tmp_path: Path, reader: str, odd: str) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(ODD[odd], encoding="utf-8")
    began = time.process_time()
    with pytest.raises((ConfigurationError, IndexFault)) as caught:
        READERS[reader](path)
    assert time.process_time() - began < 5.0
    if isinstance(caught.value, ConfigurationError):
        assert all("odd.yaml" in fault.file for fault in caught.value.faults)


def test_a_fault_of_an_area_file_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text("city: a\nname: A\ntz: UTC\ndistricts:\n  - id: b\n    name: 3\ntz: UTC\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_areas(path)
    assert [(fault.path, fault.line) for fault in caught.value.faults] == [("$.tz", 7), ("$.districts[0].name", 6)]
