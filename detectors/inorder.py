"""Detectors of a whole city that learn from events in the order of time and id, behind the watermark."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from detectors.detector import Detector, Scope
from detectors.event import Event
from detectors.signal import Signal
from detectors.waiting import Waiting

CONFIDENTIAL = frozenset({"threat", "missing", "family"})
"""Kinds of which neither a word nor an event may show in an alert about many: theirs are for the duty desk only."""

_WAITING, _LEARNED = "waiting/", "learned/"


class InOrder(Detector):
    """A detector that may depend on the order of events: it gets them in one order, however they arrive.

    What it says comes as late as the watermark, for that. It gets no events of the kinds that are `CONFIDENTIAL`.
    """

    scope: ClassVar[Scope] = "city"

    def __init__(self) -> None:
        self._waiting = Waiting()

    @abstractmethod
    def learn(self, event: Event, t: float) -> list[Signal]:
        """Take in an event, later by time (epoch second `t`) and id than all before; return what it makes known."""

    @abstractmethod
    def close(self, watermark: float) -> list[Signal]:
        """Close what ended at or before the watermark, epoch seconds, all events before it being learned."""

    @abstractmethod
    def changed(self) -> dict[str, bytes | None]:
        """Return what changed of what was learned since the last call, as `dirty` does."""

    @abstractmethod
    def resume(self, items: Mapping[str, bytes]) -> None:
        """Go on from the union of what `changed` returned, in a detector that has seen nothing."""

    def observe(self, event: Event, t: float) -> list[Signal]:
        """Keep an event until the watermark has passed it; nothing is said yet."""
        if event.kind not in CONFIDENTIAL:
            self._waiting.add(event, t)
        return []

    def advance(self, watermark: float) -> list[Signal]:
        """Learn the events before the watermark, close what ended; return signals by end, withdrawals last, and id."""
        signals = [signal for event, t in self._waiting.until(watermark) for signal in self.learn(event, t)]
        signals += self.close(watermark)
        return sorted(signals, key=lambda signal: (signal.ends_at, signal.withdrawn, signal.id))

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed since the last call: what waits and what was learned."""
        waits = {f"{_WAITING}{name}": data for name, data in self._waiting.dirty().items()}
        return waits | {f"{_LEARNED}{name}": data for name, data in self.changed().items()}

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Go on from the union of what `dirty` returned, in a detector that has seen nothing.

        Raises
        ------
        ValueError
            When a name is none of `dirty`'s.

        """
        self.refuse_strange(items, _WAITING, _LEARNED)
        waits, learned = (
            {name.removeprefix(part): data for name, data in items.items() if name.startswith(part)}
            for part in (_WAITING, _LEARNED)
        )
        self._waiting.restore(waits)
        if learned:
            self.resume(learned)
