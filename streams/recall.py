"""The signals of the last days as they stand, for rules about them that begin anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from detectors.signal import Signal

KEPT_S = 8 * 86_400.0
_HOUR_S = 3_600.0


class Recall:
    """The latest signal of every id.

    What a detector says depends on what it learned over weeks; it cannot be worked out again from a few days of
    events. A signal is remembered for eight days after its window ended, those of a thread as long as the last of it:
    an alert that goes on for weeks begins with the first. Most windows have none.
    """

    def __init__(self) -> None:
        self._signals: dict[str, Signal] = {}
        self._changed: set[str] = set()
        self._look_at = float("-inf")

    def note(self, signals: Iterable[Signal]) -> None:
        """Remember signals in the place of those with the same ids."""
        for signal in signals:
            self._signals.pop(signal.id, None)
            if not signal.withdrawn or signal.thread:
                self._signals[signal.id] = signal
            self._changed.add(signal.id)

    def __iter__(self) -> Iterator[Signal]:
        yield from sorted(self._signals.values(), key=lambda signal: (signal.counts_from, signal.withdrawn, signal.id))

    def forget(self, watermark: float) -> None:
        """Drop what is too long over; looks once an hour of event time."""
        if watermark < self._look_at:
            return
        self._look_at = watermark + _HOUR_S
        latest: dict[str, float] = {}
        for one in self._signals.values():
            name, end = one.thread or one.id, one.ends_at.timestamp()
            latest[name] = max(latest.get(name, end), end)
        gone = {name for name, end in latest.items() if end + KEPT_S < watermark}
        for signal in [one for one in self._signals.values() if (one.thread or one.id) in gone]:
            del self._signals[signal.id]
            self._changed.add(signal.id)

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed since the last call: id to MessagePack, ``None`` when forgotten."""
        changed: dict[str, bytes | None] = {}
        for id_ in sorted(self._changed):
            found = self._signals.get(id_)
            changed[id_] = msgspec.msgpack.encode(found) if found is not None else None
        self._changed.clear()
        return changed

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Take over what `dirty` returned."""
        for id_, data in items.items():
            self._signals[id_] = msgspec.msgpack.decode(data, type=Signal)
