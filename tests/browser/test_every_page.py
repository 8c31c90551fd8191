"""What holds for every page of the board, in a real browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from detectors.event import Event, Place
from streams.board.page import all_pages
from tests.browser.boards import Desk, RunningBoard, standing_alert
from tests.browser.hostile import HOSTILE, IDS, hostile
from tests.browser.measuring import sideways, targets
from tests.browser.watching import check_accessible

LEAST_PX = 44
PATHS = [page.path for page in all_pages()]
QUIET, PLAIN, MISPLACED, PLACED = "quiet", "plain", "misplaced", "placed"


def an_event(id_: str, minutes_ago: float) -> Event:
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    place = Place(district="440507", street="440507-01", name="金霞街道·星河城雅苑", lon=116.709, lat=23.37056)
    return Event(
        id=id_, source="hotline", kind="gas_leak", occurred_at=at, place=place, text="楼道有燃气味", reporter="r1"
    )


@pytest.fixture(scope="module")
def city(board: RunningBoard, desk: Desk) -> RunningBoard:
    """A board of a city in which something happens, some of it hostile."""
    calls = [an_event(f"hotline:{n}", n * 25.0) for n in range(40)]
    evidence = tuple(event.id for event in calls[:5])
    strange = [hostile(an_event("hotline:misplaced", 1)), hostile(an_event("hotline:placed", 2), IDS)]
    desk.happen(*calls, *strange)
    bad = {"grade": "red", "evidence": (*evidence, *(event.id for event in strange))}
    desk.put(
        standing_alert(QUIET, "blue", evidence=evidence, minutes_ago=30),
        standing_alert(PLAIN, "orange", evidence=evidence, restricted=True, pending_check=True),
        hostile(standing_alert(MISPLACED, **bad), keep={"evidence"}),
        hostile(standing_alert(PLACED, **bad), keep=IDS | {"evidence"}),
    )
    return board


def open_at(page: Page, city: RunningBoard, path: str, id_: str = PLAIN) -> None:
    """Open a page and let it draw everything."""
    page.goto(city.url + re.sub(r"\{[^}]*\}", id_, path))
    expect(page.locator(".page")).to_be_visible()
    expect(page.locator(".page h1").first).to_be_attached()
    page.wait_for_timeout(1_000)


@pytest.mark.parametrize("path", PATHS)
def test_everybody_can_use_it(city: RunningBoard, page: Page, phone: Page, path: str) -> None:
    open_at(page, city, path)
    check_accessible(page)
    open_at(phone, city, path)
    check_accessible(phone)


@pytest.mark.parametrize("path", PATHS)
def test_it_fits_a_phone_and_a_finger(city: RunningBoard, phone: Page, path: str) -> None:
    open_at(phone, city, path)
    assert not sideways(phone)
    small = [one for one in targets(phone) if min(one["width"], one["height"]) < LEAST_PX]
    assert not small, "\n".join(f"{one['width']}x{one['height']} px: {one['says']}" for one in small)


@pytest.mark.parametrize("path", PATHS)
def test_what_is_hostile_is_shown_as_the_text_it_is(city: RunningBoard, page: Page, path: str) -> None:
    for id_ in (MISPLACED, PLACED) if "{" in path else (PLACED,):
        open_at(page, city, path, id_)
        assert page.evaluate("window.injected") is None
        assert page.locator(".injected").count() == 0
        assert page.locator("[onerror], [onload], a[href^='javascript:' i]").count() == 0
        if path in {"/", "/alert/{id}"}:
            assert HOSTILE[:40] in page.locator(".page").inner_text()


@pytest.mark.parametrize("path", PATHS)
def test_it_speaks_both_languages(city: RunningBoard, page: Page, path: str) -> None:
    open_at(page, city, path)
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    title = page.title()
    page.get_by_text("English", exact=True).first.click()
    expect(page.locator("html")).to_have_attribute("lang", re.compile("^en"))
    assert re.sub(r"\{[^}]*\}", PLAIN, path) == page.evaluate("location.pathname")
    assert page.title() != title
