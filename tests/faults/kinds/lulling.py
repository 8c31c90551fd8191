"""Feeds that say next to nothing for a while, and then much at once."""

from __future__ import annotations

import signal

from tests.faults.registry import fault
from tests.faults.scene import Scene

_SLOWER = 8.0


@fault("lull", weight=2)
def lull(scene: Scene) -> None:
    """Most partitions rest, then hours come at once while one of one or two workers is frozen for a moment."""
    scene.crew(scene.dice.choice((1, 2)))
    scene.feed.slow_down(_SLOWER)
    scene.wait(scene.city.settings.idle_s + scene.dice.uniform(3.0, 6.0))
    scene.feed.slow_down(1.0)
    scene.moment()
    frozen = scene.a_worker()
    with scene.outage():
        frozen.send_signal(signal.SIGSTOP)
        scene.feed.hurry(scene.dice.randint(300, 800))
        scene.wait(scene.dice.uniform(1.0, 5.0))
        frozen.send_signal(signal.SIGCONT)
