"""When silence is worth a word."""

from __future__ import annotations

from dataclasses import dataclass

from detectors.feeds import HOURS

_LEVELS = ("street", "community", "grid")


@dataclass(frozen=True)
class SilenceConfig:
    """When silence is worth a signal.

    Parameters
    ----------
    level
        Level of the places watched: ``street``, ``community`` or ``grid``.
    alpha_report
        Largest probability reported, of such a silence within a day by chance, in (0, 1).
    warm_up_hours
        Hours within a day of an event that a feed must have had before anything is said about it.
    forget_hours
        Hours of silence after which a feed or place is forgotten: that is how it is now.
    steadiness
        Gamma shape of how a feed's days, and a place's share of them, vary beyond the rhythm.
    share_days
        Half-life of what is known of a place's share, days.

    """

    level: str = "street"
    alpha_report: float = 1e-4
    warm_up_hours: int = 168
    forget_hours: int = 336
    steadiness: float = 20.0
    share_days: float = 28.0

    def __post_init__(self) -> None:
        faults = [] if self.level in _LEVELS else [f"level: {self.level!r} is none of {_LEVELS}"]
        if not 0.0 < self.alpha_report < 1.0:
            faults.append("alpha_report must lie in (0, 1)")
        faults += [f"{name} must be at least 1" for name in ("warm_up_hours",) if getattr(self, name) < 1]
        faults += [f"{name} must be positive" for name in ("steadiness", "share_days") if not getattr(self, name) > 0.0]
        if self.forget_hours <= HOURS:
            faults.append(f"forget_hours must exceed {HOURS}")
        if faults:
            raise ValueError("; ".join(faults))
