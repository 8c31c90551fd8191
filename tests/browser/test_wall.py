"""The wall of open alerts in a real browser, as a real Kafka tells it."""

from __future__ import annotations

import time
from statistics import median

import msgspec
import pytest
from playwright.sync_api import Page, expect

from tests.browser.boards import Desk, RunningBoard, next_version, standing_alert
from tests.browser.measuring import drawn_at, note_tiles
from tests.browser.watching import Watch

LEAST_TARGET_PX = 44


def tile(id_: str) -> str:
    return f"#alert-{id_}"


@pytest.mark.alone
def test_an_alert_is_drawn_within_a_second_of_its_kafka_record(board: RunningBoard, desk: Desk, wall: Page) -> None:
    wall.goto(board.url)
    desk.put(standing_alert("warm"))
    expect(wall.locator(tile("warm"))).to_be_visible()
    note_tiles(wall)
    produced = {}
    for number in range(10):
        (produced[f"quick{number}"],) = desk.put(standing_alert(f"quick{number}", "red" if number % 2 else "blue"))
        time.sleep(0.13)
    expect(wall.locator(tile("quick9"))).to_be_visible()
    drawn = drawn_at(wall)
    delays = [drawn[id_] - at for id_, at in produced.items()]
    print(f"record to page: median {median(delays)} ms, at most {max(delays)} ms")
    assert max(delays) <= 1000


def test_what_becomes_of_an_alert_is_seen_without_loading_the_page_again(
    board: RunningBoard, desk: Desk, page: Page
) -> None:
    page.goto(board.url)
    alert = standing_alert("grows", "blue")
    desk.put(alert)
    grows = page.locator(tile("grows"))
    expect(grows).to_contain_text("1起")
    raised = next_version(next_version(alert), grade="red")
    desk.put(msgspec.convert(msgspec.to_builtins(raised), type(alert)))
    expect(page.locator(".grade.red").locator(tile("grows"))).to_contain_text("3起")
    desk.put(msgspec.structs.replace(next_version(raised), status="closed"))
    expect(grows).to_have_count(0)


def test_red_that_nobody_has_signed_is_in_the_title(board: RunningBoard, desk: Desk, page: Page) -> None:
    page.goto(board.url)
    desk.put(standing_alert("title", "red"))
    expect(page.locator(tile("title"))).to_be_visible()
    assert page.title().startswith("(红 ")
    assert "烽火" in page.title()


def test_only_the_board_is_asked_for_anything(board: RunningBoard, desk: Desk, page: Page, watch: Watch) -> None:
    page.goto(board.url)
    desk.put(standing_alert("asked"))
    expect(page.locator(tile("asked"))).to_be_visible()
    page.wait_for_load_state("networkidle")
    asked = [url for url in watch.requests if not url.startswith("data:")]
    assert len(asked) > 5
    there = board.url.partition("//")[2]
    assert all(url.partition("//")[2].startswith(there) for url in asked)
