"""Personal data goes in through every field of every source, and is looked for in all that is said afterwards."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import inspect

from detectors.event import Source
from detectors.taxonomy import load_taxonomy
from streams.codec import encode, letter_for
from streams.errors import BadInput
from streams.intake.hazards import load_hazards
from streams.intake.intake import Intake
from streams.intake.places import load_areas
from streams.outline import outline
from streams.sources import source_types
from streams.sources.mapping import Mapping
from streams.sources.mapping_reading import read_mapping
from streams.sources.mapping_row import RowOk
from tests import personal
from tests.personal import Planted, found_in

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC).timestamp()
AT = "2026-01-15T14:31:05+08:00"
HAZARDS = Path(__file__).parents[2] / "deploy" / "hazards.csv"
SOURCES = sorted(source_types())
BEFORE = st.sampled_from(["", "请联系", "反映 ", "，", "楼下的", "幸福里小区"])
AFTER = st.sampled_from(["", "反映漏水", "，请处理", " 谢谢", "的车停在门口"])


@cache
def intakes() -> tuple[Intake, ...]:
    """A city whose areas are listed, with a register of hazards, and one that takes names as they come."""

    def make(name: str) -> Intake:
        areas = load_areas(name)
        hazards = load_hazards(HAZARDS, areas) if name == "shantou" else None
        return Intake(areas=areas, taxonomy=load_taxonomy(), reporter_key=b"for tests only..", hazards=hazards)

    return make("shantou"), make("pingshan")


@cache
def fields(source: Source) -> tuple[str, ...]:
    """Every field of a source's contract, whatever its type, and one that it does not have."""
    info = inspect.type_info(source_types()[source])
    assert isinstance(info, inspect.StructType)
    return (*(one.encode_name for one in info.fields), "remark")


def said_of(source: Source, raw: bytes) -> list[bytes | str]:
    """All that leaves intake for a record, in both cities: its event, or the dead letter but for the original."""
    said: list[bytes | str] = [outline(raw)]
    for intake in intakes():
        try:
            event = intake.normalise(intake.decode(source, raw), NOW)
        except BadInput as fault:
            record = msgspec.defstruct("Record", ["offset", "timestamp", "value"])(1, 0, b"")
            said += [str(fault), encode(letter_for(source_types()[source].topic, 0, record, fault))]
        else:
            said += [encode(event), event.place.district]
    return said


def a_record(**over: object) -> dict[str, Any]:
    return {"id": "GD20260115000123", "occurred_at": AT, "district": "龙湖区", "text": "停水", **over}


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_no_field_of_any_source_lets_personal_data_through(data: st.DataObject) -> None:
    source: Source = data.draw(st.sampled_from(SOURCES))
    field = data.draw(st.sampled_from(fields(source)))
    planted, before, after = data.draw(personal.ANY), data.draw(BEFORE), data.draw(AFTER)
    record = a_record(**{field: before + planted.written + after})
    assert not found_in(b"\n".join(_bytes(one) for one in said_of(source, json.dumps(record).encode())), [planted])


@settings(max_examples=150, deadline=None)
@given(source=st.sampled_from(SOURCES), name=personal.ANY, escaped=st.booleans())
def test_nor_does_the_name_of_a_field_nobody_knows(source: Source, name: Planted, escaped: bool) -> None:  # noqa: FBT001
    raw = json.dumps(a_record(**{name.written: 1}), ensure_ascii=escaped).encode()
    assert not found_in(b"\n".join(map(_bytes, said_of(source, raw))), [name])


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_nor_does_any_attribute_of_an_envelope(data: st.DataObject) -> None:
    source: Source = data.draw(st.sampled_from(SOURCES))
    attribute = data.draw(st.sampled_from(["id", "source", "type", "time", "subject", "traceparent", "specversion"]))
    planted, inside = data.draw(personal.ANY), data.draw(personal.ANY)
    content = {"district": "龙湖区", "text": inside.written, "occurred_at": AT}
    envelope = {"specversion": "1.0", "id": "e1", "source": "s", "type": "org.fenghuo.x", attribute: planted.written}
    if data.draw(st.booleans()):
        envelope["data_base64"] = base64.b64encode(json.dumps(content).encode()).decode()
    else:
        envelope["data"] = content  # type: ignore[assignment]
    said = said_of(source, json.dumps(envelope).encode())
    assert not found_in(b"\n".join(map(_bytes, said)), [planted, inside])


MAPPING = """
name: all
areas: {areas}
description: Every field from a column of its own.
source: hotline
file: {{format: csv}}
time: {{column: time, format: "%Y-%m-%d %H:%M", zone: Asia/Shanghai}}
fields:
"""
COLUMNS = ("id", "title", "text", "address", "district", "street", "community", "grid", "spot", "caller", "people")


@pytest.mark.parametrize("areas", ["shantou", "pingshan"])
def test_nor_does_any_column_of_a_file(areas: str, tmp_path: Path) -> None:
    text = MAPPING.format(areas=areas) + "".join(f"  {name}: {name}\n" for name in COLUMNS)
    rows: list[tuple[str, Planted]] = []

    @settings(max_examples=200, deadline=None, database=None)
    @given(st.sampled_from([*COLUMNS, "time"]), personal.ANY)
    def write(column: str, planted: Planted) -> None:
        rows.append((column, planted))

    write()
    cells = []
    for number, (column, planted) in enumerate(rows):
        row = dict.fromkeys(COLUMNS, "") | {"id": f"A{number}", "time": "2026-01-15 10:00", "district": "龙湖区"}
        row[column] = planted.written.replace('"', "")
        cells.append(",".join(f'"{row[name]}"' for name in ("time", *COLUMNS)))
    file = tmp_path / "calls.csv"
    file.write_text("\n".join([",".join(("time", *COLUMNS)), *cells]) + "\n", encoding="utf-8")
    intake = intakes()[0 if areas == "shantou" else 1]
    found = []
    for (column, planted), row in zip(rows, Mapping(read_mapping(text, "all.yaml")).rows(file), strict=True):
        said = f"{row.reason} {row.path} {row.message}" if not isinstance(row, RowOk) else _told(intake, row)
        found += [(column, planted.written, said) for _ in found_in(said, [planted])]
    assert not found


def _told(intake: Intake, row: RowOk) -> str:
    try:
        return encode(intake.normalise(row.report, NOW)).decode()
    except BadInput as fault:
        return str(fault)


def _bytes(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode()


def test_what_is_planted_would_be_found() -> None:
    """The test of the tests: where nothing is masked everything is found."""

    @settings(max_examples=100, deadline=None, database=None)
    @given(personal.ANY)
    def look(planted: Planted) -> None:
        assert len(found_in(json.dumps({"text": planted.written}, ensure_ascii=False), [planted])) == len(
            planted.secrets
        )

    look()
