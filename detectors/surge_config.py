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
        Levels of the area tree at which surges are told: ``community``, ``street``, ``district``.
    windows
        ``hour`` (UTC hours) and ``day`` (local days).
    alpha_report
        Largest upper-tail probability reported, in (0, 1).
    min_count
        Smallest count reported.
    min_to_explain
        Events an area must have to speak for a larger one around it; a district with its streets, and communities in
        what has a baseline, say nothing below.
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
    tell_all
        Say of every window what was expected, also where nothing is reported: for explanations.
    hourly, daily
        What the baselines may follow.

    """

    levels: tuple[str, ...] = ("street",)
    windows: tuple[str, ...] = ("hour", "day")
    alpha_report: float = 1e-3
    min_count: int = 5
    min_to_explain: int = 8
    warm_up_hours: int = 168
    warm_up_days: int = 21
    silence_days: int = 7
    forget_days: int = 180
    evidence: int = 100
    at_risk: int = 5
    districts: int = 1
    tell_all: bool = False
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
            "min_to_explain",
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
        """Return what fits a city; in an open tree a source may name no streets, but every one names a district."""
        levels = ("community", "district") if areas.open else _LEVELS
        return cls(levels=levels, districts=max(1, len(areas.districts())))

    @property
    def base(self) -> str:
        """Level whose areas have baselines of their own: streets where they count, or districts."""
        return next(level for level in ("street", "district", "community") if level in self.levels)

    @property
    def tops(self) -> bool:
        """Whether the whole of a district is told besides its streets."""
        return self.base == "street" and "district" in self.levels

    @property
    def places(self) -> bool:
        """Whether communities are told besides the areas they lie in."""
        return self.base != "community" and "community" in self.levels
