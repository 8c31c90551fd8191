"""Open pages: websockets of other sites, of nobody, of those who were signed out, and pages of somebody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from nicegui import Client
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from streams.board.access import sockets, turning_away
from streams.board.access.visit import KEY
from tests.streams.board.access.behind import EYE, PEOPLE, Place, sign_in

PATH = "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"


def cookie_of(board: Place, account: str = "chief", password: str = "correct horse") -> str:  # noqa: S107
    with board.browser() as browser:
        sign_in(browser, account, password)
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


def opened(board: Place, cookie: str = "", query: str = "", **headers: str) -> ClientConnection:
    asked = {"Origin": board.address, **({"Cookie": cookie} if cookie else {}), **headers}
    asked = {name: value for name, value in asked.items() if value}
    address = f"{board.address.replace('http', 'ws')}{PATH}{query}"
    return connect(address, additional_headers=asked, proxy=None, open_timeout=20)


def refused(board: Place, cookie: str = "", query: str = "", **headers: str) -> int:
    with pytest.raises(InvalidStatus) as caught:
        opened(board, cookie, query, **headers).close()
    return caught.value.response.status_code


@pytest.fixture
def page_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Make NiceGUI know a page that belongs to an account."""

    def make(id_: str, account: str) -> None:
        session = SimpleNamespace(account=account)
        request = SimpleNamespace(scope={KEY: SimpleNamespace(session=session)})
        monkeypatch.setitem(Client.instances, id_, SimpleNamespace(request=request))  # type: ignore[arg-type]

    yield make
    monkeypatch.undo()


def turned_away(board: Place, cookie: str = "", query: str = "") -> bool:
    """Whether a page is told to load itself again, and nothing else."""
    with opened(board, cookie, query) as socket:
        assert socket.recv(timeout=10).startswith('0{"sid":"turned-away"')
        socket.send("40")
        assert socket.recv(timeout=10) == '44{"message":"Implicit handshake failed"}'
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=10)
    return True


def test_only_who_is_signed_in_opens_a_websocket_and_others_are_told_to_load_the_page_again(board: Place) -> None:
    assert turned_away(board)
    assert turned_away(board, f"fenghuo-session-{board.port}={'a' * 43}")
    with opened(board, cookie_of(board)) as socket:
        socket.send("hello")
        assert socket.recv(timeout=10) == "heard hello"


@pytest.mark.parametrize("origin", ["http://evil.com", "null", "", "https://127.0.0.1"])
def test_another_site_opens_none_in_his_name(board: Place, origin: str) -> None:
    assert refused(board, cookie_of(board), Origin=origin) == 403


def test_a_name_that_is_not_ours_opens_none(board: Place) -> None:
    assert refused(board, cookie_of(board), Host="evil.com", Origin="http://evil.com") in {400, 403}


def test_without_a_websocket_the_same_holds(board: Place) -> None:
    polling = "/_nicegui_ws/socket.io/?EIO=4&transport=polling"
    with board.browser() as browser:
        assert browser.get(polling).text.startswith('0{"sid":"turned-away"')
        assert browser.post(f"{polling}&sid=turned-away", content="40").text == "ok"
        assert browser.get(f"{polling}&sid=turned-away").text == '44{"message":"Implicit handshake failed"}'
        sign_in(browser)
        assert browser.get(polling).text == "0"
        for headers in ({"origin": "http://evil.com"}, {"sec-fetch-site": "cross-site"}):
            assert browser.get(polling, headers=headers).status_code == 403
            assert browser.post(polling, content="40", headers=headers).status_code == 403


def test_who_was_signed_out_is_heard_no_more_and_then_cut_off(board: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "_LOOK_S", 0.05)
    monkeypatch.setattr(sockets, "_TO_LEAVE_S", 0.5)
    with opened(board, cookie_of(board)) as socket:
        socket.send('42["event",{}]')
        assert socket.recv(timeout=10) == 'heard 42["event",{}]'
        board.people.write_text(PEOPLE.replace("chief:", "chef:"), encoding="utf-8")
        board.clock.now += 2
        socket.send('42["event",{"n":2}]')
        socket.send("3")
        assert socket.recv(timeout=10) == "heard 3"
        with pytest.raises(ConnectionClosed) as caught:
            socket.recv(timeout=10)
    assert caught.value.rcvd is not None
    assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (1008, "signed out")


def test_only_what_somebody_does_keeps_him_signed_in(board: Place) -> None:
    with opened(board, cookie_of(board)) as socket:
        for text in ('42["event",{}]', '42["ack",{}]'):
            board.clock.now += 8 * 3_600
            socket.send(text)
            assert socket.recv(timeout=10) == f"heard {text}"
        board.clock.now += 5 * 3_600
        socket.send('42["event",{}]')
        with pytest.raises((TimeoutError, ConnectionClosed)):
            socket.recv(timeout=1)


def test_nobody_listens_to_or_speaks_for_a_page_of_somebody_else(board: Place, page_of: Any) -> None:
    page_of("page-of-chief", "chief")
    page_of("page-of-eye", "eye")
    cookie = cookie_of(board, "eye", EYE)
    assert turned_away(board, cookie, "&client_id=page-of-chief")
    assert turned_away(board, cookie, "&client_id=page-of-eye&client_id=page-of-chief")
    with opened(board, cookie, "&client_id=page-of-eye") as socket:
        socket.send('42["event",{"client_id":"page-of-chief","id":1}]')
        socket.send('42["event",{"\\u0063lient_id":"page-of-chief","id":1}]')
        socket.send('42["event",{"client_id":"page-of-eye"}]')
        assert socket.recv(timeout=10) == 'heard 42["event",{"client_id":"page-of-eye"}]'


def test_without_a_websocket_nobody_speaks_for_somebody_else_either(board: Place, page_of: Any) -> None:
    page_of("page-of-chief", "chief")
    theirs, own = '42["event",{"client_id":"page-of-chief"}]', '42["event",{}]'
    with board.browser() as browser:
        sign_in(browser, "eye", EYE)
        address = "/_nicegui_ws/socket.io/?EIO=4&transport=polling&sid=x"
        assert browser.post(address, content=f"{theirs}\x1e{own}\x1e{theirs}").text == str(len(own))
        assert browser.get(f"{address}&client_id=page-of-chief").text.startswith("44")


def test_who_says_nothing_is_not_waited_for(board: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turning_away, "_PATIENCE_S", 0.2)
    with opened(board) as socket:
        assert socket.recv(timeout=10)
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=10)


def test_a_websocket_that_says_too_much_at_once_is_closed(board: Place) -> None:
    with opened(board, cookie_of(board)) as socket:
        with suppress(ConnectionClosed):
            socket.send("x" * 1_000_000)
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=10)
