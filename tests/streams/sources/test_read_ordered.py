from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import ConfigurationError
from streams.sources.mapping import Row, RowBad, RowOk, load_mapping, read_ordered

CONTRACT = load_mapping("fenghuo")


def line(id_: str, second: int) -> str:
    at = f"2026-01-01T00:{second // 60:02d}:{second % 60:02d}Z"
    return json.dumps({"source": "grid", "id": id_, "occurred_at": at}) + "\n"


def name(row: Row) -> str:
    return row.report.id if isinstance(row, RowOk) else row.raw.decode().strip()


def files(folder: Path, *contents: str) -> list[Path]:
    paths = [folder / f"{index}.jsonl" for index in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_text(content, encoding="utf-8")
    return paths


def test_files_are_merged_by_time_then_file_then_line(tmp_path: Path) -> None:
    first, second = files(
        tmp_path,
        line("a30", 30) + line("a10", 10) + line("a20", 20) + line("a20b", 20),
        line("b20", 20) + line("b05", 5),
    )
    found = list(read_ordered([(CONTRACT, first), (CONTRACT, second)]))
    assert [name(row) for row in found] == ["b05", "a10", "a20", "a20b", "b20", "a30"]


def test_a_bad_row_keeps_its_place_behind_the_row_before_it(tmp_path: Path) -> None:
    first, second = files(tmp_path, "bad0\n" + line("a30", 30) + "bad1\nbad2\n" + line("a10", 10), line("b20", 20))
    found = list(read_ordered([(CONTRACT, first), (CONTRACT, second)]))
    assert [name(row) for row in found] == ["bad0", "a10", "b20", "a30", "bad1", "bad2"]
    assert [row.line for row in found if isinstance(row, RowBad)] == [1, 3, 4]


def test_progress_counts_the_rows_read(tmp_path: Path) -> None:
    (path,) = files(tmp_path, "".join(line(str(number), number % 3_000) for number in range(12_000)))
    heard: list[int] = []
    assert len(list(read_ordered([(CONTRACT, path)], heard.append))) == 12_000
    assert heard == [5_000, 10_000, 12_000]


def test_a_file_that_cannot_be_used_stops_everything_before_the_first_row(tmp_path: Path) -> None:
    (path,) = files(tmp_path, line("a", 1))
    with pytest.raises(ConfigurationError, match="no such file"):
        next(read_ordered([(CONTRACT, path), (CONTRACT, tmp_path / "nothing")]))


@given(st.lists(st.lists(st.integers(-1, 40), max_size=8), max_size=4))
def test_no_row_is_lost_and_times_never_go_back(
    tmp_path_factory: pytest.TempPathFactory, contents: list[list[int]]
) -> None:
    lines = [
        [
            line(f"{file}.{number}", second) if second >= 0 else f"bad {file}.{number}\n"
            for number, second in enumerate(one)
        ]
        for file, one in enumerate(contents)
    ]
    paths = files(tmp_path_factory.mktemp("ordered"), *("".join(one) for one in lines))
    found = list(read_ordered([(CONTRACT, path) for path in paths]))
    again = list(read_ordered([(CONTRACT, path) for path in paths]))
    assert found == again
    assert sorted(map(name, found)) == sorted(
        f"bad {file}.{number}" if second < 0 else f"{file}.{number}"
        for file, one in enumerate(contents)
        for number, second in enumerate(one)
    )
    times = [row.t for row in found if isinstance(row, RowOk)]
    assert times == sorted(times)
