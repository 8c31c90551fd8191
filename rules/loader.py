"""Reads a rule book, and reports every fault of every file at once with file, line and path."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from detectors.taxonomy import Taxonomy
from rules.across import across_faults, chains_of
from rules.book import Book
from rules.check import Vocabulary
from rules.examples import example_faults, missing_examples
from rules.rule import Rule
from rules.rulefile import BookFault, RuleFile, path_steps, read_rule, unread

__all__ = ["BOOK", "BookFault", "BookFaults", "book_of", "files_of", "load_book", "tags_of"]

BOOK = Path(__file__).parent / "book"


class BookFaults(ValueError):
    """A book that cannot be used; nothing of it is loaded."""

    def __init__(self, faults: list[BookFault]) -> None:
        self.faults = faults
        super().__init__("\n".join(f"{f.file}:{f.line or 1}: {f.path}: {f.message}" for f in faults))


def load_book(
    folder: Path = BOOK, *, kinds: frozenset[str], tags: frozenset[str] | None = None, examples: bool = True
) -> Book:
    """Load every ``*.yaml`` of `folder` as one book.

    Parameters
    ----------
    folder
        Where the rule files are; one rule a file.
    kinds
        The taxonomy's kinds: a rule about any other is a fault.
    tags
        The marks intake puts on events: to ask for any other is a fault; ``None`` lets all pass.
    examples
        Run the examples: one that comes out otherwise than it says, or is missing, is a fault.

    Returns
    -------
    Book
        The rules in the order of their numbers, with the book's hash.

    Raises
    ------
    BookFaults
        With every fault of every file.

    """
    texts: dict[str, str] = {}
    broken: list[RuleFile] = []
    for file in sorted(folder.glob("*.yaml")):
        try:
            texts[file.name] = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            said = "not UTF-8: save it as UTF-8" if isinstance(error, UnicodeDecodeError) else f"{error.strerror}"
            broken.append(unread(file.name, said))
    return _book(texts, broken, _stray(folder), Vocabulary(kinds, tags), examples=examples)


def book_of(
    texts: Mapping[str, str], *, kinds: frozenset[str], tags: frozenset[str] | None = None, examples: bool = True
) -> Book:
    """Read a book from the texts of its files by name; else as `load_book`."""
    return _book(dict(sorted(texts.items())), [], [], Vocabulary(kinds, tags), examples=examples)


def tags_of(taxonomy: Taxonomy) -> frozenset[str]:
    """Return every mark intake can put on an event."""
    return frozenset(taxonomy.tags) | {exclusion.tag for exclusion in taxonomy.exclusions if exclusion.tag}


def files_of(folder: Path = BOOK) -> dict[str, Path]:
    """Return the file of every rule of a book that can be loaded, by the rule's id."""
    known = Vocabulary(frozenset())
    read = [(read_rule(file.name, file.read_text(encoding="utf-8"), known), file) for file in folder.glob("*.yaml")]
    return {one.rule.id: file for one, file in read if one.rule is not None}


def _book(
    texts: Mapping[str, str], broken: list[RuleFile], stray: list[BookFault], known: Vocabulary, *, examples: bool
) -> Book:
    digest = hashlib.sha256()
    for name, text in texts.items():
        digest.update(f"{name}\n{text}\n".encode())
    read = sorted([*(read_rule(*file, known) for file in texts.items()), *broken], key=lambda one: one.name)
    across_faults(read)
    sound = [one for one in read if one.rule is not None and not one.faults]
    book = Book(rules=_ordered(sound), digest=digest.hexdigest()[:12])
    if examples:
        _run_examples(read, book)
    faults = [*stray, *(fault for one in read for fault in sorted(one.faults, key=lambda fault: fault.line or 0))]
    if faults:
        raise BookFaults(faults)
    return book


def _run_examples(read: list[RuleFile], book: Book) -> None:
    """Run what every sound rule says of itself, unless another one it works with is at fault."""
    faulty = [one for one in read if one.faults]
    maybe_modifier = any(one.rule is None or not (one.rule.fires or one.rule.signal) for one in faulty)
    lost = {one.rule.id for one in faulty if one.rule is not None}
    for file in read:
        if file.rule is None or file.faults:
            continue
        leans = (bool(faulty) and bool(file.rule.modifies)) or any(id_ in lost for _, id_ in chains_of(file.rule))
        found = missing_examples(file.rule) if leans or maybe_modifier else example_faults(file.rule, book)
        for path, message in found:
            file.fault(path_steps(path), message)


def _ordered(files: list[RuleFile]) -> tuple[Rule, ...]:
    return tuple(sorted((one.rule for one in files if one.rule is not None), key=lambda rule: (rule.number, rule.id)))


def _stray(folder: Path) -> list[BookFault]:
    """Return what is wrong with the folder itself."""
    if not folder.is_dir():
        said = "is a file: give the folder the rule files are in" if folder.exists() else "no such folder"
        return [BookFault(str(folder), None, "$", said)]
    if not any(folder.glob("*.yaml")):
        return [BookFault(str(folder), None, "$", "no rule files (*.yaml) here")]
    return [BookFault(file.name, None, "$", "rule files end in .yaml: rename it") for file in folder.glob("*.yml")]
