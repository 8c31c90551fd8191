"""What has to stand on a state topic: written with the state, held against what comes back. Pure.

A state topic that lost a segment, was given a retention, or was written to by somebody else still has the latest
offset; taken over as it is, everything that is missing would be missing in silence. A checksum by key and value that
does not depend on the order (the sum of CRC-32s) tells, at a gigabyte a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from zlib import crc32

import msgspec

from streams.errors import StateError

KEY = "inventory"
"""Key it is written under; no part of the state has one like it."""
_MASK = (1 << 64) - 1


class _Written(msgspec.Struct, frozen=True, array_like=True):
    """What was written: entries, the sum of their checksums, and the id of the topic the state was made of."""

    entries: int
    checksum: int
    source: str = ""


class Inventory:
    """Entries of a partition of state as they stand.

    Parameters
    ----------
    source
        Id of the topic whose offsets the state speaks of; empty for none.

    Attributes
    ----------
    bytes
        Of all values.

    """

    def __init__(self, source: str = "") -> None:
        self._source = source
        self._entries: dict[str, int] = {}
        self._checksum = 0
        self.bytes = 0

    def note(self, items: Mapping[str, bytes | None]) -> int:
        """Take note of what is written, ``None`` for what is deleted; return the bytes of it."""
        written = 0
        for key, data in items.items():
            before = self._entries.pop(key, 0)
            self.bytes -= before >> 32
            self._checksum -= before & 0xFFFFFFFF
            if data is not None:
                checksum = crc32(data, crc32(key.encode()))
                self._entries[key] = len(data) << 32 | checksum
                self._checksum += checksum
                self.bytes += len(data)
                written += len(data)
        return written

    def encoded(self) -> bytes:
        """Return what is written under `KEY`."""
        return msgspec.msgpack.encode(_Written(len(self._entries), self._checksum & _MASK, self._source))

    def check(self, stored: bytes | None, where: str) -> None:
        """Hold what was noted against what was written.

        Parameters
        ----------
        stored
            What `encoded` returned; ``None`` when an earlier version wrote the state, and nothing can be said.
        where
            Topic and partition, for messages.

        Raises
        ------
        StateError
            When something is missing, or was written by somebody else.

        """
        if stored is None:
            return
        try:
            written = msgspec.msgpack.decode(stored, type=_Written)
        except msgspec.DecodeError as error:
            raise StateError(f"{where}: its inventory was not written by Fenghuo{REBUILD}") from error
        if written.entries != len(self._entries):
            raise StateError(
                f"{where}: {len(self._entries)} entries are there, {written.entries} were written{REBUILD}"
            )
        if written.checksum != self._checksum & _MASK:
            raise StateError(f"{where}: an entry is not what was written{REBUILD}")
        if self._source and written.source and written.source != self._source:
            raise StateError(f"{where}: belongs to records of a topic that was deleted since, and made anew{REBUILD}")


REBUILD = (
    ": see that its cleanup.policy is compact and that only workers may write there; then restore it from a copy, or "
    "build it anew as deploy/README.md says under `When state is lost`"
)
"""What to do about it."""
