"""Signing in and out over real HTTP: who gets in, for how long, and what others cannot do in his name."""

from __future__ import annotations

import logging
import re

import httpx
import pytest

from tests.streams.board.access.behind import (
    CHIEF,
    EYE,
    HASHES,
    PEOPLE,
    Place,
    opened,
    quickly_hashed,
    sign_in,
    token_in,
)


def session_of(browser: httpx.Client) -> str:
    return next((value for name, value in browser.cookies.items() if "session" in name), "")


def test_nobody_sees_the_board_before_he_has_signed_in(board: Place) -> None:
    with board.browser() as browser:
        answer = browser.get("/page?x=1&y=/z")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/sign-in?next=%2Fpage%3Fx%3D1%26y%3D%2Fz"
        assert browser.get("/", headers={"accept": "application/json"}).status_code == 401
        assert browser.get("/_nicegui/3.18.0/static/nicegui.js").status_code == 401
        assert browser.get("/no/such/page").status_code == 303


def test_who_signs_in_is_known_and_comes_where_he_wanted(board: Place) -> None:
    with board.browser() as browser:
        answer = sign_in(browser, next="/page?x=1")
        assert (answer.status_code, answer.headers["location"]) == (303, "/page?x=1")
        assert browser.get("/").json() == {"account": "chief", "name": "值班长", "lang": "zh"}
        assert browser.get("/sign-in?next=/page").headers["location"] == "/page"


@pytest.mark.parametrize("target", ["//evil.com", "https://evil.com", "/\\evil.com", "/\t/evil.com", "/sign-out"])
def test_nobody_is_sent_elsewhere_after_signing_in(board: Place, target: str) -> None:
    with board.browser() as browser:
        assert sign_in(browser, next=target).headers["location"] == "/"


def test_the_cookie_is_the_boards_alone_and_for_no_script(board: Place) -> None:
    with board.browser() as browser:
        cookies = sign_in(browser).headers.get_list("set-cookie")
    (session,) = [one for one in cookies if "session" in one]
    assert re.fullmatch(rf"fenghuo-session-{board.port}=[\w-]{{43}}; Path=/; HttpOnly; SameSite=Lax", session)


def test_a_session_has_a_new_id_whatever_the_browser_held_before(board: Place) -> None:
    with board.browser() as browser:
        browser.cookies.set(f"fenghuo-session-{board.port}", "a" * 43, domain="127.0.0.1", path="/")
        sign_in(browser)
        first = session_of(browser)
        assert first != "a" * 43
        token = token_in_form(browser)
        browser.post("/sign-in", data={"token": token, "account": "eye", "password": EYE})
        assert session_of(browser) != first
        assert browser.get("/").json()["account"] == "eye"
    with board.browser(cookies={f"fenghuo-session-{board.port}": first}) as thief:
        assert thief.get("/").status_code == 303


def token_in_form(browser: httpx.Client) -> str:
    """The token a signed-in browser's forms carry: a form without it shows the page again, with the right one."""
    answer = browser.post("/sign-in", data={"account": "x", "password": "y"})
    assert answer.status_code == 403
    return token_in(answer.text)


def test_a_wrong_password_and_an_unknown_account_look_the_same(board: Place) -> None:
    with board.browser() as browser:
        wrong = sign_in(browser, "chief", "not the password")
        unknown = sign_in(browser, "chef", "not the password")
    assert wrong.status_code == unknown.status_code == 403
    assert "账号或密码不正确" in wrong.text
    assert re.sub(r"nonce=\"\S+?\"|value=\"\w+\"", "", wrong.text) == re.sub(
        r"nonce=\"\S+?\"|value=\"\w+\"", "", unknown.text
    )


def test_a_form_of_another_site_does_nothing(board: Place) -> None:
    with board.browser() as browser:
        browser.get("/sign-in")
        data = {"account": "chief", "password": CHIEF}
        assert browser.post("/sign-in", data=data).status_code == 403
        assert browser.post("/sign-in", data={**data, "token": "0" * 64}).status_code == 403
        token = token_in(browser.get("/sign-in").text)
        for headers in ({"origin": "http://evil.com"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
            assert browser.post("/sign-in", data={**data, "token": token}, headers=headers).status_code == 403
        assert not session_of(browser)
        assert (
            browser.post("/sign-in", data={**data, "token": token}, headers={"origin": board.address}).status_code
            == 303
        )


def test_a_token_of_one_browser_is_of_no_use_to_another(board: Place) -> None:
    with board.browser() as mine, board.browser() as other:
        token = token_in(mine.get("/sign-in").text)
        other.get("/sign-in")
        assert other.post("/sign-in", data={"token": token, "account": "chief", "password": CHIEF}).status_code == 403


def test_who_signs_out_is_out_on_every_page(board: Place) -> None:
    with board.browser() as browser:
        sign_in(browser)
        id_ = session_of(browser)
        assert browser.post("/sign-out").status_code == 403
        assert browser.get("/sign-out").status_code in {404, 405}
        assert browser.get("/").json()["account"] == "chief"
        answer = browser.post("/sign-out", data={"token": token_in_form(browser)})
        assert answer.headers["location"] == "/sign-in?told=out"
        assert browser.get("/").status_code == 303
    with board.browser(cookies={f"fenghuo-session-{board.port}": id_}) as thief:
        assert thief.get("/").status_code == 303


def test_a_shift_later_one_is_signed_out_and_told(board: Place) -> None:
    with board.browser() as browser:
        sign_in(browser)
        board.clock.now += 11 * 3_600
        assert browser.get("/").status_code == 200
        board.clock.now += 11 * 3_600
        assert browser.get("/").status_code == 200
        board.clock.now += 2 * 3_600
        answer = browser.get("/")
        assert answer.headers["location"] == "/sign-in?told=ended"
        assert "登录已失效" in browser.get(answer.headers["location"]).text


def test_the_account_counts_as_it_is_now(board: Place) -> None:
    with board.browser() as browser:
        sign_in(browser)
        board.people.write_text(PEOPLE.replace("值班长", "总值班长"), encoding="utf-8")
        board.clock.now += 2
        assert browser.get("/").json()["name"] == "总值班长"
        board.people.write_text(PEOPLE.replace("chief:", "chef:"), encoding="utf-8")
        board.clock.now += 2
        assert browser.get("/").status_code == 303
        board.people.write_text(PEOPLE, encoding="utf-8")
        board.clock.now += 2
        assert browser.get("/").status_code == 303
        assert sign_in(browser).status_code == 303


def test_a_new_password_ends_the_sessions_of_the_old_one(board: Place) -> None:
    with board.browser() as browser:
        sign_in(browser)
        board.passwords.write_text(
            HASHES.replace("chief:", "x:") + f"chief: {quickly_hashed('another one')}\n", encoding="utf-8"
        )
        board.clock.now += 2
        assert browser.get("/").status_code == 303
        assert sign_in(browser).status_code == 403
        assert sign_in(browser, "chief", "another one").status_code == 303


def test_a_slip_in_a_file_is_logged_and_changes_nothing(board: Place, caplog: pytest.LogCaptureFixture) -> None:
    with board.browser() as browser, caplog.at_level(logging.ERROR):
        sign_in(browser)
        board.people.write_text("people: [", encoding="utf-8")
        board.passwords.unlink()
        board.clock.now += 2
        assert browser.get("/").status_code == 200
    assert "people.yaml" in caplog.text
    assert "it counts as it was" in caplog.text


def test_after_some_failures_one_has_to_wait_and_is_told_how_long(board: Place) -> None:
    with board.browser() as browser:
        for _ in range(7):
            answer = sign_in(browser, "chief", "not the password")
            board.clock.now += float(answer.headers.get("retry-after", 0))
        for _ in range(2):
            answer = sign_in(browser, "chief", "not the password")
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["retry-after"]) <= 9
        assert re.search(r"登录失败次数过多，请\d+秒后再试", answer.text)
        assert sign_in(browser).status_code == 429
        board.clock.now += int(answer.headers["retry-after"])
        assert sign_in(browser).status_code == 303


def test_the_log_has_who_and_from_where_but_nothing_that_was_typed(
    board: Place, caplog: pytest.LogCaptureFixture
) -> None:
    with board.browser() as browser, caplog.at_level(logging.INFO):
        sign_in(browser, "chief", "a wrong password")
        sign_in(browser, "my secret password", "a wrong password")
        sign_in(browser)
    assert "signing in as chief from 127.0.0.1 has failed" in caplog.text
    assert "signing in as an unknown account from 127.0.0.1 has failed" in caplog.text
    assert "chief has signed in from 127.0.0.1 (password)" in caplog.text
    for secret in ("a wrong password", "my secret password", CHIEF, "argon2"):
        assert secret not in caplog.text


def test_the_page_is_in_both_languages_and_remembers_the_choice(board: Place) -> None:
    with board.browser() as browser:
        page = browser.get("/sign-in?next=/page").text
        assert '<html lang="zh-CN">' in page
        data = {"token": token_in(page), "to": "en", "next": "/page", "back": "/sign-in"}
        answer = browser.post("/language", data=data)
        assert answer.headers["location"] == "/sign-in?next=%2Fpage"
        english = browser.get("/sign-in?next=/page").text
        assert '<html lang="en">' in english
        assert "Password" in english
        sign_in(browser)
        assert browser.get("/").json()["lang"] == "en"
        assert browser.post("/language", data={"to": "zh"}).status_code == 303
        assert browser.get("/").json()["lang"] == "en"


def test_what_is_typed_comes_back_as_text(board: Place) -> None:
    with board.browser() as browser:
        answer = sign_in(browser, '"><script>alert(1)</script>', "wrong password")
        assert "<script" not in answer.text
        assert "&quot;&gt;&lt;script&gt;" in answer.text
        assert "<script" not in browser.get('/sign-in?next=/"><script>alert(1)</script>&told=<script>').text


def test_a_probe_is_answered_without_an_account_and_a_page_is_not(board: Place) -> None:
    with board.browser() as browser:
        assert {path: browser.get(path).status_code for path in ("/health", "/alive", "/page")} == {
            "/health": 200,
            "/alive": 200,
            "/page": 303,
        }


def test_every_response_has_the_headers(board: Place) -> None:
    with board.browser() as browser:
        paths = ["/sign-in", "/page", "/no", "/health", "/%00", "/sign-in/oidc"]
        answers = [browser.get(path) for path in paths]
        sign_in(browser)
        answers += [browser.get("/page"), browser.get("/no"), browser.get("/fail"), browser.post("/page")]
    assert {answer.status_code for answer in answers} >= {200, 303, 404, 400, 500, 405}
    for answer in answers:
        assert "default-src 'none'" in answer.headers["content-security-policy"], answer
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in answer.headers
        assert "server" not in answer.headers
        assert "a secret of the inside" not in answer.text


def test_a_host_name_that_is_not_ours_is_not_answered(board: Place) -> None:
    with board.browser() as browser:
        for host in ("evil.com", "localhost.evil.com", "", "a" * 300):
            assert browser.get("/sign-in", headers={"host": host}).status_code in {400, 421}
        assert browser.get("/sign-in", headers={"host": "localhost:1"}).status_code == 200


def test_more_than_a_form_is_not_read(board: Place) -> None:
    with board.browser() as browser:
        token = token_in(browser.get("/sign-in").text)
        data = {"token": token, "account": "chief", "password": "x" * 20_000}
        assert browser.post("/sign-in", data=data).status_code == 413
        sign_in(browser)
        assert browser.post("/echo", content=b"x" * 1_000_000).text == "1000000"
        assert browser.post("/echo", content=b"x" * 1_100_000).status_code == 413

        def parts() -> object:
            yield from [b"x" * 100_000] * 12

        assert browser.post("/echo", content=parts()).status_code == 413  # type: ignore[arg-type]


def test_a_trusted_proxy_names_the_account_and_nobody_else_can(place: Place) -> None:
    access = "proxies: [127.0.0.1]\naccount_header: X-Forwarded-User\nhosts: [board.gov]\n"
    with opened(place, place.write(passwords="", access=access)):
        proxied = {"x-forwarded-user": "chief", "x-forwarded-proto": "https", "host": "board.gov"}
        with place.browser() as browser:
            assert browser.get("/", headers=proxied).json()["account"] == "chief"
            assert browser.get("/", headers={**proxied, "x-forwarded-user": "nobody"}).status_code == 303
            page = browser.get("/sign-in", headers={"host": "board.gov"}).text
            assert "单位的统一入口" in page
            assert "password" not in page
            out = browser.post("/sign-out", headers=proxied)
            assert out.status_code == 403
            data = {"token": token_in(out.text)}
            held = {"cookie": out.headers["set-cookie"].partition(";")[0]}
            assert "请在该入口退出" in browser.post("/sign-out", data=data, headers={**proxied, **held}).text
            answer = browser.get("/page", headers=proxied)
            assert answer.headers["strict-transport-security"]
            (cookie,) = answer.headers.get_list("set-cookie")
            assert cookie.startswith("__Host-fenghuo-start=")
            assert cookie.endswith("; Path=/; HttpOnly; SameSite=Lax; Secure")
    access = access.replace("127.0.0.1", "10.0.0.1")
    with opened(place, place.write(passwords="", access=access)), place.browser() as browser:
        assert browser.get("/", headers=proxied).status_code == 303


def test_where_there_are_no_accounts_everybody_is_let_in_and_nobody_signs_in(place: Place) -> None:
    with opened(place, place.write(people="", passwords="")) as guard, place.browser() as browser:
        assert browser.get("/").json()["account"] == ""
        assert not guard.required
        assert browser.get("/sign-in").status_code == 404
        assert browser.post("/echo", content=b"x", headers={"origin": "http://evil.com"}).status_code == 403
        assert browser.get("/", headers={"host": "evil.com"}).status_code == 421
