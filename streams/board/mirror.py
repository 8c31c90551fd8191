"""What the board knows: made anew from the topics whenever it starts, and never more than they say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Literal, Protocol

from detectors.taxonomy import Taxonomy
from rules.book import Book
from streams.board.answers import Answers
from streams.board.books import Books
from streams.board.clusters import Clusters
from streams.board.courses import Courses
from streams.board.feeds import Feeds
from streams.board.heat import Heat
from streams.board.letters import Letters
from streams.board.recent import Recent
from streams.board.scores import Scores
from streams.board.silences import Silences
from streams.board.standing import Standing
from streams.board.told import Told
from streams.board.ways import Ways
from streams.tail import Heard

Since = timedelta | Literal["beginning"]


class Part(Protocol):
    """Something that is kept of some topics."""

    @property
    def topics(self) -> tuple[str, ...]:
        """Names of the topics, without prefix."""
        ...

    @property
    def since(self) -> Since:
        """How far back they are read when the board starts: by Kafka's clock, or from the beginning."""
        ...

    def take(self, record: Heard) -> None:
        """Take in a record of one of them."""
        ...


class Mirror:
    """All that is kept, part by part.

    Parameters
    ----------
    taxonomy
        Kinds of the city.
    own
        The rule book of the settings, which holds while none is published.

    Attributes
    ----------
    alerts, events, index, books, answers, heat, told, courses, clusters, feeds, silences, letters, ways
        The parts.
    records
        Number of records taken in.
    newest_ms
        Kafka timestamp of the newest record, milliseconds; 0 before the first.
    unreadable
        How many records could not be taken in, by topic.
    told_of
        Called with each of these and why.

    """

    def __init__(self, taxonomy: Taxonomy, own: Book) -> None:
        self.alerts = Standing()
        self.events = Recent()
        self.index = Scores()
        self.books = Books(taxonomy, own)
        self.answers = Answers()
        self.heat = Heat()
        self.told = Told()
        self.courses = Courses()
        self.clusters = Clusters()
        self.feeds = Feeds()
        self.silences = Silences()
        self.letters = Letters()
        self.ways = Ways()
        self.records = 0
        self.newest_ms = 0
        self.unreadable: Counter[str] = Counter()
        self.told_of: Callable[[Heard, Exception], None] = lambda _record, _error: None
        self._by_topic: dict[str, list[Part]] = {}
        for part in self.parts():
            for topic in part.topics:
                self._by_topic.setdefault(topic, []).append(part)

    def parts(self) -> list[Part]:
        """Return the parts."""
        return [part for part in vars(self).values() if hasattr(part, "take")]

    def reads(self) -> dict[str, Since]:
        """Return the topics to read, each from as far back as the part that wants most."""
        found: dict[str, Since] = {}
        for part in self.parts():
            for topic in part.topics:
                found[topic] = _earlier(found.get(topic, timedelta(0)), part.since)
        return found

    def take(self, records: Iterable[Heard]) -> None:
        """Take in records; one that a part cannot read is passed over, or nothing after it would ever be shown."""
        for record in records:
            for part in self._by_topic.get(record.topic, ()):
                self._hand(part, record)
            self.records += 1
            self.newest_ms = max(self.newest_ms, record.timestamp)

    def _hand(self, part: Part, record: Heard) -> None:
        try:
            part.take(record)
        except Exception as error:  # noqa: BLE001 - whatever a worker of another release, or somebody else, has written
            self.unreadable[record.topic] += 1
            self.told_of(record, error)


def _earlier(one: Since, other: Since) -> Since:
    if one == "beginning" or other == "beginning":
        return "beginning"
    return max(one, other)
