"""Which event ids were accepted already."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

BUCKET_S = 600
KEEP_S = 86_400.0


class SeenIds:
    """Remembers the ids of accepted events by event time.

    An event that is not late lies at or after the watermark, and so does every copy of it, so an id could be
    forgotten once the watermark has passed it. Ids are kept a day longer for sources that send a report again with
    a corrected time. One id costs about 120 bytes.
    """

    def __init__(self) -> None:
        self._times: dict[str, float] = {}
        self._buckets: dict[int, list[str]] = {}
        self._dirty: set[int] = set()
        self._limit = -1

    def add(self, id_: str, t: float) -> bool:
        """Remember district and id of an event at epoch second `t`; tell whether it is new."""
        if id_ in self._times:
            return False
        self._times[id_] = t
        bucket = int(t // BUCKET_S)
        self._buckets.setdefault(bucket, []).append(id_)
        self._dirty.add(bucket)
        return True

    def forget(self, watermark: float) -> None:
        """Forget ids more than a day before `watermark`."""
        limit = int((watermark - KEEP_S) // BUCKET_S)
        if limit > self._limit:
            self._limit = limit
            for bucket in [bucket for bucket in self._buckets if bucket < limit]:
                self._drop(bucket)

    def dirty(self) -> dict[str, bytes | None]:
        """Return the buckets that changed since the last call: number to MessagePack, ``None`` when forgotten."""
        changed: dict[str, bytes | None] = {}
        for bucket in sorted(self._dirty):
            ids = self._buckets.get(bucket)
            changed[str(bucket)] = msgspec.msgpack.encode(ids) if ids else None
        self._dirty.clear()
        return changed

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Take over what `dirty` returned."""
        for name, data in sorted(items.items(), key=lambda item: int(item[0])):
            ids = msgspec.msgpack.decode(data, type=list[str])
            self._buckets[int(name)] = ids
            self._times.update(dict.fromkeys(ids, int(name) * float(BUCKET_S)))

    def _drop(self, bucket: int) -> None:
        for id_ in self._buckets.pop(bucket):
            del self._times[id_]
        self._dirty.add(bucket)
