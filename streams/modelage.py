"""Since when each detector of a pipeline learns."""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec

_KEY = "since"


class ModelAges:
    """Event time of the first event each detector saw: of those it was given, whatever their order.

    Examples
    --------
    >>> ages = ModelAges()
    >>> ages.begin("surge")
    >>> ages.observe(200.0)
    >>> ages.begin("scan")
    >>> ages.observe(300.0)
    >>> ages.since
    {'surge': 200.0, 'scan': 300.0}

    """

    def __init__(self) -> None:
        self._since: dict[str, float] = {}
        self._latest = -math.inf
        self._changed = False

    @property
    def since(self) -> dict[str, float]:
        """Event time by detector, epoch seconds; without those that have seen nothing."""
        return {name: t for name, t in self._since.items() if t < math.inf}

    def begin(self, detector: str) -> None:
        """Note that a detector sees what comes from now on."""
        self._since.setdefault(detector, math.inf)
        self._latest = max(self._since.values())

    def observe(self, t: float) -> None:
        """Note that all detectors see an event of epoch second `t`."""
        if t < self._latest:
            self._since = {name: min(t, since) for name, since in self._since.items()}
            self._latest = max(self._since.values())
            self._changed = True

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state if it changed since the last call."""
        changed, self._changed = self._changed, False
        return {_KEY: msgspec.msgpack.encode(self.since)} if changed else {}

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Take over what `dirty` returned."""
        if _KEY in items:
            self._since |= msgspec.msgpack.decode(items[_KEY], type=dict[str, float])
            self._latest = max(self._since.values(), default=-math.inf)
