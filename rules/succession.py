"""What one book changes of another: which rules go on as they are, which begin anew, which end."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from rules.across import chains_of
from rules.book import Book, CompiledRule
from rules.rule import Examples

_NO_EXAMPLES = Examples()


class Succession(NamedTuple):
    """The difference between two books, as ids of rules.

    Parameters
    ----------
    changed
        Rules of the new book that are new, or not what they were.
    gone
        Rules that do not run any more.

    """

    changed: frozenset[str]
    gone: frozenset[str]


def succession(old: Book, new: Book) -> Succession:
    """Compare the rules that run.

    A rule is what it was when its own words (but for the examples) are the same, and so are the raises modifiers add
    to it, the rules it asks about in `fired`, and, for a rule about a detector's signals, all the others about that
    detector: they decide between them who speaks.
    """
    before, after = _characters(old), _characters(new)
    return Succession(
        changed=frozenset(id_ for id_, character in after.items() if before.get(id_) != character),
        gone=frozenset(before.keys() - after.keys()),
    )


def _characters(book: Book) -> dict[str, tuple[object, ...]]:
    words = {rule.id: msgspec.structs.replace(rule, examples=_NO_EXAMPLES) for rule in book.rules}

    def character(one: CompiledRule) -> tuple[object, ...]:
        chained = tuple(words[id_] for _, id_ in chains_of(one.rule))
        rivals: tuple[object, ...] = ()
        if one.rule.signal is not None:
            rivals = tuple(words[c.rule.id] for c in book.for_signals if c.rule.signal == one.rule.signal)
        return words[one.rule.id], one.raises, one.lowers, chained, rivals

    return {one.rule.id: character(one) for one in book.compiled}
