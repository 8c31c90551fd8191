"""One partition of ``events``: records in, signals and alerts out. Pure; live and replay feed it the same records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import msgspec

from detectors.event import Event
from detectors.signal import Signal
from rules.alert import Alert
from streams.codec import CONTEXT, WATERMARK, Headers, decode_declaration, decode_event, decode_watermark, read_origin
from streams.pipeline import Outcome, Pipeline
from streams.watermarks import Channels, Heard

META = "meta"


class Record(Protocol):
    """What a Kafka client returns."""

    offset: int
    timestamp: int
    headers: Headers
    value: bytes | None


class Meta(msgspec.Struct):
    """What a partition knows besides its pipeline.

    Parameters
    ----------
    offset
        Offset of the last record taken in.
    watermark
        Watermark the pipeline was advanced to.
    heard
        The channels.

    """

    offset: int
    watermark: float
    heard: dict[str, Heard]


class Emission(msgspec.Struct, frozen=True):
    """What one record led to, and that record's Kafka timestamp in milliseconds."""

    timestamp: int
    signals: list[Signal]
    alerts: list[Alert]
    late: Event | None = None
    shadow: list[Alert] = []


class EventsPartition:
    """State of one partition of ``events``.

    Parameters
    ----------
    pipeline
        A fresh pipeline.
    channels
        Names of every channel there is.

    """

    def __init__(self, pipeline: Pipeline, channels: Iterable[str]) -> None:
        self._pipeline = pipeline
        self._channels = Channels(channels)
        self.offset = -1
        self.counts: Counter[str] = Counter()

    @property
    def watermark(self) -> float:
        """Event time this partition has reached, epoch seconds."""
        return self._pipeline.watermark

    def take(self, records: Iterable[Record], emit: Callable[[Emission], None]) -> None:
        """Take in records in the order of their offsets; those taken in before are skipped.

        Counts by verdict are added to `counts`: ACCEPTED, DUPLICATE (an event with a known id), LATE, REPEATED (sent
        again by a restarted intake), WATERMARK, CONTEXT.
        """
        for record in records:
            if record.offset <= self.offset:
                continue
            self.offset = record.offset
            outcome = self._one(record)
            if outcome is None:
                continue
            late = decode_event(record.value or b"") if outcome.verdict == "LATE" else None
            if outcome.alerts or outcome.signals or outcome.shadow or late is not None:
                emit(Emission(record.timestamp, outcome.signals, outcome.alerts, late, outcome.shadow))

    def _one(self, record: Record) -> Outcome | None:
        came_from = read_origin(record.headers)
        value = record.value or b""
        if came_from is not None:
            name, channel, offset = came_from
            if name == WATERMARK:
                self.counts["WATERMARK"] += 1
                return self._pipeline.advance(self._channels.promise(channel, offset, decode_watermark(value)))
            if name == CONTEXT:  # a repeated one changes nothing
                self.counts["CONTEXT"] += 1
                return self._pipeline.declare(decode_declaration(value))
            if not self._channels.is_new(channel, offset):
                self.counts["REPEATED"] += 1
                return None
        outcome = self._pipeline.process(decode_event(value))
        self.counts[outcome.verdict] += 1
        return outcome

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed since the last call, with the offset it contains."""
        changed = self._pipeline.dirty()
        meta = Meta(self.offset, self._pipeline.watermark, self._channels.heard)
        changed[META] = msgspec.msgpack.encode(meta)
        return changed

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Take over the union of what `dirty` returned."""
        if META not in items:
            return
        meta = msgspec.msgpack.decode(items[META], type=Meta)
        self.offset = meta.offset
        self._channels.heard.update(meta.heard)
        self._channels.watermark = meta.watermark
        self._pipeline.restore({key: data for key, data in items.items() if key != META}, meta.watermark)
