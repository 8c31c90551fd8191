"""Issues versions of what folds say, and remembers the last ones."""

from __future__ import annotations

from collections.abc import Mapping

from rules.alert import GRADES, Finding
from rules.buds import GroupKey
from rules.fold import Fold
from rules.issue import City, next_version, withdrawn
from rules.past import Past
from rules.sessions import SignalFold


class Issuing:
    """The part of an engine that turns what folds say into versions.

    Parameters
    ----------
    city
        Names, days, norms.

    """

    def __init__(self, city: City) -> None:
        self._city = city
        self._past = Past()
        self._pending: set[GroupKey] = set()
        self._dirty: set[GroupKey] = set()

    def _hold(self, fold: Fold | SignalFold, key: GroupKey) -> None:
        fold.pending = True
        self._pending.add(key)

    def _issue(self, fold: Fold | SignalFold, key: GroupKey) -> list[Finding]:
        """Issue what is new, regraded or withdrawn; hold back what has only grown."""
        ranks = fold.ranks()
        alerts = self._withdraw(fold, ranks)
        for id_, rank in ranks.items():
            last = fold.issued.get(id_)
            if last is not None and last.status == "open" and last.grade is GRADES[rank]:
                self._hold(fold, key)
                continue
            alerts += self._version(fold, id_)
        return alerts

    def _flush(self, fold: Fold | SignalFold, key: GroupKey) -> list[Finding]:
        """Issue everything that differs from what was last issued."""
        fold.pending = False
        self._dirty.add(key)
        ranks = fold.ranks()
        alerts = self._withdraw(fold, ranks)
        for id_ in ranks:
            alerts += self._version(fold, id_)
        return alerts

    def _close(self, fold: Fold | SignalFold, watermark: float) -> list[Finding]:
        """Issue the last versions of what has been quiet for long enough."""
        alerts: list[Finding] = []
        for closed in fold.close(watermark, self._city):
            last = fold.issued.pop(closed.id, None) or self._past.last(closed)
            version = next_version(closed, last)
            if version is not None:
                alerts.append(version)
        self._past.note(alerts, watermark)
        return alerts

    def _version(self, fold: Fold | SignalFold, id_: str) -> list[Finding]:
        new = fold.alert(self._city, id_, "open")
        version = next_version(new, fold.issued.get(id_) or self._past.last(new))
        if version is None:
            return []
        fold.issued[id_] = version
        return [version]

    def _withdraw(self, fold: Fold | SignalFold, ranks: Mapping[str, int]) -> list[Finding]:
        gone = [last for id_, last in fold.issued.items() if id_ not in ranks and last.status != "withdrawn"]
        for last in gone:
            fold.issued[last.id] = withdrawn(last)
        return [fold.issued[last.id] for last in gone]
