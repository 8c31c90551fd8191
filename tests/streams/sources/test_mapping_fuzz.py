"""Whatever a file holds, reading it never fails, and every byte of it is in exactly one row."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.errors import ConfigurationError
from streams.sources.mapping import Mapping, Row, RowBad, load_mapping

CSV_HEADER = (
    b"ID,Date,IUCR,Primary_Type,Description,Location_Description,Beat,District,Ward,Community_Area,Latitude,Longitude\n"
)
CSV_ROW = b"7,2012-12-24,0610,BURGLARY,FORCED,GARAGE,1,1,1,32,41.88,-87.63"
OPEN311_ROW = json.dumps(
    {"service_request_id": "1", "requested_datetime": "2010-04-14T06:37:38Z", "lat": 1.5, "long": 2.5}
).encode()
FENGHUO_ROW = json.dumps({"source": "grid", "id": "1", "occurred_at": "2026-01-01T08:00:00+08:00", "lat": 1.5}).encode()

BURGLARIES, OPEN_311, CONTRACT = (load_mapping(name) for name in ("chicago-burglaries", "open311", "fenghuo"))

PIECES = [
    b'"',
    b",",
    b"\n",
    b"\r\n",
    b"\r",
    b"\0",
    b"\xff\xfe",
    "街道".encode(),
    b"2012-12-24",
    b"{",
    b"[",
    b'""',
    b"\\u",
]


@st.composite
def spoilt(draw: st.DrawFn, row: bytes) -> bytes:
    """Draw a row with pieces put in, cut out or replaced, or arbitrary bytes."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=60))
    data = bytearray(row)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 4))] = draw(st.sampled_from(PIECES) | st.binary(max_size=3))
    return bytes(data)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "data"


def check(mapping: Mapping, file: Path, header: bytes, body: bytes) -> list[Row]:
    """Read a file and check that its rows are whole, in order, and as the topics take them."""
    file.write_bytes(header + body)
    rows = list(mapping.rows(file))
    taken = 0
    for row in rows:
        if isinstance(row, RowBad):
            assert row.raw
            assert body.count(row.raw) >= 1
            assert row.reason in {"ENCODING", "NOT_CSV", "NOT_JSON", "TIME", "SCHEMA"}
            taken += len(row.raw)
        else:
            assert msgspec.json.decode(msgspec.json.encode(row.report), type=type(row.report)) == row.report
            taken += row.size
    empty = sum(len(line) for line in body.splitlines(keepends=True) if not line.strip(b" \t\n\r\x0b\x0c"))
    assert len(body) - empty <= taken <= len(body), "every line is in a row, but for empty ones"
    return rows


@settings(max_examples=300)
@given(body=st.lists(spoilt(CSV_ROW), max_size=8).map(b"\n".join))
def test_any_csv_file_is_read_to_its_end(file: Path, body: bytes) -> None:
    check(BURGLARIES, file, CSV_HEADER, body)


@settings(max_examples=300)
@given(row=spoilt(CSV_ROW))
def test_rows_after_a_spoilt_one_without_quotes_are_all_there(file: Path, row: bytes) -> None:
    after = b"\n" + (CSV_ROW + b"\n") * 3
    rows = check(BURGLARIES, file, CSV_HEADER, row + after)
    assert [isinstance(one, RowBad) for one in rows[-3:]] == [False] * 3


@settings(max_examples=300)
@given(body=st.lists(spoilt(OPEN311_ROW), max_size=8).map(b"\n".join))
def test_any_file_of_json_lines_is_read_to_its_end(file: Path, body: bytes) -> None:
    body = b"{}\n" + body
    assert check(OPEN_311, file, b"", body)


@settings(max_examples=300)
@given(body=st.lists(spoilt(FENGHUO_ROW), max_size=8).map(b"\n".join))
def test_any_file_of_contract_lines_is_read_to_its_end(file: Path, body: bytes) -> None:
    body = FENGHUO_ROW + b"\n" + body
    rows = check(CONTRACT, file, b"", body)
    assert len(rows) == sum(1 for line in body.split(b"\n") if line.strip())


@settings(max_examples=200)
@given(content=st.binary(max_size=200), mapping=st.sampled_from([BURGLARIES, OPEN_311, CONTRACT]))
def test_any_file_at_all_is_read_or_refused_with_a_sentence(file: Path, content: bytes, mapping: Mapping) -> None:
    file.write_bytes(content)
    try:
        rows = list(mapping.rows(file))
    except ConfigurationError as error:
        assert str(file) in str(error)  # noqa: PT017 - either way is right
    else:
        assert all(isinstance(row, RowBad) for row in rows)
