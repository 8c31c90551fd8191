"""The city page in a real browser: down to a community and up again, back through the day, told as it happens."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from detectors.event import Event, Place
from rules.alert import Alert
from tests.browser.boards import Desk, RunningBoard, standing_alert
from tests.builders import an_alert_place


def a_call(id_: str, minutes_ago: float, kind: str = "noise") -> Event:
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    place = Place(
        district="440507", street="440507-01", community="440507-01-01", name="金霞街道", lon=116.71, lat=23.37
    )
    return Event(id=f"hotline:{id_}", source="hotline", kind=kind, occurred_at=at, place=place)


def an_alert_here(id_: str, grade: str, minutes_ago: float) -> Alert:
    place = an_alert_place(
        district="440507", street="440507-01", community="440507-01-01", grid="", name="金霞街道·星河城雅苑",
        lon=116.71, lat=23.37,
    )  # fmt: skip
    return standing_alert(id_, grade, minutes_ago=minutes_ago, place=place)


@pytest.fixture(scope="module")
def city(board: RunningBoard, desk: Desk) -> RunningBoard:
    """A board of a city where one alert was raised ten minutes ago, and calls came all day."""
    desk.happen(*(a_call(str(n), 30.0 * n + 5) for n in range(20)))
    desk.put(an_alert_here("ten-minutes", "orange", 10))
    return board


def row(page: Page, name: str) -> Locator:
    """Return the row of an area in the table."""
    return page.locator(".city-list tbody tr").filter(has=page.get_by_role("button", name=re.compile(name)))


def open_city(page: Page, city: RunningBoard) -> None:
    page.goto(f"{city.url}/city")
    expect(row(page, "龙湖区").locator("td").nth(1)).to_have_text("橙 1")


def test_one_goes_down_to_a_community_and_up_again(city: RunningBoard, page: Page) -> None:
    open_city(page, city)
    expect(page.locator(".cell")).to_have_count(7)
    page.locator('.cell[data-id="440507"]').click(position={"x": 60, "y": 60}, force=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("龙湖区")
    row(page, "金霞街道").get_by_role("button").click()
    row(page, "海田社区").get_by_role("button").click()
    expect(page.get_by_role("heading", level=2)).to_contain_text("海田社区")
    expect(page.locator(".selected")).to_have_count(2)  # on the map, and in the table
    page.get_by_role("navigation", name="所在位置").get_by_role("button", name="汕头市").click()
    expect(page.locator(".cell")).to_have_count(7)


def drawn_widths(page: Page, keys: str, *, rest: bool) -> list[float]:
    """Return how much of the city the map drew across, frame by frame, while these keys were pressed in turn.

    Each once the move before is over when there is `rest`, else in the midst of it. It is over when thirty frames, half
    a second at least, drew the same: a busy browser is waited for.
    """
    return page.locator(".city-map > svg").evaluate(  # type: ignore[no-any-return]
        """async (svg, [keys, rest]) => {
            const width = () => Number(svg.getAttribute("viewBox").split(" ")[2]);
            const frame = () => new Promise((then) => requestAnimationFrame(then));
            const over = async () => {
                for (let [before, same] = ["", 0]; same < 30; await frame()) {
                    const now = svg.getAttribute("viewBox");
                    same = before === now ? same + 1 : 0;
                    before = now;
                }
            };
            await over();
            const widths = [width()];
            const drawn = new MutationObserver(() => widths.push(width()));
            drawn.observe(svg, { attributes: true, attributeFilter: ["viewBox"] });
            for (const key of keys) {
                svg.dispatchEvent(new KeyboardEvent("keydown", { key }));
                await (rest ? over() : new Promise((done) => setTimeout(done, 120)));
            }
            await over();
            return widths;
        }""",
        [keys, rest],
    )


def test_a_frame_that_was_due_before_the_move_began_draws_no_window_of_less_than_nothing(
    city: RunningBoard, page: Page
) -> None:
    page.add_init_script(
        "const real = window.requestAnimationFrame.bind(window);"
        "window.requestAnimationFrame = (then) => real((now) => then(now - 200));"
    )
    open_city(page, city)
    widths = drawn_widths(page, "+++0", rest=True)
    whole = widths[0]
    assert min(widths) == pytest.approx(whole * 0.6**3)
    assert widths[-1] == pytest.approx(whole)


def test_a_move_that_another_overtakes_is_over(city: RunningBoard, page: Page) -> None:
    open_city(page, city)
    widths = drawn_widths(page, "++++", rest=False)
    assert len(widths) > 1
    assert widths == sorted(widths, reverse=True)


def test_what_happens_is_told_while_one_looks(city: RunningBoard, page: Page, desk: Desk) -> None:
    open_city(page, city)
    page.get_by_text("事件热度", exact=True).click()
    events = row(page, "龙湖区").locator("td").nth(2)
    before = int(re.match(r"\d+", events.inner_text())[0])  # type: ignore[index]
    desk.happen(a_call("just-now", 0))
    expect(events).to_have_text(re.compile(rf"^{before + 1}\b"))


def test_an_alert_on_the_map_leads_to_its_page(city: RunningBoard, page: Page) -> None:
    open_city(page, city)
    mark = page.get_by_role("link", name=re.compile("橙 · .*星河城雅苑"))
    expect(mark).to_have_attribute("href", "/alert/ten-minutes")
    mark.click()
    expect(page).to_have_url(f"{city.url}/alert/ten-minutes")


def test_the_keyboard_goes_back_through_the_day_and_live_again(city: RunningBoard, page: Page) -> None:
    open_city(page, city)
    alerts = row(page, "龙湖区").locator("td").nth(1)
    page.get_by_role("slider").focus()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    expect(page.locator(".city-time .state")).to_have_text("回看")
    expect(alerts).to_have_text("–")
    page.keyboard.press("End")
    expect(page.locator(".city-time .state")).to_have_text("实时")
    expect(alerts).to_have_text("橙 1")


def test_the_day_plays_until_paused(city: RunningBoard, page: Page) -> None:
    open_city(page, city)
    page.get_by_role("button", name="播放").click()
    clock = page.locator(".city-time .clock b")
    began = clock.inner_text()
    expect(clock).not_to_have_text(began)
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="播放")).to_be_visible()
    page.get_by_role("button", name="回到实时").click()
    expect(page.locator(".city-time .state")).to_have_text("实时")


def test_it_fits_a_phone(city: RunningBoard, phone: Page) -> None:
    open_city(phone, city)
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    phone.get_by_text("街道", exact=True).first.click()
    expect(phone.locator(".cell")).to_have_count(24)
