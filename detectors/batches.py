"""Batches: many reports of one hand or one quarrel at one place, which no spread around an expected count foresees."""

from __future__ import annotations

import msgspec

LEAST = 8  # events beyond what is expected that make a batch
SPILL = 1.5  # times what is at its place: the rest of a batch is filed under neighbours
CLEAR = 1e-4  # tail probability below which their own spread does not explain them
RATE = 2.5e-4  # share of the windows with events that have one, before anything is known
_POWER = 2.0  # batches of twice the size are 2**_POWER times rarer
_MASS = 4.0  # batches that what is said before anything is known is worth
_MEMORY = 40.0  # batches by the prior, in the windows that are remembered


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """What was seen: batches, and windows with events."""

    batches: float = 0.0
    occasions: float = 0.0


def as_large(excess: float) -> float:
    """Return the share of the batches that have so many events beyond what is expected, or more.

    >>> as_large(5), as_large(16)
    (1.0, 0.25)
    """
    return float((LEAST / max(excess, LEAST)) ** _POWER)


class Batches:
    """Learns how often a district's keys have more than their own spread explains, all at once and at one place.

    A negative binomial tail falls geometrically. Reports do not: somebody walks a street and files every sign, a
    compound complains together, a clerk enters a week in one go. The sizes of such batches have a tail of their own, a
    power law, and whom they meet has little to do with what a key expects. How often they come is learned as the gamma
    posterior mean of a Poisson rate, a window with events being an occasion; what followed a suspicious window is left
    out, so that an outbreak counts once.

    Memory: 16 bytes. It may be trusted from the start, and is halved after 16,000 windows with events and no batch.

    References
    ----------
    Davison & Smith (1990), Models for exceedances over high thresholds, J. R. Stat. Soc. B 52.

    Examples
    --------
    >>> batches = Batches()
    >>> batches.rate == RATE
    True
    >>> batches.learn(0, 144_000)
    >>> round(RATE / batches.rate, 1)
    10.0

    """

    def __init__(self) -> None:
        self._seen = Seen()

    @property
    def rate(self) -> float:
        """Batches a window with events."""
        return RATE * (_MASS + self._seen.batches) / (_MASS + RATE * self._seen.occasions)

    def learn(self, batches: int, occasions: int) -> None:
        """Learn from windows with events, how many they were and how many of them had a batch."""
        seen, expected = self._seen.batches + batches, self._seen.occasions + occasions
        kept = min(1.0, _MEMORY / (RATE * expected)) if expected else 1.0
        self._seen = Seen(seen * kept, expected * kept)

    def state(self) -> Seen:
        """Return what was seen."""
        return self._seen

    def restore(self, seen: Seen) -> None:
        """Go on from what `state` gave."""
        self._seen = seen
