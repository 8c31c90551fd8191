"""Open windows of one kind: how many events of each kind came in each street, and the first of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from detectors.cells import Mark
from detectors.windows import Windows

Key = tuple[str, str, str]
"""District, street (empty when not known), kind."""


class Tally(msgspec.Struct, array_like=True):
    """Events counted, and the marks of some, among them the first by time and id."""

    count: int
    marks: list[Mark]

    def first(self, keep: int) -> list[Mark]:
        """Return the marks of the first `keep` events by time and id."""
        if len(self.marks) > 1:
            self.marks.sort()
            del self.marks[keep:]
        return self.marks


class Tallies:
    """Counts of one kind of window; what they hold does not depend on the order of arrival.

    Parameters
    ----------
    windows
        Numbering of the windows.
    keep
        Marks kept of each district, street and kind in a window; up to twice as many in between.

    Attributes
    ----------
    since, until
        Bounds of the window an event was last counted in, epoch seconds.

    """

    def __init__(self, windows: Windows, keep: int) -> None:
        self.windows = windows
        self.since = self.until = float("-inf")
        self._keep = keep
        self._most = 2 * keep
        self._open: dict[int, dict[Key, Tally]] = {}
        self._here: dict[Key, Tally] = {}
        self._touched: set[str] = set()
        self._changed: dict[int, set[str]] = {}
        self._stored: set[tuple[int, str]] = set()
        self._cursor: int | None = None
        self._next = float("-inf")

    def turn(self, t: float) -> None:
        """Make the window that holds `t` (epoch seconds) the current one.

        Raises
        ------
        ValueError
            When it is closed.

        """
        window = self.windows.index(t)
        if self._cursor is not None and window < self._cursor:
            raise ValueError(f"{self.windows.name} window {window} is closed; the open ones begin at {self._cursor}")
        self._here = self._open.setdefault(window, {})
        self._touched = self._changed.setdefault(window, set())
        self.since, self.until = self.windows.start(window), self.windows.start(window + 1)

    def add(self, key: Key, mark: Mark) -> None:
        """Count an event in the current window."""
        self._touched.add(key[0])
        tally = self._here.get(key)
        if tally is None:
            self._here[key] = Tally(1, [mark])
            return
        tally.count += 1
        marks = tally.marks
        marks.append(mark)
        if len(marks) >= self._most:
            tally.first(self._keep)

    def ends(self, watermark: float) -> bool:
        """Tell whether a window ends with the watermark that had not ended with that of `pass_by`."""
        return watermark >= self._next

    def due(self, watermark: float) -> list[int]:
        """Return the windows with events that ended at or before the watermark."""
        target = self.windows.index(watermark)
        return sorted(window for window in self._open if window < target)

    def close(self, window: int) -> dict[str, dict[tuple[str, str], Tally]]:
        """Return the tallies of a window by street and kind, by district, in any order, and forget them."""
        found: defaultdict[str, dict[tuple[str, str], Tally]] = defaultdict(dict)
        for (district, street, kind), tally in self._open.pop(window).items():
            found[district][street, kind] = tally
        self._changed.setdefault(window, set()).update(found)
        return found

    def pass_by(self, watermark: float) -> None:
        """Take nothing any more for windows that ended at or before the watermark."""
        window = self.windows.index(watermark)
        self._next = max(self._next, self.windows.start(window + 1))
        self.resume(window)

    def resume(self, window: int) -> None:
        """Begin with a window."""
        self._cursor = window if self._cursor is None else max(self._cursor, window)
        self.since = self.until = float("-inf")

    def dirty(self) -> dict[str, bytes | None]:
        """Return what changed since the last call by ``<window>/<district>``; ``None`` for what was closed."""
        return {f"{window}/{district}": entry for window, district, entry in self._entries()}

    def restore(self, name: str, entry: bytes) -> None:
        """Take an entry of `dirty`."""
        number, district = name.split("/", 1)
        window = int(number)
        self._stored.add((window, district))
        here = self._open.setdefault(window, {})
        for street, kind, tally in msgspec.msgpack.decode(entry, type=list[tuple[str, str, Tally]]):
            here[district, street, kind] = tally

    def _entries(self) -> Iterator[tuple[int, str, bytes | None]]:
        changed, self._changed = self._changed, {}
        self.since = self.until = float("-inf")
        for window, districts in sorted(changed.items()):
            if window not in self._open:
                for district in sorted(districts):
                    if (window, district) in self._stored:
                        self._stored.discard((window, district))
                        yield window, district, None
                continue
            found: defaultdict[str, list[tuple[str, str, Tally]]] = defaultdict(list)
            for key, tally in sorted(self._open[window].items(), key=_key_of):
                if key[0] in districts:
                    tally.first(self._keep)
                    found[key[0]].append((*key[1:], tally))
            for district in sorted(found):
                self._stored.add((window, district))
                yield window, district, msgspec.msgpack.encode(found[district])


def _key_of(item: tuple[Key, Tally]) -> Key:
    return item[0]
