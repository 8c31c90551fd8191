"""What browsers are told on every response."""

from __future__ import annotations

from streams.board.access.headers import board_policy, guarded, plain_policy


def directives(policy: str) -> dict[str, str]:
    return {name: rest for name, _, rest in (one.strip().partition(" ") for one in policy.split(";"))}


def test_the_policy_of_pages_lets_in_nothing_inline_and_nothing_from_elsewhere() -> None:
    found = directives(board_policy("n0nce", "board.gov", secure=True))
    assert found["default-src"] == "'none'"
    assert found["script-src"] == "'self' 'nonce-n0nce' 'unsafe-eval'"
    assert found["script-src-attr"] == "'none'"
    assert found["connect-src"] == "'self' wss://board.gov"
    assert (found["frame-ancestors"], found["base-uri"], found["object-src"]) == ("'none'", "'none'", "'none'")
    assert found["form-action"] == "'self'"
    assert "*" not in board_policy("n", "h", secure=False)
    assert "http" not in board_policy("n", "h", secure=False)


def test_pages_to_sign_in_have_no_scripts_at_all() -> None:
    found = directives(plain_policy("n0nce"))
    assert "script-src" not in found
    assert found["default-src"] == "'none'"
    assert found["style-src"] == "'nonce-n0nce'"


def test_what_lets_other_sites_read_a_response_is_taken_out() -> None:
    headers = [(b"Access-Control-Allow-Origin", b"*"), (b"content-type", b"text/plain"), (b"server", b"x/1.2")]
    found = dict(guarded(headers, "p", secure=False))
    assert b"access-control-allow-origin" not in found
    assert b"server" not in found
    assert found[b"content-security-policy"] == b"p"
    assert found[b"x-content-type-options"] == b"nosniff"


def test_a_stricter_policy_of_a_page_holds_too() -> None:
    found = guarded([(b"content-security-policy", b"sandbox")], "p", secure=False)
    assert [value for name, value in found if name == b"content-security-policy"] == [b"sandbox", b"p"]


def test_pages_are_not_kept_but_the_files_of_the_library_may_be() -> None:
    page = [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"max-age=60")]
    asset = [(b"content-type", b"text/javascript"), (b"cache-control", b"max-age=60")]
    data = [(b"content-type", b"application/json")]
    kept = [dict(guarded(headers, "p", secure=False))[b"cache-control"] for headers in (page, asset, data)]
    assert kept == [b"no-store", b"max-age=60", b"no-store"]


def test_who_came_by_https_is_told_to_stay_with_it() -> None:
    assert b"strict-transport-security" in dict(guarded([], "p", secure=True))
    assert b"strict-transport-security" not in dict(guarded([], "p", secure=False))
