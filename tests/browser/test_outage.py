"""Outages in a real browser: of the broker, and of the board."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from broker import Broker
from playwright.sync_api import Page, expect

from streams.settings import Settings
from streams.topicadmin import create_topics
from tests.browser.boards import Desk, RunningBoard, a_board, standing_alert
from tests.browser.watching import Watch

pytestmark = pytest.mark.slow

SOON_MS = 60_000


def ids(page: Page) -> list[str]:
    found: list[str] = page.locator(".tile").evaluate_all("all => all.map((one) => one.id)")
    return found


def test_without_a_broker_the_page_says_since_when_and_with_one_again_it_goes_on(
    make_broker: Callable[..., Broker], page: Page, tmp_path: Path
) -> None:
    broker = make_broker()
    settings = Settings(bootstrap=broker.start(), partitions=2)
    create_topics(settings)
    stale = page.locator(".stale")
    with a_board(settings, tmp_path / "board") as board:
        with Desk(settings) as desk:
            desk.put(standing_alert("before", "red"))
        page.goto(board.url)
        expect(page.locator("#alert-before")).to_be_visible()
        expect(stale).to_be_hidden()
        page.evaluate("window.same = true")
        broker.stop()
        expect(stale).to_contain_text("Kafka 无响应", timeout=SOON_MS)
        expect(page.locator("#alert-before")).to_be_visible()
        broker.start()
        expect(stale).to_be_hidden(timeout=SOON_MS)
        with Desk(settings) as desk:
            desk.put(standing_alert("after", "red"))
        expect(page.locator("#alert-after")).to_be_visible(timeout=SOON_MS)
        assert page.evaluate("window.same")  # nobody had to load it again
        page.close()


def test_a_page_outlives_a_restart_of_its_board(
    board: RunningBoard, desk: Desk, page: Page, tmp_path: Path, watch: Watch
) -> None:
    with a_board(board.settings, tmp_path / "first") as first:
        page.goto(first.url)
        desk.put(standing_alert("first", "red"))
        expect(page.locator("#alert-first")).to_be_visible()
    with a_board(board.settings, tmp_path / "second", port=first.port):
        desk.put(standing_alert("second", "red"))
        expect(page.locator("#alert-second")).to_be_visible(timeout=SOON_MS)
        expect(page.locator("#alert-first")).to_be_visible()
        page.close()
    assert watch.forgive("reloading because|ERR_CONNECTION_REFUSED|WebSocket connection")


def test_two_boards_show_the_same(board: RunningBoard, desk: Desk, page: Page, wall: Page, tmp_path: Path) -> None:
    with a_board(board.settings, tmp_path / "beside") as beside:
        page.goto(board.url)
        wall.goto(beside.url)
        desk.put(*(standing_alert(f"both{n}", "orange") for n in range(5)))
        for one in (page, wall):
            expect(one.locator("#alert-both4")).to_be_visible()
        assert ids(page) == ids(wall)
        wall.close()
