"""What is declared of areas: read with every fault named, and the same in replay as among the records of ``events``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from detectors.event import Event
from rules.alert import Alert
from rules.surroundings import Declaration
from streams.codec import CONTEXT, WATERMARK, encode, origin
from streams.context import declares, load_declarations, read_declaration
from streams.errors import BadInput, ConfigurationError
from streams.partition import Emission, EventsPartition
from streams.watermarks import WatermarkRecord
from tests.builders import T0, a_pipeline, an_event

RED = Declaration(id="weather", issued_at=datetime.fromtimestamp(T0 + 60, UTC), weather=("rainstorm_red",))
FLOODS = [an_event(str(n), n * 300, "waterlogging", reporter=f"r{n}", depth_cm=20.0) for n in range(4)]


def record(offset: int, value: object, headers: list[tuple[str, bytes]]) -> Any:
    return SimpleNamespace(offset=offset, timestamp=0, headers=headers, value=encode(value))


def records(things: list[Event | Declaration | float]) -> list[Any]:
    """Events, declarations and watermarks as they stand on one partition of ``events``."""
    made = []
    for n, thing in enumerate(things):
        if isinstance(thing, Event):
            made.append(record(n, thing, origin("hotline.calls/0", n)))
        elif isinstance(thing, Declaration):
            made.append(record(n, thing, origin("context/0", n, CONTEXT)))
        else:
            made.append(record(n, WatermarkRecord(watermark=thing), origin("hotline.calls/0", n, WATERMARK)))
    return made


def latest(emissions: list[Emission]) -> dict[str, Alert]:
    return {alert.id: alert for said in emissions for alert in said.findings}


def taken(things: list[Event | Declaration | float]) -> tuple[list[Emission], EventsPartition]:
    partition = EventsPartition(a_pipeline(), ["hotline.calls/0"])
    said: list[Emission] = []
    partition.take(records(things), said.append)
    return said, partition


def test_a_red_rainstorm_raises_what_it_is_declared_for() -> None:
    calm, _ = taken([*FLOODS, T0 + 2_000])
    storm, partition = taken([RED, *FLOODS, T0 + 2_000])
    assert {alert.grade.value for alert in latest(calm).values()} == {"yellow"}
    assert {alert.grade.value for alert in latest(storm).values()} == {"orange"}
    assert partition.counts["CONTEXT"] == 1


def test_the_pipeline_itself_says_the_same_in_event_time() -> None:
    pipeline = a_pipeline()
    said = pipeline.process(FLOODS[0]).alerts + pipeline.declare(RED).alerts
    for event in FLOODS[1:]:
        said += pipeline.process(event).alerts
    said += pipeline.advance(T0 + 2_000).alerts
    final = {alert.id: msgspec.structs.replace(alert, revision=said[0].revision) for alert in said}
    live, _ = taken([RED, *FLOODS, T0 + 2_000])
    same = {"revision": said[0].revision, "telling": ""}
    assert {id_: msgspec.structs.replace(alert, **same) for id_, alert in latest(live).items()} == final


def test_a_repeated_declaration_changes_nothing_also_after_a_restart() -> None:
    once, partition = taken([*FLOODS[:2], RED, *FLOODS[2:], T0 + 2_000])
    twice, _ = taken([*FLOODS[:2], RED, RED, *FLOODS[2:], RED, T0 + 2_000])
    assert latest(twice) == latest(once)
    again = EventsPartition(a_pipeline(), ["hotline.calls/0"])
    again.restore({key: data for key, data in partition.dirty().items() if data is not None})
    repeated = record(again.offset + 1, RED, origin("context/0", 2, CONTEXT))
    said: list[Emission] = []
    again.take([repeated], said.append)
    assert said == []
    assert list(again.dirty()) == ["meta"]


def test_a_declaration_is_no_channel_and_holds_no_watermark_back() -> None:
    _, partition = taken([RED, T0 + 500])
    assert partition.watermark == T0 + 500


@pytest.mark.parametrize(
    ("raw", "reason", "path"),
    [
        (b"{", "NOT_JSON", "$"),
        (b'{"id": "a"}', "SCHEMA", "$.issued_at"),
        (b'{"id": "a", "issued_at": "2026-01-01T00:00:00"}', "SCHEMA", "$.issued_at"),
        (b'{"id": "a", "issued_at": "0001-01-01T00:00:00+08:00"}', "SCHEMA", "$.issued_at"),  # it could not be kept
        (
            b'{"id": "a", "issued_at": "2026-01-01T00:00:00Z", "until_at": "9999-12-31T23:59:59-05:00"}',
            "SCHEMA",
            "$.until_at",
        ),
        (b'{"id": "a", "issued_at": "2026-01-01T00:00:00Z", "wether": []}', "SCHEMA", "$.wether"),
        (b'{"id": "b", "issued_at": "2026-01-01T00:00:00Z"}', "KEY", "$.id"),
        (
            b'{"id": "a", "issued_at": "2026-01-01T00:00:00Z", "until_at": "2026-01-01T00:00:00Z"}',
            "SCHEMA",
            "$.until_at",
        ),
    ],
)
def test_a_bad_declaration_is_refused_with_the_path(raw: bytes, reason: str, path: str) -> None:
    with pytest.raises(BadInput) as bad:
        read_declaration(b"a", raw, 0)
    assert (bad.value.reason, bad.value.path) == (reason, path)


def test_a_record_without_a_value_ends_what_was_declared() -> None:
    ended = read_declaration(b"weather", None, int((T0 + 120) * 1000))
    assert ended == Declaration(id="weather", issued_at=datetime.fromtimestamp(T0 + 120, UTC))
    assert not list(declares(ended))
    calm, _ = taken([RED, ended, *FLOODS[1:], T0 + 2_000])
    assert {alert.grade.value for alert in latest(calm).values()} == {"yellow"}


def test_a_file_of_declarations_is_read_in_order_or_refused_with_every_line(tmp_path: Path) -> None:
    file = tmp_path / "context.jsonl"
    early = msgspec.structs.replace(RED, id="earlier", issued_at=datetime.fromtimestamp(T0, UTC))
    file.write_bytes(encode(RED) + b"\n\n" + encode(early) + b"\n")
    assert load_declarations(file) == [early, RED]
    file.write_bytes(b"{\n" + encode(RED) + b'\n{"id": 3}\n')
    with pytest.raises(ConfigurationError) as wrong:
        load_declarations(file)
    assert [fault.line for fault in wrong.value.faults] == [1, 3]
