"""Replays what was recorded on Kafka, ``events`` and ``events.city``, watermarks included, version by version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from kafka import TopicPartition

from rules.alert import Finding
from streams import topics
from streams.alerts import AlertsPartition
from streams.assembly import Parts
from streams.clients import connect
from streams.consumers import KafkaConsumer
from streams.declaring import declared_before
from streams.emission import Emission
from streams.errors import BrokerUnavailable
from streams.partition import EventsPartition
from streams.pipeline import Pipeline
from streams.published import Library
from streams.rejoining import in_recorded_order
from streams.settings import Settings
from streams.switching import Switch
from streams.tail import answering

_STALLED_MS = 10_000
_BATCH = 5_000


def channels(settings: Settings) -> list[str]:
    """Return every channel there is: one for each partition of each raw topic."""
    return [f"{topic}/{partition}" for topic in topics.raw_topics() for partition in range(settings.partitions)]


def replay_topic(
    settings: Settings,
    parts: Parts,
    *,
    counts: Counter[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
    published: bool = False,
    handled: bool = True,
) -> Iterator[Emission]:
    """Run the recorded events through fresh pipelines, one a partition, and yield what they say.

    Parameters
    ----------
    settings
        Where the topic is.
    parts
        City, rules and intake; with those of the live run the versions are the same.
    counts
        Filled with the verdicts on the records: ACCEPTED, DUPLICATE, LATE, REPEATED, WATERMARK, CONTEXT, BOOK.
    progress
        Called with the number of records read and their number in all.
    published
        Switch to the books that were published where live did, instead of keeping to that of `parts`.
    handled
        Make alerts of what is found, and have them say who signed them, or to whom they went when nobody did.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer.

    """
    consumer = connect(KafkaConsumer, settings)
    try:
        where = [TopicPartition(topic, partition) for topic, partition in topics.everywhere(settings)]
        with answering(settings):
            ends = consumer.end_offsets(where)
        total, done = sum(ends.values()), 0
        found: list[tuple[int, Finding]] = []
        library = Library(parts.taxonomy) if published else None
        for tp in where:
            wide = tp.topic == settings.topic(topics.CITY)
            pipeline, begun = parts.new_pipeline("city" if wide else "district"), False
            state = EventsPartition(pipeline, channels(settings), library)
            for records in _read(consumer, tp, ends[tp], settings):
                if not begun:
                    begun = _declare_what_is_gone(pipeline, settings, records)
                said: list[Emission] = []
                while (switch := state.take(records, said.append)) is not None:
                    _feed(consumer, tp, switch, settings)
                    state.switch(switch, said.append)
                yield from said
                if handled:
                    found += ((one.timestamp, finding) for one in said for finding in one.findings)
                done += len(records)
                if counts is not None and not wide:  # those are the same events again
                    counts += state.counts
                state.counts.clear()
                if progress is not None:
                    progress(done, total)
        if handled:
            yield from _alerts(consumer, settings, parts.new_alerts(library, exercise=settings.exercise), found)
    finally:
        consumer.close()


def _alerts(
    consumer: Any,  # noqa: ANN401 - untyped kafka
    settings: Settings,
    state: AlertsPartition,
    found: list[tuple[int, Finding]],
) -> Iterator[Emission]:
    """Yield the alerts that findings come to, with the clock and the commands that were recorded."""
    tp = TopicPartition(*topics.findings(settings))
    with answering(settings):
        end = consumer.end_offsets([tp])[tp]
    recorded = [record for records in _read(consumer, tp, end, settings) for record in records]
    said: list[Emission] = []
    state.take(in_recorded_order(recorded, found), said.append)
    yield from said


def _declare_what_is_gone(pipeline: Pipeline, settings: Settings, records: list[Any]) -> bool:
    """Declare what was declared by records older than those that are kept; tell whether there were any at all."""
    if records and records[0].offset > 0:
        for declaration in declared_before(settings, records[0].timestamp):
            pipeline.declare(declaration)
    return bool(records)


def _feed(consumer: Any, tp: Any, switch: Switch, settings: Settings) -> None:  # noqa: ANN401 - untyped kafka
    """Let a switch see what came before, and go back to where the consumer was."""
    here = consumer.position(tp)
    with answering(settings):
        first = max(switch.first, consumer.beginning_offsets([tp])[tp])
        if switch.since_ms is not None:
            found = consumer.offsets_for_times({tp: switch.since_ms})[tp]
            first = max(first, switch.end if found is None else found.offset)
    consumer.seek(tp, first)
    for records in _on(consumer, tp, switch.end, settings):
        switch.feed(records)
    consumer.seek(tp, here)


def _read(consumer: Any, tp: Any, end: int, settings: Settings) -> Iterator[list[Any]]:  # noqa: ANN401 - untyped kafka
    consumer.assign([tp])
    consumer.seek_to_beginning(tp)
    yield from _on(consumer, tp, end, settings)


def _on(consumer: Any, tp: Any, end: int, settings: Settings) -> Iterator[list[Any]]:  # noqa: ANN401 - untyped kafka
    while consumer.position(tp) < end:
        with answering(settings):
            records = consumer.poll(timeout_ms=_STALLED_MS, max_records=_BATCH).get(tp, [])
        if not records:
            raise BrokerUnavailable(f"{tp.topic}/{tp.partition}: no answer at offset {consumer.position(tp)} of {end}")
        yield [record for record in records if record.offset < end]
