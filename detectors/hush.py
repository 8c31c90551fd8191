"""How unlikely it is by chance that nothing came for so long."""

from __future__ import annotations

import math

import msgspec

_HALF_LIFE_H = 12.0
_LOOKS_A_DAY = 24.0


class Recent(msgspec.Struct, array_like=True):
    """How lively a feed has lately been: what came and what its rhythm expected, fading by half in 12 hours.

    Parameters
    ----------
    came, expected
        Events, up to the end of `hour`.
    hour
        Number of the UTC hour.

    """

    came: float = 0.0
    expected: float = 0.0
    hour: int = 0

    def learn(self, hour: int, came: float, expected: float) -> None:
        """Take in what came since `hour` was last set, up to the end of this `hour`."""
        fading = 0.5 ** ((hour - self.hour) / _HALF_LIFE_H)
        self.came = self.came * fading + came
        self.expected = self.expected * fading + expected
        self.hour = hour


def feed_hush(expected: float, recent: Recent, *, clump: float, steadiness: float) -> float:
    """Return the log-probability that a feed says nothing while `expected` events were due.

    The feed's liveliness is a gamma variable of mean 1 and shape `steadiness` before the recent hours, and its
    posterior after them: that makes the count negative binomial, and its zero a power.

    Parameters
    ----------
    expected
        Events by the rhythm since the last one.
    recent
        Up to the last one.
    clump
        Variance over mean, at least 1: so many events count as one.
    steadiness
        Gamma shape; its inverse is the squared coefficient of variation of a day.

    >>> round(feed_hush(10.0, Recent(), clump=1.0, steadiness=1e9), 3)  # Poisson
    -10.0
    >>> round(feed_hush(10.0, Recent(20.0, 40.0), clump=1.0, steadiness=5.0), 3)  # a slow day
    -5.017

    """
    shape = steadiness + recent.came / clump
    return -shape * math.log1p(expected / clump / (steadiness + recent.expected / clump))


def place_hush(missed: float, own: float, total: float, *, clump: float, steadiness: float) -> float:
    """Return the log-probability that none of `missed` reports of a feed came from one place.

    Beta-binomial: the place's share is a beta variable whose mean is what it had, and whose certainty is what that
    rests on, but no more than `steadiness` reports of its own allow: shares shift from day to day.

    Parameters
    ----------
    missed
        Reports of the feed from elsewhere since the place's last one.
    own, total
        Reports of the place and of the feed that the share is known from.
    clump, steadiness
        As for `feed_hush`.

    >>> round(place_hush(100.0, 1000.0, 10000.0, clump=1.0, steadiness=1e9), 2)  # 100 log(0.9) and a bit
    -10.48

    """
    share = own / total
    a = min(own / clump, steadiness)
    b = a / share - a
    n = missed / clump
    if b <= 0.0:
        return 0.0
    return math.lgamma(b + n) - math.lgamma(b) - math.lgamma(a + b + n) + math.lgamma(a + b)


def in_a_day(log_probability: float, a_day: float) -> float:
    """Return the probability that a day has such a silence.

    A silence is looked at when an hour ends, and there are no more of them than events.

    Parameters
    ----------
    log_probability
        Of the silence up to a given moment.
    a_day
        Events a day.

    >>> 0.99 < in_a_day(math.log(1e-6), 5.0) / 5e-6 < 1.01
    True

    """
    return -math.expm1(-min(_LOOKS_A_DAY, max(1.0, a_day)) * math.exp(log_probability))
