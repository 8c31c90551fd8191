"""Alerts made of findings, and how they are handled: ``findings`` in, versions of alerts out. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import msgspec

from rules.alert import Finding
from rules.book import Book
from rules.census import Census
from rules.duty import Command, Duty
from rules.feedback import NO_DETECTOR, Held, Judgement
from rules.fusion import Fusion, Joined
from rules.life import Reason
from rules.subject import subject_of_alert
from streams.codec import BOOK, COMMAND, TALLY, WATERMARK
from streams.emission import Emission, Refused
from streams.errors import BadInput
from streams.index import IndexRecord, IndexStage
from streams.published import Library
from streams.switching import InForce, Record, Switch
from streams.tallying import TallyRecord
from streams.watermarks import NEVER
from streams.worded import ON_FINDINGS, Worded, read_record

META, FORCE = "meta", "book"
_DUTY, _FUSION, _INDEX = "duty/", "fusion/", "index/"


class Meta(msgspec.Struct):
    """What is known besides the alerts.

    Parameters
    ----------
    offset
        Of the last record taken in.
    clock
        What people are held to go by, epoch seconds.
    tallied
        Watermark of the last tally for the index, epoch seconds.

    """

    offset: int
    clock: float
    tallied: float = NEVER


class AlertsPartition:
    """State of ``findings``.

    Parameters
    ----------
    fusion
        Joins findings to alerts.
    duty
        Who has to answer for the alerts, and who has.
    book
        The rules that hold until another book is published.
    library
        Reads the books that are published; without one that stays the book throughout.
    index
        Scores areas by their alerts, and by what the stage that sees all events counted.

    """

    def __init__(
        self, fusion: Fusion, duty: Duty, book: Book, library: Library | None = None, index: IndexStage | None = None
    ) -> None:
        self._fusion = fusion
        self._duty = duty
        self._index = index
        self._tallied = NEVER
        self._library = library
        self._force: InForce | None = None
        self._force_changed = False
        self.offset = -1
        self.counts: Counter[str] = Counter()
        self.verdicts: Counter[Held] = Counter()
        self._adopt(book)

    @property
    def watermark(self) -> float:
        """There is none: alerts are made of findings in whatever order they come."""
        return NEVER

    @property
    def digest(self) -> str:
        """Digest of the book in force."""
        return self.book.digest

    def held(self) -> Counter[Held]:
        """Return the verdicts that weigh anything: none here, they are kept where the rules are."""
        return Counter()

    def take(self, records: Iterable[Record], emit: Callable[[Emission], None]) -> None:
        """Take in records in the order of their offsets; those taken in before are skipped.

        Counts to `counts`: FINDING, REPEATED (sent again by a restarted detect stage), WATERMARK, BOOK, COMMAND; of
        commands that are refused REFUSED_ and why; DEAD are records that cannot be used.
        """
        for record in records:
            if record.offset <= self.offset:
                continue
            self.offset = record.offset
            try:
                emission = self._one(record, read_record(record, ON_FINDINGS))
            except BadInput as fault:
                self.counts["DEAD"] += 1
                emit(Emission(record.timestamp, refused=Refused(record, fault)))
                continue
            if emission.alerts and self._index is not None:
                self._index.note(emission.alerts)
            if emission.alerts or emission.judgements or emission.answers or emission.index:
                emit(emission)

    def switch(self, switch: Switch, emit: Callable[[Emission], None]) -> None:
        """Never asked for: another book is adopted at its record."""
        raise NotImplementedError

    def _one(self, record: Record, read: Worded) -> Emission:
        name, channel, offset, said = read
        if not name:
            if not math.isfinite(self._duty.clock):
                self._duty.advance(record.timestamp / 1_000)  # a finding may come before the first watermark
            return self._found(record, said)
        if name == WATERMARK:
            self.counts["WATERMARK"] += 1
            return Emission(record.timestamp, alerts=self._duty.advance(record.timestamp / 1_000))
        if name == TALLY:
            return Emission(record.timestamp, index=self._scores(said))
        if name == COMMAND:
            return self._obey(record, said)
        if name == BOOK and self._library is not None:
            self._published(InForce(channel, offset, said), self._library)
            self.counts["BOOK"] += 1
        return Emission(record.timestamp)

    def _published(self, force: InForce, library: Library) -> None:
        """Go by a book that was published, unless it, or one after it, came before: it is sent again after a crash."""
        if not force.follows(self._force):
            return
        book = library.book(force.published)
        self._force, self._force_changed = force, True
        self._adopt(book)

    def _scores(self, told: TallyRecord) -> list[IndexRecord]:
        """Take in what was counted; return the scores it leads to."""
        if self._index is None or told.tally.watermark <= self._tallied:
            return []
        self.counts["TALLY"] += 1
        self._tallied = told.tally.watermark
        return self._index.absorb(told.tally)

    @property
    def scores(self) -> Mapping[tuple[str, str], float]:
        """The index of the city and its districts, by level and area."""
        return self._index.scores if self._index is not None else {}

    def census(self) -> Census:
        """Return how many alerts stand, and whose clocks run."""
        return self._duty.census(self.book)

    def _adopt(self, book: Book) -> None:
        self.book = book
        self._detectors = {rule.id: rule.signal or NO_DETECTOR for rule in book.rules}
        self._duty.adopt(book)

    def _found(self, record: Record, finding: Finding) -> Emission:
        if self._fusion.knows(finding):
            self.counts["REPEATED"] += 1
            return Emission(record.timestamp)
        self.counts["FINDING"] += 1
        return self._handled(record, self._fusion.note(finding))

    def _handled(self, record: Record, joined: Joined, command: Command | None = None) -> Emission:
        for old, new in joined.moved:
            self._duty.move(old, new)
        alerts = self._duty.note(joined.alerts, command)
        answers = self._duty.answers()
        return Emission(record.timestamp, alerts=alerts, crossed=frozenset(joined.crossed), answers=answers)

    def _obey(self, record: Record, command: Command) -> Emission:
        again = self._duty.knows(command)
        done = self._duty.obey(command, record.timestamp / 1_000)
        if not isinstance(done, str) and not again and command.action in {"merge", "split"}:
            joined = self._rejoin(command)
            if isinstance(joined, Joined):
                self.counts["COMMAND"] += 1
                return self._handled(record, joined, command)
            self._duty.refuse(command, done := joined)
        if isinstance(done, str):
            self.counts[f"REFUSED_{done}"] += 1
            return Emission(record.timestamp, answers=self._duty.answers())
        self.counts["COMMAND"] += 1
        return Emission(
            record.timestamp,
            alerts=done,
            judgements=list(self._judgements(command)) if done else [],
            answers=self._duty.answers(),
            silences=[command] if command.action in {"silence", "unsilence"} else [],
        )

    def _rejoin(self, command: Command) -> Joined | Reason:
        """Make one alert of two, or two of one, because somebody says so."""
        if command.action == "merge":
            joined = self._fusion.merge(command.alert, command.other)
        else:
            joined = self._fusion.split(command.alert, command.finding)
        return "ALREADY" if joined == "SAME" else joined

    def _judgements(self, command: Command) -> Iterable[Judgement]:
        """Yield what a verdict on an alert says of each of its findings."""
        if command.action not in {"true", "false"}:
            return
        at = command.at.timestamp()
        for finding in self._fusion.findings_of(command.alert):
            detector = self._detectors.get(finding.rule.id, NO_DETECTOR)
            yield Judgement(
                alert=finding.id,
                rule=finding.rule.id,
                detector=detector,
                key=subject_of_alert(finding, detector),
                holds=command.action == "true",
                at=at,
                since=at if command.last_at is None else max(at, command.last_at.timestamp()),
            )

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed since the last call, with the offset it contains."""
        changed = {f"{_FUSION}{key}": data for key, data in self._fusion.dirty().items()}
        changed.update((f"{_DUTY}{id_}", data) for id_, data in self._duty.dirty().items())
        if self._index is not None:
            changed.update((f"{_INDEX}{key}", data) for key, data in self._index.dirty().items())
        changed[META] = msgspec.msgpack.encode(Meta(self.offset, self._duty.clock, self._tallied))
        if self._force_changed:
            changed[FORCE] = msgspec.msgpack.encode(self._force)
            self._force_changed = False
        return changed

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Take over the union of what `dirty` returned."""
        if META not in items:
            return
        meta = msgspec.msgpack.decode(items[META], type=Meta)
        self.offset, self._tallied = meta.offset, meta.tallied
        if self._index is not None:
            self._index.restore(_part(items, _INDEX))
        if FORCE in items and self._library is not None:
            self._force = msgspec.msgpack.decode(items[FORCE], type=InForce)
            self._adopt(self._library.book(self._force.published))
        self._fusion.restore(_part(items, _FUSION))
        self._duty.restore(_part(items, _DUTY), meta.clock)


def _part(items: Mapping[str, bytes], prefix: str) -> dict[str, bytes]:
    return {key.removeprefix(prefix): data for key, data in items.items() if key.startswith(prefix)}
