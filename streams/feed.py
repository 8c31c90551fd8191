"""Sends reports to their topics, in the order they are given, as fast as it goes or at a multiple of real time.

What a mapping could not read is no record of any raw topic: it goes to the dead letters with the mapping's own reason.
Through the batches of `streams.producing`: 2 µs of CPU a record, where a synchronous producer spends 20.
"""

from __future__ import annotations

import asyncio
import difflib
import itertools
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import uvloop
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError

from streams import topics
from streams.admission import admit
from streams.clients import failed, no_broker
from streams.errors import BrokerUnavailable, ConfigurationError, Fault
from streams.producing import Outbox, new_producer
from streams.settings import Settings
from streams.sources.mapping import Mapping, Row, RowBad, load_mapping, shipped_mappings
from streams.tail import APPEARS_WITHIN_S, no_topics
from streams.unread import letter_of

_TOGETHER = 4_000
_TELL_S = 0.1
_LONGEST_NAP_S = 0.05
_UNUSED = "no file is given for this mapping"
_NO_MAPPING = "is no mapping: name one before the files, from `fenghuo mappings` or a .yaml of your own"


class Parcel(NamedTuple):
    """One record to be sent.

    Parameters
    ----------
    t
        When it is due, epoch seconds of event (or arrival) time; ``None`` with the one before it.
    topic
        A raw topic or the dead letters, without prefix.
    value
        Its bytes.
    bad
        It is a dead letter, or known to become one.
    key
        Key of a dead letter; raw records need none.

    """

    t: float | None
    topic: str
    value: bytes
    bad: bool = False
    key: bytes | None = None


@dataclass
class Fed:
    """How far a feed has come; final once `feed` has returned it: then every record is confirmed by the broker.

    Parameters
    ----------
    rows, bad
        Records sent, and those of them that are dead letters.
    by_topic
        Records by topic, without prefix.
    reached
        Time of the newest record, epoch seconds; ``None`` before the first.

    """

    rows: int = 0
    bad: int = 0
    by_topic: Counter[str] = field(default_factory=Counter)
    reached: float | None = None


def parcels(rows: Iterable[Row]) -> Iterator[Parcel]:
    """Yield mapped rows as records: reports in their contract's JSON, bad rows as dead letters."""
    encode = msgspec.json.Encoder().encode
    for row in rows:
        if isinstance(row, RowBad):
            letter = letter_of(row, datetime.now(UTC))
            yield Parcel(None, topics.DEAD, encode(letter), bad=True, key=letter.where.encode())
        else:
            yield Parcel(row.t, row.report.topic, encode(row.report))


def read_inputs(arguments: Sequence[str]) -> list[tuple[Mapping, Path]]:
    """Read ``MAPPING FILE... [MAPPING FILE...]``: the name of a shipped mapping, or a .yaml, begins a new group.

    Raises
    ------
    ConfigurationError
        With every mapping that cannot be loaded, every file that does not exist, every mapping without files.

    """
    shipped = shipped_mappings()
    mapping: Mapping | None = None
    found: list[tuple[Mapping, Path]] = []
    faults: list[Fault] = []
    unused = ""
    for position, argument in enumerate(arguments):
        path = Path(argument)
        if argument in shipped or argument.endswith((".yaml", ".yml")) or (position == 0 and not path.is_file()):
            faults += [Fault(unused, "", _UNUSED)] if unused else []
            unused = argument
            try:
                mapping = load_mapping(argument)
            except ConfigurationError as error:
                mapping = None
                faults += error.faults
            continue
        unused = ""
        if not path.is_file():
            faults.append(Fault(argument, "", _no_file(path)))
        elif position == 0:
            faults.append(Fault(argument, "", _NO_MAPPING))
        elif mapping is not None:
            found.append((mapping, path))
    faults += [Fault(unused, "", _UNUSED)] if unused else []
    if faults:
        raise ConfigurationError(faults)
    return found


def _no_file(path: Path) -> str:
    if path.is_dir():
        return "is a folder: give the files in it"
    if path.exists():
        return "is no plain file: write what comes out of it to a file first"
    listable = path.parent.is_dir() and os.access(path.parent, os.R_OK)
    siblings = [one.name for one in path.parent.iterdir()] if listable else []
    close = difflib.get_close_matches(path.name, siblings, n=1, cutoff=0.7)
    return "no such file" + (f"; did you mean `{path.with_name(close[0])}`?" if close else "")


def feed_reports(
    records: Iterable[Parcel],
    settings: Settings,
    *,
    speed: float | None = None,
    told: Callable[[Fed], None] | None = None,
    stopped: Callable[[], bool] | None = None,
) -> Fed:
    """Send records and return when the broker has confirmed all of them; see `feed`."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(feed(records, settings, speed=speed, told=told, stopped=stopped))


async def feed(
    records: Iterable[Parcel],
    settings: Settings,
    *,
    speed: float | None = None,
    told: Callable[[Fed], None] | None = None,
    stopped: Callable[[], bool] | None = None,
) -> Fed:
    """Send records, each topic's in turn to its partitions, so that every partition keeps the order given.

    Parameters
    ----------
    records
        In the order of their times.
    settings
        Cluster and prefix.
    speed
        Seconds of event time in a second; ``None`` for as fast as it goes.
    told
        Called a few times a second with how far it has come.
    stopped
        Asked before every batch: ``True`` ends it early.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer, a topic does not exist or any record could not be written.

    """
    producer = new_producer(settings.client())
    try:
        await producer.start()
        lanes = await _lanes(producer, settings)
        return await _Feeding(lanes, Outbox(producer, settings.partitions), speed, told, stopped).run(records)
    except KafkaConnectionError as error:
        raise no_broker(settings) from error
    except KafkaError as error:
        if "Authorization" in type(error).__name__:
            await asyncio.to_thread(
                admit, settings, "feeder", partitions=False
            )  # says which of them we may not write to
        raise failed(settings, "did not confirm a record", error) from error
    finally:
        await producer.stop()


async def _lanes(producer: AIOKafkaProducer, settings: Settings) -> dict[str, Iterator[tuple[str, int]]]:
    """Return for every topic that is fed its name on the cluster and its partitions, round and round."""
    names = {topic: settings.topic(topic) for topic in (*topics.raw_topics(), topics.DEAD)}
    deadline = time.monotonic() + APPEARS_WITHIN_S
    while True:
        cluster = await producer.client.fetch_all_metadata()
        found = {topic: cluster.partitions_for_topic(name) for topic, name in names.items()}
        missing = [names[topic] for topic, partitions in found.items() if not partitions]
        if not missing:
            break
        if time.monotonic() > deadline:
            await asyncio.to_thread(admit, settings, "feeder", partitions=False)  # it may be that we are not shown them
            raise BrokerUnavailable(no_topics(settings, missing))
        await asyncio.sleep(_LONGEST_NAP_S)
    return {
        topic: itertools.cycle([(names[topic], partition) for partition in sorted(partitions)])
        for topic, partitions in found.items()
    }


class _Feeding:
    """One feed under way."""

    def __init__(
        self,
        lanes: dict[str, Iterator[tuple[str, int]]],
        outbox: Outbox,
        speed: float | None,
        told: Callable[[Fed], None] | None,
        stopped: Callable[[], bool] | None,
    ) -> None:
        self._lanes = lanes
        self._outbox = outbox
        self._speed = speed
        self._told = told
        self._stopped = stopped or (lambda: False)
        self._fed = Fed()
        self._waiting = 0
        self._tell_at = 0.0
        self._began: tuple[float, float] | None = None

    async def run(self, records: Iterable[Parcel]) -> Fed:
        """Send everything."""
        for parcel in records:
            if parcel.t is not None and self._speed is not None:
                await self._wait_for(parcel.t, self._speed)
            if self._waiting >= _TOGETHER:
                await self._send()
            if self._waiting == 0 and self._stopped():
                break
            self._add(parcel)
        await self._send(last=True)
        return self._fed

    def _add(self, parcel: Parcel) -> None:
        name, partition = next(self._lanes[parcel.topic])
        self._outbox.add(name, parcel.key, parcel.value, partition=partition)
        self._waiting += 1
        self._fed.rows += 1
        self._fed.bad += parcel.bad
        self._fed.by_topic[parcel.topic] += 1
        if parcel.t is not None:
            self._fed.reached = parcel.t

    async def _wait_for(self, t: float, speed: float) -> None:
        """Let real time catch up with event time."""
        if self._began is None:
            self._began = (time.monotonic(), t)
        due = self._began[0] + (t - self._began[1]) / speed
        while (wait := due - time.monotonic()) > 0 and not self._stopped():
            await self._send()
            await asyncio.sleep(min(wait, _LONGEST_NAP_S))

    async def _send(self, *, last: bool = False) -> None:
        if self._waiting:
            await self._outbox.send()
            self._waiting = 0
        if self._told is not None and (last or time.monotonic() >= self._tell_at):
            self._tell_at = time.monotonic() + _TELL_S
            self._told(self._fed)
