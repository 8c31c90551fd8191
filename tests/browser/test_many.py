"""Five hundred open alerts in a real browser: the wall scrolls, filters and stays up to date."""

from __future__ import annotations

from statistics import quantiles

import pytest
from playwright.sync_api import Page, expect

from tests.browser.boards import Desk, RunningBoard, standing_alert
from tests.browser.measuring import scroll_through

MANY = 500
GRADES = ("red", "orange", "yellow", "yellow", "blue", "blue")
ALERTS = [standing_alert(f"many{n:03}", GRADES[n % len(GRADES)], minutes_ago=1 + n / 20) for n in range(MANY)]
PASSES = 3
P90_MS, WORST_MS = 50.0, 300.0


@pytest.fixture(scope="module")
def many(board: RunningBoard, desk: Desk) -> RunningBoard:
    desk.put(*ALERTS)
    return board


@pytest.mark.alone
def test_five_hundred_alerts_scroll_smoothly(many: RunningBoard, wall: Page) -> None:
    """Nine of ten frames within 50 ms and none over 300 ms, drawn without a GPU; 17 and 50 ms on an idle machine.

    One of three passes has to be so: a machine that stumbles spoils one of them, a page that is slow is slow in each.
    """
    wall.goto(many.url)
    expect(wall.locator(".tile")).to_have_count(MANY)
    for number in range(PASSES):
        frames = scroll_through(wall)
        p90, worst = quantiles(frames, n=10)[-1], max(frames)
        print(f"pass {number + 1}: p90 {p90:.0f} ms, at most {worst:.0f} ms, {len(frames)} frames")
        if p90 <= P90_MS and worst <= WORST_MS:
            return
    pytest.fail(f"in none of {PASSES} passes were nine of ten frames within {P90_MS} ms and all within {WORST_MS} ms")
