"""When the mix of kinds is worth a signal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NoveltyConfig:
    """When the mix of kinds is worth a signal.

    Parameters
    ----------
    windows
        ``hour`` (UTC hours) and ``day`` (local days): those reported; both are learned.
    alpha_report
        Largest p-value reported, an area and window, in (0, 1).
    min_count
        Fewest events of an area in a window whose mix is weighed.
    warm_up_days
        Days with events a district has learned before anything is reported.
    warm_up_events
        Faded events an area has been learned from before it is reported.
    memory_days
        Days over which what was learned fades to 1/e.
    forget_days
        Days without an event after which a street or a district is dropped.
    evidence
        Events named in a signal.

    """

    windows: tuple[str, ...] = ("hour", "day")
    alpha_report: float = 1e-3
    min_count: int = 8
    warm_up_days: int = 14
    warm_up_events: float = 100.0
    memory_days: float = 40.0
    forget_days: int = 180
    evidence: int = 20

    def __post_init__(self) -> None:
        faults = [f"windows: {name!r} is neither hour nor day" for name in self.windows if name not in {"hour", "day"}]
        if not self.windows or len(set(self.windows)) < len(self.windows):
            faults.append("windows is empty or repeats itself")
        if not 0.0 < self.alpha_report < 1.0:
            faults.append("alpha_report must lie in (0, 1)")
        at_least_one = ("min_count", "warm_up_days", "memory_days", "forget_days", "evidence")
        faults += [f"{name} must be at least 1" for name in at_least_one if getattr(self, name) < 1]
        faults += ["warm_up_events must not be negative"] * (self.warm_up_events < 0)
        if faults:
            raise ValueError("; ".join(faults))
