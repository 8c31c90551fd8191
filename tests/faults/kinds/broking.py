"""The broker is stopped, killed, frozen, and its disk is full."""

from __future__ import annotations

import time

from tests.faults.registry import DISK, fault
from tests.faults.scene import Scene

FULL_S = 60.0


def _down(scene: Scene, seconds: float, *, killed: bool = False) -> None:
    scene.moment()
    with scene.outage():
        if killed:
            scene.broker.kill()
        else:
            scene.broker.stop()
        scene.wait(seconds)
        scene.broker.start()


@fault("broker-5s", weight=3)
def broker_5s(scene: Scene) -> None:
    """The broker is stopped and started again after 5 s."""
    _down(scene, 5.0)


@fault("broker-60s", weight=1)
def broker_60s(scene: Scene) -> None:
    """The broker is stopped and started again after 60 s."""
    _down(scene, 60.0)


@fault("broker-5min", weight=0.25, alone=True)
def broker_5min(scene: Scene) -> None:
    """The broker is stopped and started again after 5 minutes."""
    _down(scene, 300.0)


@fault("broker-kill", weight=3)
def broker_kill(scene: Scene) -> None:
    """kill -9 of the broker, started again on its unclean log after up to 5 s."""
    _down(scene, scene.dice.uniform(0.0, 5.0), killed=True)


@fault("broker-slow", weight=2)
def broker_slow(scene: Scene) -> None:
    """The broker is frozen (SIGSTOP) for 5 to 30 s and goes on (SIGCONT)."""
    scene.moment()
    with scene.outage():
        scene.broker.pause()
        scene.wait(scene.dice.uniform(5.0, 30.0))
        scene.broker.resume()


@fault("broker-stutters", weight=1)
def broker_stutters(scene: Scene) -> None:
    """The broker is frozen for 0.5 to 3 s, five times in a row."""
    scene.moment()
    with scene.outage():
        for _ in range(5):
            scene.broker.pause()
            scene.wait(scene.dice.uniform(0.5, 3.0))
            scene.broker.resume()
            scene.wait(scene.dice.uniform(0.2, 1.0))


@fault("broker-full", weight=2, needs=DISK)
def broker_full(scene: Scene) -> None:
    """The broker's disk is full, and it ends over it; after up to 10 s there is room, and it is started again."""
    assert scene.disk is not None
    scene.moment()
    with scene.outage():
        scene.disk.fill(scene.dice.randint(0, 500))
        deadline = time.monotonic() + FULL_S
        while scene.broker.pid is not None:
            assert time.monotonic() < deadline, f"a broker went on for {FULL_S:g} s with a full disk"
            scene.wait(0.1)
        scene.wait(scene.dice.uniform(0.0, 10.0))
        scene.disk.free()
        scene.broker.start()
