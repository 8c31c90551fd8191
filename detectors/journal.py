"""State that only grows at its end and expires at its beginning, kept as chunks that are written once."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Journal(Generic[T]):
    """Entries that are added, never changed, and forgotten some time after the watermark has passed them.

    A snapshot writes what was added since the last one, not all there is: entries go into numbered chunks, and only
    the last chunk is ever written again. A full chunk that was written leaves nothing behind here but its number.

    Parameters
    ----------
    entry
        Type of an entry, anything MessagePack can carry.
    size
        Entries a chunk.

    Examples
    --------
    >>> journal = Journal(str, size=2)
    >>> for n, name in enumerate("abc"):
    ...     journal.add(name, expires=float(n))
    >>> written = journal.dirty()
    >>> sorted(written)
    ['00000000', '00000001']
    >>> journal.forget(1.5)
    >>> journal.dirty()
    {'00000000': None}
    >>> list(Journal(str).restore({"00000001": written["00000001"]}))
    ['c']

    """

    def __init__(self, entry: type[T], size: int = 200) -> None:
        self._decoder: msgspec.msgpack.Decoder[tuple[float, list[T]]] = msgspec.msgpack.Decoder(
            tuple[float, list[entry]]  # type: ignore[valid-type]
        )
        self._size = size
        self._number = 0
        self._entries: list[T] = []
        self._latest = float("-inf")
        self._changed = False
        self._full: dict[int, bytes | None] = {}
        self._expiry: list[tuple[float, int]] = []

    def add(self, entry: T, expires: float) -> None:
        """Append `entry`, which may be forgotten once the watermark is beyond `expires` (epoch seconds)."""
        self._entries.append(entry)
        self._latest = max(self._latest, expires)
        self._changed = True
        if len(self._entries) >= self._size:
            self._turn()

    def forget(self, watermark: float) -> None:
        """Drop the chunks whose every entry has expired."""
        if self._entries and self._latest < watermark:
            self._turn()
        while self._expiry and self._expiry[0][0] < watermark:
            self._full[heapq.heappop(self._expiry)[1]] = None

    def dirty(self) -> dict[str, bytes | None]:
        """Return the chunks that changed since the last call: number to MessagePack, ``None`` for one dropped."""
        if self._changed:
            self._full[self._number] = self._chunk()
            self._changed = False
        written = {f"{number:08d}": data for number, data in sorted(self._full.items())}
        self._full.clear()
        return written

    def restore(self, items: Mapping[str, bytes]) -> Iterator[T]:
        """Go on after the chunks `dirty` returned; yield their entries in the order they were added."""
        for name in sorted(items, key=int):
            latest, entries = self._decoder.decode(items[name])
            heapq.heappush(self._expiry, (latest, int(name)))
            self._number = max(self._number, int(name) + 1)
            yield from entries

    def _chunk(self) -> bytes:
        return msgspec.msgpack.encode((self._latest, self._entries))

    def _turn(self) -> None:
        self._full[self._number] = self._chunk()
        heapq.heappush(self._expiry, (self._latest, self._number))
        self._number += 1
        self._entries, self._latest, self._changed = [], float("-inf"), False
