"""What nobody should ever send, for every topic; and a sender that knows no manners."""

from __future__ import annotations

import asyncio
import json
import random
import struct
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import cramjam
from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.util import calc_crc32c, encode_varint

from streams import topics
from streams.settings import Settings

DEEP = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
BAD_UTF8 = b'{"id":"\xff\xfe","occurred_at":"2026-03-11T08:00:00+08:00"}'
LONE = b'{"id":"\\ud800","occurred_at":"2026-03-11T08:00:00+08:00"}'
BOMB_BYTES = 50_000_000


class Dose(NamedTuple):
    """One record of poison; `topic` is without prefix."""

    topic: str
    value: bytes | None
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    partition: int = 0
    timestamp_ms: int | None = None


def of_sources(seed: int = 1) -> Iterator[bytes]:
    """Yield values for raw topics that can become no event, for ever: no two alike where that matters."""
    rng = random.Random(seed)
    now = datetime.now(UTC)
    good = {"id": "x", "occurred_at": "2026-03-11T08:00:00+08:00", "text": "停水", "district": "440507"}
    wrong: list[dict[str, object]] = [
        {"occurred_at": "1970-01-01T00:00:00Z"},
        {"occurred_at": (now + timedelta(days=400)).isoformat()},
        {"occurred_at": 1_773_187_200},
        {"lon": 1e308, "lat": -1e308},
        {"people": 10**30},
        {"people": "many"},
        {"text": "一" * 300_000},
        {"kind": "no such kind"},
        {"text": ["停水"], "title": {"a": 1}},
        {"id": ""},
        {"id": "a\x00b"},
        {"surprise": True},
    ]
    while True:
        yield rng.randbytes(rng.randrange(1, 300))
        yield json.dumps(good).encode()[: rng.randrange(1, 40)]
        for one in wrong:
            yield json.dumps(good | one, ensure_ascii=False).encode()
        yield from (DEEP, BAD_UTF8, LONE, b"", b"null", b"[]", b"NaN", b'{"id":"1","lon":NaN}', b"\x00" * 1000)
        yield b'{"id":"1","occurred_at":"2026-03-11T08:00:00+08:00","lon":1e999}'
        yield b'{"id":"1","occurred_at":"2026-03-11T08:00:00+08:00","people":' + b"9" * 100_000 + b"}"


def of_ours() -> Iterator[Dose]:
    """Yield records for the topics that only Fenghuo writes, and for those people command it by."""
    values = [b"\x00\xff garbage", b"", b"null", b"[]", b"{}", b'{"id":', DEEP, BAD_UTF8, b"9" * 100_000]
    channels = [b"hotline.calls/0/0", b"\xff/0/1", b"no number", b"a/0/" + b"9" * 5_000, None]
    books = json.dumps(
        {"files": {"a.yaml": "[" * 50_000}, "digest": "x", "published_at": "2026-03-11T08:00:00Z"}
    ).encode()
    for topic in (topics.COMMANDS, topics.CONTEXT, topics.RULES, topics.LESSONS):
        for value in (*values, None, books):
            yield Dose(topic, value, b"\xff key")
            yield Dose(topic, value, timestamp_ms=-(10**16))
    for topic in (topics.EVENTS, topics.CITY, topics.FINDINGS, topics.NOTICES):
        for value in (*values, None):
            yield Dose(topic, value)
            for name in ("src", "wm", "ctx", "book", "cmd", "judged", "tally"):
                yield from (Dose(topic, value, b"k", ((name, channel),)) for channel in channels[1:])
            yield from (Dose(topic, value, b"k", ((name, b"foreign/9/7"),)) for name in ("wm", "ctx", "book", "judged"))
        yield Dose(topic, b"{}", timestamp_ms=-(10**16))
    for topic in (
        topics.CURRENT,
        topics.ALERTS,
        topics.ANSWERS,
        topics.DEAD,
        topics.LATE,
        topics.SIGNALS,
        topics.INDEX,
    ):
        yield from (Dose(topic, value, b"\xff") for value in values)
    for topic in (topics.SHADOW, topics.AUDIT, topics.DELIVERIES, topics.RESTRICTED, topics.RESTRICTED_CURRENT):
        yield from (Dose(topic, value, b"\xff") for value in values)


def bombs(count: int) -> Iterator[Dose]:
    """Yield records of 50 MB that are small while they are compressed: the limit of a topic is for that."""
    for n in range(count):
        yield Dose(topics.raw_topics()[n % 4], b'{"id":"' + b" " * BOMB_BYTES + b'"}')


class Bomb(BatchBuilder):  # type: ignore[misc]  # aiokafka ships no types
    """One record of so many spaces, packed: ``zstd`` makes 32 kB of a gigabyte, which no client packs by itself.

    Parameters
    ----------
    size
        Bytes it becomes.
    codec
        ``gzip``, ``lz4`` or ``zstd``.

    """

    def __init__(self, size: int, codec: str) -> None:
        super().__init__(1 << 20, 0)
        self.append(timestamp=1_773_187_200_000, key=None, value=b"")
        plain, body, length = bytes(super()._build()), bytearray(4), bytearray()
        body[3:] = b"\x01"  # no key
        encode_varint(size, body.append)
        encode_varint(len(body) + size + 1, length.append)
        number, packer = _PACKERS[codec]
        packer = packer()
        packer.compress(bytes(length + body))
        for _ in range(size // _SLAB):
            packer.compress(b" " * _SLAB)
        packer.compress(b" " * (size % _SLAB) + b"\0")
        packed = bytes(packer.finish())
        head = bytearray(plain[:_HEAD])
        struct.pack_into(">i", head, 8, _HEAD - 12 + len(packed))
        struct.pack_into(">H", head, 21, number)
        struct.pack_into(">I", head, 17, calc_crc32c(bytes(head[21:]) + packed))
        self._buffer = bytes(head) + packed


_HEAD, _SLAB = 61, 1 << 20
_PACKERS: dict[str, tuple[int, Any]] = {
    "gzip": (1, cramjam.gzip.Compressor),
    "lz4": (3, lambda: cramjam.lz4.Compressor(level=9, content_checksum=False, block_linked=False)),
    "zstd": (4, cramjam.zstd.Compressor),
}


def drop(settings: Settings, where: Iterable[tuple[str, int, str]]) -> int:
    """Send bombs of a size in bytes, each packed with a codec, to topics without prefix; return how many."""
    return asyncio.run(_drop(settings, where))


async def _drop(settings: Settings, where: Iterable[tuple[str, int, str]]) -> int:
    producer = AIOKafkaProducer(bootstrap_servers=settings.bootstrap, acks="all")
    await producer.start()
    try:
        sent = [
            await producer.send_batch(Bomb(size, codec), settings.topic(topic), partition=0)
            for topic, size, codec in where
        ]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()
    return len(sent)


def give(settings: Settings, doses: Iterable[Dose]) -> int:
    """Send poison as it is; return how many records that were."""
    return asyncio.run(_give(settings, doses))


async def _give(settings: Settings, doses: Iterable[Dose]) -> int:
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap, compression_type="gzip", max_request_size=2 * BOMB_BYTES, acks="all"
    )
    await producer.start()
    sent = []
    try:
        for dose in doses:
            headers = [(name, value) for name, value in dose.headers]
            options = {"partition": dose.partition, "timestamp_ms": dose.timestamp_ms, "headers": headers}
            sent.append(await producer.send(settings.topic(dose.topic), dose.value, dose.key or b"k", **options))
        await asyncio.gather(*sent)
    finally:
        await producer.stop()
    return len(sent)
