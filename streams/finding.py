"""Finds one event on the topics it may be on, the newest records first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from kafka import TopicPartition

from detectors.event import Event
from streams import topics
from streams.bars import progress
from streams.clients import connect
from streams.codec import SRC, encode
from streams.consumers import KafkaConsumer
from streams.errors import BadInput, BrokerUnavailable
from streams.settings import Settings
from streams.tail import answering
from streams.worded import ON_EVENTS, read_record

_STALLED_MS = 10_000
_BATCH = 5_000


class Found(NamedTuple):
    """What came of a search.

    Parameters
    ----------
    event
        The event, ``None`` when it is not there.
    around
        Other events that were recorded about the same time in the same partition, the nearest first.
    looked_at
        Records looked at.

    """

    event: Event | None
    around: list[Event]
    looked_at: int


def find_event(settings: Settings, id_: str, *, around: int = 200, block: int = 20_000) -> Found:
    """Look for an event on ``events``, then on ``events.late``.

    Parameters
    ----------
    settings
        Cluster and prefix.
    id_
        Its id.
    around
        Records next to it to look for others in.
    block
        Records of a partition read at a time.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer.

    """
    needle, looked_at = encode(id_)[1:-1], 0
    consumer = connect(KafkaConsumer, settings, enable_auto_commit=False)
    try:
        for records in blocks(consumer, settings, (topics.EVENTS, topics.LATE), block):
            looked_at += len(records)
            for place, record in enumerate(records):
                if record.value is None or needle not in record.value:
                    continue
                event = _event(record)
                if event is not None and event.id == id_:
                    return Found(event, list(_near(records, place, around)), looked_at)
    finally:
        consumer.close()
    return Found(None, [], looked_at)


def _near(records: list[Any], place: int, most: int) -> Iterator[Event]:
    """Yield the events of at most so many records before and after a place, the nearest first."""
    for distance in range(1, most // 2 + 1):
        for other in (place - distance, place + distance):
            event = _event(records[other]) if 0 <= other < len(records) else None
            if event is not None:
                yield event


def _event(record: Any) -> Event | None:  # noqa: ANN401 - untyped kafka
    try:
        read = read_record(record, ON_EVENTS)
    except BadInput:  # it is among the dead letters
        return None
    return read.said if read.name in {"", SRC} else None


def blocks(consumer: KafkaConsumer, settings: Settings, names: Sequence[str], block: int) -> Iterator[list[Any]]:
    """Yield the records of all partitions of some topics, one topic after another, in blocks, the newest blocks first.

    Parameters
    ----------
    consumer
        Connected, and used for nothing else meanwhile.
    settings
        Prefix and number of partitions.
    names
        Topics, without prefix.
    block
        Records of a partition read at a time.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer.

    """
    for name in names:
        where = [TopicPartition(settings.topic(name), number) for number in range(settings.partitions)]
        with answering(settings):
            starts, ends = consumer.beginning_offsets(where), consumer.end_offsets(where)
        with progress("searching", sum(ends[tp] - starts[tp] for tp in where)) as bar:
            while left := [tp for tp in where if ends[tp] > starts[tp]]:
                for tp in left:
                    first = max(starts[tp], ends[tp] - block)
                    yield list(_between(consumer, settings, tp, first, ends[tp]))
                    bar.update(bar.task_ids[0], advance=ends[tp] - first)
                    ends[tp] = first


def _between(consumer: KafkaConsumer, settings: Settings, tp: TopicPartition, first: int, end: int) -> Iterator[Any]:
    """Yield the records of a partition from one offset up to another, exclusive."""
    consumer.assign([tp])
    consumer.seek(tp, first)
    while (at := consumer.position(tp)) < end:
        with answering(settings):
            records = consumer.poll(timeout_ms=_STALLED_MS, max_records=_BATCH).get(tp, [])
        if not records and consumer.position(tp) == at:
            raise BrokerUnavailable(f"{tp.topic}/{tp.partition}: no answer at offset {at} of {end}")
        yield from (record for record in records if record.offset < end)
