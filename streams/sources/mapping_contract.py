"""Files of our own reports: one JSON object a line, as the topic takes it, with its ``source`` beside."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from detectors.event import Source
from streams.errors import NO_JSON, BadInput
from streams.intake.decoding import schema_fault
from streams.sources import source_types
from streams.sources.mapping_files import not_json, read_lines
from streams.sources.mapping_row import Row, RowBad, RowOk
from streams.sources.mapping_yaml import nearest
from streams.sources.report import Report

_INSTANT = "2026-01-15T14:31:05+08:00"


def contract_rows(path: Path, source: Source) -> Iterator[Row]:
    """Yield one row for every line that is not empty.

    Parameters
    ----------
    path
        The file.
    source
        Source the bad lines count to that do not tell theirs.

    Raises
    ------
    ConfigurationError
        When the file cannot be read.

    """
    types = source_types()
    name, decode = str(path), msgspec.json.Decoder().decode
    for number, raw in read_lines(path):
        if raw.isspace():
            continue
        meant: Any = source
        try:
            record = _record(decode, raw)
            given = record.pop("source", None)
            if not isinstance(given, str) or given not in types:
                raise BadInput("SCHEMA", "$.source", _no_source(given))  # noqa: TRY301
            meant = given
            record.pop("arrived_at", None)  # the simulator says when a report came in; the topic has a timestamp for it
            report = msgspec.convert(record, types[meant])
        except BadInput as bad:
            yield RowBad(meant, raw, bad.reason, bad.path, bad.message, number, name)
        except msgspec.ValidationError as error:
            fault = schema_fault(error)
            yield RowBad(meant, raw, fault.reason, fault.path, _in_words(fault, types[meant]), number, name)
        else:
            yield RowOk(report, report.occurred_at.timestamp(), len(raw), name, number)


def _record(decode: Any, raw: bytes) -> dict[str, Any]:  # noqa: ANN401 - a method of a decoder
    try:
        record = decode(raw)
    except NO_JSON as error:
        raise not_json(error) from error
    if not isinstance(record, dict):
        raise BadInput("SCHEMA", "$", "is no JSON object")
    return record


def _no_source(given: object) -> str:
    known = ", ".join(source_types())
    if given is None:
        return f"is missing: every line says which source it is of, one of {known}"
    return f"is none of {known}"


def _in_words(bad: BadInput, type_: type[Report]) -> str:
    """Return what is wrong and what to write instead; msgspec says only the first."""
    field = bad.path.removeprefix("$.")
    if "timezone component" in bad.message:
        return f"has no offset from UTC: write it as {_INSTANT}, or with Z at its end"
    if "RFC3339" in bad.message or "`datetime`" in bad.message:
        return f"is no RFC 3339 time, such as {_INSTANT}"
    if bad.message == "unknown field":
        return f"unknown field of {type_.source} reports{nearest(field, type_.__struct_fields__)}"
    if "enum value" in bad.message:
        return f"is none of {', '.join(_choices(type_, field))}"
    return bad.message


@cache
def _choices(type_: type[Report], field: str) -> tuple[str, ...]:
    hint = get_type_hints(type_)[field]
    return get_args(hint) if get_origin(hint) is Literal else ()
