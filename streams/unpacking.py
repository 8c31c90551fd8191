"""What one fetch brings of a partition, unpacked within bounds before a client looks at it.

Sources pack what they send, and brokers what a topic keeps (``compression.type``): with gzip, snappy, lz4 or zstd. A
client without the right library stops there, and one that has it unpacks whatever somebody packed: 32 kB of zstd can be
a gigabyte. Here no fetch becomes larger than it may. Batches that would be too much together are left for the next
fetch; one that is too much alone, or cannot be unpacked, becomes a single record that says so
(`streams.intake.packed`).

The format: https://kafka.apache.org/documentation/#recordbatch
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

import cramjam
from aiokafka.record.util import calc_crc32c, encode_varint

from streams.intake.packed import stand_in

MOST = 32 * 1024 * 1024
"""Bytes of records one fetch of a partition may become: twice the largest record of our topics."""

_GLANCE = struct.Struct(">8xi4xB4xH")  # length behind the first 12 bytes, format, attributes
_BEFORE = 12
_HEAD = struct.Struct(">q4xi5xHi30xi")  # first offset, leader's epoch, attributes, last offset less the first, records
_BODY = _HEAD.size
_CRC, _SUMMED = 17, 21  # where the checksum stands, and from where on it is taken
_V2 = 2  # the format since Kafka 0.11, and the only one Kafka 4 keeps
_CODEC = 0b111  # of the attributes
_LEAST_ROOM = 1 << 16
_XERIAL, _XERIAL_HEAD = b"\x82SNAPPY\0", 16


class _Batch(NamedTuple):
    """A whole batch as it came, and with what its records are packed; 0 for nothing."""

    raw: memoryview
    codec: int


def unpacked(fetched: bytes | memoryview, most: int = MOST) -> bytes | memoryview:
    """Return what a fetch brought with nothing packed in it.

    Parameters
    ----------
    fetched
        Batches one behind the other, the last one perhaps cut off.
    most
        Bytes of records it may become. What comes after that is left out, as a broker leaves out what does not fit into
        its answer: clients then ask for it.

    """
    if not any(batch.codec for batch in _batches(fetched)):
        return fetched
    parts: list[bytes | memoryview] = []
    size = 0
    for raw, codec in _batches(fetched):
        records = _unpack(codec, raw[_BODY:], most) if codec else b""
        size += most if records is None else len(records) if codec else len(raw) - _BODY
        if parts and size > most:
            break
        parts.append(_with(raw, records, codec, most) if codec else raw)
    return b"".join(parts)


def _batches(fetched: bytes | memoryview) -> Iterator[_Batch]:
    """Yield the whole batches. Older formats and damage are left to the client, as if nothing were packed."""
    view, at = memoryview(fetched), 0
    while at + _BODY <= len(view):
        length, magic, attributes = _GLANCE.unpack_from(view, at)
        end = at + _BEFORE + length
        if end > len(view) or length < _BODY - _BEFORE:
            return
        raw = view[at:end]
        codec = attributes & _CODEC if magic == _V2 else 0
        yield _Batch(raw, codec if codec and _is_sound(raw) else 0)
        at = end


def _is_sound(raw: memoryview) -> bool:
    found: int = calc_crc32c(raw[_SUMMED:])
    return found == int.from_bytes(raw[_CRC:_SUMMED], "big")


def _with(raw: memoryview, records: bytes | None, codec: int, most: int) -> bytes:
    """Return a batch with its records as they are, or with one in their place that tells of them."""
    first, _, attributes, last, count = _HEAD.unpack_from(raw)
    head = bytearray(raw[:_BODY])
    if records is None:
        records = _record(last, stand_in(first, count, len(raw), most, codec))
        struct.pack_into(">i", head, _BODY - 4, 1)
    struct.pack_into(">i", head, 8, _BODY - _BEFORE + len(records))
    struct.pack_into(">H", head, _SUMMED, attributes & ~_CODEC)
    struct.pack_into(">I", head, _CRC, calc_crc32c(bytes(head[_SUMMED:]) + records))
    return bytes(head) + records


def _record(after: int, value: bytes) -> bytes:
    """Return a record without a key, so many offsets after the first of its batch."""
    body = bytearray(1)  # attributes
    for number in (0, after, -1, len(value)):  # time after the first, offset, no key
        encode_varint(number, body.append)
    body += value
    encode_varint(0, body.append)  # headers
    record = bytearray()
    encode_varint(len(body), record.append)
    return bytes(record + body)


def _unpack(codec: int, packed: memoryview, most: int) -> bytes | None:
    """Return records unpacked, ``None`` when that cannot be done within so many bytes."""
    try:
        if codec == _SNAPPY:
            return _unpack_snappy(packed, most)
        return _unpack_into(_STREAMS[codec], packed, most)
    except (KeyError, struct.error, cramjam.DecompressionError):
        return None


_SNAPPY = 2
_STREAMS: dict[int, Callable[[memoryview, bytearray], int]] = {
    1: cramjam.gzip.decompress_into,
    3: cramjam.lz4.decompress_into,
    4: cramjam.zstd.decompress_into,
}


def _unpack_into(decompress_into: Callable[[memoryview, bytearray], int], packed: memoryview, most: int) -> bytes:
    """Unpack into more and more room: what does not fit and what is damaged raise the same."""
    room = min(most, max(_LEAST_ROOM, 8 * len(packed)))
    while True:
        records = bytearray(room)
        try:
            return bytes(memoryview(records)[: decompress_into(packed, records)])
        except cramjam.DecompressionError:
            if room == most:
                raise
        room = min(most, 4 * room)


def _unpack_snappy(packed: memoryview, most: int) -> bytes | None:
    """Unpack one block, or the many that Java's library makes; each begins with what it will become."""
    blocks = list(_blocks(packed))
    if sum(map(cramjam.snappy.decompress_raw_len, blocks)) > most:
        return None
    return b"".join(bytes(cramjam.snappy.decompress_raw(block)) for block in blocks)


def _blocks(packed: memoryview) -> Iterator[memoryview]:
    if packed[: len(_XERIAL)] != _XERIAL:
        yield packed
        return
    at = _XERIAL_HEAD
    while at < len(packed):
        (length,) = struct.unpack_from(">I", packed, at)
        yield packed[at + 4 : at + 4 + length]
        at += 4 + length
