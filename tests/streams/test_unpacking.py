"""What a fetch brings, packed in any way: the same records, and never more of them than there may be."""

from __future__ import annotations

import ast
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import aiokafka.consumer.fetcher
import cramjam
import kafka.consumer.fetcher
import kafka.record.memory_records as kafka_python
import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c
from hypothesis import given
from hypothesis import strategies as st

import streams.consumers
from streams.errors import BadInput
from streams.intake.decoding import ReportDecoder
from streams.intake.packed import MARK, fault_of
from streams.unpacking import MOST, unpacked

CODECS = {"nothing": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
HEAD = 61
Record = tuple[bytes | None, bytes | None]


def batch(first: int, records: list[Record], codec: str = "nothing", *, transactional: bool = False) -> bytes:
    """Make a batch as a producer does, and give it offsets as a broker does."""
    options = (int(transactional), 7 if transactional else -1, 0 if transactional else -1, -1)
    builder = DefaultRecordBatchBuilder(2, CODECS[codec], *options, 1 << 30)
    for n, (key, value) in enumerate(records):
        builder.append(n, 1_700_000_000_000 + n, key, value, [("from", b"here")])
    made = bytearray(builder.build())
    struct.pack_into(">q", made, 0, first)
    return bytes(made)


def repacked(made: bytes, packed: bytes, codec: str) -> bytes:
    """Return a batch with other bytes in place of its records, and a checksum that is right."""
    head = bytearray(made[:HEAD])
    struct.pack_into(">i", head, 8, HEAD - 12 + len(packed))
    struct.pack_into(">H", head, 21, CODECS[codec])
    struct.pack_into(">I", head, 17, calc_crc32c(bytes(head[21:]) + packed))
    return bytes(head) + packed


def bomb(codec: str, size: int, first: int = 100) -> bytes:
    """Make a batch of three records, small while it is packed."""
    plain = batch(first, [(None, b"a"), (None, b"\0" * size), (None, b"c")])
    compress: Any = {"gzip": cramjam.gzip.compress, "lz4": cramjam.lz4.compress, "zstd": cramjam.zstd.compress}
    compress["snappy"] = cramjam.snappy.compress_raw
    return repacked(plain, bytes(compress[codec](plain[HEAD:])), codec)


def read(fetched: bytes | memoryview) -> list[tuple[int, int, bytes | None, bytes | None, Any]]:
    """Read a fetch as aiokafka does."""
    found, batches = [], MemoryRecords(bytes(fetched))
    while batches.has_next():
        one = batches.next_batch()
        assert one.validate_crc()
        found += [(r.offset, r.timestamp, r.key, r.value, r.headers) for r in one]
    return found


def packed_alone(fetched: bytes | memoryview) -> list[int]:
    """Return with what each batch is packed."""
    codecs, at = [], 0
    while at < len(fetched):
        length, attributes = struct.unpack_from(">8xi9xH", fetched, at)
        codecs.append(attributes & 7)
        at += 12 + length
    return codecs


records = st.lists(st.tuples(st.none() | st.binary(max_size=20), st.none() | st.binary(max_size=300)), min_size=1)
fetches = st.lists(st.tuples(st.sampled_from(list(CODECS)), records, st.booleans()), min_size=1, max_size=8)


def fetch(parts: list[tuple[str, list[Record], bool]]) -> tuple[bytes, list[bytes]]:
    """Make a fetch, and the same with nothing packed, batch by batch."""
    packed, plain, first = [], [], 17
    for codec, some, transactional in parts:
        packed.append(batch(first, some, codec, transactional=transactional))
        plain.append(batch(first, some, transactional=transactional))
        first += len(some) + 2  # as if others in between had been compacted away
    return b"".join(packed), plain


@given(fetches, st.integers(0, 400))
def test_whatever_packs_them_the_batches_are_those_that_were_packed(
    parts: list[tuple[str, list[Record], bool]], cut: int
) -> None:
    packed, plain = fetch(parts)
    assert bytes(unpacked(packed)) == b"".join(plain)
    more = batch(10_000, [(None, b"x" * 500)])
    assert read(unpacked(packed + more[:cut])) == read(b"".join(plain))  # a broker may cut off the last one


@given(fetches, st.integers(1, 4_000))
def test_what_does_not_fit_comes_with_the_next_fetch_and_nothing_is_lost_on_the_way(
    parts: list[tuple[str, list[Record], bool]], most: int
) -> None:
    packed, plain = fetch(parts)
    sizes = [len(one) - HEAD for one in plain]
    wanted: list[Any] = []
    for one, size, (codec, *_) in zip(plain, sizes, parts, strict=True):
        wanted += read(one) if size <= most or codec == "nothing" else [read(one)[-1][0]]
    found: list[Any] = []
    rest = packed
    while rest:
        part = bytes(unpacked(rest, most))
        assert len(part) <= max(most + (HEAD + 120) * len(parts), len(packed))
        some = read(part)
        assert some
        found += [r if r[4] else r[0] for r in some]
        rest = rest[sum(len(one) for one in _whole(rest)[: len(_whole(part))]) :]
    assert found == wanted


def _whole(fetched: bytes) -> list[bytes]:
    out, at = [], 0
    while at < len(fetched):
        (length,) = struct.unpack_from(">8xi", fetched, at)
        out.append(fetched[at : at + 12 + length])
        at += 12 + length
    return out


@pytest.mark.parametrize("codec", ["gzip", "lz4", "zstd", "snappy"])
def test_a_batch_that_becomes_too_large_is_one_record_that_says_so_and_takes_no_memory(codec: str) -> None:
    packed = bomb(codec, 20_000_000) + batch(103, [(None, b"after")])
    tracemalloc.start()
    try:
        part = unpacked(packed, 1_000_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000
    ((offset, _, key, value, headers),) = read(part)
    assert (offset, key, headers) == (102, None, [])
    assert str(fault_of(value or b"")).startswith("PACKED")
    said = fault_of(value or b"").message
    assert said.startswith("3 records from offset 100 on, ")
    assert said.endswith(f"packed with {codec}, cannot be unpacked, or not within 1,000,000 bytes")
    with pytest.raises(BadInput, match="PACKED"):
        ReportDecoder().decode("hotline", value or b"")


def test_after_one_that_is_too_large_the_rest_waits_so_that_a_fetch_of_many_holds_nobody_up() -> None:
    many = b"".join(bomb("zstd", 5_000_000, first) for first in range(0, 300, 3))
    assert [r[0] for r in read(unpacked(many, 1_000_000))] == [2]


@pytest.mark.parametrize("codec", ["gzip", "lz4", "zstd", "snappy"])
@pytest.mark.parametrize("damage", [b"", b"rubbish", b"\xff" * 40, None])
def test_what_cannot_be_unpacked_stands_in_nobodys_way(codec: str, damage: bytes | None) -> None:
    good = bomb(codec, 1_000)
    bad = repacked(good, good[HEAD:-3] if damage is None else damage, codec)
    found = read(unpacked(bad + batch(103, [(None, b"after")], "gzip"), 1 << 16))
    assert [r[0] for r in found] == [102]
    assert [r[3] for r in read(unpacked(batch(103, [(None, b"after")], "gzip")))] == [b"after"]


def test_a_codec_nobody_knows_stands_in_nobodys_way() -> None:
    head = bytearray(batch(5, [(None, b"a")]))
    struct.pack_into(">H", head, 21, 6)
    struct.pack_into(">I", head, 17, calc_crc32c(bytes(head[21:])))
    ((offset, *_, value, _),) = read(unpacked(bytes(head)))
    assert offset == 5
    assert "codec 6" in fault_of(value or b"").message


def test_a_batch_damaged_on_its_way_is_left_to_the_client_who_asks_for_it_again() -> None:
    bad = bytearray(batch(5, [(None, b"a" * 50)], "gzip"))
    bad[-1] ^= 1
    assert bytes(unpacked(bytes(bad))) == bytes(bad)
    with pytest.raises(AssertionError):
        read(unpacked(bytes(bad)))


def test_java_packs_snappy_in_many_blocks() -> None:
    plain = batch(0, [(None, bytes(range(256)) * 400)])
    made = b"\x82SNAPPY\0" + struct.pack(">ii", 1, 1)
    for at in range(HEAD, len(plain), 32_768):
        block = bytes(cramjam.snappy.compress_raw(plain[at : at + 32_768]))
        made += struct.pack(">i", len(block)) + block
    assert bytes(unpacked(repacked(plain, made, "snappy"))) == plain


def test_what_is_not_packed_is_not_touched() -> None:
    plain = batch(0, [(None, b"a")]) + batch(1, [(None, b"b")])
    assert unpacked(plain) is plain
    assert unpacked(b"") == b""


def test_what_stands_for_a_batch_may_be_forged_and_then_says_nothing() -> None:
    assert (
        fault_of(MARK + b"<script>").message == "begins as what stands for a batch that was not unpacked, and is none"
    )


def test_no_consumer_is_made_that_unpacks_without_bounds() -> None:
    """Both libraries are bounded where `streams.consumers` is imported, which is where consumers come from."""
    others = []
    for path in Path(streams.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module in {"kafka", "aiokafka"}:
                others += [path.name for name in node.names if name.name in {"KafkaConsumer", "AIOKafkaConsumer"}]
    assert others == ["consumers.py"] * 2
    assert aiokafka.consumer.fetcher.MemoryRecords.__module__ == streams.consumers.__name__
    assert kafka.consumer.fetcher.MemoryRecords.__module__ == streams.consumers.__name__


def test_kafka_python_reads_it_too() -> None:
    fetched = kafka_python.MemoryRecords(unpacked(batch(3, [(b"k", b"v"), (b"l", b"w")], "zstd")))
    found = []
    while fetched.has_next():
        one = fetched.next_batch()
        assert one.validate_crc()
        found += [(r.offset, r.key, r.value) for r in one]
    assert found == [(3, b"k", b"v"), (4, b"l", b"w")]


def test_the_largest_record_of_our_topics_fits_whatever_packs_it() -> None:
    value = b"\0" * (MOST // 2)
    made = batch(0, [(None, value)], "zstd")
    ((_, _, _, found, _),) = read(unpacked(made))
    assert found == value
