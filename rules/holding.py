"""The folds and buds of one partition: held, scheduled, and handed over when the book changes."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import replace
from typing import Self

import msgspec

from rules.alert import Finding
from rules.book import Book, CompiledRule
from rules.buds import Buds, GroupKey
from rules.fold import Fold
from rules.issue import City
from rules.issuing import Issuing
from rules.sessions import SignalFold

NEVER = float("inf")


class Begun(msgspec.Struct, array_like=True):
    """How often the book was changed, and the names in the state of rules that began anew with one of the changes."""

    changes: int = 0
    tags: dict[str, str] = {}


class Holding(Issuing):
    """The part of an engine that holds folds and buds.

    Parameters
    ----------
    book
        The rules.
    city
        Names, days, norms.

    Attributes
    ----------
    rehearses
        It says nothing by itself, and shares what was declared with the one that does.

    """

    def __init__(self, book: Book, city: City) -> None:
        super().__init__(city)
        self._book = book
        self.rehearses = False
        self._rules = _by_id(book)
        self._begun = Begun()
        self._begun_changed = False
        self._buds = Buds(self._rules)
        self._folds: dict[GroupKey, Fold | SignalFold] = {}
        self._due: list[tuple[float, GroupKey]] = []
        self._watermark = float("-inf")

    def raised(self, rules: Iterable[str]) -> float:
        """Return when the oldest alert of these rules that is open was raised, epoch seconds; infinity without any."""
        mine = frozenset(rules)
        folds = [fold for (rule, _), fold in self._folds.items() if rule in mine]
        opened = (last for fold in folds for last in fold.issued.values() if last.status == "open")
        return min((last.raised_at.timestamp() for last in opened), default=NEVER)

    def fresh(self, book: Book, rules: frozenset[str]) -> Self:
        """Return an engine with these rules of `book` that has seen nothing, in the same city."""
        fresh = type(self)(book.only(rules), replace(self._city, book=book.digest))
        fresh.rehearses = True
        return fresh

    def adopt(self, book: Book, begun: frozenset[str], fresh: Self) -> list[Finding]:
        """Go on with `book`; return the versions that follow from it.

        Alerts that its rules bear out keep their ids and go on counting versions, all others are withdrawn.

        Parameters
        ----------
        book
            The new one.
        begun
            Ids of the rules that begin anew, and of those that are gone. All others keep what they have.
        fresh
            An engine of the rules that begin anew, which has seen what there was to see up to this watermark.

        """
        self._book, self._rules = book, _by_id(book)
        self._city = replace(self._city, book=book.digest)
        self._tag(begun)
        self._buds.adopt(self._rules, self._begun.tags, begun, fresh._buds)
        former = {key: self._folds.pop(key) for key in [key for key in self._folds if key[0] in begun]}
        self._pending -= former.keys()
        self._dirty.update(former)
        alerts: list[Finding] = []
        for key, fold in sorted(fresh._folds.items()):
            alerts += self._take_over(key, fold, former.pop(key, None))
        for fold in former.values():
            alerts += self._drop(fold)
        return sorted(alerts, key=lambda alert: (alert.id, alert.revision.version))

    def _tag(self, begun: frozenset[str]) -> None:
        number = self._begun.changes + 1
        tags = {id_: tag for id_, tag in self._begun.tags.items() if id_ in self._rules}
        tags |= {id_: f"{id_}#{number}" for id_ in sorted(begun) if id_ in self._rules}
        self._begun, self._begun_changed = Begun(number, tags), True

    def _take_over(self, key: GroupKey, fold: Fold | SignalFold, before: Fold | SignalFold | None) -> list[Finding]:
        """Put a fold in the place of the one before, and issue what differs."""
        alerts: list[Finding] = []
        fold.issued, fold.due = {}, NEVER
        if before is not None and before.compiled.rule.status == fold.compiled.rule.status:
            fold.issued = before.issued
        elif before is not None:
            alerts += self._drop(before)  # what was tried out and what notifies are told apart
        self._folds[key] = fold
        alerts += self._flush(fold, key)
        if not self._schedule(fold, key):
            self._past.note(fold.issued.values(), self._watermark)
            del self._folds[key]
        return alerts

    def _drop(self, fold: Fold | SignalFold) -> list[Finding]:
        alerts = self._withdraw(fold, {})
        self._past.note(fold.issued.values(), self._watermark)
        return alerts

    def _schedule(self, fold: Fold | SignalFold, key: GroupKey) -> bool:
        """See to it that the fold is attended to in time; tell whether there is anything left to do."""
        due = fold.next_due(self._watermark)
        if due is None:
            return False
        if due < fold.due:
            fold.due = due
            heapq.heappush(self._due, (due, key))
        return True

    def _forget_declared(self) -> None:
        """Forget what was declared and is over since before the longest look-back, also of a rehearsal to come.

        Where a fold would step again through something that old, it is settled first. A rehearsal itself forgets
        nothing: it shares what was declared with the engine that speaks.
        """
        if self.rehearses:
            return
        horizon = self._watermark - self._book.look_back_s
        if not self._city.around.stale(horizon):
            return
        for key, fold in self._folds.items():
            if isinstance(fold, Fold) and fold.compiled.uses_context and fold.unsettled < horizon:
                fold.seal(self._watermark)
                self._dirty.add(key)
        self._city.around.forget(horizon)

    def _dirty_begun(self) -> bytes | None:
        """Return how often the book was changed, when that changed since the last call."""
        if not self._begun_changed:
            return None
        self._begun_changed = False
        return msgspec.msgpack.encode(self._begun)

    def _restore_begun(self, data: bytes | None) -> None:
        if data is not None:
            self._begun = msgspec.msgpack.decode(data, type=Begun)
            self._buds = Buds(self._rules, self._begun.tags)


def _by_id(book: Book) -> dict[str, CompiledRule]:
    return {compiled.rule.id: compiled for compiled in book.compiled}
