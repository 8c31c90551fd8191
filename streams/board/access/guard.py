"""The guard of the board: put together from the settings, put around the application, asked by the pages."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TypeVar

from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from detectors.areas import AreaTree
from streams.board.access.accounts import Accounts, collected, open_accounts
from streams.board.access.attempts import Attempts
from streams.board.access.config import Access, AccessFile, load_access, loopback
from streams.board.access.door import Door, language_route, to_sign_in
from streams.board.access.gate import SOCKETS, Gate, refuse, wants_page
from streams.board.access.nonces import mark_scripts
from streams.board.access.oidc import Provider
from streams.board.access.sessions import Session, Sessions
from streams.board.access.sockets import Channel
from streams.board.access.turning_away import turn_away
from streams.board.access.visit import KEY, Visit, find_visit
from streams.board.access.visitor import Visitor
from streams.errors import ConfigurationError, Fault
from streams.intake.places import load_areas
from streams.language import Lang
from streams.logs import log
from streams.secret import Secret
from streams.settings import Settings

_HOUR_S = 3_600.0
T = TypeVar("T")


class Guard:
    """Stands between the network and the board.

    Parameters
    ----------
    accounts
        Who there is; ``None`` when nobody signs in and everybody may do everything.
    access
        What the access file says.
    secret
        The secret of the OpenID provider.
    hosts
        Names the board answers to besides those of the access file.
    public
        Paths everybody may ask for, such as a health check.
    lang
        Language of who has not chosen one.
    clock
        Seconds that only grow.

    Attributes
    ----------
    told
        Called when somebody has signed in, with nothing, or has not, with the reason.

    """

    def __init__(
        self,
        accounts: Accounts | None,
        access: Access,
        secret: Secret,
        *,
        hosts: Collection[str] = (),
        public: Collection[str] = ("/health", "/alive"),
        lang: Lang = "zh",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._accounts = accounts
        self._access = access
        self._hosts = {*access.hosts, *hosts}
        self._lang = lang
        self._public = frozenset(public)
        stay = access.session
        self.told: Callable[[str], None] = lambda _: None
        self._sessions = Sessions(clock, idle_s=stay.idle_hours * _HOUR_S, longest_s=stay.longest_hours * _HOUR_S)
        provider = Provider(access.oidc, secret, clock) if access.oidc is not None else None
        self.routes: list[BaseRoute] = [language_route(self._sessions)]
        if accounts is not None:
            by_proxy = bool(access.account_header)
            door = Door(accounts, self._sessions, Attempts(clock), provider, by_proxy=by_proxy, told=self._tell)
            self.routes += door.routes()

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        environ: Mapping[str, str] | None = None,
        areas: AreaTree | None = None,
        public: Collection[str] = ("/health", "/alive"),
        lang: Lang = "zh",
        clock: Callable[[], float] = time.monotonic,
    ) -> Guard:
        """Return the guard that the settings ask for.

        Parameters
        ----------
        settings
            Their `people`, `passwords`, `access` and `board_host`.
        environ
            Variables the secret of the OpenID provider may be in, those of the process by default.
        areas
            The city, if it is loaded already.
        public, lang, clock
            As of the class.

        Raises
        ------
        ConfigurationError
            With every fault of every file, or when nobody could sign in.

        """
        environ = os.environ if environ is None else environ
        faults: list[Fault] = []
        found = collected(lambda: load_access(Path(settings.access), environ), faults) if settings.access else None
        access, secret = found or AccessFile(Access(), Secret())
        accounts = open_accounts(settings, access, areas or load_areas(settings.areas), clock, faults)
        if faults:
            raise ConfigurationError(faults)
        return cls(accounts, access, secret, hosts=(settings.board_host,), public=public, lang=lang, clock=clock)

    @property
    def required(self) -> bool:
        """Whether people sign in."""
        return self._accounts is not None

    @property
    def behind_proxy(self) -> bool:
        """Whether proxies are known, so that HTTPS may end there."""
        return bool(self._access.proxies)

    def wrap(self, app: ASGIApp) -> ASGIApp:
        """Return the application with the guard around it."""
        mark_scripts()
        router = Router(self.routes)

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "lifespan":
                await app(scope, receive, send)
            elif scope["type"] == "http":
                await self._http(app, router, scope)(scope, receive, send)
            else:
                await self._websocket(app, scope, receive, send)

        return Gate(guarded, self._hosts, self._access.networks(), self._access.account_header, self._lang)

    def visitor(self, asked: object) -> Visitor | None:
        """Return who stands behind a request, as his account says now; ``None`` when nobody is signed in.

        Parameters
        ----------
        asked
            A request or its scope, of now or of the page that is open since.

        """
        visit = find_visit(asked)
        if visit is None:
            return None
        if self._accounts is None:
            return Visitor(lang=visit.lang, anybody=True)
        if visit.session is None or not self.still_valid(visit.session):
            return None
        return self._accounts.visitor(visit.session.account, visit.lang)

    def visitor_now(self, visitor: Visitor) -> Visitor | None:
        """Return a visitor of a page that has been open for a while, as his account says now; ``None`` without one."""
        return visitor if self._accounts is None else self._accounts.visitor(visitor.account, visitor.lang)

    def still_valid(self, session: Session | None) -> bool:
        """Tell whether somebody is still signed in: for what is done on a page that has been open for long."""
        if self._accounts is None:
            return True
        if session is None or not self._sessions.lasts(session):
            return False
        session.ended = not self._accounts.stands(session)  # for good, even if the account comes back
        return not session.ended

    def form_token(self, asked: object) -> str:
        """Return the token that forms to the routes of the guard carry as ``token``, such as those to sign out."""
        visit = find_visit(asked)
        return self._sessions.token(visit.holds) if visit is not None else ""

    def _tell(self, failed: str) -> None:
        self.told(failed)

    def _identify(self, visit: Visit) -> None:
        """Find out who asks: whom a trusted proxy names, or whose session the cookie names."""
        if self._accounts is None:
            return
        name = visit.peer.account
        if name and self._accounts.find(name) is not None:
            visit.session = self._sessions.passing(name, "proxy")
            return
        session = self._sessions.find(visit.id) if visit.id else None
        visit.session = session if session is not None and self.still_valid(session) else None

    def _http(self, app: ASGIApp, router: Router, scope: Scope) -> ASGIApp | Response:
        visit: Visit = scope[KEY]
        self._identify(visit)
        if any(route.matches(scope)[0] is not Match.NONE for route in self.routes):
            return router
        path = scope["path"]
        if not self.required or path in self._public:
            return app
        if visit.session is None and path.startswith(SOCKETS):
            return turn_away
        if visit.session is None:
            page = wants_page(scope) and scope["method"] != "POST" and not path.startswith("/_nicegui")
            return to_sign_in(visit, _target(scope)) if page else refuse(401)
        if path.startswith(SOCKETS):
            channel = self._channel(visit.session)
            return channel.polled(app) if channel.may_open(scope) else turn_away
        self._sessions.touch(visit.session)
        return app

    async def _websocket(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        visit: Visit = scope[KEY]
        self._identify(visit)
        if not self.required:
            await app(scope, receive, send)
        elif visit.session is None or not (channel := self._channel(visit.session)).may_open(scope):
            await turn_away(scope, receive, send)
        else:
            await channel.serve(app, scope, receive, send)

    def _channel(self, session: Session) -> Channel:
        return Channel(session, lambda: self.still_valid(session), lambda: self._sessions.touch(session))


def check_bind(settings: Settings, guard: Guard) -> None:
    """Refuse to be reached from other machines while everybody may do everything.

    Raises
    ------
    ConfigurationError
        Says what to do.

    """
    host = settings.board_host
    if loopback(host):
        return
    if not guard.required:
        message = (
            f"{host} can be reached from other machines, and without accounts everybody there may do everything: name "
            "the accounts in FENGHUO_PEOPLE and their passwords in FENGHUO_PASSWORDS, or stay with 127.0.0.1"
        )
        raise ConfigurationError([Fault("FENGHUO_BOARD_HOST", "", message)])
    if not guard.behind_proxy:
        log.warning(
            "passwords go to %s without HTTPS, unless a proxy ends it: name that one in `proxies` of the access file",
            host,
        )


def _target(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    return f"{scope['path']}{'?' * bool(query)}{query}"
