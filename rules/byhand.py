"""A grade somebody gave an alert."""

from __future__ import annotations

from datetime import datetime

import msgspec


class ByHand(msgspec.Struct, array_like=True, frozen=True):
    """A grade somebody gave.

    Parameters
    ----------
    rank
        0 for blue to 3 for red.
    up
        It is a floor; otherwise it holds as long as the rules do not say more than they did.
    above
        Rank the rules gave it then.
    by, at, why
        Who, when and what for.

    """

    rank: int
    up: bool
    above: int
    by: str
    at: datetime
    why: str

    def rank_of(self, rank: int) -> int | None:
        """Return the rank that holds when the rules say `rank`, ``None`` when this does not count any more."""
        if self.up:
            return max(rank, self.rank)
        return min(rank, self.rank) if rank <= self.above else None
