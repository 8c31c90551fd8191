"""How records look on the wire: JSON values, UTF-8 keys, and the header that says what a record is and came from."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from detectors.event import Event
from rules.alert import Finding
from rules.command import Command, CommandAnswer
from rules.feedback import Judgement
from rules.surroundings import Declaration
from streams.errors import BadInput
from streams.intake.packed import size_of
from streams.watermarks import WatermarkRecord

SRC = "src"
WATERMARK = "wm"
CONTEXT = "ctx"
BOOK = "book"
COMMAND = "cmd"
JUDGED = "judged"
TALLY = "tally"
_HEADERS = frozenset({SRC, WATERMARK, CONTEXT, BOOK, COMMAND, JUDGED, TALLY})

encode = msgspec.json.Encoder().encode
decode_event = msgspec.json.Decoder(Event).decode
decode_watermark = msgspec.json.Decoder(WatermarkRecord).decode
decode_declaration = msgspec.json.Decoder(Declaration).decode
decode_command = msgspec.json.Decoder(Command).decode
decode_answer = msgspec.json.Decoder(CommandAnswer).decode
decode_judgement = msgspec.json.Decoder(Judgement).decode
decode_finding = msgspec.json.Decoder(Finding).decode

Headers = Sequence[tuple[str, bytes]]

LARGEST_RAW = 8_000_000
"""Of a record that cannot be used so many bytes are kept: in Base64 they still fit the topic."""
_EARLIEST_MS = 946_684_800_000  # 2000-01-01
_LAST_MS = 253_402_300_799_000  # the end of the calendar
_DIGITS = 19  # of the largest offset


def in_calendar(timestamp_ms: int) -> int:
    """Return a Kafka timestamp, or the nearest one that calendars know; anybody can write any."""
    return min(max(timestamp_ms, 0), _LAST_MS)


def believed_ms(timestamp_ms: int, now: float, within_s: float = math.inf) -> int:
    """Return a record's Kafka timestamp, or the present time when it lies before 2000, too long ago, or ahead.

    Whoever writes a record sets it. What follows from it goes by it: the clocks of people, and how long Kafka keeps it.

    Parameters
    ----------
    timestamp_ms
        Of the record, milliseconds.
    now
        Present time, epoch seconds.
    within_s
        How long ago it may have been written, seconds.

    """
    now_ms = now * 1_000
    return timestamp_ms if max(_EARLIEST_MS, now_ms - within_s * 1_000) <= timestamp_ms <= now_ms else int(now_ms)


def check_times(said: msgspec.Struct, years: range | None = None) -> None:
    """Hold the times of what a record says against the calendar.

    Parameters
    ----------
    said
        Read from a record.
    years
        Years in which they have to lie; any of the calendar, in UTC, when not given.

    Raises
    ------
    BadInput
        When one has no offset, and could not be held against others, or lies elsewhere.

    """
    for name in said.__struct_fields__:
        at = getattr(said, name)
        if not isinstance(at, datetime):
            continue
        if at.tzinfo is None:
            raise BadInput("SCHEMA", f"$.{name}", "has no offset from UTC")
        try:
            year = at.astimezone(UTC).year
        except OverflowError as error:
            raise BadInput("SCHEMA", f"$.{name}", "lies outside the calendar") from error
        if years is not None and year not in years:
            raise BadInput("SCHEMA", f"$.{name}", f"is not of this century: {year}")


def where_is(topic: str, partition: int, offset: int, file: str) -> str:
    """Return where a record is: ``hotline.calls/3/1234``; or a row no mapping could read: ``calls.csv:17``."""
    return f"{file}:{offset}" if file else f"{topic}/{partition}/{offset}"


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A record that could not become an event; the value of ``dead-letters``.

    Parameters
    ----------
    topic, partition, offset
        Where the record is. A row that a mapping could not read is on no topic: the topic it was meant for, -1, and
        its line in `file`.
    received_at
        Its Kafka timestamp; of a row, when it was fed.
    reason, path, message
        Which fault, where in the record (JSONPath), and in words.
    raw
        The original bytes, Base64; of more than 8 MB the first.
    file
        File of a row that a mapping could not read, as it was named to the feed; empty for records.
    cut_from
        How many bytes there were when only the first, or none, are in `raw`; 0 when all are.

    """

    topic: str
    partition: int
    offset: int
    received_at: datetime
    reason: str
    path: str
    message: str
    raw: str
    file: str = ""
    cut_from: int = 0

    @property
    def where(self) -> str:
        """Return what to look for: ``calls.csv:17``, or ``hotline.calls/3/1234``."""
        return where_is(self.topic, self.partition, self.offset, self.file)

    def original(self) -> bytes:
        """Return the original bytes."""
        return base64.b64decode(self.raw)


decode_dead_letter = msgspec.json.Decoder(DeadLetter).decode


def letter_for(topic: str, partition: int, record: Any, fault: BadInput) -> DeadLetter:  # noqa: ANN401 - a Kafka record
    """Return the dead letter of a record on `topic` (without prefix)."""
    raw, cut_from, said = kept_of(record.value or b"")
    return DeadLetter(
        topic=topic,
        partition=partition,
        offset=record.offset,
        received_at=datetime.fromtimestamp(in_calendar(record.timestamp) / 1000, UTC),
        reason=fault.reason,
        path=fault.path,
        message=fault.message + said,
        raw=raw,
        cut_from=cut_from,
    )


def kept_of(raw: bytes) -> tuple[str, int, str]:
    """Return what a dead letter keeps of bytes, how many there were if not all are kept, and a word about that."""
    if packed := size_of(raw):
        return "", packed, " (none of it is kept)"
    size = len(raw)
    kept = base64.b64encode(raw[:LARGEST_RAW]).decode()
    if size <= LARGEST_RAW:
        return kept, 0, ""
    return kept, size, f" (of its {size:,} bytes the first {LARGEST_RAW:,} are kept)"


def origin(channel: str, offset: int, what: str = SRC) -> list[tuple[str, bytes]]:
    """Return the header that says what a record is, and which channel and offset it came from."""
    return [(what, f"{channel}/{offset}".encode())]


def read_origin(headers: Headers) -> tuple[str, str, int] | None:
    """Return header name, channel and offset there, ``None`` when the record has no such header.

    Raises
    ------
    BadInput
        ``HEADER``, when it has one that no worker has written.

    """
    for name, value in headers:
        if name in _HEADERS:
            channel, _, offset = (value or b"").decode("utf-8", "replace").rpartition("/")
            if (
                not channel
                or not ((offset.isdecimal() and offset.isascii()) or offset == "-1")
                or len(offset) > _DIGITS
            ):
                raise BadInput("HEADER", "$", f"header {name} does not say where the record came from")
            return name, channel, int(offset)
    return None
