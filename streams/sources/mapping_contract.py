"""Files of our own reports: one JSON object a line, as the topic takes it, with its ``source`` beside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from detectors.event import Source
from streams.errors import BadInput
from streams.sources import source_types
from streams.sources.mapping_files import not_json, read_lines
from streams.sources.mapping_row import Row, RowBad, RowOk

_PATH = re.compile(r"(.*) - at `(\$.*)`", re.DOTALL)


def contract_rows(path: Path, source: Source) -> Iterator[Row]:
    """Yield one row for every line that is not empty.

    Parameters
    ----------
    path
        The file.
    source
        Source of the lines that do not tell.

    Raises
    ------
    ConfigurationError
        When the file cannot be read.

    """
    types = source_types()
    decode = msgspec.json.Decoder().decode
    for number, raw in read_lines(path):
        if raw.isspace():
            continue
        meant: Any = source
        try:
            record = _record(decode, raw)
            meant = record.pop("source", None)
            record.pop("arrived_at", None)  # the simulator says when a report came in; the topic has a timestamp for it
            if not isinstance(meant, str) or meant not in types:
                meant = source
                raise BadInput("SCHEMA", "$.source", f"is none of {', '.join(types)}")  # noqa: TRY301
            report = msgspec.convert(record, types[meant])
        except BadInput as bad:
            yield RowBad(meant, raw, bad.reason, bad.path, bad.message, number)
        except msgspec.ValidationError as error:
            message, where = _fault(str(error))
            yield RowBad(meant, raw, "SCHEMA", where, message, number)
        else:
            yield RowOk(report, report.occurred_at.timestamp(), len(raw))


def _record(decode: Any, raw: bytes) -> dict[str, Any]:  # noqa: ANN401 - a method of a decoder
    try:
        record = decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise not_json(error) from error
    if not isinstance(record, dict):
        raise BadInput("SCHEMA", "$", "is no JSON object")
    return record


def _fault(message: str) -> tuple[str, str]:
    found = _PATH.fullmatch(message)
    return (found[1], found[2]) if found else (message, "$")
