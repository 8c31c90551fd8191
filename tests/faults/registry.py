"""Which faults there are: each is one function in a module of `kinds/`, entered here by a decorator.

    @fault("kill-worker", weight=3)
    def kill_worker(scene: Scene) -> None:
        \"""kill -9 of one worker, and another one in its place.\"""
        scene.moment()                    # waits for a random moment at which the pipeline is in the middle
        with scene.outage():              # from the first harm until nothing is withheld any more
            scene.kill(scene.a_worker())
        scene.start_worker()

A fault leaves what it found: a broker that answers, at least one worker, a board, a delivery. It does not wait until
these are well again; the campaign does, and measures it. What ends by itself is started again, as by a supervisor.
Nothing else has to be edited to add a fault.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rules.alert import Alert

if TYPE_CHECKING:
    from tests.faults.scene import Scene

KINDS = Path(__file__).resolve().parent / "kinds"

BOARD, FENCE, DISK = (frozenset({name}) for name in ("board", "fence", "disk"))
FOR_ROOT = FENCE | DISK


@dataclass(frozen=True)
class Fault:
    """One fault.

    Parameters
    ----------
    name
        What it is called in `--only` and in the results.
    strike
        Does it; returns when the harm has ended.
    weight
        How often it comes in a campaign, beside the others; 0: only when it is asked for.
    needs
        What the day has to have beside workers, delivery and broker: `BOARD`; `FENCE`, workers live behind a network of
        their own (`scene.fence`); `DISK`, the broker has a small disk of its own (`scene.disk`).
    alone
        No other fault strikes in the same day.
    settings
        What the settings of the day's city have to be, beside the usual ones.
    foreign
        Tells of an alert that it came of what the fault itself put on topics, and is left out of the comparison.

    """

    name: str
    strike: Callable[[Scene], None]
    weight: float = 1.0
    needs: frozenset[str] = frozenset()
    alone: bool = False
    settings: Mapping[str, object] = field(default_factory=dict)
    foreign: Callable[[Alert], bool] | None = None

    @property
    def about(self) -> str:
        """The first line of what it says of itself."""
        return (self.strike.__doc__ or "").strip().splitlines()[0]


_FAULTS: dict[str, Fault] = {}


def fault(name: str, **more: object) -> Callable[[Callable[[Scene], None]], Callable[[Scene], None]]:
    """Enter a function as a fault; what else can be said of it stands in `Fault`."""

    def enter(strike: Callable[[Scene], None]) -> Callable[[Scene], None]:
        if name in _FAULTS:
            raise ValueError(f"two faults are called {name}")
        _FAULTS[name] = Fault(name, strike, **more)  # type: ignore[arg-type]
        return strike

    return enter


def faults() -> dict[str, Fault]:
    """All faults of all modules in `kinds/`, by name."""
    for module in pkgutil.iter_modules([str(KINDS)]):
        importlib.import_module(f"tests.faults.kinds.{module.name}")
    return dict(sorted(_FAULTS.items()))
