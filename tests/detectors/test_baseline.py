"""Online negative-binomial baselines."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.baseline import Baseline, Floats
from detectors.forecast import Forecast
from detectors.rhythm import HOURLY, Rhythm
from detectors.tail import upper_tail

WEEKLY = Rhythm(harmonics=((7.0, 3),), season_variance=0.3)


def run(model: Baseline, table: Floats, counts: Floats, *, start: int = 0) -> list[Forecast]:
    """Learn counts (series x windows) window by window; return the forecasts made before each."""
    forecasts = []
    for window in range(counts.shape[1]):
        model.evolve(table)
        forecast = model.forecast(table, model.regressors(float(start + window)))
        model.learn(table, forecast, np.ascontiguousarray(counts[:, window]))
        forecasts.append(forecast)
    return forecasts


def covariance(model: Baseline, table: Floats, series: int) -> Floats:
    found: Floats = model.covariance_of(table)[:, :, series]
    return found


def test_a_weekly_rhythm_is_learned_in_ten_weeks() -> None:
    model = Baseline(WEEKLY)
    truth = np.array([20.0, 20.0, 20.0, 20.0, 20.0, 5.0, 3.0])
    counts = np.random.default_rng(1).poisson(np.tile(truth, 10), (50, 70)).astype(float)
    table = model.newborn(np.log(np.full(50, 10.0)))
    run(model, table, counts)
    expected = [
        float(run(model, table.copy(), counts[:, day : day + 1], start=70 + day)[0].mean.mean()) for day in (2, 6)
    ]
    assert expected[0] == pytest.approx(20.0, rel=0.1)
    assert expected[1] == pytest.approx(3.0, rel=0.15)


def test_an_outbreak_hardly_moves_the_baseline_but_a_lasting_change_does() -> None:
    model = Baseline(Rhythm())
    table = model.newborn(np.log(np.full(30, 10.0)))
    calm = np.random.default_rng(2).poisson(10.0, (30, 100)).astype(float)
    before = run(model, table, calm)[-1].mean.mean()
    after_outbreak = run(model, table, np.full((30, 2), 100.0))[-1].mean.mean()
    assert after_outbreak < 1.2 * before
    after_change = run(model, table, np.random.default_rng(3).poisson(30.0, (30, 40)).astype(float))[-1].mean.mean()
    assert after_change == pytest.approx(30.0, rel=0.15)


@pytest.mark.parametrize("ratio", [1.0, 2.0, 5.0])
def test_overdispersion_is_measured(ratio: float) -> None:
    model = Baseline(Rhythm(dispersion_memory=400.0))
    rng = np.random.default_rng(4)
    excess = max(ratio - 1.0, 1e-6)
    counts = rng.poisson(rng.gamma(20.0 / excess, excess, (200, 400))).astype(float)
    table = model.newborn(np.log(np.full(200, 20.0)))
    run(model, table, counts)
    assert float(np.median(model.dispersion_of(table))) == pytest.approx(ratio, rel=0.2)


def tail_after(counts: list[int], count: int) -> float:
    """Return the p-value of a count after these, in a series that was born overdispersed."""
    model = Baseline(WEEKLY)
    table = model.newborn(np.log([0.05]), dispersion=np.array([8.0]))
    run(model, table, np.array([counts], dtype=np.float64))
    model.evolve(table)
    forecast = model.forecast(table, model.regressors(float(len(counts))))
    return upper_tail(count, float(forecast.mean[0]), float(forecast.size[0]))


def test_a_sparse_series_is_surprised_by_a_dozen_but_not_by_its_second_event() -> None:
    sparse = [int(day in {20, 61, 83}) for day in range(100)]
    assert tail_after(sparse, 12) < 1e-9
    assert tail_after(sparse, 1) > 5e-3


def test_a_sparse_series_that_comes_in_clumps_is_not_surprised_by_another() -> None:
    assert tail_after([8 * (day % 20 == 19) for day in range(100)], 8) > 1e-4
    assert tail_after([0] * 100, 8) < 1e-7


def test_the_young_are_less_sure_than_the_old() -> None:
    model = Baseline(Rhythm())
    table = model.newborn(np.log([5.0]))
    young, *_, old = run(model, table, np.full((1, 60), 5.0))
    tails = [upper_tail(15, float(f.mean[0]), float(f.size[0])) for f in (young, old)]
    assert tails[0] > 10 * tails[1]


def test_windows_without_events_are_learned() -> None:
    model = Baseline(Rhythm())
    table = model.newborn(np.log([1.0]))
    forecasts = run(model, table, np.zeros((1, 50)))
    assert forecasts[-1].mean[0] < 0.1
    assert all(later.mean[0] < sooner.mean[0] for sooner, later in pairwise(forecasts))


def test_a_nominal_percent_of_overdispersed_counts_is_about_a_percent() -> None:
    model = Baseline(WEEKLY)
    rng = np.random.default_rng(5)
    mean = 8.0 * np.exp(0.4 * np.cos(2 * np.pi * np.arange(400) / 7))
    counts = rng.poisson(rng.gamma(mean, 1.0, (100, 400))).astype(float)
    forecasts = run(model, model.newborn(np.log(np.full(100, 8.0))), counts)
    tails = np.array([
        [upper_tail(int(counts[i, w]), float(f.mean[i]), float(f.size[i])) for i in range(100)]
        for w, f in enumerate(forecasts)
        if w >= 60
    ])  # fmt: skip
    assert 0.005 < (tails <= 0.01).mean() < 0.02
    assert 0.0004 < (tails <= 0.001).mean() < 0.002


@settings(max_examples=30, deadline=None)
@given(
    counts=st.lists(st.lists(st.integers(0, 500), min_size=13, max_size=13), min_size=1, max_size=25),
    chosen=st.lists(st.integers(0, 12), min_size=1, max_size=13, unique=True),
)
def test_a_series_learns_the_same_bits_in_any_company(counts: list[list[int]], chosen: list[int]) -> None:
    model = Baseline(Rhythm(harmonics=((24.0, 2), (168.0, 2))))
    table = model.newborn(np.linspace(-6.0, 4.0, 13))
    some = table.take(chosen, axis=1)
    values = np.array(counts, dtype=float).T
    run(model, table, values)
    run(model, some, values[chosen])
    assert some.tobytes() == table.take(chosen, axis=1).tobytes()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=60))
def test_whatever_is_counted_the_state_stays_sound(counts: list[int]) -> None:
    model = Baseline(Rhythm(harmonics=((7.0, 3),)))
    table = model.newborn(np.zeros(1))
    forecasts = run(model, table, np.array([counts], dtype=float))
    assert np.isfinite(table).all()
    assert all(f.mean[0] > 0 and f.size[0] > 0 for f in forecasts)
    eigenvalues = np.linalg.eigvalsh(covariance(model, table, 0))
    assert eigenvalues.min() > -1e-9 * eigenvalues.max()


def test_many_windows_pass_in_closed_form_as_one_by_one() -> None:
    model = Baseline(Rhythm(harmonics=((7.0, 1),), level_variance=1e3, trend_variance=1e3, season_variance=1e3))
    table = model.newborn(np.log([5.0, 7.0]))
    run(model, table, np.random.default_rng(6).poisson(5.0, (2, 50)).astype(float))
    at_once, step_by_step = table.copy(), table.copy()
    model.evolve(at_once, 9)
    for _ in range(9):
        model.evolve(step_by_step)
    assert np.allclose(at_once[: model.order], step_by_step[: model.order], rtol=1e-9)


def test_a_long_absence_costs_no_more_certainty_than_a_birth() -> None:
    model = Baseline(WEEKLY)
    table = model.newborn(np.log([5.0]))
    run(model, table, np.full((1, 30), 5.0))
    model.evolve(table, 100_000)
    newborn = covariance(model, model.newborn(np.zeros(1)), 0)
    assert (np.diag(covariance(model, table, 0)) <= np.diag(newborn) * (1 + 1e-9)).all()
    assert np.isfinite(table).all()


def test_every_fault_of_a_rhythm_is_named() -> None:
    wrong = Rhythm(
        harmonics=((0.0, 1),), level_discount=1.0, season_variance=0.0, dispersion=0.5, dispersion_memory=1.0
    )
    assert len(wrong.faults()) == 5
    with pytest.raises(ValueError, match="level_discount must lie in"):
        Baseline(wrong)


def test_a_level_that_rose_two_hundredfold_is_not_taken_for_boundless_dispersion() -> None:
    model = Baseline(HOURLY)
    table = model.newborn(np.log([1.0]))
    counts = np.concatenate([np.ones(5), np.random.default_rng(9).poisson(200.0, 250)]).astype(float)
    forecasts = run(model, table, counts[None])
    assert all(f.dispersion[0] <= 9.0 + f.mean[0] for f in forecasts)
    assert forecasts[-1].mean[0] == pytest.approx(200.0, rel=0.4)
