from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from detectors.event import Source
from streams.errors import BadInput
from streams.intake.decoding import LARGEST, ReportDecoder
from streams.sources import source_types

GOOD: dict[str, Any] = {"id": "1", "occurred_at": "2026-01-15T14:31:05+08:00"}
ENVELOPE: dict[str, Any] = {
    "specversion": "1.0",
    "id": "e1",
    "source": "/12345",
    "type": "call",
    "time": "2026-01-15T06:00:00Z",
}


def decode(content: object, source: Source = "hotline") -> Any:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return ReportDecoder().decode(source, raw)


def fault(content: object) -> tuple[str, str]:
    with pytest.raises(BadInput) as caught:
        decode(content)
    return caught.value.reason, caught.value.path


@pytest.mark.parametrize("source", source_types())
def test_a_bare_record_of_every_source_is_decoded(source: Source) -> None:
    report = decode(GOOD, source)
    assert (report.id, report.source) == ("1", source)
    assert report.occurred_at == datetime(2026, 1, 15, 6, 31, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"id": ""}, "$.id"),
        ({"id": 5}, "$.id"),
        ({"id": "x" * 201}, "$.id"),
        ({"occurred_at": "yesterday"}, "$.occurred_at"),
        ({"occurred_at": "2026-01-15T14:31:05"}, "$.occurred_at"),
        ({"occurred_at": None}, "$.occurred_at"),
        ({"lon": 181}, "$.lon"),
        ({"lat": "23"}, "$.lat"),
        ({"status": "done"}, "$.status"),
        ({"people": -1}, "$.people"),
        ({"people": 10**30}, "$.people"),
        ({"people": 1.5}, "$.people"),
        ({"depth_cm": 1e300}, "$.depth_cm"),
        ({"text": ["a"]}, "$.text"),
        ({"text": "x" * 100_001}, "$.text"),
        ({"telephone": "1"}, "$.telephone"),
        ({"worker": "1"}, "$.worker"),
    ],
)
def test_a_schema_fault_has_the_exact_path_bare_and_in_an_envelope(change: dict[str, Any], path: str) -> None:
    assert fault(GOOD | change) == ("SCHEMA", path)
    assert fault(ENVELOPE | {"data": GOOD | change}) == ("SCHEMA", path.replace("$", "$.data"))


@pytest.mark.parametrize("name", ["id", "occurred_at"])
def test_a_missing_field_is_named(name: str) -> None:
    assert fault({key: value for key, value in GOOD.items() if key != name}) == ("SCHEMA", f"$.{name}")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "NOT_JSON"),
        (b"{", "NOT_JSON"),
        (b"null", "SCHEMA"),
        (b"[]", "SCHEMA"),
        (b'"text"', "SCHEMA"),
        (b"\xff\xfe", "ENCODING"),
        (b'{"id": "\xc3\x28"}', "ENCODING"),
        (b'{"id": "1", "lon": NaN}', "NOT_JSON"),
        (b'{"id": "1", "text": "\\ud800"}', "NOT_JSON"),
        (b'{"a": ' * 50_000, "SCHEMA"),
        (b'{"specversion": ' + b"[" * 200_000, "TOO_DEEP"),
        (b" " * (LARGEST + 1), "TOO_LARGE"),
        (b"\x00", "NOT_JSON"),
    ],
    ids=range(13),
)
def test_what_is_no_record_is_refused_with_a_reason(raw: bytes, reason: str) -> None:
    assert fault(raw)[0] == reason


@pytest.mark.parametrize(
    "content",
    [
        GOOD | {"status": "13800138000"},
        GOOD | {"13800138000": 1},
        GOOD | {"lon": "王小明13800138000"},
        b'{"id": 13800138000}',
        GOOD | {"resolution": "姓名：王小明 - at `$.x`"},
        ENVELOPE | {"specversion": "13800138000"},
    ],
)
def test_a_fault_never_repeats_personal_data(content: object) -> None:
    with pytest.raises(BadInput) as caught:
        decode(content)
    assert "13800138000" not in str(caught.value)
    assert "王小明" not in str(caught.value)


def test_an_envelope_is_opened() -> None:
    report = decode(ENVELOPE | {"data": GOOD | {"title": "停水"}, "subject": "x", "traceparent": "00-1"})
    assert (report.id, report.title) == ("1", "停水")


def test_an_envelope_lends_its_id_and_time() -> None:
    report = decode(ENVELOPE | {"data": {"title": "停水"}})
    assert (report.id, report.occurred_at, report.title) == ("e1", datetime(2026, 1, 15, 6, tzinfo=UTC), "停水")
    assert decode(ENVELOPE | {"data": {}}).id == "e1"


def test_the_data_may_be_base64() -> None:
    data = base64.b64encode(json.dumps(GOOD).encode()).decode()
    assert decode(ENVELOPE | {"data_base64": data}).id == "1"


@pytest.mark.parametrize(
    ("envelope", "expected"),
    [
        (ENVELOPE | {"specversion": "0.3", "data": GOOD}, ("SCHEMA", "$.specversion")),
        (ENVELOPE, ("SCHEMA", "$.data")),
        (ENVELOPE | {"data": None}, ("SCHEMA", "$.data")),
        (ENVELOPE | {"data": "text"}, ("SCHEMA", "$.data")),
        (ENVELOPE | {"data": GOOD, "data_base64": ""}, ("SCHEMA", "$.data_base64")),
        (ENVELOPE | {"data_base64": "%%%"}, ("SCHEMA", "$.data_base64")),
        (ENVELOPE | {"data_base64": "e30"}, ("SCHEMA", "$.data_base64")),
        (ENVELOPE | {"data_base64": base64.b64encode(b"{nope").decode()}, ("NOT_JSON", "$.data")),
        (ENVELOPE | {"time": "2026-01-15T06:00:00", "data": GOOD}, ("SCHEMA", "$.time")),
        ({"specversion": "1.0", "data": GOOD}, ("SCHEMA", "$.id")),
        ({**ENVELOPE, "time": None, "data": {"id": "1"}}, ("SCHEMA", "$.data.occurred_at")),
    ],
)
def test_a_fault_of_the_envelope_has_its_path(envelope: object, expected: tuple[str, str]) -> None:
    assert fault(envelope) == expected


def test_a_text_about_specversion_is_no_envelope() -> None:
    assert decode(GOOD | {"text": 'we send "specversion" now'}).text
    assert fault(GOOD | {"caller": 1, "text": '"specversion"'}) == ("SCHEMA", "$.caller")
