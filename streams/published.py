"""Books as they are published: the value of the ``rules`` topic, checked again by whoever uses one."""

from __future__ import annotations

from datetime import datetime

import msgspec

from detectors.taxonomy import Taxonomy
from rules.book import Book
from rules.loader import BookFaults, book_of, tags_of
from streams.codec import check_times
from streams.errors import BadInput
from streams.intake.decoding import schema_fault

KEY = "book"


class PublishedBook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule book for all workers; the value of ``rules``.

    Parameters
    ----------
    files
        Text of every rule file by its name.
    digest
        First twelve hexadecimal digits of the SHA-256 of all files; stamped on every alert.
    published_at
        When it was sent, aware.
    by
        Who sent it.

    """

    files: dict[str, str]
    digest: str
    published_at: datetime
    by: str = ""


_decode = msgspec.json.Decoder(PublishedBook).decode


class Library:
    """Reads published books, each once.

    Parameters
    ----------
    taxonomy
        Kinds that rules can be about, and marks they can ask for.

    """

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._kinds, self._tags = frozenset(taxonomy.kinds), tags_of(taxonomy)
        self._books: dict[str, tuple[dict[str, str], Book]] = {}

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds that rules and people can be about."""
        return self._kinds

    def receive(self, value: bytes | None) -> PublishedBook:
        """Read and check one record of ``rules``.

        Raises
        ------
        BadInput
            With the first fault, and how many there are.

        """
        try:
            published = _decode(value or b"null")
        except msgspec.ValidationError as error:
            raise schema_fault(error) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadInput("NOT_JSON", "$", str(error)) from error
        check_times(published)
        self.book(published)
        return published

    def book(self, published: PublishedBook) -> Book:
        """Return the book.

        Raises
        ------
        BadInput
            As in `receive`.

        """
        files, found = self._books.get(published.digest, ({}, None))
        if found is not None and files == published.files:  # a digest is what somebody says it is
            return found
        try:
            book = book_of(published.files, kinds=self._kinds, tags=self._tags, examples=False)
        except BookFaults as faults:
            first, more = faults.faults[0], len(faults.faults) - 1
            message = f"{first.file}:{first.line or 1}: {first.message}" + (f" (and {more} more)" if more else "")
            raise BadInput("BOOK", first.path, message) from faults
        if book.digest != published.digest:
            raise BadInput("BOOK", "$.digest", f"is not that of the files, {book.digest}")
        if not book.rules:
            raise BadInput("BOOK", "$.files", "holds no rules")
        self._books[published.digest] = published.files, book
        return book
