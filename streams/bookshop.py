"""`fenghuo rules publish`: a book for all workers, checked before it is sent."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from detectors.taxonomy import Taxonomy, load_taxonomy
from rules.book import Book
from rules.succession import Succession, succession
from streams import topics
from streams.assembly import read_book
from streams.codec import encode
from streams.errors import BadInput, ConfigurationError, Fault
from streams.published import KEY, Library, PublishedBook
from streams.publishing import publish
from streams.settings import Settings
from streams.tail import Tail
from streams.topicadmin import check_topics


def publish_book(settings: Settings, folder: Path, console: Console) -> None:
    """Check the book in `folder` with its examples, send it, and print what it changes.

    Raises
    ------
    ConfigurationError
        With every fault of every file; then nothing is sent.
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    taxonomy = load_taxonomy()
    if not folder.is_dir():
        raise ConfigurationError([Fault(str(folder), "", "is no folder of rules")])
    book = read_book(str(folder), taxonomy, examples=True)
    files = {file.name: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.yaml"))}
    check_topics(settings)
    before = last_published(settings, taxonomy)
    if before is not None and before[1].digest == book.digest:
        console.print(f"book {book.digest} is published already; nothing was sent", markup=False)
        return
    published = PublishedBook(files=files, digest=book.digest, published_at=datetime.now(UTC), by=getpass.getuser())
    try:
        Library(taxonomy).book(published)
    except BadInput as bad:  # somebody wrote to the folder in between
        raise ConfigurationError([Fault(str(folder), bad.path, bad.message)]) from bad
    where = publish(settings, topics.RULES, KEY, encode(published))
    console.print(f"book {book.digest}: {len(book.rules)} rules", markup=False)
    if before is None:
        console.print("the first that is published: workers go by it instead of FENGHUO_BOOK", style="dim")
    else:
        _print_changes(before[1], book, console)
    console.print(f"on {where}", style="dim", markup=False)


def publish_again(settings: Settings) -> str | None:
    """Send the book that was published last once more, for a topic that came later; return its digest if there is one.

    Where it is in force already it changes nothing.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer.

    """
    last = last_published(settings, load_taxonomy())
    if last is None:
        return None
    publish(settings, topics.RULES, KEY, encode(last[0]))
    return last[0].digest


def last_published(settings: Settings, taxonomy: Taxonomy) -> tuple[PublishedBook, Book] | None:
    """Return the book published last, as it was sent and as it is used; ``None`` when workers could use none.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer, or there is no such topic.

    """
    library, last = Library(taxonomy), None
    with Tail(settings, [topics.RULES], from_beginning=True) as tail:
        for record in tail.to_end():
            try:
                published = library.receive(record.value)
                last = published, library.book(published)
            except BadInput:
                continue  # workers refused it as well, and go by the one before
    return last


def book_in_force(settings: Settings, taxonomy: Taxonomy) -> Book:
    """Return the book workers go by: the one published last, else that of the settings.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer, or there is no such topic.
    ConfigurationError
        When none is published and that of the settings has faults.

    """
    published = last_published(settings, taxonomy)
    return published[1] if published is not None else read_book(settings.book, taxonomy, examples=False)


def _print_changes(old: Book, new: Book, console: Console) -> None:
    """Say which rules are new, gone and changed; those whose modifiers or chains changed begin anew too."""
    known = {rule.id for rule in old.rules}
    difference: Succession = succession(old, new)
    told = {
        "added": {rule.id for rule in new.rules} - known,
        "removed": known - {rule.id for rule in new.rules},
        "no longer running": difference.gone & {rule.id for rule in new.rules},
        "begin anew": difference.changed & known,
    }
    for what, ids in told.items():
        if ids:
            console.print(f"{what}: {', '.join(sorted(ids))}", markup=False, soft_wrap=True)
    if not any(told.values()):
        console.print("no rule works in another way")
