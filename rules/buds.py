"""Groups that hold too few events for their rule to say anything yet."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping

import msgspec

from detectors.journal import Journal
from rules.compiling import CompiledRule
from rules.window import COUNTED, Item, order

GroupKey = tuple[str, str]
"""Id of a rule, and the key of one of its groups."""

_HOUR_S = 3_600.0


class Bud(msgspec.Struct, frozen=True, array_like=True):
    """One event as it waits in groups of several rules with the same key."""

    level: str
    group: str
    rules: tuple[str, ...]
    item: Item


class Buds:
    """The events of groups that are too small to fire.

    Most groups of most rules never hold more than an event or two: they wait here as plain lists, and a fold is made
    of them when there are enough. An event more than a rule's longest window before the watermark waits no longer.

    Parameters
    ----------
    rules
        Compiled rules by id.
    tags
        Names in the state by id, for rules that began anew: what waited for one before is not its own any more.

    """

    def __init__(self, rules: Mapping[str, CompiledRule], tags: Mapping[str, str] | None = None) -> None:
        self._rules = rules
        self._tags = tags or {}
        self._groups: dict[GroupKey, list[Item]] = {}
        self._by_hour: dict[int, list[GroupKey]] = {}
        self._hour = -1
        self._watermark = float("-inf")
        self._journal: Journal[Bud] = Journal(Bud)

    def __len__(self) -> int:
        return len(self._groups)

    def add(self, compiled: CompiledRule, key: GroupKey, item: Item) -> list[Item] | None:
        """Let `item` wait; return all that waited in its group, in order, once enough of them are counted."""
        waiting = self._groups.get(key)
        if waiting is None:
            if compiled.needs <= 1 and item.roles & COUNTED:
                return [item]
            self._groups[key] = [item]
            self._expire(key, item.t + compiled.keep_s)
            return None
        waiting.append(item)
        if len(waiting) >= compiled.needs:
            needed = self._watermark - compiled.keep_s
            waiting = [x for x in waiting if x.t >= needed]
            if _ripe(waiting, compiled):
                del self._groups[key]
                return sorted(waiting, key=order)
            self._groups[key] = waiting
        return None

    def note(self, level: str, group: str, rules: Collection[CompiledRule], item: Item) -> None:
        """Write down that `item` waits in the group of all these rules."""
        keep_s, ids = 0.0, []
        for compiled in rules:
            ids.append(self._tags.get(compiled.rule.id, compiled.rule.id))
            keep_s = max(keep_s, compiled.keep_s)
        self._journal.add(Bud(level, group, tuple(ids), item), item.t + keep_s)

    def adopt(
        self, rules: Mapping[str, CompiledRule], tags: Mapping[str, str], begun: Collection[str], fresh: Buds
    ) -> None:
        """Go on with other rules.

        Parameters
        ----------
        rules, tags
            All rules by id, and their names in the state.
        begun
            Ids of rules that begin anew, or are gone: nothing waits for them any more
        fresh
            What waits for those that begin anew.

        """
        for key in [key for key in self._groups if key[0] in begun]:
            del self._groups[key]
        self._rules, self._tags = rules, tags
        for key, waiting in fresh.waiting():
            compiled = rules[key[0]]
            self._groups[key] = waiting
            self._expire(key, max(item.t for item in waiting) + compiled.keep_s)
            for item in waiting:
                group = compiled.grouping.group(item)
                if group is not None:
                    self.note(*group, (compiled,), item)

    def waiting(self) -> Iterator[tuple[GroupKey, list[Item]]]:
        """Yield the groups and what waits in them."""
        yield from sorted(self._groups.items())

    def forget(self, watermark: float) -> None:
        """Drop the groups no window can need any more."""
        self._watermark = watermark
        if not math.isfinite(watermark) or (hour := int(watermark // _HOUR_S)) <= self._hour:
            return
        self._hour = hour
        for due in [due for due in self._by_hour if due < hour]:
            for key in self._by_hour.pop(due):
                waiting = self._groups.get(key)
                if waiting is None:
                    continue
                expiry = max(item.t for item in waiting) + self._rules[key[0]].keep_s
                if expiry < watermark:
                    del self._groups[key]
                else:
                    self._expire(key, expiry)
        self._journal.forget(watermark)

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed since the last call: name to MessagePack, ``None`` for what is gone."""
        return self._journal.dirty()

    def restore(
        self, items: Mapping[str, bytes], watermark: float, grown: Collection[GroupKey]
    ) -> Iterator[tuple[GroupKey, str, list[Item]]]:
        """Take over what `dirty` returned; yield the groups that are large enough for the rules as they are now.

        Parameters
        ----------
        items
            Name to MessagePack.
        watermark
            Epoch seconds; what no window can need any more is left out.
        grown
            Groups that have a fold, which holds everything that ever waited in them.

        """
        self._watermark = watermark
        levels: dict[GroupKey, str] = {}
        ids = {self._tags.get(id_, id_): id_ for id_ in self._rules}
        for bud in self._journal.restore(items):
            for rule in [ids[name] for name in bud.rules if name in ids]:
                compiled, key = self._rules.get(rule), (rule, bud.group)
                if compiled is not None and key not in grown and bud.item.t + compiled.keep_s >= watermark:
                    levels[key] = bud.level
                    self._groups.setdefault(key, []).append(bud.item)
        for key, level in levels.items():
            compiled, waiting = self._rules[key[0]], self._groups[key]
            if _ripe(waiting, compiled):
                del self._groups[key]
                yield key, level, sorted(waiting, key=order)
            else:
                self._expire(key, max(item.t for item in waiting) + compiled.keep_s)

    def _expire(self, key: GroupKey, at: float) -> None:
        hour = int(at // _HOUR_S)
        keys = self._by_hour.get(hour)
        if keys is None:
            self._by_hour[hour] = [key]
        else:
            keys.append(key)


def _ripe(waiting: list[Item], compiled: CompiledRule) -> bool:
    return sum(bool(item.roles & COUNTED) for item in waiting) >= compiled.needs
