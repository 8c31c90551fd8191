"""Lines of our own contract: what is wrong with one is said by path and in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from streams.sources.mapping import RowBad, RowOk, load_mapping

CALL = {"source": "hotline", "id": "1", "occurred_at": "2026-01-15T14:31:05+08:00"}


def only(tmp_path: Path, **over: Any) -> RowOk | RowBad:
    """The one row of a file with this call; `...` leaves a field out."""
    file = tmp_path / "a.jsonl"
    file.write_text(json.dumps({name: value for name, value in (CALL | over).items() if value is not ...}) + "\n")
    (row,) = load_mapping("fenghuo").rows(file)
    assert (row.file, row.line) == (str(file), 1)
    return row


@pytest.mark.parametrize(
    ("over", "path", "message"),
    [
        (
            {"occurred_at": "2026-01-15T14:31:05"},
            "$.occurred_at",
            "has no offset from UTC: write it as 2026-01-15T14:31:05+08:00, or with Z at its end",
        ),
        ({"occurred_at": "15.1."}, "$.occurred_at", "is no RFC 3339 time, such as 2026-01-15T14:31:05+08:00"),
        ({"occurred_at": 1768458665}, "$.occurred_at", "is no RFC 3339 time, such as 2026-01-15T14:31:05+08:00"),
        ({"id": ...}, "$.id", "missing"),
        ({"texts": "x"}, "$.texts", "unknown field of hotline reports; did you mean `text`?"),
        ({"status": "done"}, "$.status", "is none of open, closed"),
        (
            {"source": ...},
            "$.source",
            "is missing: every line says which source it is of, one of grid, hotline, police, sos",
        ),
        ({"source": "110"}, "$.source", "is none of grid, hotline, police, sos"),
    ],
)
def test_a_fault_is_told_with_its_path_and_what_to_write(
    tmp_path: Path, over: dict[str, Any], path: str, message: str
) -> None:
    row = only(tmp_path, **over)
    assert isinstance(row, RowBad)
    assert (row.reason, row.path, row.message) == ("SCHEMA", path, message)


def test_a_naive_time_of_another_source_is_told_as_its_own_fault_and_counts_to_that_source(tmp_path: Path) -> None:
    row = only(tmp_path, source="grid", occurred_at="2026-01-15 14:31:05")
    assert isinstance(row, RowBad)
    assert (row.source, row.path) == ("grid", "$.occurred_at")


def test_no_message_repeats_a_telephone_number(tmp_path: Path) -> None:
    row = only(tmp_path, **{"13800138000": 1})
    assert isinstance(row, RowBad)
    assert "13800138000" not in row.path + row.message
