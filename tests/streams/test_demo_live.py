"""When a demo has learned what is normal: not before every stage is through with it."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from streams import demo_live
from streams.demo_day import Plan
from streams.interrupt import Interrupt
from streams.settings import Settings

SILENT_S = 8.0


class Stage:
    """The clock, what is heard and what waits: an alert comes long after all events have."""

    def __init__(self) -> None:
        self.now = 0.0
        self.coming = [(1.0, "event"), (SILENT_S, "alert about last week")]

    def monotonic(self) -> float:
        return self.now

    def take(self, wait_s: float) -> Iterator[tuple[float, str]]:
        self.now += wait_s
        while self.coming and self.coming[0][0] <= self.now:
            yield self.coming.pop(0)

    def look(self) -> SimpleNamespace:
        return SimpleNamespace(positions=[SimpleNamespace(lag=0), SimpleNamespace(lag=len(self.coming))])

    def close(self) -> None:
        pass


class Account:
    """Notes what it takes in."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.tally: Any = None

    @property
    def settled(self) -> int:
        return self.taken.count("event")

    def take(self, record: str) -> None:
        self.taken.append(record)


def test_alerts_about_the_days_before_that_come_after_a_silence_are_not_counted_as_todays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage: Any = Stage()
    stage.done = False
    stage.check = lambda: None
    monkeypatch.setattr(demo_live, "Probe", lambda _: stage)
    monkeypatch.setattr(demo_live, "feed_reports", lambda *_: None)
    monkeypatch.setattr(demo_live, "time", stage)
    show = demo_live._Live(Plan(), Settings(), stage, stage, Interrupt())
    account: Any = Account()
    show.account = account
    report: Any = object()
    show.learn([(0.0, report)])
    assert account.taken == ["event", "alert about last week"]
    assert account.tally.rows == 0
