"""How often hours have events of a kind in the areas of a district, and what chance would have of the next one.

Sums are exactly rounded (`math.fsum`): a detector that was restored holds its areas in another order.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
from scipy.special import gammaincinv

MOST = 16
_DAY_S = 86_400.0
_RARE = 0.05
_PRIOR_HOURS = 1.0  # an area: weight of its share of all kinds in its share of one kind, in hours with events
_LARGEST = [float(gammaincinv(count, _RARE)) for count in range(1, MOST + 1)]
"""Largest Poisson mean with which so many events are rare."""


class Custom(msgspec.Struct, array_like=True):
    """How often hours have events, fading; of one district.

    Parameters
    ----------
    since, day
        First day and the one up to which they have faded, UTC days.
    kinds
        Hours with events by kind and area.

    """

    since: int
    day: int
    kinds: dict[str, dict[str, float]] = {}

    def learn(self, day: int, hours: Mapping[str, Mapping[str, int]], half_life_days: float) -> None:
        """Take in the hours of `day`, after which it is the next one."""
        fading = 0.5 ** ((day + 1 - self.day) / half_life_days)
        for areas in self.kinds.values():
            for area in areas:
                areas[area] *= fading
        for kind, counts in hours.items():
            known = self.kinds.setdefault(kind, {})
            for area, count in counts.items():
                known[area] = known.get(area, 0.0) + count
        self.day = day + 1


@dataclass(frozen=True)
class Weights:
    """What chance would have of one kind today.

    Parameters
    ----------
    share
        Of an area in the district's hours with events.
    need
        Hours with events within reach that mean trouble there; more than `MOST`: it is too busy to tell.
    calm
        Sum of the shares where one will do.

    """

    share: Mapping[str, float]
    need: Mapping[str, int]
    calm: float


def usual(custom: Custom, areas: Sequence[str]) -> dict[str, float]:
    """Return the hours with events each area is taken to have had of any kind before its own are known."""
    known = custom.kinds.values()
    whole = {area: math.fsum([1.0, *(counts[area] for counts in known if area in counts)]) for area in areas}
    each = _PRIOR_HOURS * len(areas) / math.fsum(whole.values())
    return {area: count * each for area, count in whole.items()}


def weights_of(custom: Custom, kind: str, prior: Mapping[str, float], reach_s: float, half_life_days: float) -> Weights:
    """Return what chance would have of a kind, `prior` being `usual`."""
    days = half_life_days / math.log(2.0) * (1.0 - 0.5 ** ((custom.day - custom.since) / half_life_days))
    own = custom.kinds.get(kind, {})
    hours = {area: own.get(area, 0.0) + before for area, before in prior.items()}
    whole = math.fsum(hours.values())
    within = (whole - _PRIOR_HOURS * len(prior)) / max(days, 1.0) * reach_s / _DAY_S
    share = {area: count / whole for area, count in hours.items()}
    need = {area: _need(part * within) for area, part in share.items()}
    return Weights(share, need, math.fsum(part for area, part in share.items() if need[area] == 1))


def _need(mean: float) -> int:
    """Return how many hours with events are rare where `mean` are usual; out of reach when more than `MOST`."""
    if mean <= _LARGEST[0]:
        return 1
    count = 1 + bisect_left(_LARGEST, mean)
    return count if count <= MOST else MOST + 2
