"""Pages that are written to files, of reports and backtests, in a real browser: what is hostile is text in them too."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from playwright.sync_api import Page, expect

from streams.backtest.command import backtest
from streams.backtest.order import Order
from streams.backtest.page import page as backtest_page
from streams.language import Lang
from streams.report.page import page as report_page
from streams.settings import Settings
from tests.browser.hostile import HOSTILE, hostile
from tests.browser.watching import Watch
from tests.streams.report.test_page import a_hostile_report, a_report

KEEP = {"zone", "grade", "what", "key", "level", "signing_by_grade", "on_site_by_grade"}
"""What pages look up, which are words of ours."""


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    """Pages by name, every text in them hostile that may be any text."""
    day = backtest(Order(book="shipped", against="shipped", simulated_days=1.0, daily=40.0), Settings())
    made: dict[str, str] = {}
    for lang in get_args(Lang):
        made[f"backtest-{lang}"] = backtest_page(hostile(day, KEEP), lang)
        made[f"report-{lang}"] = report_page(hostile(a_report(n=6), KEEP), lang)
        made[f"case-{lang}"] = report_page(a_hostile_report(), lang)
    return made


@pytest.mark.parametrize(
    "name", [f"{what}-{lang}" for what in ("backtest", "report", "case") for lang in get_args(Lang)]
)
def test_what_is_hostile_is_text_on_a_page_that_is_written(
    written: dict[str, str], page: Page, watch: Watch, tmp_path: Path, name: str
) -> None:
    file = tmp_path / f"{name}.html"
    file.write_text(written[name], encoding="utf-8")
    page.goto(file.as_uri())
    expect(page.locator("body")).to_be_visible()
    assert page.evaluate("window.injected") is None
    assert page.locator(".injected, base, form, iframe, object").count() == 0
    assert page.locator("[onerror], [onload], a[href^='javascript:' i]").count() == 0
    watch.forgive(r"a request leaves the machine: file:.*/[a-z]+-(zh|en)\.html$")
    if not name.startswith("case"):
        assert HOSTILE[:20] in (page.locator("body").text_content() or "")
