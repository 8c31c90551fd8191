"""What a record of ``events``, ``events.city`` or ``findings`` says: read whole, or refused whole. Pure.

Only workers write there. What somebody else puts there, or a disk has spoilt, must not end them again and again: it
goes to the dead letters like what sources send.
"""

from __future__ import annotations

import math
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
    if promise.watermark is not None and not math.isfinite(promise.watermark):
        raise BadInput("SCHEMA", "$.watermark", "is not finite")
    return promise


def _nothing(_value: bytes) -> None:
    return None


def _json(decode: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    return lambda value: decode_json(decode, value)


_COMMON: dict[str, Callable[[bytes], Any]] = {
    WATERMARK: _a_watermark,
    BOOK: _json(_decode_book),
}
ON_EVENTS = _COMMON | {
    "": _an_event,
    SRC: _an_event,
    CONTEXT: _json(decode_declaration),
    JUDGED: _json(decode_judgement),
}
"""How what stands on ``events`` and ``events.city`` is read, by header."""
ON_FINDINGS = _COMMON | {"": _json(decode_finding), TALLY: _json(_decode_tally), COMMAND: _json(decode_command)}
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
