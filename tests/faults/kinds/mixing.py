"""Several things at once."""

from __future__ import annotations

import signal

from streams.app import SESSION_S
from tests.faults.registry import BOARD, fault
from tests.faults.scene import Scene


@fault("worker-and-broker", weight=1)
def worker_and_broker(scene: Scene) -> None:
    """A worker is killed, and while another one starts the broker is killed too."""
    scene.crew(scene.dice.choice((1, 2)))
    scene.moment()
    with scene.outage():
        scene.kill(scene.a_worker())
        scene.start_worker()
        scene.wait(scene.dice.uniform(0.0, 8.0))
        scene.broker.kill()
        scene.wait(scene.dice.uniform(0.0, 3.0))
        scene.broker.start()


@fault("zombie-and-kill", weight=1)
def zombie_and_kill(scene: Scene) -> None:
    """One of two workers is frozen, the other killed, and the frozen one goes on with what it held."""
    scene.crew(2)
    scene.moment()
    frozen, other = scene.dice.sample(scene.workers(), 2)
    with scene.outage():
        frozen.send_signal(signal.SIGSTOP)
        scene.wait(scene.dice.uniform(0.0, SESSION_S + 4.0))
        scene.kill(other)
        scene.start_worker()
        scene.wait(scene.dice.uniform(0.0, SESSION_S + 4.0))
        frozen.send_signal(signal.SIGCONT)


@fault("everything", weight=0.5, needs=BOARD)
def everything(scene: Scene) -> None:
    """Workers, board and delivery are killed at once, and the broker with them, as when a machine loses power."""
    assert scene.others.board is not None
    scene.moment()
    with scene.outage():
        for worker in scene.workers():
            scene.kill(worker)
        scene.others.board.kill()
        scene.others.deliver.kill()
        scene.broker.kill()
        scene.broker.start()
    scene.others.board.start()
    scene.others.deliver.start()
    for _ in range(2):
        scene.start_worker()
