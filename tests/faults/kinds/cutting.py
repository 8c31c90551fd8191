"""The network between workers and broker is cut: nothing arrives, and no connection is closed."""

from __future__ import annotations

from tests.faults.registry import FENCE, fault
from tests.faults.scene import Scene


def _cut(scene: Scene, seconds: float) -> None:
    assert scene.fence is not None
    scene.crew(scene.dice.choice((1, 2)))
    scene.moment()
    with scene.outage():
        scene.fence.cut()
        scene.wait(seconds)
        scene.fence.mend()


@fault("cut-short", weight=1, needs=FENCE)
def cut_short(scene: Scene) -> None:
    """The link is down for 1 to 8 s: shorter than a session."""
    _cut(scene, scene.dice.uniform(1.0, 8.0))


@fault("cut-long", weight=2, needs=FENCE)
def cut_long(scene: Scene) -> None:
    """The link is down for 12 to 45 s: the group has forgotten the workers by then."""
    _cut(scene, scene.dice.uniform(12.0, 45.0))


@fault("cut-flaps", weight=1, needs=FENCE)
def cut_flaps(scene: Scene) -> None:
    """The link goes down and comes back five times within some seconds."""
    assert scene.fence is not None
    scene.moment()
    with scene.outage():
        for _ in range(5):
            scene.fence.cut()
            scene.wait(scene.dice.uniform(0.3, 4.0))
            scene.fence.mend()
            scene.wait(scene.dice.uniform(0.2, 2.0))


@fault("cut-one", weight=2, needs=FENCE)
def cut_one(scene: Scene) -> None:
    """One of two workers is cut off until the other has its partitions; then its link, and what it held, come back."""
    assert scene.fence is not None
    scene.crew(1)
    scene.start_worker(outside=True)
    scene.wait_ready()
    scene.feed.hurry(scene.dice.randint(100, 400))
    scene.moment()
    with scene.outage():
        scene.fence.cut()
        scene.wait(scene.dice.uniform(12.0, 35.0))
        scene.fence.mend()
