"""Signing in through an OpenID provider: a real one on this machine, honest and cheating."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from joserfc.jwk import RSAKey

from tests.streams.board.access.behind import Place, opened, served, token_in
from tests.streams.board.access.provider import CLIENT, SECRET, SmallProvider, path_of


@pytest.fixture
def provider() -> Iterator[SmallProvider]:
    small = SmallProvider()
    with served(small.app()) as small.address:
        yield small


@pytest.fixture
def board(place: Place, provider: SmallProvider) -> Iterator[Place]:
    """A board whose people sign in there."""
    secret = place.folder / "secret"
    secret.write_text(f"{SECRET}\n")
    with opened(place, place.write(passwords="", access=access_of(provider, secret))):
        yield place


def access_of(provider: SmallProvider, secret: Path) -> str:
    return (
        f"oidc:\n  issuer: {provider.address}\n  client_id: {CLIENT}\n  client_secret_file: {secret}\n"
        "  accounts: {u-known-as: eye}\n  name: {zh: 政务认证, en: Government sign-on}\n"
    )


def sent(browser: httpx.Client, target: str = "/page") -> str:
    """Go to the provider and return the address it sends back to."""
    answer = browser.get("/sign-in/oidc", params={"next": target})
    assert answer.status_code == 303
    with httpx.Client(trust_env=False) as outside:
        return path_of(outside.get(answer.headers["location"]).headers["location"])


def through(browser: httpx.Client, target: str = "/page") -> str:
    """Go to the provider and back; return where one ends."""
    return str(browser.get(sent(browser, target)).headers["location"])


def test_who_the_provider_knows_is_signed_in_under_his_account(board: Place, provider: SmallProvider) -> None:
    with board.browser() as browser:
        page = browser.get("/sign-in?next=/page").text
        assert "使用政务认证登录" in page
        assert 'name="password"' not in page
        assert through(browser) == "/page"
        assert browser.get("/").json()["account"] == "chief"
    (asked,) = provider.asked
    assert asked["redirect_uri"] == f"{board.address}/sign-in/oidc/return"
    assert (asked["client_id"], asked["response_type"], asked["scope"]) == (CLIENT, "code", "openid profile")
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["nonce"]) == len(asked["state"]) == 43


def test_a_claim_may_stand_for_another_account(board: Place, provider: SmallProvider) -> None:
    provider.account = "u-known-as"
    with board.browser() as browser:
        assert through(browser) == "/page"
        assert browser.get("/").json()["account"] == "eye"


def test_who_has_no_account_here_is_told_so(board: Place, provider: SmallProvider) -> None:
    provider.account = "somebody"
    with board.browser() as browser:
        where = through(browser)
        assert where == "/sign-in?told=nobody&provider"
        text = browser.get(where).text
        assert "尚未为其开通权限" in text
        assert f'href="{provider.address}/leave?client_id={CLIENT}"' in text
        assert browser.get("/").status_code == 303


@pytest.mark.parametrize("target", ["//evil.com", "https://evil.com", "/\\evil.com"])
def test_nobody_is_sent_elsewhere_by_the_provider(board: Place, target: str) -> None:
    with board.browser() as browser:
        assert through(browser, target) == "/"


CHEATS = {
    "another audience": {"aud": "another"},
    "several audiences without saying for whom": {"aud": [CLIENT, "another"]},
    "for somebody else": {"aud": [CLIENT, "another"], "azp": "another"},
    "another issuer": {"iss": "https://evil.com"},
    "of yesterday": {"exp": 1_700_000_000},
    "of tomorrow": {"iat": 4_000_000_000},
    "another nonce": {"nonce": "x" * 43},
    "no nonce": {"nonce": None},
    "no subject": {"sub": None},
    "never ends": {"exp": None},
    "no account": {"preferred_username": None},
    "an account that is a list": {"preferred_username": ["chief"]},
    "a wrong hash of the access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_a_token_that_does_not_hold_lets_nobody_in(board: Place, provider: SmallProvider, cheat: str) -> None:
    provider.claims = CHEATS[cheat]
    with board.browser() as browser:
        assert through(browser) == "/sign-in?told=failed"
        assert browser.get("/").status_code == 303


@pytest.mark.parametrize("way", ["unsigned", "signed_with_the_public_key", "another key", "garbage"])
def test_a_token_that_is_not_signed_by_the_provider_lets_nobody_in(
    board: Place, provider: SmallProvider, way: str
) -> None:
    if way == "another key":
        other = SmallProvider()
        provider.sign = other.signed
    else:
        provider.sign = getattr(provider, way, lambda _: "garbage.of.bytes")
    with board.browser() as browser:
        assert through(browser) == "/sign-in?told=failed"


def test_the_provider_may_change_its_key(board: Place, provider: SmallProvider) -> None:
    with board.browser() as browser:
        assert through(browser) == "/page"
        provider.key = RSAKey.generate_key(2048, parameters={"kid": "two"})
        board.clock.now += 60
    with board.browser() as browser:
        assert through(browser) == "/page"


def test_an_answer_nobody_asked_for_lets_nobody_in(board: Place) -> None:
    with board.browser() as mine, board.browser() as other:
        back = sent(other)
        assert mine.get(back).headers["location"] == "/sign-in?told=failed"
        assert other.get(back).headers["location"] == "/sign-in?told=failed"
        again = sent(other)
        assert other.get(again).headers["location"] == "/page"
        assert mine.get(again).headers["location"] == "/sign-in?told=failed"
        assert (
            mine.get("/sign-in/oidc/return?error=access_denied&state=x").headers["location"] == "/sign-in?told=failed"
        )
        late = sent(mine)
        board.clock.now += 601
        assert mine.get(late).headers["location"] == "/sign-in?told=failed"


def test_an_answer_of_another_provider_lets_nobody_in(board: Place) -> None:
    with board.browser() as browser:
        assert browser.get(f"{sent(browser)}&iss=https://evil.com").headers["location"] == "/sign-in?told=failed"


@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "https://evil.com"},
        {"token_endpoint": "http://evil.com/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"end_session_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
        {"padding": "x" * 300_000},
    ],
)
def test_a_provider_that_tells_nonsense_of_itself_is_not_asked(
    board: Place, provider: SmallProvider, about: dict[str, str]
) -> None:
    provider.about = about
    with board.browser() as browser:
        assert browser.get("/sign-in/oidc?next=/page").headers["location"] == "/sign-in?next=%2Fpage&told=down"
        assert "统一身份认证暂时不可用" in browser.get("/sign-in?told=down").text


def test_a_provider_that_is_down_is_told_and_back_when_it_is_back(place: Place, provider: SmallProvider) -> None:
    secret = place.folder / "secret"
    secret.write_text(SECRET)
    access = access_of(provider, secret)
    with served(provider.app()) as elsewhere:
        gone = access.replace(provider.address, elsewhere)
    with opened(place, place.write(passwords="", access=gone)), place.browser() as browser:
        begin = time.monotonic()
        assert browser.get("/sign-in/oidc").headers["location"] == "/sign-in?told=down"
        assert time.monotonic() - begin < 12


def test_who_signs_out_here_may_sign_out_there(board: Place, provider: SmallProvider) -> None:
    with board.browser() as browser:
        through(browser)
        token = token_in(browser.post("/sign-out").text)
        answer = browser.post("/sign-out", data={"token": token})
        assert answer.headers["location"] == "/sign-in?told=out&provider"
        assert f"{provider.address}/leave" in browser.get(answer.headers["location"]).text


def test_no_secret_of_it_is_logged(board: Place, provider: SmallProvider, caplog: pytest.LogCaptureFixture) -> None:
    provider.claims = {"aud": "another"}
    with caplog.at_level("DEBUG"), board.browser() as browser:
        through(browser)
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("fenghuo"))
    assert "signing in by OpenID from 127.0.0.1 has failed: the ID token does not hold" in ours
    assert SECRET not in caplog.text
    for redeemed in provider.redeemed:
        assert redeemed["code_verifier"] not in ours
