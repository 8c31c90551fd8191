"""The rule book workers go by, as it was published last. Pure."""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple

from detectors.taxonomy import Taxonomy
from rules.book import Book
from streams import topics
from streams.errors import BadInput
from streams.published import Library, PublishedBook
from streams.tail import Heard


class Origin(NamedTuple):
    """A record of ``rules``: partition, offset, and Kafka timestamp in milliseconds."""

    partition: int
    offset: int
    timestamp: int


class Books:
    """The book in force.

    Parameters
    ----------
    taxonomy
        Kinds of the city.
    own
        The book of the settings, which holds while none is published.

    Attributes
    ----------
    topics, since
        What it reads, and from where on.
    published
        As it was sent, ``None`` while none is published.
    book
        As it is used.
    origin
        The record it came with; ``None`` while none is published.
    refused
        The last record that cannot be used, when it came after that one.

    """

    topics: ClassVar[tuple[str, ...]] = (topics.RULES,)
    since: ClassVar[Literal["beginning"]] = "beginning"

    def __init__(self, taxonomy: Taxonomy, own: Book) -> None:
        self._library = Library(taxonomy)
        self.published: PublishedBook | None = None
        self.book = own
        self.origin: Origin | None = None
        self.refused: Origin | None = None

    def take(self, record: Heard) -> None:
        """Take in a record of ``rules``; a book that cannot be used is refused here as it is by workers."""
        origin = Origin(record.partition, record.offset, record.timestamp)
        try:
            published = self._library.receive(record.value)
            self.book = self._library.book(published)
        except BadInput:
            self.refused = origin
            return
        self.published, self.origin, self.refused = published, origin, None
