from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from streams.sources.grid import GridReport
from streams.sources.hotline import HotlineCall
from streams.sources.mapping import RowBad, RowOk, load_mapping
from streams.sources.police import PoliceEvent
from streams.sources.report import Report

LANGUAGE = """\
name: language
areas: open311
source: {column: Channel, codes: {grid: [app, "*inspector*"], police: ["110"]}, default: hotline}
time: {columns: [When, Then], formats: ["%Y-%m-%d %H:%M", "%Y-%m-%d"], zone: Asia/Shanghai}
nulls: ["-", N/A]
coordinates: {lon: X, lat: Y, within: [113, 22, 115, 23]}
kind:
  by:
    - column: Sub
      codes: {manhole: ["*cover"], tree_fall: [fallen tree]}
    - columns: [Main, Other]
      codes: {noise: ["noise*"], garbage: [waste]}
  default: other
fields:
  id: {template: "{No}/{Part}"}
  title: {columns: [Sub, Main], default: nothing said}
  text: {template: "{Main}: {Sub}!"}
  district: {column: Place, extract: ['([A-Z][0-9])区', '[A-Z]市']}
  street: {column: Street, nulls: [none], codes: {High Street: [HIGH, "hi*"]}, default: elsewhere}
  status: {column: State, codes: {closed: [done, "closed*"]}}
  address: {constant: City}
  people: People
  depth_cm: Depth
"""
COLUMNS = [
    "No",
    "Part",
    "Channel",
    "When",
    "Then",
    "Sub",
    "Main",
    "Other",
    "Place",
    "Street",
    "State",
    "People",
    "Depth",
    "X",
    "Y",
]
BASE = dict.fromkeys(COLUMNS, "") | {"No": "1", "Part": "a", "When": "2018-09-16 08:30"}


Made = Callable[..., Report | RowBad]


@pytest.fixture
def one(tmp_path: Path) -> Made:
    """Map one row with these cells, the others being empty."""

    def read(**cells: str) -> Report | RowBad:
        (tmp_path / "mapping.yaml").write_text(LANGUAGE, encoding="utf-8")
        row = BASE | cells
        (tmp_path / "data.csv").write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n", encoding="utf-8")
        (found,) = load_mapping(tmp_path / "mapping.yaml").rows(tmp_path / "data.csv")
        return found.report if isinstance(found, RowOk) else found

    return read


@pytest.mark.parametrize(
    ("cells", "field", "value"),
    [
        ({}, "id", "1/a"),
        ({"Part": ""}, "id", "1/"),
        ({"Part": "-"}, "id", "1/"),
        ({"Sub": "broken cover", "Main": "noise"}, "kind", "manhole"),
        ({"Sub": "x", "Main": "noise at night"}, "kind", "noise"),
        ({"Sub": "x", "Other": "waste"}, "kind", "garbage"),
        ({}, "kind", "other"),
        ({"Sub": "s", "Main": "m"}, "title", "s"),
        ({"Sub": "N/A", "Main": "m"}, "title", "m"),
        ({}, "title", "nothing said"),
        ({"Sub": "s", "Main": "m"}, "text", "m: s!"),
        ({"Sub": "s"}, "text", ": s!"),
        ({"Sub": "-", "Main": "-"}, "text", ""),
        ({"Place": "B市 A3区 C4区"}, "district", "A3"),
        ({"Place": "B市"}, "district", "B市"),
        ({"Place": "nowhere"}, "district", ""),
        ({"Street": "high"}, "street", "High Street"),
        ({"Street": "HILL"}, "street", "High Street"),
        ({"Street": "none"}, "street", "elsewhere"),
        ({"State": "Closed by staff"}, "status", "closed"),
        ({"State": "new"}, "status", "open"),
        ({}, "address", "City"),
        ({"People": "12"}, "people", 12),
        ({}, "people", 0),
        ({"Depth": "25.5"}, "depth_cm", 25.5),
        ({"X": "114.4", "Y": "22.7"}, "lon", 114.4),
        ({"X": "114.4", "Y": "22.7"}, "lat", 22.7),
        ({"X": "0.0", "Y": "0.0"}, "lon", None),
        ({"X": "114.4", "Y": "42.7"}, "lat", None),
        ({"X": "114.4", "Y": "-"}, "lon", None),
        ({"X": "nan", "Y": "22.7"}, "lon", None),
    ],
)
def test_a_field_is_made_as_the_mapping_says(one: Made, cells: dict[str, str], field: str, value: object) -> None:
    assert getattr(one(**cells), field) == value


def test_one_column_can_tell_the_source(one: Made) -> None:
    assert type(one(Channel="App")) is GridReport
    assert type(one(Channel="inspector 7")) is GridReport
    assert type(one(Channel="110")) is PoliceEvent
    assert type(one(Channel="letter")) is HotlineCall


def test_the_second_column_and_format_stand_in_for_the_first(one: Made) -> None:
    first, second = one(), one(When="", Then="2018-09-16")
    assert isinstance(first, HotlineCall)
    assert isinstance(second, HotlineCall)
    assert first.occurred_at.isoformat() == "2018-09-16T00:30:00+00:00"
    assert second.occurred_at.isoformat() == "2018-09-15T16:00:00+00:00"


@pytest.mark.parametrize(
    ("cells", "path"),
    [
        ({"People": "many"}, "$.People"),
        ({"People": "-1"}, "$.People"),
        ({"People": "nan"}, "$.People"),
        ({"Depth": "1e9"}, "$.Depth"),
        ({"X": "east", "Y": "22.7"}, "$.X"),
        ({"No": "", "Part": ""}, "$.No"),
    ],
)
def test_a_value_the_contract_would_refuse_is_a_bad_row(one: Made, cells: dict[str, str], path: str) -> None:
    found = one(**cells)
    assert isinstance(found, RowBad)
    assert (found.reason, found.path) == ("SCHEMA", path)
