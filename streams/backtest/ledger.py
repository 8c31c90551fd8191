"""What one book said in a backtest: the last version of every alert, and when it was closed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from rules.alert import Alert


class Ledger:
    """Takes alert versions in the order they are issued.

    Attributes
    ----------
    final
        Latest version of every alert that was not withdrawn, by id.
    withdrawn
        Latest version of those that were.
    closed_at
        Event time (the watermark) at which an alert was closed, by id.
    said_at
        Event time reached when an alert was first issued, by id.
    versions
        Versions issued.

    """

    def __init__(self) -> None:
        self.final: dict[str, Alert] = {}
        self.withdrawn: dict[str, Alert] = {}
        self.closed_at: dict[str, datetime] = {}
        self.said_at: dict[str, datetime] = {}
        self.versions = 0

    def note(self, alerts: Iterable[Alert], reached: float, watermark: float) -> None:
        """Take in versions.

        Parameters
        ----------
        alerts
            As they were issued.
        reached
            The newest event time seen by then, epoch seconds.
        watermark
            The watermark by then, epoch seconds.

        """
        now = datetime.fromtimestamp(reached, UTC)
        for alert in alerts:
            self.versions += 1
            id_ = alert.id
            if alert.status == "withdrawn":
                self.final.pop(id_, None)
                self.said_at.pop(id_, None)
                self.withdrawn[id_] = alert
                continue
            self.withdrawn.pop(id_, None)
            self.said_at.setdefault(id_, now)
            self.final[id_] = alert
            if alert.status == "closed":
                self.closed_at[id_] = max(alert.last_at, datetime.fromtimestamp(watermark, UTC))
            else:
                self.closed_at.pop(id_, None)

    def alerts(self) -> list[Alert]:
        """Return the final alerts in the order they were raised.

        `raised_at` is when the alert could be said: one from a detector dates itself to the beginning of the window in
        which there was too much, and that would flatter its lead time.
        """
        said = [_said(alert, self.said_at[id_]) for id_, alert in self.final.items()]
        return sorted(said, key=lambda alert: (alert.raised_at, alert.id))

    def open_s(self, alert: Alert) -> float | None:
        """Return how long an alert was open, seconds; ``None`` while it is."""
        closed = self.closed_at.get(alert.id)
        return None if closed is None else max(0.0, (closed - alert.raised_at).total_seconds())


def _said(alert: Alert, at: datetime) -> Alert:
    return alert if at <= alert.raised_at else msgspec.structs.replace(alert, raised_at=at)
