"""One alert in a real browser, on a real Kafka with a real worker."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest
from kafka import KafkaProducer
from playwright.sync_api import Page, expect

from streams import topics
from streams.audit import AuditEntry
from streams.board.access.passwords import hashed
from streams.clients import connect
from streams.codec import decode_command
from streams.settings import Settings
from tests.browser.boards import RunningBoard, a_board
from tests.browser.conftest import OpenPage
from tests.browser.watching import check_accessible
from tests.integration.harness import City, a_city, alerts, read_all, wait_ready

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

PASSWORD = "a long one for tests"  # noqa: S105 - of accounts that exist here only
CALLER = "13800138000"
SAID = "林女士反映，幸福里小区3栋楼道有很浓的煤气味，请速来。联系电话13800138000"


@pytest.fixture(scope="module")
def city(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A city whose worker is at work."""
    folder = tmp_path_factory.mktemp("city")
    with a_city(kafka, f"one{time.time_ns()}-", folder, partitions=2) as made:
        wait_ready(made.start_worker(), made)
        yield made


@pytest.fixture(scope="module")
def settings(city: City) -> Settings:
    """The topics of this city, and any port that is free for its board."""
    return msgspec.structs.replace(city.settings, board_port=0)


@pytest.fixture(scope="module")
def guarded(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBoard]:
    """A board at which people sign in."""
    folder = tmp_path_factory.mktemp("guarded")
    people, passwords = folder / "people.yaml", folder / "passwords.yaml"
    people.write_text("people:\n  sun: {roles: [viewer]}\n  li: {roles: [commander]}\n", encoding="utf-8")
    passwords.write_text(f"sun: {hashed(PASSWORD)}\nli: {hashed(PASSWORD)}\n", encoding="utf-8")
    passwords.chmod(0o600)
    over = {"people": str(people), "passwords": str(passwords)}
    with a_board(msgspec.structs.replace(settings, **over), folder) as running:
        yield running


@pytest.fixture
def alert_id(city: City) -> str:
    """An alert of a gas leak that was called in just now, at a place of its own."""
    number = f"{time.time_ns()}"
    call = {
        "id": number,
        "occurred_at": datetime.now(UTC).isoformat(),
        "kind": "gas_leak",
        "text": SAID,
        "caller": CALLER,
        "district": "龙湖区",
        "street": "金霞街道",
        "spot": f"幸福里{number[-6:]}小区",
    }
    producer = connect(KafkaProducer, city.settings, acks="all")
    producer.send(city.settings.topic("hotline.calls"), msgspec.json.encode(call)).get(timeout=30)
    producer.close(timeout=5)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = [one.id for one in alerts(city) if f"hotline:{number}" in one.evidence]
        if found:
            return found[0]
        time.sleep(0.5)
    raise AssertionError(f"no alert\n{city.logs()}")


def opened(page: Page, board: RunningBoard, alert_id: str) -> None:
    page.goto(f"{board.url}/alert/{alert_id}")
    expect(page.locator("h1")).to_have_text("燃气泄漏")


def do(page: Page, action: str, **said: str) -> None:
    """Press a button and fill in what it asks for."""
    page.locator(f"[data-act={action}]").click()
    dialog = page.locator("dialog[open]")
    if dialog.count():
        for name, text in said.items():
            field = dialog.locator(f"[name={name}]")
            if field.count():
                field.fill(text)
        dialog.locator("button[type=submit]").click()


def test_who_signs_sees_it_done_and_the_command_is_on_its_topic(
    city: City, board: RunningBoard, alert_id: str, page: Page
) -> None:
    opened(page, board, alert_id)
    expect(page.locator(".state-word")).to_have_text("待签收")
    do(page, "sign", by="值班员甲")
    expect(page.locator(".state-word")).to_have_text("已签收")
    expect(page.locator(".alert-head .said")).to_contain_text("值班员甲")
    expect(page.locator(".p-life")).to_contain_text("签收值班员甲  已执行")
    commands = [decode_command(record.value) for record in read_all(city, topics.COMMANDS)]  # type: ignore[attr-defined]
    (signed,) = [command for command in commands if command.alert == alert_id]
    assert (signed.action, signed.by) == ("sign", "值班员甲")
    last = max((one for one in alerts(city) if one.id == alert_id), key=lambda one: one.revision.version)
    assert last.revision.handling is not None
    assert last.revision.handling.signed_by == "值班员甲"


def test_what_somebody_else_did_meanwhile_is_told_as_the_reason_why_not(
    board: RunningBoard, alert_id: str, page: Page, phone: Page
) -> None:
    for one in (page, phone):
        opened(one, board, alert_id)
    page.locator("[data-act=close]").click()
    page.locator("dialog[open] [name=why]").fill("已修复")
    page.locator("dialog[open] [name=by]").fill("值班员乙")
    do(phone, "close", why="误触", by="值班员甲")
    expect(page.locator(".state-word")).to_have_text("已解除")
    page.locator("dialog[open] button[type=submit]").click()
    expect(page.locator(".acts-said")).to_contain_text("已解除（值班员甲")
    expect(page.locator(".acts-said")).to_contain_text("无需再做")
    expect(page.locator("[data-act=sign]")).to_have_count(0)


def test_a_viewer_can_do_nothing_and_is_shown_no_originals_and_a_commander_can(
    guarded: RunningBoard, alert_id: str, open_page: OpenPage
) -> None:
    viewer, commander = open_page(), open_page()
    for page, account in ((viewer, "sun"), (commander, "li")):
        page.goto(f"{guarded.url}/alert/{alert_id}")
        page.fill("#account", account)
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        expect(page.locator("h1")).to_have_text("燃气泄漏")
    expect(viewer.locator(".acts-none")).to_have_text("您的角色只能查看，不能处置")
    expect(viewer.locator(".act:visible, .ev-reveal")).to_have_count(0)
    # Whoever goes past the buttons is refused all the same.
    component = viewer.locator(".acts").get_attribute("id")
    viewer.evaluate(f"getElement({component[1:]}).$emit('act', {{action: 'false'}})")  # type: ignore[index]
    expect(viewer.locator(".acts-said")).to_have_text("您的角色无权进行此操作")
    do(commander, "false", why="误报警")
    expect(commander.locator(".state-word")).to_have_text("误报")
    expect(commander.locator(".alert-head .said")).to_contain_text("li")
    expect(viewer.locator(".state-word")).to_have_text("误报")


def test_a_reveal_is_on_record_before_the_words_are_seen_and_they_go_away_again(
    city: City, board: RunningBoard, alert_id: str, page: Page
) -> None:
    opened(page, board, alert_id)
    expect(page.locator(".ev-text").first).to_contain_text("[手机号]")
    expect(page.locator("body")).not_to_contain_text(CALLER)
    page.locator(".ev-reveal").first.click()
    dialog = page.locator("dialog[open]")
    dialog.locator("[name=by]").fill("值班长丙")
    dialog.locator("button[type=submit]").click()
    expect(dialog).to_be_visible()  # not without a reason
    dialog.locator("[name=why]").fill("回拨确认楼栋")
    dialog.locator("button[type=submit]").click()
    original = page.locator(".original")
    expect(original).to_contain_text(CALLER)
    expect(original).to_contain_text("林女士")
    entries = [msgspec.json.decode(one.value, type=AuditEntry) for one in read_all(city, topics.AUDIT)]  # type: ignore[attr-defined]
    (entry,) = [one for one in entries if one.about == alert_id]
    assert (entry.by, entry.action, entry.why, entry.outcome) == ("值班长丙", "reveal", "回拨确认楼栋", "allowed")
    assert entry.subject.startswith("hotline:")
    original.get_by_role("button", name="立即隐藏").click()
    expect(page.locator("body")).not_to_contain_text(CALLER)
    assert CALLER not in board.log.read_text(encoding="utf-8")


def test_it_is_read_by_those_who_cannot_see_it_in_both_languages(
    board: RunningBoard, alert_id: str, page: Page, phone: Page
) -> None:
    opened(page, board, alert_id)
    expect(page.locator(".p-life .steps")).to_be_visible()
    check_accessible(page)
    opened(phone, board, alert_id)
    phone.get_by_role("button", name="English").click()
    expect(phone.locator("h1")).to_have_text("Gas leak")
    expect(phone.locator(".p-why")).to_contain_text("Why this grade")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    chinese = re.compile(r"[\u4e00-\u9fff]")
    names = phone.locator("h2, h3, dt, .act, .due-label, .state-word, .badge").all_inner_texts()
    assert [name for name in names if chinese.search(name)] == []


def test_an_id_as_it_is_read_out_on_the_phone_finds_the_alert_on_record(
    board: RunningBoard, alert_id: str, page: Page
) -> None:
    opened(page, board, alert_id[:10])
    expect(page.locator(".id")).to_contain_text(alert_id)
    expect(page.locator(".p-life")).to_contain_text("新发")


def test_an_alert_that_is_not_there_says_so(board: RunningBoard, page: Page) -> None:
    page.goto(f"{board.url}/alert/nothing")
    expect(page.locator(".nothing")).to_contain_text("没有这条预警")
