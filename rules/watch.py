"""Runs an example of a rule about what nobody signed: events, clocks, and perhaps a signature."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from detectors.event import Event
from rules.alert import Alert
from rules.duty import Command, Duty
from rules.engine import Engine
from rules.rule import Example
from rules.selector import seconds


class _Room:
    """A duty room in which the clock is that of the events."""

    def __init__(self, engine: Engine, duty: Duty) -> None:
        self._engine = engine
        self._duty = duty
        self.latest: dict[str, Alert] = {}

    def say(self, alerts: Iterable[Alert]) -> None:
        self.latest.update((alert.id, alert) for alert in alerts)

    def reach(self, t: float) -> None:
        """Let time pass, one clock after the other."""
        while (due := self._duty.next_due) <= t:
            self.say(self._duty.note(self._engine.advance(due)))
            self.say(self._duty.advance(due))
        self.say(self._duty.advance(t))

    def hear(self, event: Event) -> None:
        t = event.occurred_at.timestamp()
        self.reach(t)
        self.say(self._duty.note(self._engine.event(event, t)))

    def sign(self, t: float) -> None:
        """Sign all there is."""
        self.reach(t)
        for id_ in sorted(self.latest):
            command = Command(id=id_, action="sign", alert=id_, by="duty", at=datetime.fromtimestamp(t, UTC))
            done = self._duty.obey(command)
            self.say(done if isinstance(done, list) else [])


def run_watched(engine: Engine, duty: Duty, events: list[Event], example: Example, start: float) -> list[Alert]:
    """Return the last version of every alert an example comes to, without withdrawn ones.

    Parameters
    ----------
    engine, duty
        Fresh, of the same book.
    events
        In the order of their times.
    example
        When somebody signs, and how long to wait after the last event.
    start
        When the example begins, epoch seconds.

    """
    room = _Room(engine, duty)
    duty.advance(start)
    end = max((event.occurred_at.timestamp() for event in events), default=start) + seconds(example.then) + 1.0
    signed = start + seconds(example.signed) if example.signed is not None else float("inf")
    for event in events:
        if signed < event.occurred_at.timestamp():
            room.sign(signed)
            signed = float("inf")
        room.hear(event)
    if signed < end:
        room.sign(signed)
    room.reach(end)
    room.say(duty.note(engine.advance(end)))
    return [alert for alert in room.latest.values() if alert.status != "withdrawn"]
