"""Which event ids were accepted already."""

from __future__ import annotations

from collections.abc import Mapping

from detectors.journal import Journal

BUCKET_S = 600
KEEP_S = 86_400.0


class SeenIds:
    """Remembers the ids of accepted events by event time.

    An event that is not late lies at or after the watermark, and so does every copy of it, so an id could be
    forgotten once the watermark has passed it. Ids are kept a day longer for sources that send a report again with
    a corrected time. One id costs about 120 bytes.
    """

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._buckets: dict[int, list[str]] = {}
        self._journal: Journal[tuple[int, str]] = Journal(tuple[int, str], size=500)
        self._limit = -1

    def add(self, id_: str, t: float) -> bool:
        """Remember district and id of an event at epoch second `t`; tell whether it is new."""
        if id_ in self._ids:
            return False
        bucket = int(t // BUCKET_S)
        self._remember(bucket, id_)
        self._journal.add((bucket, id_), (bucket + 1) * BUCKET_S + KEEP_S)
        return True

    def forget(self, watermark: float) -> None:
        """Forget ids more than a day before `watermark`."""
        limit = int((watermark - KEEP_S) // BUCKET_S)
        if limit > self._limit:
            self._limit = limit
            for bucket in [bucket for bucket in self._buckets if bucket < limit]:
                self._ids.difference_update(self._buckets.pop(bucket))
            self._journal.forget(watermark)

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed since the last call: name to MessagePack, ``None`` when forgotten."""
        return self._journal.dirty()

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Take over what `dirty` returned."""
        for bucket, id_ in self._journal.restore(items):
            self._remember(bucket, id_)

    def _remember(self, bucket: int, id_: str) -> None:
        self._ids.add(id_)
        ids = self._buckets.get(bucket)
        if ids is None:
            self._buckets[bucket] = [id_]
        else:
            ids.append(id_)
