"""One partition of ``events``: records in, signals and alerts out. Pure; live and replay feed it the same records."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import msgspec

from detectors.event import Event
from rules.book import Book
from rules.feedback import Held, Judgement
from streams.codec import BOOK, CONTEXT, JUDGED, WATERMARK
from streams.emission import Emission, Refused
from streams.errors import BadInput
from streams.pipeline import Outcome, Pipeline
from streams.published import Library
from streams.switching import InForce, Marks, Record, Switch
from streams.tallying import Tallying
from streams.watermarks import Channels, Heard
from streams.worded import ON_EVENTS, Worded, read_record

META, FORCE, MARKS, TALLY = "meta", "book", "marks", "tally"

__all__ = ["Emission", "EventsPartition", "Record"]


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
    said, due
        How many promises were heard, and the watermarks that will hold once idle channels have said more.
    telling
        Id of the topic and Kafka timestamp of the first record taken in; empty when an earlier version wrote this.

    """

    offset: int
    watermark: float
    heard: dict[str, Heard]
    said: int = 0
    due: list[tuple[int, float]] = []
    telling: str = ""


class EventsPartition:
    """State of one partition of ``events``.

    Parameters
    ----------
    pipeline
        A fresh pipeline.
    channels
        Names of every channel there is.
    library
        Reads the books that are published; without one the partition goes by the pipeline's book throughout.
    tallying
        Counts for the area index, where all events pass.
    source
        Id of the topic the records are of: a topic that was made anew has another.

    """

    def __init__(
        self,
        pipeline: Pipeline,
        channels: Iterable[str],
        library: Library | None = None,
        tallying: Tallying | None = None,
        source: str = "",
    ) -> None:
        self._pipeline = pipeline
        self._library = library
        self._tallying = tallying
        self._force: InForce | None = None
        self._marks = Marks()
        self._changed: set[str] = set()
        self._channels = Channels(channels)
        self.offset = -1
        self._source = source
        self._telling = ""
        self.counts: Counter[str] = Counter()
        self.verdicts: Counter[Held] = Counter()
        self.reported: Counter[tuple[str, str]] = Counter()

    @property
    def watermark(self) -> float:
        """Event time this partition has reached, epoch seconds."""
        return self._pipeline.watermark

    @property
    def digest(self) -> str:
        """Digest of the book in force."""
        return self._pipeline.book.digest

    @property
    def book(self) -> Book:
        """The book in force."""
        return self._pipeline.book

    @property
    def learning_since(self) -> Mapping[str, float]:
        """Event time of the first event each detector saw, epoch seconds."""
        return self._pipeline.learning_since

    def held(self) -> Counter[Held]:
        """Return how many verdicts weigh anything, by what they are counted."""
        return self._pipeline.feedback.held()

    def take(self, records: Iterable[Record], emit: Callable[[Emission], None]) -> Switch | None:
        """Take in records in the order of their offsets; those taken in before are skipped.

        Returns before a record that brings another book: the switch has to be fed and made (`switch`), and then the
        same records may be given again. Counts by verdict are added to `counts`: ACCEPTED, DUPLICATE (an event with a
        known id), LATE, REPEATED (sent again by a restarted intake), WATERMARK, CONTEXT, BOOK, JUDGED, DEAD (cannot be
        used). Counts verdicts of people to `verdicts` as well, and accepted events to `reported`, by district and kind.
        """
        for record in records:
            if record.offset <= self.offset:
                continue
            if self.offset < 0:
                self._telling = f"{self._source}@{record.timestamp}"
            try:
                read = read_record(record, ON_EVENTS)
                switch = self._published(record, read) if read.name == BOOK else None
            except BadInput as fault:
                self.offset = record.offset
                self.counts["DEAD"] += 1
                emit(Emission(record.timestamp, refused=Refused(record, fault)))
                continue
            if switch is not None:
                return switch
            self.offset = record.offset
            outcome = self._one(record, read)
            if outcome is not None:
                self._tell(record, read, outcome, emit)
            if read.name == WATERMARK and self._tallying is not None:
                tally = self._tallying.due(record.offset, self._pipeline.watermark)
                if tally is not None:
                    emit(Emission(record.timestamp, tally=tally))
        return None

    def switch(self, switch: Switch, emit: Callable[[Emission], None]) -> None:
        """Adopt the book of a switch that was fed, and take its record as taken in."""
        self.offset = switch.end
        self.counts["BOOK"] += 1
        outcome = self._pipeline.adopt(switch.rehearsal)
        self._tell(switch.record, None, outcome, emit)
        self._go_by(switch.force)

    def _go_by(self, force: InForce) -> None:
        self._force = force
        self._changed.add(FORCE)

    def _published(self, record: Record, read: Worded) -> Switch | None:
        """Return the switch that a published book asks for, ``None`` when it changes nothing.

        Raises
        ------
        BadInput
            When it is a book that nobody here would have passed on.

        """
        if self._library is None:
            return None
        force = InForce(read.channel, read.offset, read.said)
        if not force.follows(self._force):
            return None
        book = self._library.book(force.published)
        if book.digest == self.digest:
            self._go_by(force)
            return None
        rehearsal = self._pipeline.rehearse(book)
        return Switch(record, force, rehearsal, self._marks)

    def _one(self, record: Record, read: Worded) -> Outcome | None:
        name, channel, offset, said = read
        if name == WATERMARK:
            self.counts["WATERMARK"] += 1
            watermark = self._channels.promise(channel, offset, said)
            if math.isfinite(watermark) and self._marks.note(record.offset, watermark):
                self._changed.add(MARKS)
            return self._pipeline.advance(watermark)
        if name == CONTEXT:  # a repeated one changes nothing
            self.counts["CONTEXT"] += 1
            return self._pipeline.declare(said)
        if name == JUDGED:
            return self._judged(said)
        if name == BOOK:
            self.counts["BOOK"] += 1
        if name == BOOK or said is None:  # an earlier version put other things here
            return None
        if name and not self._channels.is_new(channel, offset):
            self.counts["REPEATED"] += 1
            return None
        return self._event(said)

    def _event(self, event: Event) -> Outcome:
        outcome = self._pipeline.process(event)
        self.counts[outcome.verdict] += 1
        if outcome.verdict == "ACCEPTED":
            self.reported[event.place.district, event.kind] += 1
            if self._tallying is not None:
                self._tallying.count(event)
        return outcome

    def _judged(self, judgement: Judgement) -> Outcome:
        """Take in what somebody found out; said again it changes nothing."""
        self.counts["JUDGED"] += 1
        self.verdicts[judgement.counted_as] += 1
        return self._pipeline.judge(judgement)

    def _tell(self, record: Record, read: Worded | None, outcome: Outcome, emit: Callable[[Emission], None]) -> None:
        late = read.said if read is not None and outcome.verdict == "LATE" else None
        if outcome.alerts or outcome.signals or outcome.shadow or late is not None:
            findings = [msgspec.structs.replace(one, telling=self._telling) for one in outcome.alerts]
            emit(Emission(record.timestamp, outcome.signals, findings, late, outcome.shadow))

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed since the last call, with the offset it contains."""
        changed = self._pipeline.dirty()
        channels = self._channels
        meta = Meta(self.offset, self._pipeline.watermark, channels.heard, channels.said, channels.due, self._telling)
        if self._tallying is not None:
            changed[TALLY] = self._tallying.state()
        changed[META] = msgspec.msgpack.encode(meta)
        parts = {FORCE: self._force, MARKS: self._marks}
        changed |= {name: msgspec.msgpack.encode(parts[name]) for name in sorted(self._changed)}
        self._changed.clear()
        return changed

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Take over the union of what `dirty` returned."""
        if META not in items:
            return
        meta = msgspec.msgpack.decode(items[META], type=Meta)
        self.offset, self._telling = meta.offset, meta.telling
        self._channels.heard.update(meta.heard)
        self._channels.watermark = meta.watermark
        self._channels.said, self._channels.due = meta.said, meta.due
        if MARKS in items:
            self._marks = msgspec.msgpack.decode(items[MARKS], type=Marks)
        if FORCE in items and self._library is not None:
            self._force = msgspec.msgpack.decode(items[FORCE], type=InForce)
            self._pipeline.begin_with(self._library.book(self._force.published))
        if TALLY in items and self._tallying is not None:
            self._tallying.restore(items[TALLY])
        own = {key: data for key, data in items.items() if key not in {META, FORCE, MARKS, TALLY}}
        self._pipeline.restore(own, meta.watermark)
