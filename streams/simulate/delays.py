"""How long after it occurred a report arrives."""

from __future__ import annotations

from dataclasses import dataclass

from detectors.event import Source
from streams.simulate.dice import Uniform, between

_QUICKER: dict[Source, float] = {"hotline": 1.0, "grid": 0.6, "police": 0.4, "sos": 0.1}


@dataclass(frozen=True, slots=True)
class Delays:
    """Arrival disorder.

    Parameters
    ----------
    entry_s
        Longest usual delay of a hotline ticket, seconds; the other sources are quicker.
    lateness_s
        The lateness that is allowed downstream, seconds.
    slow_share
        Share of reports that come minutes late, but within four fifths of the allowed lateness.
    beyond_share
        Share of reports that come later than allowed: two to ten times the allowed lateness.

    """

    entry_s: float = 20.0
    lateness_s: float = 300.0
    slow_share: float = 0.02
    beyond_share: float = 0.001

    def draw(self, source: Source, u: Uniform, *, staged: bool = False) -> float:
        """Return a delay in seconds; staged reports are never later than allowed."""
        luck = u()
        usual = self.entry_s * _QUICKER[source]
        if luck < self.beyond_share and not staged:
            return between(2 * self.lateness_s, 10 * self.lateness_s, u)
        if luck < self.beyond_share + self.slow_share:
            return between(min(usual, 0.8 * self.lateness_s), 0.8 * self.lateness_s, u)
        return usual * u()
