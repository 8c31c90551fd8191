"""Groups that hold too few events for their rule to say anything yet."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Self

import msgspec

from detectors.journal import Journal
from rules.compiling import CompiledRule
from rules.window import Item, order

GroupKey = tuple[str, str]
"""Id of a rule, and the key of one of its groups."""

_HOUR_S = 3_600.0


class Bud(msgspec.Struct, frozen=True, array_like=True):
    """One event as it waits in groups: the rules it waits for and what it is to them, and the event."""

    rules: tuple[tuple[str, int], ...]
    item: Item


class _Group:
    """What waits in one group, the latest event time of it, and everything any of it is to the rule."""

    __slots__ = ("items", "latest", "roles")

    def __init__(self, item: Item) -> None:
        self.items = [item]
        self.latest = item.t
        self.roles = item.roles

    @classmethod
    def of(cls, items: list[Item]) -> Self:
        group = cls(items[0])
        for item in items[1:]:
            group.add(item)
        return group

    def add(self, item: Item) -> None:
        self.items.append(item)
        self.roles |= item.roles
        self.latest = max(self.latest, item.t)


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
        self._groups: dict[GroupKey, _Group] = {}
        self._by_hour: dict[int, list[GroupKey]] = {}
        self._hour = -1
        self._watermark = float("-inf")
        self._journal: Journal[Bud] = Journal(Bud)

    def __len__(self) -> int:
        return len(self._groups)

    def add(self, compiled: CompiledRule, key: GroupKey, item: Item) -> list[Item] | None:
        """Let `item` wait; return all that waited in its group, in order, once it may be enough to fire."""
        group = self._groups.get(key)
        if group is None:
            if compiled.needs.least <= 1 and compiled.needs.met((item,)):
                return [item]
            self._groups[key] = _Group(item)
            self._expire(key, item.t + compiled.keep_s)
            return None
        group.add(item)
        if len(group.items) >= compiled.needs.least and compiled.needs.may_be_met(group.roles):
            needed = self._watermark - compiled.keep_s
            items = [x for x in group.items if x.t >= needed]
            if compiled.needs.met(items):
                del self._groups[key]
                return sorted(items, key=order)
            if len(items) < len(group.items):
                self._groups[key] = _Group.of(items)
        return None

    def note(self, rules: Collection[tuple[str, int]], item: Item, keep_s: float) -> None:
        """Write down that `item` waits for these rules, what it is to each of them, and for how long it matters."""
        if self._tags:
            rules = [(self._tags.get(id_, id_), roles) for id_, roles in rules]
        self._journal.add(Bud(tuple(rules), item), item.t + keep_s)

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
            group = self._groups[key] = _Group.of(waiting)
            self._expire(key, group.latest + rules[key[0]].keep_s)
            for item in waiting:
                self.note(((key[0], item.roles),), item, rules[key[0]].keep_s)

    def waiting(self) -> Iterator[tuple[GroupKey, list[Item]]]:
        """Yield the groups and what waits in them."""
        for key in sorted(self._groups):
            yield key, self._groups[key].items

    def forget(self, watermark: float) -> None:
        """Drop the groups no window can need any more."""
        self._watermark = watermark
        if not math.isfinite(watermark) or (hour := int(watermark // _HOUR_S)) <= self._hour:
            return
        self._hour = hour
        for due in [due for due in self._by_hour if due < hour]:
            for key in self._by_hour.pop(due):
                group = self._groups.get(key)
                if group is None:
                    continue
                keep_s = self._rules[key[0]].keep_s
                expiry = group.latest + keep_s
                if expiry < watermark:
                    del self._groups[key]
                    continue
                self._expire(key, expiry)
                needed = [x for x in group.items if x.t + keep_s >= watermark]
                if len(needed) < len(group.items):
                    self._groups[key] = _Group.of(needed)
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
        found: dict[GroupKey, tuple[str, list[Item]]] = {}
        ids = {self._tags.get(id_, id_): id_ for id_ in self._rules}
        for bud in self._journal.restore(items):
            for name, roles in bud.rules:
                compiled = self._rules.get(ids.get(name, ""))
                if compiled is None or bud.item.t + compiled.keep_s < watermark:
                    continue
                named = compiled.grouping.group(bud.item)
                if named is None or (key := (compiled.rule.id, named[1])) in grown:
                    continue
                gist = bud.item.gist if compiled.rule.alike is not None else ()
                item = msgspec.structs.replace(bud.item, roles=roles, gist=gist)
                found.setdefault(key, (named[0], []))[1].append(item)
        for key, (level, waiting) in found.items():
            compiled = self._rules[key[0]]
            if compiled.needs.met(waiting):
                yield key, level, sorted(waiting, key=order)
            else:
                group = self._groups[key] = _Group.of(waiting)
                self._expire(key, group.latest + compiled.keep_s)

    def _expire(self, key: GroupKey, at: float) -> None:
        hour = int(at // _HOUR_S)
        keys = self._by_hour.get(hour)
        if keys is None:
            self._by_hour[hour] = [key]
        else:
            keys.append(key)
