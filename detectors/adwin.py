"""A rate that is watched for change: an adaptive window over outcomes."""

from __future__ import annotations

import math

# Buckets of one size before two of them become one of twice the size.
_ALIKE = 5
_CHECK_EVERY, _LEAST_SIDE = 16, 10


class AdaptiveWindow:
    """Keeps the outcomes since the rate last changed, and tells when it changes.

    Whenever two parts of the window, older and newer, differ by more than chance would have it, the older one is
    dropped. Memory: about 5 buckets for each doubling of the window, 100 for a million outcomes.

    Parameters
    ----------
    delta
        Probability that a cut is found where nothing changed, in (0, 1).

    References
    ----------
    Bifet and Gavalda, Learning from time-changing data with adaptive windowing, SIAM SDM 2007 (ADWIN2). Written out
    here because river's keeps its state where it cannot be read.

    Examples
    --------
    >>> window = AdaptiveWindow(delta=0.002)
    >>> [n for n in range(400) if window.learn(n >= 300 and n % 2 == 0)][0]
    319
    >>> round(window.rate, 2), window.size
    (0.39, 128)

    """

    def __init__(self, *, delta: float) -> None:
        self._delta = delta
        self._buckets: list[list[int]] = []  # [outcomes, errors], oldest first
        self._learned = 0

    @property
    def size(self) -> int:
        """Outcomes in the window."""
        return sum(size for size, _ in self._buckets)

    @property
    def rate(self) -> float:
        """Share of true outcomes in the window, 0 when it is empty."""
        return sum(errors for _, errors in self._buckets) / max(1, self.size)

    def learn(self, outcome: bool) -> bool:  # noqa: FBT001 - the outcome is the value
        """Add an outcome; tell whether the rate has changed."""
        self._buckets.append([1, int(outcome)])
        self._compress()
        self._learned += 1
        changed = False
        while self._learned % _CHECK_EVERY == 0 and self._cut():
            del self._buckets[0]
            changed = True
        return changed

    def state(self) -> tuple[list[tuple[int, int]], int]:
        """Return the buckets, oldest first, as outcomes and true ones, and how many outcomes there were ever."""
        return [(size, errors) for size, errors in self._buckets], self._learned

    def restore(self, state: tuple[list[tuple[int, int]], int]) -> None:
        """Go on from `state`."""
        self._buckets, self._learned = [[size, errors] for size, errors in state[0]], state[1]

    def _compress(self) -> None:
        """Join the two oldest buckets of each size there are too many of."""
        end = len(self._buckets)
        while end > _ALIKE:
            size = self._buckets[end - 1][0]
            start = end - 1
            while start > 0 and self._buckets[start - 1][0] == size:
                start -= 1
            if end - start <= _ALIKE:
                return
            older = self._buckets[start]
            newer = self._buckets.pop(start + 1)
            older[0] += newer[0]
            older[1] += newer[1]
            end = start + 1

    def _cut(self) -> bool:
        """Tell whether some older part of the window differs from the newer one."""
        size, errors = self.size, sum(errors for _, errors in self._buckets)
        if size < 2 * _LEAST_SIDE:
            return False
        log = math.log(2.0 * math.log(size) / self._delta)
        variance = errors / size * (1.0 - errors / size)
        old, old_errors = 0, 0
        for bucket, bucket_errors in self._buckets:
            old += bucket
            old_errors += bucket_errors
            if old < _LEAST_SIDE or size - old < _LEAST_SIDE:
                continue
            least = 1.0 / (1.0 / old + 1.0 / (size - old))
            bound = math.sqrt(2.0 / least * variance * log) + 2.0 / (3.0 * least) * log
            if abs(old_errors / old - (errors - old_errors) / (size - old)) > bound:
                return True
        return False
