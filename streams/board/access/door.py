"""Signing in and out: the routes of the guard."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qsl, quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from rules.alert import Text
from streams.board.access import wording
from streams.board.access.accounts import Accounts, Busy
from streams.board.access.attempts import Attempts
from streams.board.access.limits import Body
from streams.board.access.oidc import NotSignedIn, Provider, ProviderDown
from streams.board.access.origin import safe_next
from streams.board.access.sessions import How, Sessions
from streams.board.access.signpage import (
    LANGUAGE_PATH,
    OIDC_PATH,
    OIDC_RETURN_PATH,
    SIGN_IN_PATH,
    SIGN_OUT_PATH,
    SignPage,
)
from streams.board.access.visit import KEY, Visit
from streams.logs import log

_LARGEST_FORM, _FIELDS = 8_192, 16
_BUSY_S = 3
_TOLD: dict[str, tuple[Text, bool]] = {
    "out": (wording.SIGNED_OUT, False),
    "ended": (wording.ENDED, False),
    "stale": (wording.STALE, True),
    "down": (wording.OIDC_DOWN, True),
    "failed": (wording.OIDC_FAILED, True),
    "nobody": (wording.ELSEWHERE, True),
}


class Told(NamedTuple):
    """What the page says above the form, and with which status."""

    text: Text
    status: int
    wait_s: int = 0


_WRONG = Told(wording.WRONG, 403)


class Door:
    """Answers at the routes of the guard.

    Parameters
    ----------
    accounts
        Who there is.
    sessions
        Who is signed in.
    attempts
        Who has failed to.
    provider
        The OpenID provider, ``None`` without one.
    by_proxy
        A proxy names the accounts.
    told
        Called when somebody has signed in, with nothing, or has not, with the reason.

    """

    def __init__(
        self,
        accounts: Accounts,
        sessions: Sessions,
        attempts: Attempts,
        provider: Provider | None,
        *,
        by_proxy: bool,
        told: Callable[[str], None],
    ) -> None:
        self._told = told
        self._accounts = accounts
        self._sessions = sessions
        self._attempts = attempts
        self._provider = provider
        self._by_proxy = by_proxy

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        routes = [
            Route(SIGN_IN_PATH, self._ask, methods=["GET"]),
            Route(SIGN_IN_PATH, self._sign_in, methods=["POST"]),
            Route(SIGN_OUT_PATH, self._sign_out, methods=["POST"]),
        ]
        if self._provider is not None:
            routes.append(Route(OIDC_PATH, self._to_provider, methods=["GET"]))
            routes.append(Route(OIDC_RETURN_PATH, self._from_provider, methods=["GET"]))
        return [*routes]

    async def _ask(self, request: Request) -> Response:
        """Show the page to sign in on."""
        visit, target = _visit(request), safe_next(request.query_params.get("next", ""))
        if visit.session is not None:
            return _go(target)
        told, wrong = _TOLD.get(request.query_params.get("told", ""), (None, False))
        if told is None and self._by_proxy and not self._accounts.with_passwords:
            told = wording.BY_PROXY
        leave = self._provider.leaving() if self._provider and "provider" in request.query_params else ""
        return self._page(visit, target, told, wrong=wrong, leave=leave)

    async def _sign_in(self, request: Request) -> Response:
        """Sign somebody in who gives his password."""
        visit, form = _visit(request), await form_of(request)
        target, name = safe_next(form.get("next", "")), form.get("account", "").strip()
        if not self._sessions.fits(visit.holds, form.get("token", "")):
            return self._page(visit, target, wording.STALE, status=403)
        told = await self._try(name, form.get("password", ""), visit.peer.address)
        if told is not None:
            response = self._page(visit, target, told.text, status=told.status, account=name)
            if told.wait_s:
                response.headers["retry-after"] = str(told.wait_s)
            return response
        return self._signed_in(visit, name, "password", target, self._accounts.proof(name))

    async def _try(self, name: str, password: str, address: str) -> Told | None:
        """Return why somebody is not let in, ``None`` when he is. What he typed is not logged: it may be a password."""
        who = name if self._accounts.find(name) is not None else "an unknown account"
        if (wait := self._attempts.wait(name, address)) > 0:
            log.warning("signing in as %s from %s was not tried: too many have failed", who, address)
            self._told("TOO_MANY")
            words = wording.seconds_in_words(wait)
            text = Text(wording.WAIT.zh.format(wait=words.zh), wording.WAIT.en.format(wait=words.en))
            return Told(text, 429, int(wait) + 1)
        self._attempts.begin(name, address)
        try:
            right = await self._accounts.right(name, password)
        except Busy:
            self._attempts.abandon(name, address)
            self._told("BUSY")
            return Told(wording.BUSY, 503, _BUSY_S)
        if not right:
            log.warning("signing in as %s from %s has failed", who, address)
            self._told("WRONG")
            return _WRONG
        self._attempts.succeed(name, address)
        return None

    def _signed_in(self, visit: Visit, name: str, how: How, target: str, proof: str = "") -> Response:
        """Begin a session, with an id nobody has seen before, in place of the one of before."""
        if visit.session is not None:
            visit.session.ended = True
        id_, _ = self._sessions.begin(name, how, proof)
        log.info("%s has signed in from %s (%s)", name, visit.peer.address, how)
        self._told("")
        visit.fresh = False
        response = _go(target)
        response.raw_headers.extend([visit.set("session", id_), visit.set("start", "", 0)])
        return response

    async def _sign_out(self, request: Request) -> Response:
        """End the session."""
        visit, form = _visit(request), await form_of(request)
        session = visit.session
        if session is None:
            return _go(SIGN_IN_PATH)
        if not self._sessions.fits(visit.holds, form.get("token", "")):
            return self._page(visit, "/", wording.STALE, status=403)
        if session.how == "proxy":
            return self._page(visit, "/", wording.OUT_BY_PROXY, wrong=False)
        session.ended = True
        log.info("%s has signed out", session.account)
        leaving = "&provider" if session.how == "oidc" else ""
        response = _go(f"{SIGN_IN_PATH}?told=out{leaving}")
        response.raw_headers.append(visit.set("session", "", 0))
        return response

    async def _to_provider(self, request: Request) -> Response:
        """Send somebody to the OpenID provider."""
        visit, target = _visit(request), safe_next(request.query_params.get("next", ""))
        assert self._provider is not None  # noqa: S101 - or there is no route
        try:
            where = await self._provider.start(visit.start, target, _return_address(visit))
        except ProviderDown as error:
            return _down(error, target)
        response = RedirectResponse(where, 303)
        if visit.fresh:
            response.raw_headers.append(visit.set("start", visit.start))
        return response

    async def _from_provider(self, request: Request) -> Response:
        """Sign somebody in who comes back from the provider."""
        visit = _visit(request)
        assert self._provider is not None  # noqa: S101 - or there is no route
        try:
            name, target = await self._provider.finish("" if visit.fresh else visit.start, dict(request.query_params))
        except ProviderDown as error:
            return _down(error, "/")
        except NotSignedIn as error:
            log.warning("signing in by OpenID from %s has failed: %s", visit.peer.address, error)
            return _go(f"{SIGN_IN_PATH}?told=failed")
        if self._accounts.find(name) is None:
            log.warning("somebody from %s is known to the OpenID provider, but has no account", visit.peer.address)
            return _go(f"{SIGN_IN_PATH}?told=nobody&provider")
        return self._signed_in(visit, name, "oidc", target)

    def _page(
        self,
        visit: Visit,
        target: str,
        told: Text | None,
        *,
        wrong: bool = True,
        status: int = 200,
        account: str = "",
        leave: str = "",
    ) -> Response:
        visit.plain = True
        page = SignPage(
            visit.lang,
            self._sessions.token(visit.holds),
            target,
            visit.nonce,
            told,
            wrong,
            account,
            self._accounts.with_passwords,
            self._provider.oidc.name if self._provider is not None else None,
            leave,
        )
        return HTMLResponse(page.html(), status)


def language_route(sessions: Sessions) -> Route:
    """Return the route at which a browser chooses its language: also there where nobody signs in."""

    async def choose(request: Request) -> Response:
        visit, form = _visit(request), await form_of(request)
        target = safe_next(form.get("next", ""))
        response = _go(_asking(target) if form.get("back") == SIGN_IN_PATH else target)
        lang = form.get("to", "")
        if lang in {"zh", "en"} and sessions.fits(visit.holds, form.get("token", "")):
            response.raw_headers.append(visit.keep_language("en" if lang == "en" else "zh"))
        return response

    return Route(LANGUAGE_PATH, choose, methods=["POST"])


async def form_of(request: Request) -> dict[str, str]:
    """Return the fields of a form; none when it is no form, too large, or not UTF-8."""
    body = Body(request.receive, _LARGEST_FORM)
    content, more = b"", True
    while more:
        message = await body.receive()
        content += message.get("body", b"")
        more = message["type"] == "http.request" and message.get("more_body", False)
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    try:
        pairs = parse_qsl(content.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS)
    except ValueError:
        return {}
    return dict(pairs)


def to_sign_in(visit: Visit, target: str) -> Response:
    """Send somebody who is not signed in to the page for it, and back afterwards."""
    return _go(_asking(safe_next(target), "ended" if visit.id else ""))


def _asking(target: str, told: str = "") -> str:
    query = {"next": target if target != "/" else "", "told": told}
    said = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items() if value)
    return f"{SIGN_IN_PATH}{'?' * bool(said)}{said}"


def _down(error: ProviderDown, target: str) -> Response:
    log.error("the OpenID provider is of no use: %s", error)
    return _go(_asking(target, "down"))


def _return_address(visit: Visit) -> str:
    return f"{'https' if visit.peer.secure else 'http'}://{visit.host}{OIDC_RETURN_PATH}"


def _go(where: str) -> Response:
    return RedirectResponse(where, 303)


def _visit(request: Request) -> Visit:
    visit: Visit = request.scope[KEY]
    return visit
