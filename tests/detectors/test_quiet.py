"""What windows without events teach, learned together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.baseline import Baseline, Floats
from detectors.quiet import settle
from detectors.rhythm import HOURLY, Rhythm

MODEL = Baseline(HOURLY)
DAY = np.array([MODEL.regressors(float(hour)) for hour in range(24)])


def after(table: Floats, quiet: list[int]) -> Floats:
    """Return the table after so many quiet hours at the end of a day."""
    table = table.copy()
    MODEL.evolve(table, 24)
    settle(MODEL, table, np.arange(24)[:, None] >= 24 - np.array(quiet), DAY)
    return table


def expected(table: Floats) -> float:
    table = table.copy()
    MODEL.evolve(table)
    return float(MODEL.forecast(table, MODEL.regressors(24.0)).mean[0])


@pytest.mark.parametrize("level", [0.02, 0.1, 0.5])
def test_a_quiet_day_of_a_sparse_series_teaches_at_once_what_its_hours_teach_one_by_one(level: float) -> None:
    together = MODEL.newborn(np.log([level]))
    one_by_one = together.copy()
    for hour in range(24):
        MODEL.evolve(one_by_one)
        MODEL.learn(one_by_one, MODEL.forecast(one_by_one, DAY[hour]), np.zeros(1))
    together = after(together, [24])
    assert expected(together) == pytest.approx(expected(one_by_one), rel=0.3)
    assert expected(together) < level


def test_a_busy_series_does_not_believe_silence_at_once() -> None:
    model = Baseline(Rhythm())
    table = model.newborn(np.log([50.0]))
    for _ in range(100):
        model.evolve(table)
        model.learn(table, model.forecast(table, model.regressors(0.0)), np.array([50.0]))
    model.evolve(table, 2)
    settle(model, table, np.ones((2, 1), dtype=np.bool_), np.array([model.regressors(0.0)] * 2))
    assert model.forecast(table, model.regressors(0.0)).mean[0] > 40.0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 24), st.floats(-6.0, 4.0)), min_size=1, max_size=60), st.data())
def test_a_series_learns_the_same_bits_of_silence_in_any_company(
    series: list[tuple[int, float]], draw: st.DataObject
) -> None:
    table = MODEL.newborn(np.array([level for _, level in series]))
    MODEL.evolve(table)
    MODEL.learn(table, MODEL.forecast(table, DAY[3]), np.arange(len(series), dtype=np.float64) % 7.0)
    quiet = [windows for windows, _ in series]
    together = after(table, quiet)
    chosen = draw.draw(st.lists(st.integers(0, len(series) - 1), min_size=1, unique=True))
    some = after(table.take(chosen, axis=1), [quiet[i] for i in chosen])
    assert some.tobytes() == together.take(chosen, axis=1).tobytes()
    for i in chosen:
        assert after(table.take([i], axis=1), [quiet[i]]).tobytes() == together.take([i], axis=1).tobytes()


def test_what_was_stored_is_what_was_learned() -> None:
    table = MODEL.newborn(np.linspace(-3.0, 3.0, 7))
    for hour in range(24):
        MODEL.evolve(table)
        MODEL.learn(table, MODEL.forecast(table, DAY[hour]), np.arange(7, dtype=np.float64) * (hour % 3))
    assert MODEL.unpacked(MODEL.packed(table)).tobytes() == table.tobytes()
