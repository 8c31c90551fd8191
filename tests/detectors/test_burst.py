"""A burst is judged by distinct reporters, against the matter's past and the city's rate."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.burst import Burst, Exposure, surprise

DAY = 86_400.0
MONTH = [(DAY, 20), (30 * DAY, 600)]


def judged(last: list[float], *, people: int, since: int) -> Burst:
    burst = surprise(last, 100 * DAY, least=3, people=people, since=since, exposures=MONTH, alike=500)
    assert burst is not None
    return burst


def test_more_reporters_are_more_surprising() -> None:
    p = [judged([100 * DAY] * n, people=n, since=30).p_value for n in (3, 4, 5, 8)]
    assert p == sorted(p, reverse=True)
    assert p[-1] < 1e-6


def test_the_same_number_over_a_busier_time_is_less_surprising() -> None:
    last = [75 * DAY, 85 * DAY, 95 * DAY, 100 * DAY]
    assert judged(last, people=4, since=100).p_value < judged(last, people=4, since=600).p_value


def test_a_standing_concern_is_held_against_its_own_past() -> None:
    today = [100 * DAY] * 4
    fresh, standing = judged(today, people=4, since=20), judged(today, people=204, since=1000)
    assert standing.expected > 3.0
    assert standing.p_value > 0.2
    assert fresh.p_value < 1e-3


def test_too_few_reporters_in_every_window_are_no_burst() -> None:
    assert surprise([0.0, 1.0, 100 * DAY], 100 * DAY, least=3, people=3, since=9, exposures=MONTH, alike=9) is None


def test_the_interval_holds_what_is_expected() -> None:
    burst = judged([100 * DAY] * 3, people=103, since=1000)
    assert burst.expected <= burst.expected_high


@pytest.mark.parametrize("share", [0.002, 0.02])
def test_a_steady_matter_seldom_bursts(share: float) -> None:
    dice = np.random.default_rng(5)
    exposure, last, born, low, tests = Exposure([DAY, 7 * DAY]), [], 0, 0, 0
    for n in range(20_000):
        t = n * DAY / 40
        exposure.learn(t)
        if dice.random() >= share:
            continue
        last.append(t)
        born = born or n
        windows = list(zip((DAY, 7 * DAY), exposure.counts(t), strict=True))
        burst = surprise(last[-64:], t, least=3, people=len(last), since=n + 1 - born, exposures=windows, alike=300)
        if n > 4_000 and burst:
            tests += 1
            low += burst.p_value <= 0.01
    assert tests == 0 or low / tests <= 0.05


def test_exposure_counts_what_lies_in_each_window() -> None:
    exposure = Exposure([160.0, 1600.0])
    for second in range(2000):
        exposure.learn(float(second))
    short, long = exposure.counts(1999.0)
    assert 150 <= short <= 160
    assert 1500 <= long <= 1600


def test_exposure_goes_on_from_its_state() -> None:
    exposure, other = Exposure([DAY]), Exposure([DAY])
    for hour in range(50):
        exposure.learn(hour * 3600.0)
    other.restore(exposure.state())
    for one in (exposure, other):
        one.learn(60 * 3600.0)
    assert exposure.counts(61 * 3600.0) == other.counts(61 * 3600.0)
    assert exposure.state() == other.state()
