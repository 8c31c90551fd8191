"""Signing in, in a real browser: the page for it, what an open page may do afterwards, and scripts of strangers."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from streams.board.access.passwords import hashed
from tests.browser.watching import Watch, check_accessible
from tests.integration.harness import ROOT, free_port

PEOPLE = "people:\n  chief: {roles: [commander], name: 值班长}\n  eye: {roles: [viewer], name: 大屏}\n"
CHIEF, EYE = "correct horse", "watchful eye 7"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("guarded")
    (made / "passwords.yaml").write_text(f"chief: {hashed(CHIEF)}\neye: {hashed(EYE)}\n", encoding="utf-8")
    (made / "passwords.yaml").chmod(0o600)
    (made / "people.yaml").write_text(PEOPLE, encoding="utf-8")
    (made / "own.css").write_text(".who { font-weight: 700 }\n", encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """A page behind the guard, as a process of its own: a process has one NiceGUI."""
    port = free_port()
    log = folder / "log"
    with log.open("wb") as out:
        command = [sys.executable, "-m", "tests.browser.guarded", str(folder), str(port)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out)
    try:
        wait_until_it_answers(f"http://127.0.0.1:{port}/sign-in", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
    said = log.read_text(encoding="utf-8")
    assert "Traceback" not in said, said[-5_000:]
    for secret in (CHIEF, EYE, "argon2id"):
        assert secret not in said


def wait_until_it_answers(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 - our own address
        except urllib.error.URLError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def people(folder: Path) -> Iterator[Path]:
    """The accounts file; as it was, for the next test."""
    path = folder / "people.yaml"
    yield path
    path.write_text(PEOPLE, encoding="utf-8")


def sign_in(page: Page, address: str, account: str = "chief", password: str = CHIEF) -> None:
    page.goto(address)
    page.get_by_label("账号").fill(account)
    page.get_by_label("密码").fill(password)
    page.keyboard.press("Enter")
    expect(page.locator("body[data-evaluated=yes]")).to_be_attached(timeout=20_000)  # its websocket is open


def test_who_signs_in_comes_to_the_page_he_wanted_and_it_works_under_the_policy(
    page: Page, address: str, watch: Watch
) -> None:
    sign_in(page, f"{address}/?grade=red")
    assert page.url == f"{address}/?grade=red"
    expect(page.locator(".who")).to_have_text("你好 值班长 commander")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator(".said")).to_have_text("signed")
    expect(page.locator("body[data-evaluated=yes]")).to_be_attached()
    expect(page.locator(".nicegui-echart canvas")).to_be_visible()
    expect(page.locator(".nicegui-leaflet .leaflet-pane").first).to_be_attached()
    assert page.locator(".who").evaluate("one => getComputedStyle(one).fontWeight") == "700"
    assert page.evaluate("window.taken") is None
    assert not watch.faults


def test_a_strangers_script_does_not_run_however_it_got_into_the_page(page: Page, address: str, watch: Watch) -> None:
    sign_in(page, f"{address}/hostile")
    expect(page.locator("body[data-evaluated=yes]")).to_be_attached()
    page.wait_for_timeout(500)
    assert page.evaluate("window.taken") is None
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.taken = 1'})); "
        "document.body.insertAdjacentHTML('beforeend', '<img src=y onerror=\"window.taken = 2\">')"
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.taken") is None
    assert page.evaluate("document.baseURI").startswith(address)
    page.evaluate("document.querySelector('#away').click()")
    page.wait_for_timeout(300)
    assert page.url == f"{address}/hostile"
    blocked = watch.forgive("Content Security Policy")
    assert any("inline script" in fault for fault in blocked)
    assert any("event handler" in fault for fault in blocked)
    assert any("form-action" in fault for fault in blocked)
    watch.forgive(r"/(x|y)\b")


def test_a_viewer_may_look_and_not_sign(page: Page, address: str) -> None:
    sign_in(page, address, "eye", EYE)
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator(".said")).to_have_text("refused")


def test_an_open_page_loses_what_its_account_loses(page: Page, address: str, people: Path) -> None:
    sign_in(page, address)
    people.write_text(PEOPLE.replace("commander", "viewer"), encoding="utf-8")
    expect(page.locator(".who")).to_have_text("你好 值班长 viewer", timeout=15_000)
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator(".said")).to_have_text("refused")


def test_an_open_page_of_an_account_that_is_gone_leaves_and_says_why(page: Page, address: str, people: Path) -> None:
    sign_in(page, f"{address}/?a=1")
    people.write_text(PEOPLE.replace("chief:", "chef:"), encoding="utf-8")
    expect(page.get_by_role("status")).to_contain_text("登录已失效", timeout=15_000)
    people.write_text(PEOPLE, encoding="utf-8")
    page.wait_for_timeout(1_500)
    page.get_by_label("账号").fill("chief")
    page.get_by_label("密码").fill(CHIEF)
    page.get_by_role("button", name="登录").click()
    expect(page.locator(".who")).to_be_visible(timeout=20_000)
    assert page.url == f"{address}/?a=1"


def test_signing_out_on_one_page_signs_out_the_others(page: Page, address: str) -> None:
    sign_in(page, address)
    other = page.context.new_page()
    other.goto(address)
    expect(other.locator(".who")).to_be_visible(timeout=20_000)
    page.locator("#out").click()
    expect(page.get_by_role("status")).to_have_text("您已退出登录。")
    expect(other.get_by_label("密码")).to_be_visible(timeout=15_000)


def test_a_page_that_lost_the_board_and_its_session_comes_to_sign_in_when_the_board_is_back(
    page: Page, address: str, people: Path, watch: Watch
) -> None:
    sign_in(page, address)
    # As when the board was started again: the socket is gone, and so is the session when it comes back.
    page.evaluate("window.socket.disconnect()")
    people.write_text(PEOPLE.replace("chief:", "chef:"), encoding="utf-8")
    page.wait_for_timeout(1_500)
    page.evaluate("window.socket.connect()")
    expect(page.get_by_role("status")).to_contain_text("登录已失效", timeout=15_000)
    assert watch.forgive("reloading because implicit handshake failed")


def test_the_page_to_sign_in_can_be_used_by_everybody(page: Page, phone: Page, address: str, watch: Watch) -> None:
    for one in (page, phone):
        one.goto(f"{address}/sign-in?told=ended")
        check_accessible(one)
        assert one.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_label("Password")).to_be_visible()
    check_accessible(page)
    page.get_by_label("Account").fill("chief")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("The account or the password is not right.")
    assert page.get_by_label("Account").input_value() == "chief"
    assert page.get_by_label("Password").input_value() == ""
    expect(page.get_by_label("Password")).to_be_focused()
    check_accessible(page)
    assert watch.forgive("status of 403"), "the browser logs that it was refused, as it is meant to"
