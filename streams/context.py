"""What is declared of areas, as it comes in: records of the ``context`` topic, lines of a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from rules.surroundings import Declaration
from streams.codec import check_times
from streams.errors import BadInput
from streams.intake.decoding import decode_json
from streams.jsonlines import load_lines

_decode = msgspec.json.Decoder(Declaration).decode


def read_declaration(key: bytes | None, value: bytes | None, timestamp_ms: int) -> Declaration:
    """Read one record of ``context``.

    Parameters
    ----------
    key
        Id of the declaration.
    value
        Its JSON; nothing ends what was declared under this id.
    timestamp_ms
        Kafka timestamp of the record: when a declaration without a value ends.

    Raises
    ------
    BadInput
        With the path of the fault.

    """
    id_ = (key or b"").decode("utf-8", "replace")
    if value is None:
        return Declaration(id=id_, issued_at=datetime.fromtimestamp(timestamp_ms / 1000, UTC))
    declaration = decode_declaration(value)
    if declaration.id != id_:
        raise BadInput("KEY", "$.id", "is not the key of the record")
    return declaration


def decode_declaration(raw: bytes) -> Declaration:
    """Read the JSON of a declaration.

    Raises
    ------
    BadInput
        With the path of the fault.

    """
    declaration = decode_json(_decode, raw)
    check_times(declaration)
    if declaration.until_at is not None and declaration.until_at <= declaration.issued_at:
        raise BadInput("SCHEMA", "$.until_at", "is not after issued_at")
    return declaration


def load_declarations(path: Path) -> list[Declaration]:
    """Read declarations from a file, one JSON object a line; return them in the order of when they were issued.

    Raises
    ------
    ConfigurationError
        When the file cannot be read, or with every line that cannot.

    """
    return sorted(load_lines(path, decode_declaration), key=lambda one: (one.issued_at, one.id))


def declares(declaration: Declaration) -> Iterator[str]:
    """Yield in words what is declared; nothing of one that only ends what was before."""
    yield from declaration.weather
    if declaration.mode is not None:
        yield f"mode {declaration.mode}"
    if declaration.event:
        yield f"event {declaration.event}"
