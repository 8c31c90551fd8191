"""What is scanned for clusters, and when a cluster is worth a signal."""

from __future__ import annotations

from dataclasses import dataclass, field

from detectors.growing import Courses

_WINDOWS = ("hour", "day")
_HOURLY = Courses(windows=12, growth=(0.1, 0.25), sudden=(1.0, 4.0, 16.0), sudden_windows=(1, 2, 4))


@dataclass(frozen=True)
class ScanConfig:
    """What is scanned and when it is worth a signal.

    Parameters
    ----------
    windows
        ``hour`` (UTC hours) and ``day`` (local days).
    hourly, daily
        How clusters may go, in windows of an hour and of a day.
    most
        Areas in the largest zone.
    radius_m, steps
        Largest radius of a zone: metres where areas have centres, else steps between neighbours or up the tree.
    share
        Largest share of the city's population in a zone.
    usual
        Likeliest number of areas in a cluster.
    alpha_report
        Largest p-value reported, a scan of one class and window, in (0, 1).
    min_count
        Fewest events in a cluster.
    fewest
        Fewest areas in a cluster with events beyond expectation; one area alone is a surge's matter.
    clusters
        Most clusters a class and window.
    warm_up_hours, warm_up_days
        Windows learned before anything is reported of hours, of days.
    silence_days
        Days without any event after which the feed is taken for dead and teaches nothing.
    simulations
        Scans of simulated counts behind a p-value; 59 tell it to about a third, 199 to a sixth.
    looked_into
        Log-odds from which on the p-value is simulated at all; less is never small.
    cells
        Most areas counted.
    evidence
        Events named in a signal.

    """

    windows: tuple[str, ...] = ("hour", "day")
    hourly: Courses = field(default=_HOURLY)
    daily: Courses = field(default=Courses())
    most: int = 25
    radius_m: float = 10_000.0
    steps: float = 4.0
    share: float = 1.0
    usual: float = 6.0
    alpha_report: float = 1e-3
    min_count: int = 5
    fewest: int = 2
    clusters: int = 3
    warm_up_hours: int = 336
    warm_up_days: int = 21
    silence_days: int = 7
    simulations: int = 59
    looked_into: float = 1.0
    cells: int = 2000
    evidence: int = 100

    def __post_init__(self) -> None:
        faults = [f"windows: {name!r} is none of {_WINDOWS}" for name in self.windows if name not in _WINDOWS]
        if not self.windows or len(set(self.windows)) < len(self.windows):
            faults.append("windows is empty or repeats itself")
        at_least_one = (
            "most",
            "min_count",
            "fewest",
            "clusters",
            "warm_up_hours",
            "warm_up_days",
            "silence_days",
            "cells",
        )
        faults += [f"{name} must be at least 1" for name in (*at_least_one, "evidence") if getattr(self, name) < 1]
        shares = ("share", "alpha_report")
        faults += [f"{name} must lie in (0, 1]" for name in shares if not 0.0 < getattr(self, name) <= 1.0]
        faults += [f"{name} must be positive" for name in ("radius_m", "steps", "usual") if getattr(self, name) <= 0.0]
        if self.simulations < 20:  # noqa: PLR2004
            faults.append("simulations must be at least 20")
        if faults:
            raise ValueError("; ".join(faults))
