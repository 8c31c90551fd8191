"""What a record of ``events``, ``events.city`` or ``findings`` says: read whole, or refused whole. Pure.

Only workers write there. What somebody else puts there, or a disk has spoilt, must not end them again and again: it
goes to the dead letters like what sources send.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from detectors.event import Event
from streams.codec import (
    BOOK,
    COMMAND,
    CONTEXT,
    JUDGED,
    SRC,
    TALLY,
    WATERMARK,
    check_times,
    decode_command,
    decode_declaration,
    decode_event,
    decode_finding,
    decode_judgement,
    decode_watermark,
    read_origin,
)
from streams.errors import BadInput
from streams.intake.decoding import decode_json
from streams.published import PublishedBook
from streams.tallying import TallyRecord
from streams.watermarks import WatermarkRecord

_LAST_MS = 253_402_300_800_000  # the year 10000, with which calendars end
_YEARS = range(2000, 2100)
_AFTER_S = 4_102_444_800.0  # the year 2100
_decode_tally = msgspec.json.Decoder(TallyRecord).decode
_decode_book = msgspec.json.Decoder(PublishedBook).decode


class Worded(NamedTuple):
    """What a record says.

    Parameters
    ----------
    name
        Name of the header that tells what it is; empty without one.
    channel, offset
        Where it came from.
    said
        Its content; ``None`` for what an earlier version put there.

    """

    name: str
    channel: str
    offset: int
    said: Any


def _an_event(value: bytes) -> Event:
    event = decode_json(decode_event, value)
    if event.occurred_at.tzinfo is None or event.occurred_at.year not in _YEARS:
        raise BadInput("SCHEMA", "$.occurred_at", "has no offset from UTC, or is not of this century")
    return event


def _a_watermark(value: bytes) -> WatermarkRecord:
    promise = decode_json(decode_watermark, value)
    if promise.watermark is not None:
        _check_watermark("$.watermark", promise.watermark)
    return promise


def _a_tally(value: bytes) -> TallyRecord:
    told = decode_json(_decode_tally, value)
    _check_watermark("$.tally.watermark", told.tally.watermark)
    return told


def _check_watermark(path: str, watermark: float) -> None:
    if not 0.0 <= watermark < _AFTER_S:  # calendars end, and days are closed one by one
        raise BadInput("SCHEMA", path, "lies before 1970 or after this century")


def _nothing(_value: bytes) -> None:
    return None


def _json(decode: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    return lambda value: decode_json(decode, value)


def _timed(decode: Callable[[bytes], Any], years: range | None = None) -> Callable[[bytes], Any]:
    """Return what decodes, and holds times against the calendar."""

    def read(value: bytes) -> Any:  # noqa: ANN401 - what `decode` returns
        said = decode_json(decode, value)
        check_times(said, years)
        return said

    return read


_COMMON: dict[str, Callable[[bytes], Any]] = {
    WATERMARK: _a_watermark,
    BOOK: _timed(_decode_book),
}
ON_EVENTS = _COMMON | {
    "": _an_event,
    SRC: _an_event,
    CONTEXT: _timed(decode_declaration),
    JUDGED: _json(decode_judgement),
}
"""How what stands on ``events`` and ``events.city`` is read, by header."""
ON_FINDINGS = _COMMON | {
    "": _timed(decode_finding, _YEARS),
    TALLY: _a_tally,
    COMMAND: _timed(decode_command, _YEARS),
}
"""The same of ``findings``."""


def read_record(record: Any, readers: dict[str, Callable[[bytes], Any]]) -> Worded:  # noqa: ANN401 - what a Kafka client returned
    """Read a record.

    Parameters
    ----------
    record
        What a Kafka client returned.
    readers
        `ON_EVENTS` or `ON_FINDINGS`.

    Raises
    ------
    BadInput
        ``HEADER``, ``TIMESTAMP``, ``ENCODING``, ``NOT_JSON``, ``TOO_DEEP`` or ``SCHEMA``.

    """
    if not 0 <= record.timestamp < _LAST_MS:
        raise BadInput("TIMESTAMP", "$", "its Kafka timestamp lies before 1970 or after the end of the calendar")
    name, channel, offset = read_origin(record.headers) or ("", "", -1)
    return Worded(name, channel, offset, readers.get(name, _nothing)(record.value or b""))
