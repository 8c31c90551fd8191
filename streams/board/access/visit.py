"""One request as the guard sees it: who asks, by which cookies, in which language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from starlette.types import Scope

from streams.board.access.origin import port_of
from streams.board.access.proxies import Peer
from streams.board.access.sessions import Session, new_id
from streams.language import Lang

KEY = "fenghuo.visit"
_LONGEST = 128
_A_YEAR_S = 31_536_000


@dataclass(slots=True)
class Visit:
    """One request.

    Parameters
    ----------
    peer
        Who asks.
    host
        The Host header, checked.
    nonce
        Of the scripts and styles of the response.
    lang
        Language of the pages.
    start
        Id of the browser before it has signed in, and afterwards where a proxy signs it in.
    fresh
        The browser does not hold `start` yet.
    id
        Of the session, as its cookie says; empty without cookie.
    session
        Who is signed in, ``None`` for nobody.
    plain
        The response is a page without scripts.

    """

    peer: Peer
    host: str
    nonce: str
    lang: Lang
    start: str
    fresh: bool
    id: str
    session: Session | None = None
    plain: bool = False

    @property
    def holds(self) -> str:
        """Return the cookie forms are tied to: of the session, else of the browser."""
        return self.id if self.session is not None and self.session.how != "proxy" else self.start

    def cookie(self, kind: str) -> str:
        """Return the name of a cookie; boards on other ports of this machine have others."""
        return cookie_name(kind, self.host, secure=self.peer.secure)

    def set(self, kind: str, value: str, age_s: int | None = None) -> tuple[bytes, bytes]:
        """Return the header that makes the browser hold something, until it is closed or so long.

        Lax, not Strict: links to the board stand in messages, and whoever follows one is to be signed in.
        """
        parts = [f"{self.cookie(kind)}={value}", "Path=/", "HttpOnly", "SameSite=Lax"]
        parts += ["Secure"] * self.peer.secure
        parts += [f"Max-Age={age_s}"] * (age_s is not None)
        return b"set-cookie", "; ".join(parts).encode()

    def keep_language(self, lang: Lang) -> tuple[bytes, bytes]:
        """Return the header that makes the browser remember a language."""
        return self.set("lang", lang, _A_YEAR_S)


def visit_of(scope: Scope, peer: Peer, host: str, usual: Lang) -> Visit:
    """Return a request as the guard sees it, with nobody signed in yet; `usual` is the language nobody has chosen."""
    cookies = _cookies(scope)

    def held(kind: str) -> str:
        return cookies.get(cookie_name(kind, host, secure=peer.secure), "")

    start = held("start")
    lang: Lang = {"zh": "zh", "en": "en"}.get(held("lang"), usual)  # type: ignore[assignment] # of the two
    return Visit(peer, host, new_id(), lang, start or new_id(), not start, held("session"))


def find_visit(asked: object) -> Visit | None:
    """Return the visit of a request, a websocket or a scope; ``None`` when it has not come through the guard."""
    scope = asked if isinstance(asked, dict) else getattr(asked, "scope", {})
    return cast("Visit | None", scope.get(KEY))


def cookie_name(kind: str, host: str, *, secure: bool) -> str:
    """Return the name of a cookie; with ``__Host-`` no neighbour under the same domain can set it."""
    port = port_of(host)
    return f"{'__Host-' * secure}fenghuo-{kind}{f'-{port}' * bool(port)}"


def header(scope: Scope, name: bytes) -> str:
    """Return the one value of a header; empty when there is none, or more than one."""
    found: list[Any] = [value for key, value in scope["headers"] if key == name]
    return found[0].decode("latin-1").strip() if len(found) == 1 else ""


def _cookies(scope: Scope) -> dict[str, str]:
    """Return the cookies by name, the first of those that share one: it is the more specific."""
    found: dict[str, str] = {}
    for key, value in scope["headers"]:
        if key == b"cookie":
            for pair in value.decode("latin-1").split(";"):
                name, _, text = pair.strip().partition("=")
                if name.removeprefix("__Host-").startswith("fenghuo-") and len(text) <= _LONGEST and text.isascii():
                    found.setdefault(name, text)
    return found
