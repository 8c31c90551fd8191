"""Runs a book over events and signals: finds the folds they touch and issues the versions that follow."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from detectors.event import Event
from detectors.signal import Signal
from rules.alert import Alert
from rules.book import CompiledRule
from rules.buds import GroupKey
from rules.fold import Fold
from rules.grouping import Grouping
from rules.holding import NEVER, Holding
from rules.likeness import gist_of
from rules.sessions import SignalFold
from rules.surroundings import Declaration
from rules.window import Item, item_of

_FOLD, _BUD, _AROUND, _PAST = "fold/", "bud/", "around/", "past/"
_BEGUN = "begun"
_HOUR_S = 3_600.0


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

    def event(self, event: Event, t: float) -> list[Alert]:
        """Take in one event at epoch second `t`, not before the watermark; return the versions issued at once."""
        alerts: list[Alert] = []
        plain, choosy = self._book.watching(event.kind, event.source)
        if event.status == "open":
            for grouping, roles, rules in plain:
                group = grouping.group(event)
                if group is not None:
                    alerts += self._put(rules, group, item_of(event, t, roles))
        if choosy:
            alerts += self._choose(choosy, event, t)
        return alerts

    def _choose(self, rules: Iterable[CompiledRule], event: Event, t: float) -> list[Alert]:
        """Put an event into the groups of the rules that want it; those to which it is the same share one item."""
        around, alerts = self._city.around, []
        alike: dict[tuple[Grouping, int], list[CompiledRule]] = {}
        for compiled in rules:
            roles = compiled.roles_of(event, t, around)
            if not roles:
                continue
            if compiled.rule.alike is None:
                alike.setdefault((compiled.grouping, roles), []).append(compiled)
            elif (group := compiled.grouping.group(event)) is not None:
                alerts += self._put((compiled,), group, item_of(event, t, roles, gist_of(event.text)))
        for (grouping, roles), same in alike.items():
            group = grouping.group(event)
            if group is not None:
                alerts += self._put(same, group, item_of(event, t, roles))
        return alerts

    def declare(self, declaration: Declaration) -> list[Alert]:
        """Take in what is declared of an area; return the versions that follow from it at once."""
        since = self._city.around.declare(declaration, self._watermark)
        alerts: list[Alert] = []
        if since is None:
            return alerts
        for key, fold in sorted(self._folds.items()):
            if isinstance(fold, Fold) and fold.compiled.uses_context and fold.items and fold.items[-1].t >= since:
                if fold.refresh():
                    alerts += self._issue(fold, key)
                self._dirty.add(key)
                self._schedule(fold, key)
        return alerts

    def _put(self, rules: Iterable[CompiledRule], group: tuple[str, str], item: Item) -> list[Alert]:
        """Put an item into the same group of some rules."""
        level, name = group
        alerts: list[Alert] = []
        waiting: list[CompiledRule] = []
        for compiled in rules:
            key = (compiled.rule.id, name)
            fold = self._folds.get(key)
            if fold is not None:
                alerts += self._take(fold, key, (item,))
                continue
            items = self._buds.add(compiled, key, item)
            if items is None:
                waiting.append(compiled)
            else:
                fold = self._folds[key] = Fold(compiled, level, name, self._city.around)
                alerts += self._take(fold, key, items)
        if waiting:
            self._buds.note(level, name, waiting, item)
        return alerts

    def _take(self, fold: Fold | SignalFold, key: GroupKey, items: Iterable[Item]) -> list[Alert]:
        assert isinstance(fold, Fold)  # noqa: S101 - a rule has fires or a signal, never both
        changed = any([fold.add(item, self._watermark) for item in items])  # noqa: C419 - every item must be added
        self._dirty.add(key)
        alerts = self._issue(fold, key) if changed else []
        if changed or fold.due == NEVER or fold.timers:
            self._schedule(fold, key)
        return alerts

    def signal(self, signal: Signal) -> list[Alert]:
        """Take in one signal; return the versions issued at once.

        Of the rules that cover its kind and all of its sources the one about the fewest sources speaks; what another
        one said of the same window before is taken back.
        """
        long = (signal.ends_at - signal.starts_at).total_seconds() > _HOUR_S
        area = f"{signal.place.district}|{signal.place.at(signal.level)}|{signal.kind}|{'day' if long else 'hour'}"
        about = [c for c in self._book.for_signals if c.rule.signal == signal.detector and c.rule.covers(signal.kind)]
        fitting = [c for c in about if c.sources.issuperset(signal.sources)]
        speaker = min(fitting, key=lambda c: (len(c.sources), c.rule.number), default=None)
        alerts: list[Alert] = []
        for compiled in about:
            key = (compiled.rule.id, area)
            fold = self._folds.get(key)
            if fold is None:
                if compiled is not speaker:
                    continue
                fold = self._folds[key] = SignalFold(compiled, area)
            assert isinstance(fold, SignalFold)  # noqa: S101 - as above
            fold.add(signal if compiled is speaker else msgspec.structs.replace(signal, withdrawn=True))
            alerts += self._issue(fold, key)
            self._dirty.add(key)
            self._schedule(fold, key)
        return alerts

    def advance(self, watermark: float) -> list[Alert]:
        """Move event time on: close what has been quiet, issue what has grown."""
        self._watermark = max(self._watermark, watermark)
        self._buds.forget(self._watermark)
        self._past.forget(self._watermark)
        alerts: list[Alert] = []
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
        parts = ((_BUD, self._buds), (_AROUND, self._city.around), (_PAST, self._past))
        for prefix, part in parts:
            for name, data in part.dirty().items():
                yield f"{prefix}{name}", data

    def restore(self, items: Mapping[str, bytes], watermark: float) -> None:
        """Take over what `dirty` yielded, at the watermark it was yielded at.

        Folds of rules the book does not have (any more) are left out.
        """
        self._watermark = watermark
        self._city.around.restore(_only(items, _AROUND))
        self._restore_begun(items.get(_BEGUN))
        self._past.restore(_only(items, _PAST))
        for name, data in items.items():
            rule, _, group = name.removeprefix(_FOLD).partition("|")
            compiled = self._rules.get(rule)
            if compiled is None or not name.startswith(_FOLD):
                continue
            fold = SignalFold(compiled, group) if compiled.rule.signal else Fold(compiled, "", group, self._city.around)
            fold.load(data)
            key = (rule, group)
            self._folds[key] = fold
            if fold.pending:
                self._pending.add(key)
            self._schedule(fold, key)
        for key, level, waited in self._buds.restore(_only(items, _BUD), watermark, self._folds.keys()):
            grown = self._folds[key] = Fold(self._rules[key[0]], level, key[1], self._city.around)
            self._take(grown, key, waited)

    def _attend(self, key: GroupKey, due: float) -> list[Alert]:
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
            alerts += self._flush(fold, key)
            self._past.note(fold.issued.values(), self._watermark)
            del self._folds[key]
        return alerts


def _only(items: Mapping[str, bytes], prefix: str) -> dict[str, bytes]:
    return {name.removeprefix(prefix): data for name, data in items.items() if name.startswith(prefix)}
