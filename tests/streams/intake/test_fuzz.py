"""Arbitrary bytes and mutated records at every source: an event comes out or a `BadInput`, never anything else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detectors.event import Event, Source
from detectors.taxonomy import load_taxonomy
from streams.errors import BadInput
from streams.intake.hazards import load_hazards
from streams.intake.intake import Intake
from streams.intake.places import load_areas
from streams.sources import source_types
from tests.streams.intake.test_hazards import SHIPPED

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC).timestamp()
NAMES = sorted({name for type_ in source_types().values() for name in type_.__struct_fields__})
RECORD: dict[str, Any] = {
    "id": "GD1",
    "occurred_at": "2026-01-15T14:31:05+08:00",
    "title": "停水",
    "text": "幸福里小区3栋502室王先生13800138000反映停水",
    "district": "龙湖区",
    "street": "金霞街道",
    "spot": "幸福里小区",
    "lon": 116.7,
    "lat": 23.37,
    "people": 3,
}
REASONS = {"NOT_JSON", "SCHEMA", "ENCODING", "TOO_LARGE", "TOO_DEEP", "FUTURE", "ANCIENT", "UNKNOWN_KIND"}


@cache
def intakes() -> tuple[Intake, ...]:
    def make(name: str) -> Intake:
        areas = load_areas(name)
        hazards = load_hazards(SHIPPED, areas) if name == "shantou" else None
        return Intake(areas=areas, taxonomy=load_taxonomy(), reporter_key=b"for tests only..", hazards=hazards)

    return make("shantou"), make("stlouis")


def swallow(source: Source, raw: bytes) -> None:
    for intake in intakes():
        try:
            event = intake.normalise(intake.decode(source, raw), NOW)
        except BadInput as error:
            refusal = error
        else:
            refusal = None
        if refusal is not None:
            assert refusal.reason in REASONS
            assert refusal.path.startswith("$")
            assert str(refusal).encode()
        else:
            assert msgspec.json.decode(msgspec.json.encode(event), type=Event) == event
            assert event.id
            assert event.place.district


sources = st.sampled_from(sorted(source_types()))
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.sampled_from(
        ["", "open", "closed", "day", "gas_leak", "2026-01-15T14:31:05Z", "0001-01-01T00:00:00+14:00", "\x00", "１３８"]
    ),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=6
)
changes = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), values, max_size=4)
envelopes = st.dictionaries(
    st.sampled_from(["specversion", "id", "source", "type", "time", "data", "data_base64"]), values, max_size=4
)


@given(sources, st.binary(max_size=300))
@example("hotline", b"")
@example("hotline", b"{" * 100_000)
@example("hotline", b'{"a":' * 100_000)
@example("police", b'{"specversion":' + b"[" * 400_000)
@example("sos", b'{"specversion":"1.0","id":"a","source":"b","type":"c","data":' + b"[" * 400_000)
@example("grid", b'{"id":"1","occurred_at":"2026-01-15T14:31:05Z","people":' + b"9" * 5_000 + b"}")
@example("grid", b'{"id":"1","occurred_at":"2026-01-15T14:31:05Z","lon":1e999}')
@example("grid", b'{"id":"1","occurred_at":"2026-01-15T14:31:05Z","text":"\\udc00"}')
def test_arbitrary_bytes_never_crash_intake(source: Source, raw: bytes) -> None:
    swallow(source, raw)


@given(sources, changes)
def test_mutated_records_never_crash_intake(source: Source, change: dict[str, Any]) -> None:
    swallow(source, json.dumps(RECORD | change).encode())


@given(sources, changes, envelopes)
def test_mutated_envelopes_never_crash_intake(source: Source, change: dict[str, Any], envelope: dict[str, Any]) -> None:
    whole = {"specversion": "1.0", "id": "e", "source": "s", "type": "t", "data": RECORD | change} | envelope
    swallow(source, json.dumps(whole).encode())


@given(sources, st.data())
def test_damaged_bytes_never_crash_intake(source: Source, data: st.DataObject) -> None:
    raw = bytearray(json.dumps(RECORD, ensure_ascii=False).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        where = data.draw(st.integers(0, len(raw) - 1))
        raw[where : where + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    swallow(source, bytes(raw))


@pytest.mark.parametrize("source", sorted(source_types()))
def test_the_record_that_is_mutated_is_a_good_one(source: Source) -> None:
    intake = intakes()[0]
    assert intake.normalise(intake.decode(source, json.dumps(RECORD).encode()), NOW).kind == "water_outage"


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_same_record_always_gives_the_same_event(title: str, spot: str) -> None:
    raw = json.dumps(RECORD | {"title": title, "spot": spot}).encode()
    results = []
    for _ in range(2):
        try:
            results.append(intakes()[0].normalise(intakes()[0].decode("hotline", raw), NOW))
        except BadInput as error:
            results.append((error.reason, error.path))  # type: ignore[arg-type]
    assert results[0] == results[1]
