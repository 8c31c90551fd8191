"""A short form of the fault campaign, and the proof that its verdict notices what must not happen.

The long form is ``tests/bench/faults.py``; which faults there are and what is compared is in ``tests/faults``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.registry import faults
from tests.faults.running import Plan, a_day_of_faults
from tests.faults.sabotage import sabotage, unnoticed

pytestmark = [pytest.mark.slow, pytest.mark.kafka]

STRIKE = ("kill-both",)


def test_a_day_with_faults_ends_as_one_without_and_what_is_damaged_by_hand_is_noticed(tmp_path: Path) -> None:
    chosen = [faults()[name] for name in STRIKE]
    with a_day_of_faults(Plan(chosen, seed=5, rate=60.0, events=1_500.0), tmp_path) as ended:
        assert [run.fault for run in ended.runs] == list(STRIKE)
        assert all(run.waiting > 0 for run in ended.runs)
        assert ended.judge().told == []
        sabotage(ended.scene)
        assert unnoticed(ended.judge()) == []
