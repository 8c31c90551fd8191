from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from detectors.growing import Courses, Expected, GrowingScan
from detectors.gumbel import Tail
from detectors.spacetime import (
    clusters_by_expectation,
    clusters_by_permutation,
    expectation_scores,
    expectation_tail,
    permutation_tail,
)
from detectors.zones import Floats, Zones, great_circle_m

SIDE = 8


def a_grid() -> Zones:
    x, y = np.divmod(np.arange(float(SIDE**2)), SIDE)
    return Zones(np.hypot(np.subtract.outer(x, x), np.subtract.outer(y, y)), most=15)


def with_cluster(windows: int, rise: float) -> tuple[Floats, list[int]]:
    """Return calm counts with more of them in the last three windows around the cell 27."""
    cells = [27, 26, 28, 19, 35]
    counts = np.random.default_rng(3).poisson(2.0, (windows, SIDE**2)).astype(float)
    counts[-3:, cells] += rise
    return counts, cells


def test_satscans_sample_gives_satscans_answer(shared_data: Path) -> None:
    folder = shared_data / "nycfever_2001"
    places = [line.split() for line in (folder / "NYCfever.geo").read_text().splitlines()]
    row = {name: number for number, (name, _, _) in enumerate(places)}
    counts = np.zeros((24, len(places)))
    for name, number, date in map(str.split, (folder / "NYCfever.cas").read_text().splitlines()):
        counts[(dt.date(*map(int, date.split("/"))) - dt.date(2001, 11, 1)).days, row[name]] += int(number)
    apart = great_circle_m([float(lon) for _, _, lon in places], [float(lat) for _, lat, _ in places])
    zones = Zones(apart, most=len(places), radius=3000.0, weights=counts.sum(axis=0), share=0.5)
    first, second = clusters_by_permutation(zones, counts, 7, most=2)
    assert round(first.score, 6) == 3.845418
    assert (len(first.areas), first.windows) == (9, 3)
    assert second.score < first.score
    assert not set(first.areas) & set(second.areas)


def test_the_likeliest_cluster_is_the_one_put_in() -> None:
    counts, cells = with_cluster(7, 5.0)
    (found,) = clusters_by_expectation(a_grid(), counts, Expected(np.full_like(counts, 2.0)))
    assert sorted(found.areas) == sorted(cells)
    assert found.windows == 3
    assert found.risk == pytest.approx(found.observed / 30.0)


def test_the_expectation_score_is_the_poisson_likelihood_ratio() -> None:
    zones = Zones(np.zeros((1, 1)))
    scores = expectation_scores(zones, np.array([[1.0], [9.0]]), Expected(np.full((2, 1), 2.0)))
    assert scores[:, 0] == pytest.approx([9 * np.log(4.5) + 2 - 9, 10 * np.log(2.5) + 4 - 10])


def test_counts_that_vary_more_score_less() -> None:
    counts, _ = with_cluster(7, 5.0)
    mean = np.full_like(counts, 2.0)
    poisson, clumped = (expectation_scores(a_grid(), counts, Expected(mean, v)) for v in (None, 2.0 * mean))
    assert clumped.max() == pytest.approx(poisson.max() / 2.0)


def test_p_values_of_expectation_scores_are_those_of_other_draws() -> None:
    zones, expected = a_grid(), Expected(np.full((5, SIDE**2), 1.0), np.full((5, SIDE**2), 1.5))
    tail = expectation_tail(zones, expected, times=199, seed=1)
    others = expectation_tail(zones, expected, times=800, seed=2).ranked
    assert np.mean([tail.p_value(score) <= 0.05 for score in others]) == pytest.approx(0.05, abs=0.03)
    assert tail.p_value(tail.quantile(1e-6)) == pytest.approx(1e-6)


def test_what_rises_everywhere_is_no_cluster_of_the_permutation_scan() -> None:
    counts = np.random.default_rng(1).poisson(3.0, (14, SIDE**2)).astype(float)
    counts[-2:] *= 3.0
    (found,) = clusters_by_permutation(a_grid(), counts, 5)
    assert permutation_tail(a_grid(), counts, 5, times=49, seed=1).rank_p_value(found.score) > 0.02


def test_a_tail_needs_values() -> None:
    with pytest.raises(ValueError, match="two values"):
        Tail.of(np.array([1.0]))


@pytest.mark.parametrize("clumping", [0.0, 0.5])
def test_the_averaged_ratio_has_expectation_one_without_a_cluster(clumping: float) -> None:
    mean = np.full((5, SIDE**2), 0.05)
    expected = Expected(mean, mean * (1.0 + clumping))
    scan = GrowingScan(a_grid(), Courses(windows=5, growth=(0.1,), sudden=(0.5,)))
    drawn = expected.draw(np.random.default_rng(5), 2000)
    ratios = np.exp([scan.weigh(counts, expected).log_odds for counts in drawn])
    assert ratios.mean() == pytest.approx(1.0, abs=4.0 * ratios.std() / 2000**0.5)


def test_p_values_of_the_averaged_ratio_are_those_of_other_draws() -> None:
    mean = np.full((5, SIDE**2), 0.3)
    expected = Expected(mean, 1.3 * mean)
    scan = GrowingScan(a_grid(), Courses(windows=5))
    drawn = scan.sample(expected, times=199, seed=(1,))
    nulls = expected.draw(np.random.default_rng(7), 3000)
    tails = [scan.p_value(scan.weigh(counts, expected).log_odds, drawn) for counts in nulls]
    for level in (0.01, 0.003):
        assert 0.4 < np.mean(np.array(tails) <= level) / level < 2.5


def test_a_ratio_beyond_all_that_was_drawn_is_bounded_by_its_reciprocal() -> None:
    assert GrowingScan.p_value(50.0, np.array([1.0, 2.0])) <= np.exp(-50.0)
    assert GrowingScan.p_value(-1.0, np.array([1.0, 2.0])) == 1.0


def test_the_region_and_the_length_are_those_of_the_cluster_put_in() -> None:
    counts, cells = with_cluster(14, 5.0)
    scan = GrowingScan(a_grid())
    weighing = scan.weigh(counts, Expected(np.full_like(counts, 2.0)))
    assert weighing.log_odds > 10.0
    assert sorted(scan.region(weighing)) == sorted(cells)
    assert scan.length(weighing) == 3


@pytest.mark.parametrize(
    "wrong",
    [{"windows": 0}, {"growth": (-0.1,)}, {"sudden": (0.0,)}, {"sudden_windows": (15,)}, {"growth": (), "sudden": ()}],
)
def test_courses_that_cannot_be_are_refused(wrong: dict[str, tuple[float, ...]]) -> None:
    with pytest.raises(ValueError, match="must"):
        Courses(**wrong)  # type: ignore[arg-type]
