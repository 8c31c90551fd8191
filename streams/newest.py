"""Tells a version of an alert that is seen for the first time from one that is sent again after a restart."""

from __future__ import annotations

from collections import OrderedDict

from rules.alert import Alert

_KEPT = 100_000


class Newest:
    """The newest version seen of each alert, for the last 100 000 alerts."""

    def __init__(self) -> None:
        self._versions: OrderedDict[str, int] = OrderedDict()

    def is_new(self, alert: Alert) -> bool:
        """Tell whether this version is newer than all seen of this alert, and take note of it."""
        version = alert.revision.version
        if version <= self._versions.get(alert.id, 0):
            return False
        self._versions[alert.id] = version
        self._versions.move_to_end(alert.id)
        if len(self._versions) > _KEPT:
            self._versions.popitem(last=False)
        return True
