"""What a baseline may follow, and how fast."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rhythm:
    """What a baseline may follow, and how fast.

    Parameters
    ----------
    harmonics
        Pairs (period in windows, number of harmonics of that period).
    level_discount, trend_discount, season_discount
        Share of the information kept per window, in (0, 1); ``1 / (1 - discount)`` windows is the memory.
    level_variance, trend_variance, season_variance
        Prior variances of the log-mean's parts, which are also what forgetting can reach at most.
    trend_damping
        Factor per window by which the trend fades, in (0, 1).
    huber
        Standard normal quantile beyond which a count teaches no more than one there.
    patience
        Consecutive windows of such high counts after which the change is taken to last and is learned at once.
    dispersion
        Prior variance over mean, at least 1.
    dispersion_huber
        The quantile beyond which a count teaches the dispersion no more; wider, as clumps are what it measures.
    dispersion_mass, dispersion_memory
        Weight of that prior and longest memory, in windows of a busy series.
    clump_mass
        Weight, as a sum of squared expected counts, of the prior by which a series too sparse to tell does not
        come in clumps.
    clump_huber
        The quantile beyond which a count teaches no more about clumps.

    """

    harmonics: tuple[tuple[float, int], ...] = ()
    level_discount: float = 0.98
    trend_discount: float = 0.999
    season_discount: float = 0.99
    level_variance: float = 1.0
    trend_variance: float = 1e-5
    season_variance: float = 0.1
    trend_damping: float = 0.99
    huber: float = 2.0
    patience: float = 10.0
    dispersion: float = 1.2
    dispersion_huber: float = 5.0
    dispersion_mass: float = 10.0
    dispersion_memory: float = 150.0
    clump_mass: float = 1.0
    clump_huber: float = 4.0

    def faults(self) -> list[str]:
        """Return what is wrong with these numbers, one sentence each."""
        shares = ("level_discount", "trend_discount", "season_discount", "trend_damping")
        positive = ["level_variance", "trend_variance", "season_variance"]
        positive += ["patience", "huber", "dispersion_huber", "dispersion_mass", "clump_mass", "clump_huber"]
        found = [f"{name} must lie in (0, 1)" for name in shares if not 0.0 < getattr(self, name) < 1.0]
        found += [f"{name} must be positive" for name in positive if not getattr(self, name) > 0.0]
        if not self.dispersion >= 1.0:
            found.append("dispersion must be at least 1")
        if not self.dispersion_memory > self.dispersion_mass:
            found.append("dispersion_memory must exceed dispersion_mass")
        if any(period <= 0 or number < 0 for period, number in self.harmonics):
            found.append("harmonics need a positive period and a number of at least 0")
        return found


HOURLY = Rhythm(
    harmonics=((24.0, 2), (168.0, 2)),
    level_discount=0.9985,
    trend_discount=0.9995,
    season_discount=0.9993,
    trend_variance=1e-8,
    season_variance=0.3,
    trend_damping=0.999,
    patience=24.0,
)
DAILY = Rhythm(
    harmonics=((7.0, 3),),
    level_discount=0.97,
    trend_discount=0.99,
    season_discount=0.99,
    trend_variance=1e-5,
    season_variance=0.3,
    trend_damping=0.98,
    patience=7.0,
    dispersion_memory=60.0,
)
WEEKLY = Rhythm(
    harmonics=((52.0, 2),),
    level_discount=0.995,
    trend_discount=0.999,
    season_discount=0.9995,
    trend_damping=0.9999,
    level_variance=2.0,
    patience=8.0,
    dispersion=1.5,
    dispersion_huber=3.0,
    dispersion_mass=30.0,
    dispersion_memory=1000.0,
)
