"""What stands in a topic's place for records nobody unpacks: where they were, and as what they came. Pure."""

from __future__ import annotations

import struct

from streams.errors import BadInput

MARK = b"\0fenghuo: not unpacked\0"
"""What such a value begins with; no report does, for it is no JSON."""

CODECS = ("nothing", "gzip", "snappy", "lz4", "zstd")
"""Names of the numbers Kafka gives to what batches are compressed with."""

_FIELDS = struct.Struct(">qiiiB")


def stand_in(first: int, records: int, packed: int, most: int, codec: int) -> bytes:
    """Return the value that stands for a batch.

    Parameters
    ----------
    first
        Its first offset.
    records
        How many it says it holds.
    packed
        Its size as it came, bytes.
    most
        What it may have unpacked, bytes.
    codec
        Kafka's number of what it is compressed with.

    """
    return MARK + _FIELDS.pack(first, records, packed, most, codec)


def size_of(value: bytes) -> int:
    """Return the size of the batch `value` stands for as it came, bytes; 0 when it stands for none."""
    if not value.startswith(MARK) or len(value) != len(MARK) + _FIELDS.size:
        return 0
    packed: int = _FIELDS.unpack_from(value, len(MARK))[2]
    return packed


def fault_of(value: bytes) -> BadInput:
    """Return why the batch that `value` stands for was not unpacked; a source that forges one only tells of numbers."""
    if not size_of(value):
        return BadInput("PACKED", "$", "begins as what stands for a batch that was not unpacked, and is none")
    first, records, packed, most, codec = _FIELDS.unpack_from(value, len(MARK))
    name = CODECS[codec] if codec < len(CODECS) else f"codec {codec}"
    said = f"{records:,} record{'s' * (records != 1)} from offset {first} on, {packed:,} bytes packed with {name}"
    return BadInput("PACKED", "$", f"{said}, cannot be unpacked, or not within {most:,} bytes")
