"""Who is signed in: kept by the board in memory, so that to end a session is to forget it.

A session holds on its own board only, and a board that starts again knows nobody: pages hang on one board by their
websocket anyway, and a signed cookie every board believes could not be taken back before it ran out.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

How = Literal["password", "oidc", "proxy"]

_MOST, _MOST_EACH = 5_000, 20
_ID_CHARACTERS = 43


@dataclass(slots=True, eq=False)
class Session:
    """Somebody who is signed in.

    Parameters
    ----------
    account
        As whom.
    how
        By what: a password, an OpenID provider, a proxy that says so.
    began, seen
        When it began, and when he last did something; seconds of the clock of `Sessions`.
    proof
        What it rests on: the session ends when the account has another password.
    ended
        He has signed out, or was signed out.

    """

    account: str
    how: How
    began: float
    seen: float
    proof: str = ""
    ended: bool = field(default=False)


class Sessions:
    """All of them, a bounded number.

    Parameters
    ----------
    clock
        Seconds that only grow.
    idle_s, longest_s
        How long one lasts after he last did something, and at the most.
    most
        How many there can be; the one unused for longest goes first.

    """

    def __init__(self, clock: Callable[[], float], *, idle_s: float, longest_s: float, most: int = _MOST) -> None:
        self._clock = clock
        self._idle_s = idle_s
        self._longest_s = longest_s
        self._most = most
        self._key = secrets.token_bytes(32)
        self._by_id: OrderedDict[bytes, Session] = OrderedDict()

    def __len__(self) -> int:
        return len(self._by_id)

    def begin(self, account: str, how: How, proof: str = "") -> tuple[str, Session]:
        """Open a session; return its id, which is only ever told to the browser, and the session."""
        self._forget()
        mine = [session for session in self._by_id.values() if session.account == account]
        for session in mine[: max(0, len(mine) + 1 - _MOST_EACH)]:
            session.ended = True
        id_ = new_id()
        session = self.passing(account, how, proof)
        self._by_id[_digest(id_)] = session
        return id_, session

    def passing(self, account: str, how: How, proof: str = "") -> Session:
        """Return a session nobody keeps: of somebody whom a proxy names with every request."""
        now = self._clock()
        return Session(account, how, now, now, proof)

    def find(self, id_: str) -> Session | None:
        """Return the session of an id, ``None`` when there is none that lasts."""
        if len(id_) != _ID_CHARACTERS:
            return None
        key = _digest(id_)
        session = self._by_id.get(key)
        if session is None or not self.lasts(session):
            self._by_id.pop(key, None)
            return None
        self._by_id.move_to_end(key)
        return session

    def lasts(self, session: Session) -> bool:
        """Tell whether a session has not ended."""
        now = self._clock()
        idle = now - session.seen >= self._idle_s
        return not session.ended and not idle and now - session.began < self._longest_s

    def touch(self, session: Session) -> None:
        """Note that he has done something."""
        if self.lasts(session):
            session.seen = self._clock()

    def token(self, id_: str) -> str:
        """Return the token the forms of a cookie's holder carry: other sites cannot know it."""
        return hmac.new(self._key, b"fenghuo form\n" + id_.encode(), hashlib.sha256).hexdigest()

    def fits(self, id_: str, token: str) -> bool:
        """Tell whether a form came with the token of the cookie."""
        return bool(id_) and hmac.compare_digest(self.token(id_).encode(), token.encode("utf-8", "replace"))

    def _forget(self) -> None:
        """Drop what has ended, and what is too much."""
        for key in [key for key, session in self._by_id.items() if not self.lasts(session)]:
            del self._by_id[key]
        while len(self._by_id) >= self._most:
            self._by_id.popitem(last=False)[1].ended = True


def new_id() -> str:
    """Return an id nobody guesses: 256 bits."""
    return secrets.token_urlsafe(32)


def _digest(id_: str) -> bytes:
    """Return under what a session is kept: whoever reads the memory of the board, or times it, learns no id."""
    return hashlib.sha256(id_.encode("utf-8", "replace")).digest()
