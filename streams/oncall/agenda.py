"""What the planner has to look at, and when: its state."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import msgspec

from rules.silence import Silence
from streams.oncall.case import Batch, Case, Ration
from streams.oncall.quiet import NEVER, Suppressed, is_over

Sort = Literal["alert", "batch", "person", "silence"]
_CLOCK = "clock"
_AHEAD_S = 60.0


class _Clock(msgspec.Struct):
    now: float
    suppressed: list[Suppressed]


class Agenda:
    """Everything the planner remembers, by when it has to be looked at."""

    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}
        self._batches: dict[str, Batch] = {}
        self._rations: dict[str, Ration] = {}
        self._heap: list[tuple[float, Sort, str]] = []
        self._staying: dict[str, set[str]] = {}
        self._dirty: set[tuple[Sort, str]] = set()

    @property
    def next_due(self) -> float:
        """When something has to be looked at, epoch seconds; infinity for never."""
        while self._heap and self._wake_of(self._heap[0]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else NEVER

    def batch(self, to: str) -> Batch:
        """Return what waits for a recipient (``channel/person``)."""
        return self._batches.setdefault(to, Batch())

    def ration(self, person: str) -> Ration:
        """Return how much a person was told."""
        return self._rations.setdefault(person, Ration())

    def touch(self, sort: Sort, key: str) -> None:
        """Say that something changed."""
        self._dirty.add((sort, key))

    def touch_case(self, case: Case) -> None:
        """Say that an alert changed, and remember why it stays."""
        id_ = case.alert.id
        self._dirty.add(("alert", id_))
        for reason, ids in self._staying.items():
            if reason != case.stays:
                ids.discard(id_)
        if case.stays:
            self._staying.setdefault(case.stays, set()).add(id_)

    def wake_case(self, case: Case, at: float) -> None:
        """Look at an alert at `at`, epoch seconds, if not before."""
        case.wake = min(case.wake, at)
        self._push(case.wake, "alert", case.alert.id)
        self.touch_case(case)

    def wake_batch(self, to: str) -> None:
        """Look at a batch when it says so."""
        self._push(self._batches[to].wake, "batch", to)
        self.touch("batch", to)

    def wake_ration(self, person: str) -> None:
        """Look at what waits for a person's digest when it is due."""
        self._push(self._rations[person].wake, "person", person)
        self.touch("person", person)

    def wake_staying(self, reason: str, at: float) -> None:
        """Look at `at` at all alerts that are not told for this reason."""
        for id_ in sorted(self._staying.get(reason, ())):
            self.wake_case(self.cases[id_], at)

    def reconsider(self, reached: float, now: float) -> float:
        """Look at every alert at `now`; return the time that was reached.

        That is `now` where what was done before was done by a clock that was ahead: nothing can be due, and no batch
        goes out, until it is that late.
        """
        ahead = reached > now + _AHEAD_S
        for case in self.cases.values():
            if ahead:
                case.set_back(now)
            self.wake_case(case, now)
        for to, batch in self._batches.items() if ahead else ():
            batch.set_back(now)
            self.wake_batch(to)
        for person, ration in self._rations.items() if ahead else ():
            ration.set_back(now)
            self.wake_ration(person)
        return now if ahead else reached

    def take_cases(self, now: float) -> list[Case]:
        """Return the alerts to be looked at by `now`, and take them off the agenda."""
        found = {}
        later: list[tuple[float, Sort, str]] = []
        while self._heap and self._heap[0][0] <= now:
            entry = heapq.heappop(self._heap)
            if entry[1] != "alert":
                later.append(entry)
            elif self._wake_of(entry) == entry[0]:
                case = found[entry[2]] = self.cases[entry[2]]
                case.wake = NEVER
        for entry in later:
            heapq.heappush(self._heap, entry)
        return list(found.values())

    def take_batches(self, now: float) -> list[str]:
        """Return the recipients whose batches are due by `now`, in order."""
        return sorted(to for to, batch in self._batches.items() if batch.wake <= now)

    def take_rations(self, now: float) -> list[str]:
        """Return the people whose digests are due by `now`, in order."""
        return sorted(person for person, ration in self._rations.items() if ration.wake <= now)

    def forget(self, id_: str) -> None:
        """Forget an alert."""
        case = self.cases.pop(id_)
        if case.stays:
            self._staying[case.stays].discard(id_)
        self._dirty.add(("alert", id_))

    def bound(self, most: int) -> None:
        """Forget what is over and told when there are too many alerts."""
        if len(self.cases) > most:
            for id_, case in list(self.cases.items()):
                if is_over(case.alert) and not case.owed and not case.stays:
                    self.forget(id_)

    def state(self, now: float, suppressed: list[Suppressed], silences: Iterable[Silence]) -> dict[str, bytes]:
        """Return everything: key to MessagePack."""
        said = {one.id: one for one in silences}
        stores: Mapping[Sort, Mapping[str, object]] = {
            "alert": self.cases,
            "batch": self._batches,
            "person": self._rations,
            "silence": said,
        }
        items = {f"{sort}/{key}": _encode(one) for sort, kept in stores.items() for key, one in sorted(kept.items())}
        return {**items, _CLOCK: _encode(_Clock(now, suppressed))}

    def dirty(self, now: float, suppressed: list[Suppressed], silences: Iterable[Silence]) -> dict[str, bytes | None]:
        """Return what changed since the last call: key to MessagePack, ``None`` for what is forgotten."""
        said = {one.id: one for one in silences}
        find: Mapping[Sort, Callable[[str], object]] = {
            "alert": self.cases.get,
            "batch": self._batches.get,
            "person": self._rations.get,
            "silence": said.get,
        }
        changed: dict[str, bytes | None] = {}
        for sort, key in sorted(self._dirty):
            one = find[sort](key)
            changed[f"{sort}/{key}"] = None if one is None else _encode(one)
        self._dirty.clear()
        return {**changed, _CLOCK: _encode(_Clock(now, suppressed))}

    def restore(self, items: Mapping[str, bytes]) -> tuple[float, list[Suppressed], list[Silence]]:
        """Take over what `state` or `dirty` returned; return clock, records not yet fetched, silences."""
        silences = []
        clock = _Clock(-NEVER, [])
        for name, data in sorted(items.items()):
            sort, _, key = name.partition("/")
            if name == _CLOCK:
                clock = _decode(data, type=_Clock)
            elif sort == "alert":
                self.wake_case(self._take(key, data), NEVER)
            elif sort == "batch":
                self._batches[key] = _decode(data, type=Batch)
                self.wake_batch(key)
            elif sort == "person":
                self._rations[key] = _decode(data, type=Ration)
                self.wake_ration(key)
            else:
                silences.append(_decode(data, type=Silence))
        self._dirty.clear()
        return clock.now, clock.suppressed, silences

    def _take(self, key: str, data: bytes) -> Case:
        case = self.cases[key] = _decode(data, type=Case)
        return case

    def _wake_of(self, entry: tuple[float, Sort, str]) -> float:
        _, sort, key = entry
        stores: Mapping[str, Mapping[str, Case | Batch | Ration]] = {
            "alert": self.cases,
            "batch": self._batches,
            "person": self._rations,
        }
        holder = stores[sort].get(key)
        return NEVER if holder is None else holder.wake

    def _push(self, at: float, sort: Sort, key: str) -> None:
        if at < NEVER:
            heapq.heappush(self._heap, (at, sort, key))


_encode = msgspec.msgpack.encode
_decode = msgspec.msgpack.decode
