"""What drift is watched for."""

from __future__ import annotations

from dataclasses import dataclass

_LEVELS = ("street", "district")


@dataclass(frozen=True)
class DriftConfig:
    """What is watched for change.

    Parameters
    ----------
    levels
        Levels of the area tree at which days are counted: ``street``, ``district``.
    false_alarms
        Reports a key and year where nothing changed.
    matters
        Factor of the level, above 1, that is no change yet, up or down. The nearer to 1 the sooner a change is told,
        and the likelier a season: see `DriftDetector`.
    silence_days
        Days without any event after which a district's feed is taken for dead: none of them counts.
    forget_days
        Days without an event after which a key or a district is dropped.
    evidence
        Events of the last day named in a signal.

    """

    levels: tuple[str, ...] = ("district",)
    false_alarms: float = 0.05
    matters: float = 1.25
    silence_days: int = 7
    forget_days: int = 365
    evidence: int = 5

    def __post_init__(self) -> None:
        faults = [f"levels: {level!r} is none of {_LEVELS}" for level in self.levels if level not in _LEVELS]
        if not self.levels or len(set(self.levels)) < len(self.levels):
            faults.append("levels is empty or repeats itself")
        if not 0.0 < self.false_alarms <= 1.0:
            faults.append("false_alarms must lie in (0, 1]")
        if not self.matters > 1.0:
            faults.append("matters must exceed 1")
        faults += [f"{name} must be at least 1" for name in ("silence_days", "evidence") if getattr(self, name) < 1]
        if self.forget_days <= self.silence_days:
            faults.append("forget_days must exceed silence_days")
        if faults:
            raise ValueError("; ".join(faults))
