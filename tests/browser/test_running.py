"""The pages on the system, the rules and the shift in a real browser, as a real Kafka tells them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from streams import topics
from streams.delivery.record import Delivery
from tests.browser.boards import Desk, RunningBoard, standing_alert
from tests.browser.watching import check_accessible

PAGES = ("/system", "/rules", "/shift")
FILLED = {"/system": ".sys-section", "/rules": "#rule-gas-leak", "/shift": ".duty-cards"}


def wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_page_can_be_used_by_everybody_in_either_language(
    board: RunningBoard, page: Page, path: str, lang: str
) -> None:
    page.goto(f"{board.url}{path}")
    if lang == "en":
        page.get_by_role("button", name="English").click()
        expect(page.locator("html")).to_have_attribute("lang", re.compile("en"))
    expect(page.locator(FILLED[path]).first).to_be_visible()
    check_accessible(page)
    if lang == "en":
        assert not re.search("[一-鿿]{4}", " ".join(page.locator("h1, h2, summary, th").all_inner_texts()))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_phone(board: RunningBoard, phone: Page, path: str) -> None:
    phone.goto(f"{board.url}{path}")
    expect(phone.locator(FILLED[path]).first).to_be_visible()
    assert not wide(phone)


def test_the_worst_stands_first_with_what_to_do(board: RunningBoard, page: Page) -> None:
    page.goto(f"{board.url}/system")
    first = page.locator(".sys-section").first
    expect(first).to_contain_text("没有处理节点在运行", timeout=15_000)
    expect(first).to_contain_text("启动 fenghuo worker")
    expect(page.locator(".sys-gist .sys-verdict")).to_contain_text("故障")


def test_a_channel_that_fails_is_told_without_loading_the_page_again(
    board: RunningBoard, desk: Desk, page: Page
) -> None:
    page.goto(f"{board.url}/system")
    expect(page.locator("#channels")).to_contain_text("近7天没有发过消息")
    for n in range(3):
        failed = Delivery(
            key="k", alert="a", version=1, channel="sms", recipient="desk", attempt=n + 1, outcome="RETRY",
            reason="TIMEOUT", at=datetime.now(UTC),
        )  # fmt: skip
        desk.send(topics.DELIVERIES, failed)
    expect(page.locator("#channels")).to_contain_text("连续失败3次", timeout=15_000)


def test_what_is_unfolded_stays_so_while_the_page_goes_on(board: RunningBoard, page: Page) -> None:
    page.goto(f"{board.url}/system")
    expect(page.locator("#lag summary")).to_be_visible(timeout=15_000)
    page.locator("#lag summary").click()
    page.wait_for_timeout(6_000)
    assert page.locator("#lag details").evaluate("one => one.open")


def test_a_rule_is_found_and_shown_in_full_with_its_hits(board: RunningBoard, desk: Desk, page: Page) -> None:
    desk.put(standing_alert("hit"))
    page.goto(f"{board.url}/rules")
    rule = page.locator("#rule-gas-leak")
    expect(rule.locator(".book-figures")).to_contain_text("橙1", timeout=20_000)
    page.get_by_role("searchbox").fill("7 gas-leak")
    expect(page.locator(".book-rule")).to_have_count(1)
    rule.locator("summary").click()
    expect(rule.locator("pre")).to_contain_text("id: gas-leak")
    expect(rule.locator(".book-examples")).to_contain_text("one report")
    expect(page.locator(".book-chips")).to_contain_text("扬言伤害 × 网格")


def test_a_shift_is_told_and_prints_black_on_white(board: RunningBoard, desk: Desk, page: Page, tmp_path: Path) -> None:
    desk.put(standing_alert("handed", "red"))
    page.goto(f"{board.url}/shift")
    expect(page.locator(".duty-in-open")).to_contain_text("燃气泄漏", timeout=20_000)
    page.emulate_media(media="print")
    expect(page.locator("header.bar")).to_be_hidden()
    expect(page.locator(".duty-choice")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('.shift h1')).color") == "rgb(0, 0, 0)"
    page.emulate_media(media="screen")
    page.pdf(path=tmp_path / "shift.pdf")
    assert (tmp_path / "shift.pdf").stat().st_size > 10_000


def test_an_address_names_a_shift_and_a_wrong_one_shows_this(board: RunningBoard, page: Page) -> None:
    page.goto(f"{board.url}/shift?date=2026-01-05&from=20&to=8")
    expect(page.locator("h1")).to_contain_text("2026-01-05 20:00–08:00", timeout=20_000)
    page.goto(f"{board.url}/shift?date=tomorrow&from=99&to=8")
    expect(page.get_by_role("status")).to_contain_text("没有这样的班次", timeout=20_000)
