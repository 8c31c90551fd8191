"""No fault at all: what the same figures are when nothing happens."""

from __future__ import annotations

from tests.faults.registry import fault
from tests.faults.scene import Scene


@fault("nothing", weight=0)
def nothing(scene: Scene) -> None:
    """Nothing happens for 10 s."""
    scene.moment()
    scene.wait(10.0)
    with scene.outage():
        pass
