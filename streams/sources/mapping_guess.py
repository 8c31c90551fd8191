"""What a file that cannot be read seems to be, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook: unpack it, or export the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook: export the sheet as CSV"),
    (b"BZh", "compressed with bzip2: unpack it, or pack it with gzip"),
    (b"\xfd7zXZ", "compressed with xz: unpack it, or pack it with gzip"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd: unpack it, or pack it with gzip"),
    (b"%PDF", "a PDF document: export the table as CSV"),
    (b"PAR1", "a Parquet file: export it as CSV"),
    (b"\xff\xfe", "text in UTF-16: convert it to UTF-8 (iconv -f utf-16 -t utf-8)"),
    (b"\xfe\xff", "text in UTF-16: convert it to UTF-8 (iconv -f utf-16 -t utf-8)"),
)
_CHINESE = "gb18030"


def foreign_format(first: bytes) -> str:
    """Return what a file with this first line is when it can be no text of ours, empty when it may be."""
    return next((f"is {what}" for magic, what in _MAGIC if first.startswith(magic)), "")


def other_encoding(line: bytes, encoding: str) -> str:
    """Return what to do about a line that is not text in `encoding`."""
    for other in ("utf-8", _CHINESE):
        try:
            text = line.decode(other)
        except UnicodeDecodeError:
            continue
        if other != encoding and all(character.isprintable() or character.isspace() for character in text):
            return f"; it reads as {other}: try `encoding: {other}` under `file:` in the mapping"
    return "; say which `encoding:` it has under `file:` in the mapping"


def other_delimiter(header: Sequence[str]) -> str:
    """Return what to do about a header that is one column only, because its cells are parted by something else."""
    if len(header) != 1:
        return ""
    for sign, written in ((";", '";"'), ("\t", "tab"), ("|", '"|"'), (",", '","')):
        if sign in header[0]:
            return f"; if its columns are parted otherwise, say `delimiter: {written}` under `file:` in the mapping"
    return ""


def other_format(first: bytes) -> str:
    """Return what to do about a header that looks like JSON."""
    if first.lstrip()[:2] in {b'{"', b"[{", b"[\n", b"[", b"{"}:
        return "; it looks like JSON: say `format: jsonl` (or `json` for one list) under `file:` in the mapping"
    return ""
