"""A question about a rule, a place and a time."""

from __future__ import annotations

from typing import NamedTuple

from detectors.event import Place

HALF_DAY_S = 43_200.0


class Question(NamedTuple):
    """Why the rule said nothing of the place at the time.

    Parameters
    ----------
    rule
        Id of the rule.
    place
        An area at any level, or a spot; what is smaller is left empty.
    t
        Epoch seconds.
    kind
        Only this kind; empty for every kind of the rule.
    around_s
        How far from `t` to look, seconds to either side.

    """

    rule: str
    place: Place
    t: float
    kind: str = ""
    around_s: float = HALF_DAY_S

    def near(self, t: float) -> bool:
        """Tell whether a time lies in the neighbourhood."""
        return abs(t - self.t) <= self.around_s
