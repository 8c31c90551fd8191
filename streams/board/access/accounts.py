"""The accounts as their files say just now: who may do what, and whose password is right."""

from __future__ import annotations

import asyncio
import hashlib

from rules.roles import Account, People
from streams.board.access.kept import Kept
from streams.board.access.passwords import LONGEST, Passwords, outdated
from streams.board.access.sessions import Session
from streams.board.access.visitor import Visitor, visitor_of
from streams.language import Lang
from streams.logs import log

_AT_ONCE, _WAITING = 2, 16


class Busy(Exception):
    """Too many passwords are being checked: each costs 64 MiB and a tenth of a second."""


class Accounts:
    """Accounts and passwords.

    Parameters
    ----------
    people
        The accounts file.
    passwords
        The file of the hashes; ``None`` when nobody has a password.
    city
        Id of the city, which contains every area.

    """

    def __init__(self, people: Kept[People], passwords: Kept[Passwords] | None, city: str) -> None:
        self._people = people
        self._passwords = passwords
        self._city = city
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    @property
    def with_passwords(self) -> bool:
        """Whether there are passwords to sign in with."""
        return self._passwords is not None

    def find(self, name: str) -> Account | None:
        """Return an account."""
        return self._people.now().people.get(name)

    def visitor(self, name: str, lang: Lang) -> Visitor | None:
        """Return the holder of an account, ``None`` when there is none of this name."""
        account = self.find(name)
        return visitor_of(name, account, self._city, lang) if account is not None else None

    def proof(self, name: str) -> str:
        """Return what changes when the account has another password."""
        kept = self._passwords.now().hashes.get(name, "") if self._passwords is not None else ""
        return hashlib.sha256(kept.encode()).hexdigest()

    def stands(self, session: Session) -> bool:
        """Tell whether what a session rests on is still so: the account is there, its password the same."""
        if self.find(session.account) is None:
            return False
        return session.how != "password" or session.proof == self.proof(session.account)

    async def right(self, name: str, password: str) -> bool:
        """Tell whether this is the password of an account.

        Raises
        ------
        Busy
            When too many ask at once.

        """
        if self._passwords is None or len(password) > LONGEST:
            return False
        if self._waiting >= _WAITING:
            raise Busy
        passwords = self._passwords.now()
        self._waiting += 1
        try:
            async with self._turns:
                right = await asyncio.to_thread(passwords.right, name, password)
        finally:
            self._waiting -= 1
        if right and outdated(passwords.hashes[name]):
            log.warning("the password of %s is hashed as was usual once: make a new hash (`fenghuo people hash`)", name)
        return right and self.find(name) is not None
