"""What surges are looked for in."""

from __future__ import annotations

from dataclasses import dataclass, field

from detectors.areas import AreaTree
from detectors.rhythm import DAILY, HOURLY, Rhythm

_LEVELS = ("community", "street", "district")
_WINDOWS = ("hour", "day")


@dataclass(frozen=True)
class SurgeConfig:
    """What is counted and when it is worth a signal.

    Parameters
    ----------
    levels
        Levels of the area tree at which events are counted: ``community``, ``street``, ``district``.
    windows
        ``hour`` (UTC hours) and ``day`` (local days).
    alpha_report
        Largest upper-tail probability reported, in (0, 1).
    min_count
        Smallest count reported.
    warm_up_hours, warm_up_days
        Closed windows within a day of an event that a district has before its hours, its days are reported.
    silence_days
        Days without any event after which a district's feed is taken for dead and teaches nothing.
    forget_days
        Days after which a key without an event is dropped.
    evidence
        Events named in a signal, the first by time and id.
    at_risk
        Count from which on a key is taken to be at risk of a chance signal: the least that is worth an alert.
    districts
        Districts the city's chance signals are divided among, evenly; 1 leaves each district to itself.
    hourly, daily
        What the baselines may follow.

    """

    levels: tuple[str, ...] = ("street",)
    windows: tuple[str, ...] = ("hour", "day")
    alpha_report: float = 1e-3
    min_count: int = 5
    warm_up_hours: int = 168
    warm_up_days: int = 21
    silence_days: int = 7
    forget_days: int = 180
    evidence: int = 100
    at_risk: int = 5
    districts: int = 1
    hourly: Rhythm = field(default=HOURLY)
    daily: Rhythm = field(default=DAILY)

    def __post_init__(self) -> None:
        faults = [f"levels: {level!r} is none of {_LEVELS}" for level in self.levels if level not in _LEVELS]
        faults += [f"windows: {name!r} is none of {_WINDOWS}" for name in self.windows if name not in _WINDOWS]
        faults += [f"{name} is empty" for name in ("levels", "windows") if not getattr(self, name)]
        lists = {"levels": self.levels, "windows": self.windows}
        faults += [f"{name} repeats itself" for name, values in lists.items() if len(set(values)) < len(values)]
        if not 0.0 < self.alpha_report < 1.0:
            faults.append("alpha_report must lie in (0, 1)")
        at_least_one = (
            "min_count",
            "warm_up_hours",
            "warm_up_days",
            "silence_days",
            "evidence",
            "at_risk",
            "districts",
        )
        faults += [f"{name} must be at least 1" for name in at_least_one if getattr(self, name) < 1]
        if self.forget_days <= self.silence_days:
            faults.append("forget_days must exceed silence_days")
        faults += [f"hourly.{fault}" for fault in self.hourly.faults()]
        faults += [f"daily.{fault}" for fault in self.daily.faults()]
        if faults:
            raise ValueError("; ".join(faults))

    @classmethod
    def of(cls, areas: AreaTree) -> SurgeConfig:
        """Return what fits a city; an open tree has no level but the district that every source names."""
        levels = ("district",) if areas.open else ("street",)
        return cls(levels=levels, districts=max(1, len(areas.districts())))
