"""Raw records of CSV and JSON files, gzipped or not; one bad record does not spoil its neighbours.

A quoted CSV field may run over line ends, so a quote that is never closed could swallow the rest of the file. Here
a record that does not come out right (quotes that do not match, a wrong number of columns over several lines, more than
`MAX_LINES` lines) costs only its first line: reading starts again at the second. What cannot be told apart is a stray
quote that happens to close at the right column of a later line.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from streams.errors import NO_JSON, BadInput, ConfigurationError, Fault
from streams.sources.mapping_guess import foreign_format, other_encoding, other_format
from streams.sources.mapping_spec import FileSpec

MAX_LINES = 500

Record = tuple[int, bytes, list[str] | BadInput]
"""Line it begins on, its bytes, its cells or why there are none."""

_GZIP = b"\x1f\x8b\x08"
_BOM = b"\xef\xbb\xbf"
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def json_path(name: str) -> str:
    """Return the JSONPath of a column."""
    return f"$.{name}" if _PLAIN_KEY.fullmatch(name) else f"$['{name}']"


def cannot_read(path: Path, message: str, line: int | None = None) -> ConfigurationError:
    """Return the error for a file that cannot be used."""
    return ConfigurationError([Fault(str(path), "", message, line)])


def read_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield every line of a file with its number, gzipped (told by its content, not its name) or not.

    Raises
    ------
    ConfigurationError
        When there is no such file, it is no text or cannot be read to its end.

    """
    number = 0
    try:
        with path.open("rb") as file:
            packed = file.read(3) == _GZIP
            file.seek(0)
            # A GzipFile splits lines in Python; the buffer around it does it in C.
            lines = io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=file)), 1 << 17) if packed else file
            for number, line in enumerate(cast("IO[bytes]", lines), 1):
                yield number, _first(path, line) if number == 1 else line
    except FileNotFoundError as error:
        raise cannot_read(path, "no such file") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        said = "it is cut off" if isinstance(error, EOFError) else "it is damaged"
        raise cannot_read(path, f"cannot be unpacked after line {number}, {said}: fetch it again") from error
    except OSError as error:
        raise cannot_read(path, f"cannot be read: {error.strerror or error}") from error


def _first(path: Path, line: bytes) -> bytes:
    """Return the first line without a byte order mark; refuse what is no text."""
    if strange := foreign_format(line):
        raise cannot_read(path, strange)
    return line.removeprefix(_BOM)


@dataclass
class CsvFile:
    """Records of a CSV file; the header is read first.

    Parameters
    ----------
    path
        The file.
    spec
        Its encoding and delimiter.

    Raises
    ------
    ConfigurationError
        When there is no header.

    """

    path: Path
    spec: FileSpec
    header: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self._lines = read_lines(self.path)
        self._held: deque[tuple[int, bytes]] = deque()
        self._taken: list[tuple[int, bytes]] = []
        self._damaged = False
        self._reader = self._parser()
        number, first = next(self._lines, (0, b""))
        if not number:
            raise cannot_read(self.path, "is empty: there is not even a header. Leave it out, or fetch it again")
        _, _, cells = self._quoted(number, first, None)
        if isinstance(cells, BadInput):
            raise cannot_read(self.path, f"the header cannot be read: {cells.message}{other_format(first)}", 1)
        self.header = [cell.strip() for cell in cells]
        if not any(self.header):
            raise cannot_read(self.path, "the first line is empty: it has to name the columns", 1)

    def _next(self) -> tuple[int, bytes] | None:
        return self._held.popleft() if self._held else next(self._lines, None)

    def records(self) -> Iterator[Record]:
        """Yield every record after the header; empty lines are none."""
        width = len(self.header)
        encoding, delimiter = self.spec.encoding, self.spec.delimiter
        while (line := self._next()) is not None:
            number, raw = line
            if b'"' in raw:
                yield self._quoted(number, raw, width)
                continue
            try:
                text = raw.decode(encoding).rstrip("\r\n")
            except UnicodeDecodeError:
                yield number, raw, self._not_text(raw)
                continue
            if text:
                cells = text.split(delimiter)
                yield (number, raw, cells if len(cells) == width else _columns(len(cells), width))

    def _quoted(self, number: int, raw: bytes, width: int | None) -> Record:
        """Read one record that begins with this line and has quotes in it."""
        taken = self._taken
        taken.clear()
        self._held.appendleft((number, raw))
        self._damaged = False
        cells: list[str] | BadInput
        try:
            cells = next(self._reader)
        except (csv.Error, StopIteration):
            cells = BadInput("NOT_CSV", "$", "its quotes or line ends do not match")
            self._reader = self._parser()
        else:
            if width is not None and len(cells) != width:
                cells = _columns(len(cells), width)
        if len(taken) > 1:
            if isinstance(cells, BadInput):
                self._held.extendleft(reversed(taken[1:]))
                del taken[1:]
            raw = b"".join(line for _, line in taken)
        if self._damaged and not self._is_text(raw):
            cells = self._not_text(raw)
        return number, raw, cells

    def _parser(self) -> Iterator[list[str]]:
        """Return a CSV reader that keeps the lines it takes for one record in `_taken`."""

        def feed() -> Iterator[str]:
            while len(self._taken) < MAX_LINES and (line := self._next()) is not None:
                self._taken.append(line)
                try:
                    text = line[1].decode(self.spec.encoding)
                except UnicodeDecodeError:
                    self._damaged = True
                    text = line[1].decode(self.spec.encoding, errors="replace")
                yield text

        return csv.reader(feed(), delimiter=self.spec.delimiter, strict=True)

    def _not_text(self, raw: bytes) -> BadInput:
        encoding = self.spec.encoding
        return BadInput("ENCODING", "$", f"is not {encoding}{other_encoding(raw, encoding)}")

    def _is_text(self, raw: bytes) -> bool:
        try:
            raw.decode(self.spec.encoding)
        except UnicodeDecodeError:
            return False
        return True


def _columns(found: int, width: int) -> BadInput:
    return BadInput("NOT_CSV", "$", f"has {found} columns where the header has {width}")


def json_records(path: Path, spec: FileSpec, columns: list[str]) -> Iterator[Record]:
    """Yield every object of a JSON file as the cells of `columns`; what it does not name is empty.

    Raises
    ------
    ConfigurationError
        When a file that begins with ``[`` is no JSON list: its records cannot be told apart.

    """
    lines = read_lines(path)
    if spec.format == "json":
        lines = _members(path, lines)
    decode = msgspec.json.Decoder().decode
    for number, raw in lines:
        if raw.isspace():
            continue
        try:
            record = decode(raw)
        except NO_JSON as error:
            yield number, raw, not_json(error)
            continue
        if isinstance(record, dict):
            yield number, raw, [_cell(record.get(name)) for name in columns]
        else:
            yield number, raw, BadInput("SCHEMA", "$", "is no JSON object")


def not_json(error: Exception) -> BadInput:
    """Return what is wrong with a line that is no JSON."""
    if isinstance(error, UnicodeDecodeError):
        return BadInput("ENCODING", "$", "is not utf-8")
    return BadInput("NOT_JSON", "$", str(error))


def _members(path: Path, lines: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Yield the members of a JSON list, or the lines themselves when the file does not begin with one."""
    for number, line in lines:
        if line.isspace():
            continue
        if not line.lstrip().startswith(b"["):
            yield number, line
            yield from lines
            return
        whole = b"\n" * (number - 1) + line + b"".join(line for _, line in lines)
        try:
            members = msgspec.json.decode(whole, type=list[msgspec.Raw])
        except (msgspec.DecodeError, RecursionError) as error:
            raise cannot_read(path, f"is no JSON list, so its records cannot be told apart: {error}") from error
        at, begins_on = 0, 1
        for member in members:
            raw = bytes(member)
            begins = whole.index(raw, at)
            begins_on += whole.count(b"\n", at, begins)
            yield begins_on, raw
            begins_on += raw.count(b"\n")
            at = begins + len(raw)


def _cell(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return msgspec.json.encode(value).decode()
