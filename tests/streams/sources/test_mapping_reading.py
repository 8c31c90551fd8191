from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from streams.errors import ConfigurationError, Fault
from streams.sources import mapping as explanation
from streams.sources.mapping import load_mapping, shipped_mappings

GOOD = """\
name: rats
areas: newyork
source: hotline
time: {column: Created, format: "%Y-%m-%d", zone: America/New_York, resolution: day}
kind: {by: [{column: Problem, codes: {animal: [rats]}}], default: other}
fields: {id: Key, title: Problem}
"""


def faults_of(tmp_path: Path, text: str) -> list[Fault]:
    file = tmp_path / "mapping.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_mapping(file)
    assert all(fault.file == str(file) for fault in caught.value.faults)
    return caught.value.faults


def test_a_good_mapping_says_what_it_is(tmp_path: Path) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(GOOD + "description: Sightings.\n", encoding="utf-8")
    mapping = load_mapping(file)
    assert (mapping.name, mapping.areas, mapping.description) == ("rats", "newyork", "Sightings.")
    assert mapping.sources == ("hotline",)


def test_every_fault_is_reported_with_its_line_and_path(tmp_path: Path) -> None:
    text = """\
name: x
areas: y
sorce: hotline
source: hotlin
file: {format: csv, encoding: utf-16, delimiter: ";;"}
time: {column: T, format: "%Y-%m-%q"}
kind:
  by:
    - column: K
      codes:
        garbge: [a]
        noise: [b]
        odor: [b, "a*b"]
  default: streetlights
coordinates: {lon: X, lat: Y, within: [1, 2]}
fields:
  titel: T
  lon: X
  text: {template: no column}
  street: {column: A, extract: "("}
  status: S
  title: {colum: X}
"""
    found = {(fault.line, fault.path): fault.message for fault in faults_of(tmp_path, text)}
    said = {
        (3, "$.sorce"): "did you mean `source`?",
        (4, "$.source"): "did you mean `hotline`?",
        (5, "$.file.encoding"): "utf-16",
        (5, "$.file.delimiter"): "one character",
        (6, "$.time.format"): "%q",
        (6, "$.time"): "`zone` is missing",
        (11, "$.kind.by[0].codes.garbge"): "did you mean `garbage`?",
        (13, "$.kind.by[0].codes.odor[0]"): "already stands for `noise`",
        (13, "$.kind.by[0].codes.odor[1]"): "start or the end",
        (14, "$.kind.default"): "did you mean `streetlight`?",
        (15, "$.coordinates.within"): "west, south, east, north",
        (16, "$.fields"): "`id` is missing",
        (17, "$.fields.titel"): "did you mean `title`?",
        (18, "$.fields.lon"): "set by `coordinates:`",
        (19, "$.fields.text.template"): "names no column",
        (20, "$.fields.street.extract"): "unterminated",
        (21, "$.fields.status"): "needs `codes`",
        (22, "$.fields.title.colum"): "did you mean `column`?",
        (22, "$.fields.title"): "needs one of `column`",
    }
    assert found.keys() == said.keys()
    for where, message in said.items():
        assert message in found[where]


@pytest.mark.parametrize(
    ("old", "new", "path", "message"),
    [
        ("name: rats", "name: [rats]", "$.name", "expected text, found a list"),
        ("source: hotline", "source: {column: S}", "$.source", "needs `column`, `codes` and a `default`"),
        (
            "source: hotline",
            "source: {column: S, codes: {gird: [a]}, default: grid}",
            "$.source.codes.gird",
            "did you mean `grid`?",
        ),
        ("zone: America/New_York", "zone: New York", "$.time.zone", "no IANA time zone"),
        ("resolution: day", "resolution: days", "$.time.resolution", "did you mean `day`?"),
        ("{column: Created, ", "{", "$.time", "`column` is missing"),
        ("kind: {by: [{column: Problem, codes: {animal: [rats]}}], default: other}", "kind: {}", "$.kind", "by"),
        ("kind: {by: [{column: Problem, codes: {animal: [rats]}}], default: other}", "kind: rats", "$.kind", "unknown"),
        ("fields: {id: Key,", "fields: {id: ,", "$.fields.id", "name of a column is missing"),
        ("fields: {id: Key,", "fields: {id: Key, worker: W,", "$.fields.worker", "unknown name `worker`"),
        ("fields: {id: Key,", "fields: {id: Key, id: Key,", "$.fields.id", "stands twice"),
        ("areas: newyork", "areas: newyork\nfile: {format: cvs}", "$.file.format", "did you mean `csv`?"),
        ("areas: newyork", "areas: newyork\nfile: {encoding: utf8x}", "$.file.encoding", "unknown encoding"),
        ("areas: newyork", "areas: newyork\nfile: {format: json, delimiter: ;}", "$.file.delimiter", "no meaning"),
        ("areas: newyork", "areas: newyork\nfile: csv", "$.file", "expected a mapping"),
        (
            "areas: newyork",
            "areas: newyork\ncoordinates: {lon: X, lat: Y, projection: missouri-east-ft}",
            "$.coordinates",
            "`x` is missing",
        ),
        (
            "areas: newyork",
            "areas: newyork\ncoordinates: {x: X, y: Y, projection: missouri}",
            "$.coordinates.projection",
            "unknown projection",
        ),
        (
            "areas: newyork",
            "areas: newyork\ncoordinates: {lon: X, lat: Y, within: [a, 1, 2, 3]}",
            "$.coordinates.within[0]",
            "number",
        ),
    ],
)
def test_each_kind_of_fault_is_named(tmp_path: Path, old: str, new: str, path: str, message: str) -> None:
    assert old in GOOD
    found = faults_of(tmp_path, GOOD.replace(old, new))
    assert any(fault.path == path and message in fault.message for fault in found), found


@pytest.mark.parametrize("text", ["a: [", "a: b: c", "\tx: y", "&a [*a]", "", "- a", "just text", "? [x]\n: y"])
def test_what_is_no_mapping_at_all_is_refused(tmp_path: Path, text: str) -> None:
    assert faults_of(tmp_path, text)


def test_tags_that_would_run_code_are_only_text(tmp_path: Path) -> None:
    found = faults_of(tmp_path, "!!python/object/apply:os.system [echo]")
    assert found[0].message.startswith("expected a mapping")


def test_a_contract_mapping_has_nothing_to_map(tmp_path: Path) -> None:
    found = faults_of(tmp_path, GOOD.replace("areas: newyork", "areas: newyork\nfile: {format: contract}"))
    assert {fault.path for fault in found} == {"$.source", "$.time", "$.kind", "$.fields"}


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match="did you mean `stlouis-requests`"):
        load_mapping("stlouis-request")


def test_a_folder_or_bytes_are_no_mapping(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is a folder"):
        load_mapping(tmp_path)
    (tmp_path / "m.yaml").write_bytes(b"name: \xff")
    with pytest.raises(ConfigurationError, match="utf-8"):
        load_mapping(tmp_path / "m.yaml")


@pytest.mark.parametrize("name", shipped_mappings())
def test_every_shipped_mapping_loads_under_its_own_name(name: str) -> None:
    mapping = load_mapping(name)
    assert mapping.name == name
    assert mapping.description


def test_the_page_that_explains_the_language_is_a_mapping(tmp_path: Path) -> None:
    explained = (explanation.__doc__ or "").partition("::\n")[2].partition("\n\nA bad mapping")[0]
    (tmp_path / "mapping.yaml").write_text(textwrap.dedent(explained), encoding="utf-8")
    assert load_mapping(tmp_path / "mapping.yaml").sources == ("hotline",)
