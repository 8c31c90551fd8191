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


@pytest.fixture(scope="module")
def many(board: RunningBoard, desk: Desk) -> RunningBoard:
    desk.put(*ALERTS)
    return board


@pytest.mark.alone
def test_five_hundred_alerts_scroll_smoothly(many: RunningBoard, wall: Page) -> None:
    """Nine of ten frames within 50 ms and none over 300 ms, drawn without a GPU; 17 and 50 ms on an idle machine.

    The best of three passes counts: a machine that stumbles spoils one of them, a page that is slow is slow in each.
    """
    wall.goto(many.url)
    expect(wall.locator(".tile")).to_have_count(MANY)
    passes = []
    for _ in range(PASSES):
        frames = scroll_through(wall)
        passes.append((quantiles(frames, n=10)[-1], max(frames), len(frames)))
    print("frames of each pass, ms:", *(f"p90 {p90:.0f}, at most {worst:.0f}, {n} frames;" for p90, worst, n in passes))
    assert min(p90 for p90, _, _ in passes) <= 50.0
    assert min(worst for _, worst, _ in passes) <= 300.0
