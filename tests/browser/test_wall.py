"""The wall of open alerts in a real browser, on a real Kafka."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from streams.settings import Settings
from streams.topics import create_topics
from tests.browser.boards import Desk, RunningBoard, a_board, standing_alert
from tests.browser.watching import check_accessible

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def settings(kafka: str) -> Settings:
    made = Settings(bootstrap=kafka, prefix="t1-", partitions=2)
    create_topics(made)
    return made


@pytest.fixture(scope="module")
def board(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBoard]:
    with a_board(settings, tmp_path_factory.mktemp("board")) as running:
        yield running


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with Desk(settings) as made:
        yield made


def test_smoke(board: RunningBoard, desk: Desk, page: Page, wall: Page) -> None:
    page.goto(board.url)
    desk.put(standing_alert("smoke", "red"))
    expect(page.locator("#alert-smoke")).to_be_visible()
    page.screenshot(path="/tmp/w/prof/wall.png")
    wall.goto(board.url)
    expect(wall.locator("#alert-smoke")).to_be_visible()
    wall.screenshot(path="/tmp/w/prof/wall2.png")
    check_accessible(page)
