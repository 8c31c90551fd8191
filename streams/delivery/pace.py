"""How many messages a minute a channel takes, and who goes first when that is not enough."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

MINUTE_S = 61.0
"""A spent token comes back after this: a second of margin, for the receiver counts by its own clock."""
_KEPT = (0.4, 0.4, 0.2, 0.0)


def room(size: int, rank: int) -> int:
    """Return how many of `size` places a message of this rank may fill: the rest is kept for what is more serious.

    Blue and yellow leave two fifths, orange a fifth; nobody is left without any place.

    Examples
    --------
    >>> [room(20, rank) for rank in (0, 1, 2, 3)]
    [12, 12, 16, 20]

    """
    share = _KEPT[rank]
    return size - min(size - 1, max(1, int(size * share))) if share else size


class Pace:
    """A bucket of tokens, one for each request of a message; each comes back a minute after it was spent.

    No minute ever sees more than `per_minute` requests: a bucket that fills up steadily would let twice as many through
    in the minute after a rest, and a robot that was sent too many is deaf for ten minutes.

    Parameters
    ----------
    per_minute
        Size of the bucket; ``None`` for no limit.
    spent
        When the tokens that are out were spent, epoch seconds, the oldest first.

    Examples
    --------
    >>> pace = Pace(20)
    >>> for _ in range(12):
    ...     pace.spend(0.0)
    >>> [pace.free_at(rank, 1.0) for rank in (0, 2, 3)]
    [61.0, 1.0, 1.0]

    """

    def __init__(self, per_minute: int | None, spent: Iterable[float] = ()) -> None:
        self.per_minute = per_minute
        self.spent = deque(spent)

    def spend(self, now: float, cost: int = 1) -> None:
        """Take tokens out."""
        if self.per_minute is not None:
            self._return(now)
            self.spent.extend([now] * cost)

    def free_at(self, rank: int, now: float, cost: int = 1) -> float:
        """Return when there are tokens for a message of this rank, `now` if there are already."""
        if self.per_minute is None:
            return now
        self._return(now)
        allowed = room(self.per_minute, rank)
        over = len(self.spent) + min(cost, allowed) - allowed
        return self.spent[over - 1] + MINUTE_S if over > 0 else now

    def _return(self, now: float) -> None:
        while self.spent and self.spent[-1] > now + MINUTE_S:
            self.spent.pop()  # by a clock that was ahead: they would be out until it is that late
        while self.spent and self.spent[0] + MINUTE_S <= now:
            self.spent.popleft()
