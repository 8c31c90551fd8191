from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from streams.errors import ConfigurationError
from streams.sources.mapping import Mapping, Row, RowBad, RowOk, load_mapping
from streams.sources.mapping_files import MAX_LINES

MAPPING = """\
name: test
areas: open311
source: hotline
file: {{format: {format}}}
time: {{column: at, format: "%Y-%m-%d", zone: UTC}}
fields: {{id: id, text: text}}
"""
HEADER = b"id,at,text\n"


@pytest.fixture
def rows(tmp_path: Path) -> Callable[..., list[Row]]:
    """Rows of a file with this content."""

    def read(content: bytes, form: str = "csv", extra: str = "") -> list[Row]:
        (tmp_path / "data").write_bytes(content)
        return list(mapping(tmp_path, form, extra).rows(tmp_path / "data"))

    return read


def mapping(folder: Path, form: str = "csv", extra: str = "") -> Mapping:
    file = folder / "mapping.yaml"
    file.write_text(MAPPING.format(format=form + extra), encoding="utf-8")
    return load_mapping(file)


def seen(rows: list[Row]) -> list[str]:
    """Say of every row its id, or why it is bad and where it begins."""
    return [row.report.id if isinstance(row, RowOk) else f"{row.reason}@{row.line}" for row in rows]


Read = Callable[..., list[Row]]


def test_every_row_is_a_report_with_its_size(rows: Read) -> None:
    found = rows(HEADER + b'1,2018-01-01,hello\n2,2018-01-02,"two, and ""three"""\n')
    assert seen(found) == ["1", "2"]
    assert [row.size for row in found if isinstance(row, RowOk)] == [19, 34]
    assert [row.report.text for row in found if isinstance(row, RowOk)] == ["hello", 'two, and "three"']


def test_a_quoted_text_may_run_over_lines(rows: Read) -> None:
    found = rows(HEADER + b'1,2018-01-01,"one\ntwo\n\nthree"\n2,2018-01-02,x\n')
    assert seen(found) == ["1", "2"]
    assert isinstance(found[0], RowOk)
    assert found[0].report.text == "one\ntwo\n\nthree"


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_line_ends_and_empty_lines_and_a_byte_order_mark_do_not_matter(rows: Read, end: bytes) -> None:
    content = b"\xef\xbb\xbf" + HEADER + b'1,2018-01-01,a\n\n2,2018-01-02,"b"\n\n3,2018-01-03,c'
    assert seen(rows(content.replace(b"\n", end))) == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"2,2018-01-02", "NOT_CSV"),
        (b"2,2018-01-02,a,b", "NOT_CSV"),
        (b'2,2018-01-02,"a" b', "NOT_CSV"),
        (b'2,2018-01-02,"never closed', "NOT_CSV"),
        (b'"2,2018-01-02,x', "NOT_CSV"),
        (b'"', "NOT_CSV"),
        (b"2,2018-01-02,\xff", "ENCODING"),
        (b'2,2018-01-02,"\xff"', "ENCODING"),
        (b"2,01/02/2018,x", "TIME"),
        (b"2,2018-02-30,x", "TIME"),
        (b"2,,x", "TIME"),
        (b",2018-01-02,x", "SCHEMA"),
        (b"2" * 201 + b",2018-01-02,x", "SCHEMA"),
        (b"2,2018-01-02," + b"x" * 100_001, "SCHEMA"),
        (b'2,2018-01-02,"' + b"x" * 140_000 + b'"', "NOT_CSV"),
    ],
)
def test_a_bad_row_leaves_its_neighbours_alone(rows: Read, bad: bytes, reason: str) -> None:
    found = rows(HEADER + b"1,2018-01-01,a\n" + bad + b'\n3,2018-01-03,"c"\n4,2018-01-04,d\n')
    assert seen(found) == ["1", f"{reason}@3", "3", "4"]
    assert isinstance(found[1], RowBad)
    assert found[1].raw == bad + b"\n"


def test_a_quote_that_is_never_closed_costs_one_row_however_long_the_file(rows: Read) -> None:
    lines = b"".join(b"%d,2018-01-01,x\n" % number for number in range(2 * MAX_LINES))
    found = rows(HEADER + b'bad,2018-01-01,"open\n' + lines)
    assert seen(found)[0] == "NOT_CSV@2"
    assert len(found) == 1 + 2 * MAX_LINES
    assert all(isinstance(row, RowOk) for row in found[1:])


def test_bytes_in_the_wrong_encoding_inside_a_long_record_cost_that_record_only(rows: Read) -> None:
    found = rows(HEADER + b'1,2018-01-01,"a\n\xff\nb"\n2,2018-01-02,x\n')
    assert seen(found) == ["ENCODING@2", "2"]
    assert isinstance(found[0], RowBad)
    assert found[0].raw == b'1,2018-01-01,"a\n\xff\nb"\n'


def test_faults_name_their_column_and_never_repeat_the_value(rows: Read) -> None:
    found = rows(HEADER + b"1,call 13800138000,x\n")
    assert isinstance(found[0], RowBad)
    assert found[0].path == "$.at"
    assert "%Y-%m-%d" in found[0].message
    assert "138" not in found[0].message
    assert found[0].source == "hotline"


def test_chinese_encodings_and_tabs_are_read(rows: Read) -> None:
    content = "id\tat\ttext\n1\t2018-01-01\t井盖丢失\n".encode("gb18030")
    found = rows(content, "csv", ", encoding: gb18030, delimiter: tab")
    assert isinstance(found[0], RowOk)
    assert found[0].report.text == "井盖丢失"


def test_gzip_is_told_by_content(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_bytes(gzip.compress(HEADER + b"1,2018-01-01,a\n"))
    assert seen(list(mapping(tmp_path).rows(tmp_path / "data.csv"))) == ["1"]
    (tmp_path / "plain.csv.gz").write_bytes(HEADER + b"1,2018-01-01,a\n")
    assert seen(list(mapping(tmp_path).rows(tmp_path / "plain.csv.gz"))) == ["1"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda data: data[:-9], r"after line \d+, it is cut off: fetch it again"),
        (lambda data: data[:40] + b"\0\0\0\0" + data[44:], r"after line \d+, it is damaged: fetch it again"),
    ],
)
def test_a_damaged_gzip_is_refused_and_says_how_far_it_was_read(
    tmp_path: Path, spoil: Callable[[bytes], bytes], said: str
) -> None:
    whole = HEADER + b"".join(b"%d,2018-01-01,text %d\n" % (number, number * number) for number in range(5_000))
    (tmp_path / "data.csv.gz").write_bytes(spoil(gzip.compress(whole)))
    with pytest.raises(ConfigurationError, match=said):
        list(mapping(tmp_path).rows(tmp_path / "data.csv.gz"))


def test_a_file_without_the_columns_is_refused_with_what_it_has(rows: Read) -> None:
    with pytest.raises(ConfigurationError, match=r"no `id`, `text`; its columns are `ID`, `at`, `note`"):
        rows(b"ID,at,note\n1,2018-01-01,x\n")


@pytest.mark.parametrize("content", [b"", b'"id,at,text\n', b"id,at,te\xffxt\n", b"id,at\rtext\n"])
def test_a_file_without_a_readable_header_is_refused(rows: Read, content: bytes) -> None:
    with pytest.raises(ConfigurationError, match="header"):
        rows(content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04" + bytes(30), "an Excel workbook: unpack it, or export the sheet as CSV"),
        ("id,at,text\n".encode("utf-16"), "text in UTF-16: convert it to UTF-8"),
        ("编号,时间,正文\n".encode("gb18030"), "it reads as gb18030: try `encoding: gb18030`"),
        (b"id;at;text\n", 'say `delimiter: ";"` under `file:`'),
        (b"id\tat\ttext\n", "say `delimiter: tab` under `file:`"),
        (b'{"id": "1"}\n', "it looks like JSON: say `format: jsonl`"),
        (b"\n\n", "the first line is empty: it has to name the columns"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_what_to_do(rows: Read, content: bytes, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        rows(content)
    assert said in str(caught.value)


def test_a_row_in_another_encoding_says_which_one_it_could_be(rows: Read) -> None:
    (bad,) = rows(HEADER + "1,2018-01-01,井盖丢失\n".encode("gb18030"))
    assert isinstance(bad, RowBad)
    assert bad.message == "is not utf-8; it reads as gb18030: try `encoding: gb18030` under `file:` in the mapping"


def test_an_empty_time_is_told_from_a_wrong_one(rows: Read) -> None:
    empty, wrong = rows(HEADER + b"1,,x\n2,1.1.,x\n")
    assert isinstance(empty, RowBad)
    assert isinstance(wrong, RowBad)
    assert (empty.message, wrong.message.partition(" %")[0]) == ("is empty", "fits none of the formats")


def test_every_row_knows_its_file_and_line(rows: Read, tmp_path: Path) -> None:
    found = rows(HEADER + b'1,2018-01-01,"two\nlines"\n2,x,x\n3,2018-01-01,x\n')
    assert [(row.file, row.line) for row in found] == [(str(tmp_path / "data"), line) for line in (2, 4, 5)]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such file"):
        list(mapping(tmp_path).rows(tmp_path / "nothing.csv"))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        list(mapping(tmp_path).rows(tmp_path))


GOOD_LINES = b'{"id": "1", "at": "2018-01-01", "text": "a"}\n{"id": 2, "at": "2018-01-02", "more": [1, {}]}\n'


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'{"id": "3", "at": "2018-01-03"', "NOT_JSON"),
        (b"[" * 5_000, "NOT_JSON"),
        (b'{"id": "\xff"}', "ENCODING"),
        (b"[1]", "SCHEMA"),
        (b"3", "SCHEMA"),
        (b'{"at": "2018-01-03"}', "SCHEMA"),
        (b'{"id": null, "at": "2018-01-03"}', "SCHEMA"),
        (b'{"id": "3"}', "TIME"),
        (b'{"id": "3", "at": {"year": 2018}}', "TIME"),
    ],
)
def test_a_bad_line_of_json_leaves_its_neighbours_alone(rows: Read, bad: bytes, reason: str) -> None:
    found = rows(GOOD_LINES + bad + b"\n\n" + GOOD_LINES, "jsonl")
    assert seen(found) == ["1", "2", f"{reason}@3", "1", "2"]
    assert isinstance(found[2], RowBad)
    assert found[2].raw == bad + b"\n"


def test_json_is_read_as_a_list_or_as_lines(rows: Read) -> None:
    assert seen(rows(GOOD_LINES, "json")) == ["1", "2"]
    listed = b'\n [{"id": "1", "at": "2018-01-01",\n "text": "a"},\n {"id": "2"}, 7,\n{"id": 3, "at": "2018-01-03"}]\n'
    assert seen(rows(listed, "json")) == ["1", "TIME@4", "SCHEMA@4", "3"]
    assert rows(b"[]", "json") == []
    assert rows(b" \n", "json") == []


def test_a_broken_json_list_is_refused(rows: Read) -> None:
    with pytest.raises(ConfigurationError, match="no JSON list"):
        rows(b'[{"id": "1", "at": "2018-01-01"}, {"id"', "json")
