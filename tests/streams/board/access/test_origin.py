"""Hosts, origins, and where one may be sent after signing in."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streams.board.access.origin import host_allowed, safe_next, same_origin


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("localhost", True),
        ("localhost:8080", True),
        ("127.0.0.1:8080", True),
        ("[::1]:8080", True),
        ("10.1.2.3:8080", True),
        ("board.example.gov.cn", True),
        ("BOARD.example.gov.cn.:443", True),
        ("evil.example.com", False),
        ("board.example.gov.cn.evil.com", False),
        ("localhost.evil.com", False),
        ("127.0.0.1.evil.com", False),
        ("", False),
        ("board.example.gov.cn:99999999", False),
        ("board.example.gov.cn@evil.com", False),
        ("board.example.gov.cn/..", False),
        ("[::1", False),
    ],
)
def test_the_board_answers_to_its_names_and_to_plain_addresses(host: str, *, allowed: bool) -> None:
    assert host_allowed(host, ("board.example.gov.cn",)) == allowed


@pytest.mark.parametrize(
    ("origin", "host", "secure", "same"),
    [
        ("http://localhost:8080", "localhost:8080", False, True),
        ("http://localhost", "localhost:8080", False, False),
        ("https://board.gov", "board.gov", True, True),
        ("https://board.gov", "board.gov:443", True, True),
        ("https://board.gov", "board.gov", False, True),
        ("http://board.gov", "board.gov", True, False),
        ("https://board.gov.evil.com", "board.gov", True, False),
        ("https://evil.com", "board.gov", True, False),
        ("null", "board.gov", False, False),
        ("", "board.gov", False, False),
        ("file://", "board.gov", False, False),
        ("https://board.gov@evil.com", "board.gov", True, False),
        ("https://board.gov/path", "board.gov", True, False),
    ],
)
def test_an_origin_is_ours_only_when_host_and_port_are(origin: str, host: str, *, secure: bool, same: bool) -> None:
    assert same_origin(origin, host, secure=secure) == same


@pytest.mark.parametrize("target", ["/", "/city", "/alert/a1?x=1&y=2#part", "/city?area=汕头", "/a%20b"])
def test_after_signing_in_one_goes_where_one_wanted(target: str) -> None:
    assert safe_next(target).isascii()
    assert urlsplit(safe_next(target)).path == urlsplit(target).path


HOSTILE = [
    "//evil.com",
    "/\\evil.com",
    "\\\\evil.com",
    "/\t/evil.com",
    "/\n/evil.com",
    " //evil.com",
    "https://evil.com",
    "https:evil.com",
    "javascript:alert(1)",
    "/sign-in?next=/sign-in",
    "/sign-out",
    "/%73ign-out",
    "/_nicegui/x",
    "/a\r\nset-cookie: x=y",
    "/" + "a" * 5_000,
    "///evil.com",
    "/\u2028/evil",
]


@pytest.mark.parametrize("target", HOSTILE)
def test_nobody_is_sent_elsewhere(target: str) -> None:
    assert safe_next(target) == "/" or urlsplit(urljoin("http://board/x", safe_next(target))).netloc == "board"


@given(st.text(alphabet=st.sampled_from("/\\.:@?#%\t\n\r evil.comhttps012fF"), max_size=20) | st.text())
@example("//[")
@example("/\ud800")
def test_wherever_one_wants_to_go_it_is_a_page_of_the_board(target: str) -> None:
    safe = safe_next(target)
    assert safe.startswith("/")
    assert not safe.startswith("//")
    assert safe.isascii()
    assert not set(safe) & set("\\\t\r\n \0")
    assert urlsplit(urljoin("https://board/sign-in", safe)).netloc == "board"
    assert safe_next(safe) == safe
