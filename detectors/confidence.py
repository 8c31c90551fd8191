"""How often an answer given with a certain margin turned out right."""

from __future__ import annotations

from bisect import bisect_right

_EDGES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 1.75)
# Before anything is known an answer is as good as two right ones in four.
_PRIOR_RIGHT, _PRIOR = 2.0, 4.0


class Confidence:
    """Maps the margin of an answer to the share of answers with such a margin that were right.

    Right and wrong answers are counted by margin, lose half their weight every `half_life` answers, and are pooled so
    that a larger margin is never less sure (isotonic regression by pool adjacent violators).

    Parameters
    ----------
    half_life
        Answers after which one counts half.

    References
    ----------
    Zadrozny and Elkan, Transforming classifier scores into accurate multiclass probability estimates, KDD 2002.

    Examples
    --------
    >>> confidence = Confidence(half_life=1000.0)
    >>> for n in range(200):
    ...     confidence.learn(0.05, right=n % 2 == 0)
    ...     confidence.learn(1.6, right=n % 20 > 0)
    >>> round(confidence.of(0.05), 2), round(confidence.of(1.6), 2)
    (0.5, 0.93)

    """

    def __init__(self, *, half_life: float) -> None:
        self._fading = 2.0 ** (-1.0 / half_life)
        self._right = [_PRIOR_RIGHT] * (len(_EDGES) + 1)
        self._all = [_PRIOR] * (len(_EDGES) + 1)
        self._shares = self._pooled()

    def of(self, margin: float) -> float:
        """Return the probability that an answer with `margin` is right."""
        return self._shares[bisect_right(_EDGES, margin)]

    def learn(self, margin: float, *, right: bool) -> None:
        """Count an answer."""
        fading, place = self._fading, bisect_right(_EDGES, margin)
        self._right = [_PRIOR_RIGHT + fading * (one - _PRIOR_RIGHT) for one in self._right]
        self._all = [_PRIOR + fading * (one - _PRIOR) for one in self._all]
        self._right[place] += float(right)
        self._all[place] += 1.0
        self._shares = self._pooled()

    def state(self) -> tuple[list[float], list[float]]:
        """Return the weights of right and of all answers by margin."""
        return list(self._right), list(self._all)

    def restore(self, state: tuple[list[float], list[float]]) -> None:
        """Go on from `state`."""
        self._right, self._all = list(state[0]), list(state[1])
        self._shares = self._pooled()

    def _pooled(self) -> list[float]:
        pools: list[tuple[float, float, int]] = []
        for right, number in zip(self._right, self._all, strict=True):
            pools.append((right, number, 1))
            while len(pools) > 1 and pools[-2][0] * pools[-1][1] >= pools[-1][0] * pools[-2][1]:
                last, before = pools.pop(), pools.pop()
                pools.append((before[0] + last[0], before[1] + last[1], before[2] + last[2]))
        return [right / number for right, number, size in pools for _ in range(size)]
