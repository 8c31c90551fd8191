"""What goes wrong around a board: records nobody can read, an alert that becomes one for the duty desk only."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from kafka import KafkaProducer
from playwright.sync_api import Page, expect

from streams import topics
from streams.board.access.passwords import hashed
from streams.clients import connect
from streams.settings import Settings
from tests.browser.boards import Desk, RunningBoard, a_board, next_version, standing_alert

PASSWORD = "a long one for tests"  # noqa: S105 - of an account that exists here only
READ = (
    *(topics.CURRENT, topics.RESTRICTED_CURRENT, topics.ALERTS, topics.EVENTS, topics.LATE, topics.INDEX, topics.RULES),
    *(topics.ANSWERS, topics.SIGNALS, topics.DEAD, topics.DELIVERIES),
)


@pytest.fixture(scope="module")
def guarded(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBoard]:
    """A board of the same topics at which a viewer signs in."""
    folder = tmp_path_factory.mktemp("guarded")
    people, passwords = folder / "people.yaml", folder / "passwords.yaml"
    people.write_text("people:\n  sun: {roles: [viewer]}\n", encoding="utf-8")
    passwords.write_text(f"sun: {hashed(PASSWORD)}\n", encoding="utf-8")
    passwords.chmod(0o600)
    over = {"people": str(people), "passwords": str(passwords), "board_port": 0}
    with a_board(msgspec.structs.replace(settings, **over), folder) as running:
        yield running


def test_records_that_cannot_be_read_do_not_stop_the_wall_and_the_system_page_says_so(
    board: RunningBoard, settings: Settings, desk: Desk, page: Page
) -> None:
    page.goto(board.url)
    producer = connect(KafkaProducer, settings, acks="all")
    for value in (b"", b"\xff\xfe", b"[]", b'{"detector":"silence", "scan": "scan"}'):
        for topic in READ:
            producer.send(settings.topic(topic), value, key=b"k").get(timeout=30)
    producer.close(timeout=5)
    desk.put(standing_alert("after"))
    expect(page.locator("#alert-after")).to_be_visible()
    page.goto(f"{board.url}/system")
    expect(page.locator("body")).to_contain_text("无法读取，已跳过")


def test_the_name_of_an_alerts_page_grows_with_its_grade(board: RunningBoard, desk: Desk, page: Page) -> None:
    alert = standing_alert("abcdef01", "orange")
    desk.put(alert)
    page.goto(f"{board.url}/alert/{alert.id}")
    expect(page).to_have_title("橙 燃气泄漏 " + alert.place.name)
    desk.put(next_version(alert, grade="red"))
    expect(page).to_have_title("红 燃气泄漏 " + alert.place.name)


def test_an_alert_that_becomes_one_for_the_duty_desk_leaves_the_open_page_of_a_viewer(
    guarded: RunningBoard, desk: Desk, page: Page
) -> None:
    alert = standing_alert("abcdef02")
    desk.put(alert)
    page.goto(f"{guarded.url}/alert/{alert.id}")
    page.fill("[name=account]", "sun")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("燃气泄漏")
    desk.put(msgspec.structs.replace(next_version(alert), restricted=True))
    expect(page.locator(".nothing")).to_contain_text("没有这条预警，或您无权查看")
    expect(page.locator("h1")).to_have_count(0)


def test_a_command_nobody_answers_any_more_does_not_lock_the_buttons(
    board: RunningBoard, desk: Desk, page: Page
) -> None:
    alert = standing_alert("abcdef03", "blue")
    desk.put(alert)
    page.clock.install()
    page.goto(f"{board.url}/alert/{alert.id}")
    sign = page.locator("[data-act=sign]")
    expect(sign).to_be_enabled()
    page.evaluate("window.socket.disconnect()")
    sign.click()
    page.locator("dialog[open] [name=by]").fill("值班员")
    page.locator("dialog[open] button[type=submit]").click()
    expect(sign).to_be_disabled()
    page.clock.run_for(31_000)
    expect(sign).to_be_enabled()
    expect(page.locator(".acts-said")).to_have_text("没有收到回应，请查看预警状态")
