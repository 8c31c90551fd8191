"""Runs a book over events and signals: finds the folds they touch and issues the versions that follow."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from detectors.event import Event
from detectors.signal import Signal
from rules.alert import Finding
from rules.book import CompiledRule
from rules.buds import GroupKey
from rules.feedback import Judgement
from rules.fold import Fold
from rules.holding import NEVER, Holding
from rules.likeness import gist_of
from rules.sessions import SignalFold, key_of
from rules.surroundings import Declaration
from rules.window import Item, item_of

_FOLD, _BUD, _AROUND, _PAST, _VERDICT = "fold/", "bud/", "around/", "past/", "verdict/"
_BEGUN = "begun"


class Engine(Holding):
    """All folds of one partition, and the versions issued from them.

    A new alert, a change of grade and a withdrawal are issued at once. What only grows is issued at the next
    advance of the watermark (续报): a thousand calls between two advances are one update, not a thousand.

    Parameters
    ----------
    book
        The rules.
    city
        Names, days, norms.

    """

    def event(self, event: Event, t: float) -> list[Finding]:
        """Take in one event at epoch second `t`, not before the watermark; return the versions issued at once."""
        alerts: list[Finding] = []
        waits: list[tuple[str, int]] = []
        waiting, keep_s = None, 0.0
        around, grouping, group, item = self._city.around, None, None, None
        is_open = event.status == "open"
        for look in self._book.looks(event.kind, event.source):
            roles = (look.role if is_open else 0) if look.plain else look.roles(event, t, around)
            if not roles:
                continue
            if look.grouping is not grouping:
                grouping = look.grouping
                group = grouping.group(event)
            if group is None:
                continue
            if item is None or item.roles != roles or item.gist or look.alike:
                item = item_of(event, t, roles, gist_of(event.text) if look.alike else ())
            key = (look.id, group[1])
            fold = self._folds.get(key)
            if fold is not None:
                alerts += self._take(fold, key, (item,))
            elif (items := self._buds.add(look.compiled, key, item)) is None:
                waits.append((look.id, roles))
                keep_s = max(keep_s, look.compiled.keep_s)
                waiting = item if waiting is None or item.gist else waiting
            else:
                fold = self._folds[key] = Fold(look.compiled, *group, around)
                alerts += self._take(fold, key, items)
        if waiting is not None:
            self._buds.note(waits, waiting, keep_s)
        return alerts

    def declare(self, declaration: Declaration) -> list[Finding]:
        """Take in what is declared of an area; return the versions that follow from it at once."""
        since = self._city.around.declare(declaration, self._watermark)
        alerts: list[Finding] = []
        if since is None:
            return alerts
        for key, fold in sorted(self._folds.items()):
            if isinstance(fold, Fold) and fold.compiled.uses_context and fold.items and fold.items[-1].t >= since:
                if fold.refresh():
                    alerts += self._issue(fold, key)
                self._dirty.add(key)
                self._schedule(fold, key)
        return alerts

    def _take(self, fold: Fold | SignalFold, key: GroupKey, items: Iterable[Item]) -> list[Finding]:
        assert isinstance(fold, Fold)  # noqa: S101 - a rule has fires or a signal, never both
        changed = False
        for item in items:
            changed |= fold.add(item, self._watermark)
        self._dirty.add(key)
        alerts = self._issue(fold, key) if changed else []
        if changed or fold.due == NEVER or fold.timers:
            self._schedule(fold, key)
        return alerts

    def signal(self, signal: Signal) -> list[Finding]:
        """Take in one signal; return the versions issued at once.

        Of the rules that cover its kind and all of its sources the one about the fewest sources speaks; what another
        one said of the same window before is taken back. What takes a thread back is told to all: its kind and sources
        are not those of the signals it takes back.
        """
        area = key_of(signal)
        mine = [c for c in self._book.for_signals if c.rule.signal == signal.detector]
        over = signal.withdrawn and signal.thread
        about = mine if over else [c for c in mine if c.rule.covers(signal.kind)]
        fitting = [] if over else [c for c in about if c.sources.issuperset(signal.sources)]
        speaker = min(fitting, key=lambda c: (len(c.sources), c.rule.number), default=None)
        alerts: list[Finding] = []
        for compiled in about:
            key = (compiled.rule.id, area)
            fold = self._folds.get(key)
            if fold is None:
                if compiled is not speaker:
                    continue
                fold = self._folds[key] = SignalFold(compiled, area, self._city.feedback)
            assert isinstance(fold, SignalFold)  # noqa: S101 - as above
            fold.add(signal if compiled is speaker else msgspec.structs.replace(signal, withdrawn=True))
            alerts += self._issue(fold, key)
            self._dirty.add(key)
            if not self._schedule(fold, key):
                alerts += self._leave(fold, key)
        return alerts

    def _leave(self, fold: Fold | SignalFold, key: GroupKey) -> list[Finding]:
        """Let go of a fold there is nothing left to do for; return what it has not said yet."""
        alerts = self._flush(fold, key)
        self._past.note(fold.issued.values(), self._watermark)
        del self._folds[key]
        return alerts

    def judge(self, judgement: Judgement) -> list[Finding]:
        """Take in what somebody found out about an alert; return the versions that follow from it at once.

        Of what was issued before only alerts with windows that are open can change, see `rules.feedback`.
        """
        since = self._city.feedback.take(judgement, self._watermark)
        alerts: list[Finding] = []
        if since is None:
            return alerts
        for key, fold in sorted(self._folds.items()):
            if key[0] == judgement.rule and isinstance(fold, SignalFold) and fold.regrade(since):
                alerts += self._issue(fold, key)
                self._dirty.add(key)
                self._schedule(fold, key)
        return alerts

    def advance(self, watermark: float) -> list[Finding]:
        """Move event time on: close what has been quiet, issue what has grown."""
        self._watermark = max(self._watermark, watermark)
        self._buds.forget(self._watermark)
        self._past.forget(self._watermark)
        self._city.feedback.forget(self._watermark)
        alerts: list[Finding] = []
        while self._due and self._due[0][0] < self._watermark:
            due, key = heapq.heappop(self._due)
            alerts += self._attend(key, due)
        pending, self._pending = sorted(self._pending), set()
        for key in pending:
            fold = self._folds.get(key)
            if fold is not None:
                alerts += self._flush(fold, key)
        self._forget_declared()
        return sorted(alerts, key=lambda alert: (alert.id, alert.revision.version))

    def groups(self) -> int:
        """Return how many groups hold anything."""
        return len(self._folds) + len(self._buds)

    def dirty(self) -> Iterator[tuple[str, bytes | None]]:
        """Yield what changed since the last call: name and MessagePack, ``None`` for what is gone."""
        for rule, group in sorted(self._dirty):
            fold = self._folds.get((rule, group))
            yield f"{_FOLD}{rule}|{group}", fold.state() if fold is not None else None
        self._dirty.clear()
        begun = self._dirty_begun()
        if begun is not None:
            yield _BEGUN, begun
        city = self._city
        parts = ((_BUD, self._buds), (_AROUND, city.around), (_PAST, self._past), (_VERDICT, city.feedback))
        for prefix, part in parts:
            for name, data in part.dirty().items():
                yield f"{prefix}{name}", data

    def restore(self, items: Mapping[str, bytes], watermark: float) -> None:
        """Take over what `dirty` yielded, at the watermark it was yielded at.

        Folds of rules the book does not have (any more) are left out.
        """
        self._watermark = watermark
        self._city.around.restore(_only(items, _AROUND))
        self._city.feedback.restore(_only(items, _VERDICT))
        self._restore_begun(items.get(_BEGUN))
        self._past.restore(_only(items, _PAST))
        for name, data in items.items():
            rule, _, group = name.removeprefix(_FOLD).partition("|")
            compiled = self._rules.get(rule)
            if compiled is None or not name.startswith(_FOLD):
                continue
            fold = self._fresh(compiled, group)
            fold.load(data)
            key = (rule, group)
            self._folds[key] = fold
            if fold.pending:
                self._pending.add(key)
            self._schedule(fold, key)
        for key, level, waited in self._buds.restore(_only(items, _BUD), watermark, self._folds.keys()):
            grown = self._folds[key] = Fold(self._rules[key[0]], level, key[1], self._city.around)
            self._take(grown, key, waited)
            grown.issued.clear()  # nobody heard of what a changed rule makes of it: the next advance says so
            self._hold(grown, key)

    def _fresh(self, compiled: CompiledRule, group: str) -> Fold | SignalFold:
        if compiled.rule.signal:
            return SignalFold(compiled, group, self._city.feedback)
        return Fold(compiled, "", group, self._city.around)

    def _attend(self, key: GroupKey, due: float) -> list[Finding]:
        """Do what a fold was due for, and schedule what comes next; drop it when nothing does."""
        fold = self._folds.get(key)
        if fold is None or fold.due != due:
            return []
        fold.due = NEVER
        alerts = self._issue(fold, key) if fold.ring(self._watermark) else []
        if fold.idle(self._watermark):
            del self._folds[key]
            self._dirty.add(key)
            return alerts
        alerts += self._close(fold, self._watermark)
        fold.seal(self._watermark)
        self._dirty.add(key)
        if fold.issued:
            self._hold(fold, key)
        if not self._schedule(fold, key):
            alerts += self._leave(fold, key)
        return alerts


def _only(items: Mapping[str, bytes], prefix: str) -> dict[str, bytes]:
    return {name.removeprefix(prefix): data for name, data in items.items() if name.startswith(prefix)}
