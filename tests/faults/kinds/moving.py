"""Workers that join and leave, and one that was frozen and comes back as if nothing had been."""

from __future__ import annotations

import signal

from streams.app import SESSION_S
from tests.faults.registry import fault
from tests.faults.scene import Scene


@fault("rebalance", weight=2)
def rebalance(scene: Scene) -> None:
    """From one worker to four and to two: three join at about the same time, two leave in the middle."""
    scene.crew(1)
    scene.moment()
    with scene.outage():
        for _ in range(3):
            scene.start_worker()
            scene.wait(scene.dice.uniform(0.0, 2.0))
        scene.wait_ready()
        for _ in range(2):
            scene.feed.hurry(scene.dice.randint(100, 300))
            scene.wait(scene.dice.uniform(0.0, 1.0))
            scene.stop(scene.a_worker())


@fault("zombie", weight=2)
def zombie(scene: Scene) -> None:
    """A worker is frozen (SIGSTOP) until another one has its partitions, and then goes on (SIGCONT)."""
    scene.crew(2)
    scene.moment()
    frozen = scene.a_worker()
    with scene.outage():
        frozen.send_signal(signal.SIGSTOP)
        scene.wait(SESSION_S + scene.dice.uniform(2.0, 8.0))
        frozen.send_signal(signal.SIGCONT)


@fault("zombie-alone", weight=1)
def zombie_alone(scene: Scene) -> None:
    """The only worker is frozen longer than its session, goes on and has to join again."""
    scene.crew(1)
    scene.moment()
    frozen = scene.a_worker()
    with scene.outage():
        frozen.send_signal(signal.SIGSTOP)
        scene.wait(SESSION_S + scene.dice.uniform(2.0, 8.0))
        frozen.send_signal(signal.SIGCONT)
