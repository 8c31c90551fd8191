"""A flood of reports of one place does not make each of them dearer than the one before."""

from __future__ import annotations

import time

from tests.builders import a_pipeline, an_event

PORTION = 500


def test_the_three_thousandth_report_of_a_spot_costs_about_what_the_first_hundreds_did() -> None:
    pipeline, took = a_pipeline(), []
    for portion in range(6):
        began = time.process_time()
        for n in range(portion * PORTION, (portion + 1) * PORTION):
            pipeline.process(an_event(str(n), 20.0 * n, reporter=f"{n:016x}"))
        took.append(time.process_time() - began)
    assert min(took[-2:]) < 4 * min(took[:2])
