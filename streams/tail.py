"""Reads topics from outside, without a consumer group: from now on, or all there is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import NamedTuple, Self

from kafka import TopicPartition
from kafka.errors import KafkaError

from streams.clients import connect, failed
from streams.codec import Headers, in_calendar
from streams.consumers import KafkaConsumer
from streams.errors import BrokerUnavailable
from streams.settings import Settings
from streams.topicadmin import check_shown

_ANSWERS_WITHIN_MS = 5_000
_POLL_RECORDS = 2_000
_POLL_S = 0.1
APPEARS_WITHIN_S = 3.0
"""A topic that was just created is known to every broker only a moment later."""


class Heard(NamedTuple):
    """One record; `topic` is without prefix, `timestamp` in milliseconds."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class Tail:
    """All partitions of some topics, read together.

    Parameters
    ----------
    settings
        Cluster and prefix.
    names
        Topics, without prefix.
    from_beginning
        Begin with the oldest record instead of the next one.
    since
        Begin with the oldest record that has this Kafka timestamp or a later one.

    Attributes
    ----------
    leaves_out
        Whether there are older records than those it begins with.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer or a topic does not exist.

    """

    def __init__(
        self, settings: Settings, names: Sequence[str], *, from_beginning: bool = False, since: datetime | None = None
    ) -> None:
        self._settings = settings
        self._names = {settings.topic(name): name for name in names}
        self._consumer = _connect(settings)
        self.leaves_out = False
        try:
            with answering(settings):
                self._assign(from_beginning=from_beginning, since=since)
        except BaseException:
            self._consumer.close()
            raise

    def _assign(self, *, from_beginning: bool, since: datetime | None) -> None:
        partitions = [TopicPartition(name, number) for name in self._names for number in self._numbers(name)]
        self._consumer.assign(partitions)
        oldest = self._consumer.beginning_offsets(partitions)
        starts = ends = self._consumer.end_offsets(partitions)
        if from_beginning:
            starts = oldest
        elif since is not None:
            found = self._consumer.offsets_for_times(dict.fromkeys(partitions, int(since.timestamp() * 1_000)))
            starts = {tp: ends[tp] if one is None else one.offset for tp, one in found.items()}
        self.leaves_out = any(starts[tp] > oldest[tp] for tp in partitions)
        for partition in partitions:  # seeking to a number holds; seeking to "the end" only once polled
            self._consumer.seek(partition, starts[partition])

    def _numbers(self, name: str) -> list[int]:
        if numbers := self._consumer.partitions_for_topic(name):
            return sorted(numbers)
        check_shown(self._settings, [self._names[name]])
        deadline = time.monotonic() + APPEARS_WITHIN_S
        while not (numbers := self._consumer.partitions_for_topic(name)):
            if time.monotonic() > deadline:
                raise BrokerUnavailable(no_topics(self._settings, [name]))
            time.sleep(_POLL_S)
        return sorted(numbers)

    def poll(self, timeout_s: float) -> list[Heard]:
        """Return what has come, waiting for at most `timeout_s` seconds when nothing has."""
        with answering(self._settings):
            got = self._consumer.poll(timeout_ms=int(timeout_s * 1000))
        return [
            Heard(
                self._names[tp.topic], r.partition, r.offset, in_calendar(r.timestamp), r.key, r.value, r.headers or ()
            )
            for tp, records in got.items()
            for r in records
        ]

    def to_end(self, progress: Callable[[int, int], None] | None = None) -> Iterator[Heard]:
        """Yield everything up to the ends the topics have now.

        Parameters
        ----------
        progress
            Called with the number of records read and of those there are.

        """
        with answering(self._settings):
            ends = self._consumer.end_offsets(self._consumer.assignment())
            left = {tp: end for tp, end in ends.items() if self._consumer.position(tp) < end}
            total = sum(end - self._consumer.position(tp) for tp, end in left.items())
        read = 0
        while left:
            for record in self.poll(0.5):
                if record.offset < ends[TopicPartition(self._settings.topic(record.topic), record.partition)]:
                    read += 1
                    yield record
            left = {tp: end for tp, end in left.items() if self._consumer.position(tp) < end}
            if progress is not None:
                progress(read, total)

    def close(self) -> None:
        """Disconnect."""
        self._consumer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def answering(settings: Settings) -> Iterator[None]:
    """Ask a cluster that has answered before.

    Raises
    ------
    BrokerUnavailable
        When it does not any more.

    """
    try:
        yield
    except KafkaError as error:
        raise failed(settings, "stopped answering", error) from error


def no_topics(settings: Settings, missing: Sequence[str]) -> str:
    """Return what to say when topics do not exist."""
    return f"{settings.bootstrap} has no topic {', '.join(missing)}: run `fenghuo topics create` first"


def sizes(settings: Settings, names: Sequence[str]) -> dict[str, list[int] | None]:
    """Return how many records each partition of each topic holds; ``None`` for a topic that does not exist.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer.

    """
    consumer = _connect(settings)
    found: dict[str, list[int] | None] = {}
    try:
        with answering(settings):
            for name in names:
                numbers = consumer.partitions_for_topic(settings.topic(name))
                partitions = [TopicPartition(settings.topic(name), number) for number in sorted(numbers or ())]
                starts, ends = consumer.beginning_offsets(partitions), consumer.end_offsets(partitions)
                found[name] = [ends[tp] - starts[tp] for tp in partitions] or None
    finally:
        consumer.close()
    return found


def _connect(settings: Settings) -> KafkaConsumer:
    return connect(
        KafkaConsumer,
        settings,
        bootstrap_timeout_ms=_ANSWERS_WITHIN_MS,
        client_id="fenghuo-tail",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",  # what a crash cut off was never said
        allow_auto_create_topics=False,
        max_poll_records=_POLL_RECORDS,
        metrics_enabled=False,
    )
