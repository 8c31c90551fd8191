"""The demo without Kafka: which alerts it shows."""

from __future__ import annotations

from typing import Any

from rules.alert import Alert
from streams.assembly import assemble
from streams.demo import _Direct
from streams.demo_day import Plan, stage
from streams.interrupt import Interrupt
from streams.summary import Summary


class Recorder:
    """A view that keeps what it is shown."""

    def __init__(self) -> None:
        self.alerts: dict[str, Alert] = {}

    def alert(self, alert: Alert) -> None:
        self.alerts[alert.id] = alert

    def progress(self, progress: object) -> None:
        pass


def shown(*, restricted: bool) -> tuple[list[Alert], Summary]:
    """What a demo of the day alone shows, and how it sums up."""
    plan, view = Plan(speed=1e9, history_days=0, restricted=restricted), Recorder()
    parts = assemble(areas="shantou", book="", hazards="", reporter_key=b"a key for tests only")
    fed: Any = view
    show = _Direct(plan, parts, 600.0, fed, Interrupt())
    show.run(stage(parts.areas, plan, 600.0))
    return [alert for alert in view.alerts.values() if alert.status != "withdrawn"], show.summary()


def test_alerts_for_the_duty_desk_only_are_shown_and_summed_up_only_if_asked_for() -> None:
    (some, briefly), (every, fully) = shown(restricted=False), shown(restricted=True)
    assert not any(alert.restricted for alert in some)
    assert [alert for alert in every if not alert.restricted] == some
    assert len(every) > len(some) > 0
    assert (sum(briefly.alerts.values()), sum(fully.alerts.values())) == (len(some), len(every))
    assert fully.versions > briefly.versions
    assert briefly.adds_up()
    assert briefly.events == fully.events
