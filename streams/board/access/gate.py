"""What every request passes on its way to the board: who asks, from where, how much, and with which headers back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape

from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rules.alert import Text
from streams.board.access.config import Network
from streams.board.access.headers import board_policy, guarded, plain_policy
from streams.board.access.limits import Body, BodyRefused
from streams.board.access.nonces import give_nonce
from streams.board.access.origin import host_allowed, same_origin
from streams.board.access.proxies import peer_of
from streams.board.access.signpage import page
from streams.board.access.sockets import POLICY_VIOLATION
from streams.board.access.visit import KEY, Visit, header, visit_of
from streams.board.access.wording import REFUSED
from streams.language import Lang
from streams.logs import log

SOCKETS = "/_nicegui_ws/"
_SAFE = {"GET", "HEAD", "OPTIONS"}
_LONGEST_PATH = 2_048


class Gate:
    """The outermost application.

    Parameters
    ----------
    inner
        Is asked when nothing speaks against it, with a `Visit` in the scope.
    hosts
        Names the board answers to.
    proxies, account_header
        Whose word about a request is taken, and where they name the account.
    lang
        Language of who has not chosen one.

    """

    def __init__(
        self, inner: ASGIApp, hosts: Collection[str], proxies: Sequence[Network], account_header: str, lang: Lang
    ) -> None:
        self._lang = lang
        self._inner = inner
        self._hosts = hosts
        self._proxies = proxies
        self._account_header = account_header

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] == "lifespan":
            await self._inner(scope, receive, send)
            return
        scope = {**scope, "headers": list(scope["headers"])}
        peer = peer_of(scope, self._proxies, self._account_header)
        visit = scope[KEY] = visit_of(scope, peer, header(scope, b"host"), self._lang)
        give_nonce(scope, visit.nonce)
        status = self._fault(scope, visit)
        if scope["type"] == "websocket":
            if status:
                await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            else:
                await self._inner(scope, receive, send)
            return
        body = Body(receive)
        await self._answer(scope, body, _Responding(send, visit, body), status or body.announced(scope))

    def _fault(self, scope: Scope, visit: Visit) -> int:
        """Return the status a request is refused with, 0 when nothing speaks against it."""
        path = scope["path"]
        if len(path) > _LONGEST_PATH or any(ord(one) < ord(" ") or one in "\x7f\ufffd" for one in path):
            return 400
        if not host_allowed(visit.host, self._hosts):
            return 421
        return 403 if self._from_elsewhere(scope, visit) else 0

    def _from_elsewhere(self, scope: Scope, visit: Visit) -> bool:
        """Tell whether another site makes the browser ask for something that does, or listens to, something."""
        socket = scope["type"] == "websocket"
        if not socket and scope["method"] in _SAFE and not scope["path"].startswith(SOCKETS):
            return False
        if any(name == b"origin" for name, _ in scope["headers"]):
            return not same_origin(header(scope, b"origin"), visit.host, secure=visit.peer.secure)
        return socket or header(scope, b"sec-fetch-site") not in {"", "same-origin", "none"}

    async def _answer(self, scope: Scope, body: Body, send: _Responding, status: int) -> None:
        """Answer a request, whatever happens on the way."""
        if status:
            await refuse(status)(scope, body.receive, send)
            return
        try:
            await self._inner(scope, body.receive, send)
        except Exception as error:
            status = error.status if isinstance(error, BodyRefused) else body.fault
            if not status and not body.gone:
                log.exception("a request for the board failed")
            if send.started and not send.complete:
                raise  # the connection is closed: the browser sees that something is missing
            if not send.started:
                send.body = None
                await refuse(status or 500)(scope, body.receive, send)


class _Responding:
    """Sends a response with the headers it has to have."""

    def __init__(self, send: Send, visit: Visit, body: Body) -> None:
        self._send = send
        self._visit = visit
        self.body: Body | None = body
        self.started = self.complete = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if self.body is not None and self.body.fault:
                raise BodyRefused(self.body.fault)  # whatever the application makes of it
            self.started = True
            visit, secure = self._visit, self._visit.peer.secure
            plain = visit.plain or not visit.host
            policy = plain_policy(visit.nonce) if plain else board_policy(visit.nonce, visit.host, secure=secure)
            headers = guarded(message.get("headers", ()), policy, secure=secure)
            if visit.fresh and (b"content-type", b"text/html; charset=utf-8") in headers:
                headers.append(visit.set("start", visit.start))
            message = {**message, "headers": headers}
        await self._send(message)
        self.complete = message["type"] == "http.response.body" and not message.get("more_body", False)


def refuse(status: int) -> ASGIApp:
    """Return what answers with a status and a sentence."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await refusal(scope, status)(scope, receive, send)

    return answer


def refusal(scope: Scope, status: int) -> Response:
    """Return a status and a sentence: a page to browsers, a line to everything else."""
    visit: Visit = scope[KEY]
    visit.plain = True
    text = REFUSED.get(status, Text("值班台出错，请重试。", "Something went wrong: please try again."))
    said = text.zh if visit.lang == "zh" else text.en
    response: Response = PlainTextResponse(f"{said}\n", status)
    if wants_page(scope):
        response = HTMLResponse(page(visit.lang, visit.nonce, str(status), [f"<p>{escape(said)}</p>"]), status)
    if status in {400, 408, 413}:
        response.headers["connection"] = "close"
    return response


def wants_page(scope: Scope) -> bool:
    """Tell whether a browser asks for a page to show, and not a script for data."""
    return scope["method"] in {"GET", "HEAD", "POST"} and "text/html" in header(scope, b"accept")
