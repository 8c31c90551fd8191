"""kill -9 of processes, and SIGTERM in the midst of a batch; somebody starts another one at once."""

from __future__ import annotations

from tests.faults.registry import BOARD, fault
from tests.faults.scene import Scene


@fault("kill-worker", weight=10)
def kill_worker(scene: Scene) -> None:
    """kill -9 of one worker of one or two, and another one in its place."""
    scene.crew(scene.dice.choice((1, 2)))
    scene.moment()
    with scene.outage():
        scene.kill(scene.a_worker())
    scene.start_worker()


@fault("kill-both", weight=5)
def kill_both(scene: Scene) -> None:
    """kill -9 of two workers of two at the same moment, and two others in their place."""
    scene.crew(2)
    scene.moment()
    with scene.outage():
        for worker in scene.workers():
            scene.kill(worker)
    for _ in range(2):
        scene.start_worker()


@fault("kill-again", weight=3)
def kill_again(scene: Scene) -> None:
    """kill -9 of the only worker, and of the one in its place while it starts or takes over."""
    scene.crew(1)
    scene.moment()
    with scene.outage():
        scene.kill(scene.a_worker())
        scene.start_worker()
        scene.wait(scene.dice.uniform(0.5, 14.0))
        scene.kill(scene.a_worker())
    scene.start_worker()


@fault("kill-board", weight=3, needs=BOARD)
def kill_board(scene: Scene) -> None:
    """kill -9 of the board, and another one in its place."""
    assert scene.others.board is not None
    scene.moment()
    with scene.outage():
        scene.others.board.kill()
    scene.others.board.start()


@fault("kill-deliver", weight=4)
def kill_deliver(scene: Scene) -> None:
    """kill -9 of the delivery, and another one in its place."""
    scene.moment()
    with scene.outage():
        scene.others.deliver.kill()
    scene.others.deliver.start()


@fault("stop-worker", weight=2)
def stop_worker(scene: Scene) -> None:
    """SIGTERM of the only worker in the midst of what came at once, and another one in its place."""
    scene.crew(1)
    scene.feed.hurry(scene.dice.randint(300, 800))
    scene.moment()
    with scene.outage():
        scene.stop(scene.a_worker())
    scene.start_worker()
