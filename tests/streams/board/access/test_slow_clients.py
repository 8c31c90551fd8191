"""Clients that are slow, rude or both: nobody holds the board up for others."""

from __future__ import annotations

import socket
import time
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.board.access import limits
from tests.streams.board.access.behind import Place, sign_in


def said(board: Place, raw: bytes, patience_s: float = 10) -> bytes:
    """What the board answers to these bytes, until it closes or falls silent."""
    with socket.create_connection(("127.0.0.1", board.port), timeout=patience_s) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while chunk := connection.recv(65_536):
                answer += chunk
        except (TimeoutError, ConnectionResetError):
            pass
        return answer


def closed_after(board: Place, raw: bytes) -> float:
    begin = time.monotonic()
    with socket.create_connection(("127.0.0.1", board.port), timeout=20) as connection:
        connection.sendall(raw)
        try:
            while connection.recv(65_536):
                pass
        except ConnectionResetError:
            pass
    return time.monotonic() - begin


@pytest.mark.parametrize("raw", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "])
def test_who_does_not_send_his_request_is_cut_off(board: Place, monkeypatch: pytest.MonkeyPatch, raw: bytes) -> None:
    monkeypatch.setattr(limits, "_HEAD_S", 0.5)
    assert 0.3 < closed_after(board, raw) < 10


def test_the_second_request_of_a_connection_is_not_waited_for_either(
    board: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_HEAD_S", 0.5)
    with socket.create_connection(("127.0.0.1", board.port), timeout=20) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        begin = time.monotonic()
        connection.sendall(b"GET / HTTP/1.1\r\nHo")
        while connection.recv(65_536):
            pass
    assert time.monotonic() - begin < 8


def test_a_body_that_does_not_come_is_not_waited_for(board: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits.Body.__init__, "__defaults__", (limits.LARGEST_BODY, 0.5))
    raw = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf"
    assert closed_after(board, raw) < 10


def test_a_head_without_end_is_refused(board: Place) -> None:
    assert b" 400 " in said(board, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100_000)[:40]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "BREW"])
@pytest.mark.parametrize("path", ["/sign-in", "/health", "/nothing"])
def test_a_body_that_is_no_http_is_refused_once_and_nothing_fails(
    board: Place, caplog: pytest.LogCaptureFixture, path: str, method: str
) -> None:
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{board.port}\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = said(board, head.encode() + b"5\r\nhello\r\nZZ\r\n")
    assert (answer[9:12], answer.count(b"HTTP/1.1")) == (b"400", 1)
    assert not [one.message for one in caplog.records if one.exc_info]


TOO_MUCH = b"100000\r\n" + b"x" * 0x100000 + b"\r\n1000\r\n" + b"x" * 0x1000 + b"\r\n"


@pytest.mark.parametrize(
    ("method", "body", "status"), [("GET", b"", b"200"), ("HEAD", b"", b"200"), ("POST", TOO_MUCH, b"413")]
)
def test_what_is_no_http_after_the_answer_closes_the_connection_and_nothing_fails(
    board: Place, caplog: pytest.LogCaptureFixture, method: str, body: bytes, status: bytes
) -> None:
    head = f"{method} /sign-in HTTP/1.1\r\nHost: 127.0.0.1:{board.port}\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", board.port), timeout=5) as connection:
        connection.sendall(head.encode() + body)
        answer = connection.recv(65_536)
        assert answer[9:12] == status
        with suppress(ConnectionError):
            connection.sendall(b"ZZ\r\n")
            while more := connection.recv(65_536):
                answer += more
    assert answer.count(b"HTTP/1.1") == 1
    assert not [one.message for one in caplog.records if one.exc_info]


HOSTILE = [
    b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /%ff%fe HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /..%2f..%2f..%2fetc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /" + b"a/" * 5_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET http://evil.com/ HTTP/1.1\r\nHost: evil.com\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.com\r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n",
    b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
    b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"fenghuo-session=\xff;" * 500 + b"\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
]


@pytest.mark.parametrize("raw", HOSTILE)
def test_hostile_requests_are_refused_and_tell_nothing(board: Place, raw: bytes) -> None:
    answer = said(board, raw)
    status = answer[9:12]
    assert status in {b"303", b"400", b"401", b"403", b"404", b"413", b"421", b"422", b"426", b""}, answer[:200]
    assert b"Traceback" not in answer
    with board.browser() as browser:
        assert browser.get("/health").status_code == 200


ROUTES = st.sampled_from(
    ["/sign-in", "/sign-out", "/language", "/sign-in/oidc", "/", "/page", "/_nicegui_ws/socket.io/"]
)
TEXT = st.text(max_size=40) | st.sampled_from(["\0", "%00", "../" * 50, "x" * 5_000, "\ud7ff", "'\";<>", "{{7*7}}"])


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"]),
    path=ROUTES,
    more=TEXT,
    form=st.dictionaries(
        st.sampled_from(["token", "account", "password", "next", "to", "back", "x"]), TEXT, max_size=5
    ),
    body=st.none() | st.binary(max_size=300),
    kind=st.sampled_from(["application/x-www-form-urlencoded", "multipart/form-data", "application/json", ""]),
)
def test_no_input_makes_a_route_fail(
    board: Place, method: str, path: str, more: str, form: dict[str, str], body: bytes | None, kind: str
) -> None:
    with board.browser() as browser:
        given_body = {"content": body} if body is not None else {"data": form}
        answer = browser.request(
            method, path, params={"next": more, "told": more}, headers={"content-type": kind}, **given_body
        )
    assert answer.status_code < 500
    assert "content-security-policy" in answer.headers
    assert "<script" not in answer.text


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cookie=st.binary(max_size=200).filter(lambda one: not set(one) & set(b"\r\n\0")))
def test_no_cookie_makes_a_page_fail(board: Place, cookie: bytes) -> None:
    name = f"fenghuo-session-{board.port}=".encode()
    for raw in (cookie, name + cookie):
        request = b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\nCookie: " % board.port
        answer = said(board, request + raw.strip(b" \t") + b"\r\n\r\n")
        assert answer[9:12] in {b"200", b"400"}, answer[:100]


def test_after_all_of_it_one_can_still_sign_in(board: Place) -> None:
    for raw in HOSTILE:
        said(board, raw)
    with board.browser() as browser:
        assert sign_in(browser).status_code == 303
