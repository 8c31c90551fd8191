"""Signing in, and who may see and do what, in a real browser with a real worker."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest
from kafka import KafkaProducer
from playwright.sync_api import Page, expect

from streams import topics
from streams.board.access.passwords import hashed
from streams.clients import connect
from streams.codec import decode_command
from streams.settings import Settings
from tests.browser.boards import Desk, RunningBoard, a_board, standing_alert
from tests.browser.conftest import PHONE, OpenPage
from tests.browser.measuring import sideways, targets
from tests.browser.watching import Watch, check_accessible
from tests.integration.harness import City, a_city, alerts, read_all, wait_ready

pytestmark = pytest.mark.slow

PASSWORD = "a long one for tests"  # noqa: S105 - of accounts that exist here only
PEOPLE = """
people:
  sun: {roles: [viewer], name: 孙}
  zhang: {roles: [duty], name: 张}
  wu: {roles: [duty], areas: ["440511"], name: 吴}
"""
# What the button of somebody who may sign does.
FORGE = """(alert) => {
  const wall = document.querySelector(".wall");
  getElement(Number(wall.id.slice(1))).$emit("sign", { id: alert, by: "zhang", grade: "red" });
}"""
LONGHU, JINPING = "440507", "440511"


@pytest.fixture(scope="module")
def city(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A city whose worker goes by the accounts."""
    folder = tmp_path_factory.mktemp("city")
    people, passwords = folder / "people.yaml", folder / "passwords.yaml"
    people.write_text(PEOPLE, encoding="utf-8")
    one = hashed(PASSWORD)
    passwords.write_text(f"sun: {one}\nzhang: {one}\nwu: {one}\n", encoding="utf-8")
    passwords.chmod(0o600)
    files = {"people": str(people), "passwords": str(passwords)}
    with a_city(kafka, f"roles{time.time_ns()}-", folder, partitions=2, **files) as made:
        wait_ready(made.start_worker(), made)
        yield made


@pytest.fixture(scope="module")
def settings(city: City) -> Settings:
    return city.settings


@pytest.fixture
def alert_id(city: City) -> str:
    """An alert that the worker raises of a call made just now."""
    number = f"{time.time_ns()}"
    call = {"id": number, "occurred_at": datetime.now(UTC).isoformat(), "kind": "gas_leak", "text": "煤气味"}
    place = {"caller": "1", "district": LONGHU, "spot": f"小区{number[-6:]}"}
    producer = connect(KafkaProducer, city.settings, acks="all")
    producer.send(city.settings.topic("hotline.calls"), msgspec.json.encode(call | place)).get(timeout=30)
    producer.close(timeout=5)
    end = time.monotonic() + 90
    while time.monotonic() < end:
        found = [one.id for one in alerts(city) if f"hotline:{number}" in one.evidence]
        if found:
            return found[0]
        time.sleep(0.5)
    raise AssertionError(f"no alert\n{city.logs()}")


def sign_in(page: Page, board: RunningBoard, account: str, password: str = PASSWORD) -> None:
    page.goto(board.url)
    page.get_by_label("账号").fill(account)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()


def given_about(city: City, alert_id: str) -> list[tuple[str, str]]:
    """Action and person of every command about an alert that is on the topic."""
    found = [decode_command(record.value) for record in read_all(city, topics.COMMANDS)]  # type: ignore[attr-defined]
    return [(command.action, command.by) for command in found if command.alert == alert_id]


def test_nobody_looks_without_signing_in_and_a_wrong_password_is_told(
    board: RunningBoard, open_page: OpenPage, watch: Watch
) -> None:
    page = open_page(**PHONE)
    page.goto(f"{board.url}/city")
    expect(page.get_by_role("heading")).to_have_text("烽火 值班台")
    check_accessible(page)
    assert not sideways(page)
    assert all(min(one["width"], one["height"]) >= 44 for one in targets(page))
    sign_in(page, board, "sun", "not the password")
    expect(page.get_by_role("alert")).to_have_text("账号或密码不正确。")
    sign_in(page, board, "sun")
    expect(page.locator(".wall")).to_be_visible()
    page.get_by_role("button", name="退出").click()
    page.goto(board.url)
    expect(page.get_by_label("密码")).to_be_visible()
    watch.forgive("status of 40[13]")  # what the browser says of the refusals


def test_who_signs_on_the_wall_sees_it_done_there_and_on_another_board(
    city: City, board: RunningBoard, alert_id: str, page: Page, wall: Page, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with a_board(board.settings, tmp_path_factory.mktemp("beside")) as beside:
        sign_in(page, board, "zhang")
        sign_in(wall, beside, "sun")
        tile, there = (one.locator(f"#alert-{alert_id}") for one in (page, wall))
        expect(there).to_contain_text("待签收")
        tile.locator("button.sign").click()
        for one in (tile, there):
            expect(one.locator(".state-word")).to_have_text("已签收")
            expect(one.locator(".by")).to_contain_text("zhang")
        wall.close()
    assert given_about(city, alert_id) == [("sign", "zhang")]


def test_a_viewer_cannot_sign_not_even_by_force(
    city: City, board: RunningBoard, alert_id: str, page: Page, wall: Page
) -> None:
    sign_in(page, board, "sun")
    expect(page.locator(f"#alert-{alert_id}")).to_be_visible()
    expect(page.locator("button.sign")).to_have_count(0)
    page.evaluate(FORGE, alert_id)
    sign_in(wall, board, "zhang")
    expect(wall.locator(f"#alert-{alert_id}")).to_contain_text("待签收")
    assert given_about(city, alert_id) == []
    wall.evaluate(FORGE, alert_id)  # the same in the hands of one who may
    expect(wall.locator(f"#alert-{alert_id} .state-word")).to_have_text("已签收")
    assert given_about(city, alert_id) == [("sign", "zhang")]


def test_people_see_the_alerts_of_their_areas_and_roles(board: RunningBoard, desk: Desk, open_page: OpenPage) -> None:
    for id_, district, restricted in (("ours", JINPING, False), ("theirs", LONGHU, False), ("secret", JINPING, True)):
        alert = standing_alert(id_, "red", restricted=restricted)
        place = msgspec.structs.replace(alert.place, district=district)
        desk.put(msgspec.structs.replace(alert, place=place, districts=(district,)))
    seen = {"sun": {"ours", "theirs"}, "zhang": {"ours", "theirs", "secret"}, "wu": {"ours", "secret"}}
    for account, ids in seen.items():
        page = open_page()
        sign_in(page, board, account)
        for id_ in ids:
            expect(page.locator(f"#alert-{id_}")).to_be_visible()
        for id_ in {"ours", "theirs", "secret"} - ids:
            expect(page.locator(f"#alert-{id_}")).to_have_count(0)
            page.goto(f"{board.url}/alert/{id_}")
            expect(page.locator(".nothing")).to_contain_text("没有这条预警，或您无权查看")
            page.goto(board.url)
