"""The accounts as their files say just now: who may do what, and whose password is right."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from detectors.areas import AreaTree
from rules.roles import Account, People
from streams.board.access.config import Access
from streams.board.access.kept import Kept
from streams.board.access.passwords import LONGEST, Passwords, load_passwords, outdated
from streams.board.access.sessions import Session
from streams.board.access.visitor import Visitor, visitor_of
from streams.errors import ConfigurationError, Fault
from streams.language import Lang
from streams.logs import log
from streams.people import load_people
from streams.settings import Settings

T = TypeVar("T")

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


def open_accounts(
    settings: Settings, access: Access, areas: AreaTree, clock: Callable[[], float], faults: list[Fault]
) -> Accounts | None:
    """Return the accounts; tell the faults of their files, and when nobody could sign in."""
    if not settings.people:
        ways = {
            "FENGHUO_PASSWORDS": bool(settings.passwords),
            f"{settings.access}: account_header": bool(access.account_header),
            f"{settings.access}: oidc": access.oidc is not None,
        }
        said = "is of no use without accounts: name their file in FENGHUO_PEOPLE"
        faults += [Fault(way, "", said) for way, given in ways.items() if given]
        return None
    people = collected(lambda: Kept(Path(settings.people), lambda path: load_people(path, areas), clock), faults)
    passwords: Kept[Passwords] | None = None
    if settings.passwords:
        passwords = collected(lambda: Kept(Path(settings.passwords), load_passwords, clock), faults)
    elif not access.account_header and access.oidc is None:
        message = (
            "there are accounts, but no way to sign in: give FENGHUO_PASSWORDS, or FENGHUO_ACCESS with oidc or a proxy"
        )
        faults.append(Fault(settings.people, "", message))
    return Accounts(people, passwords, areas.city) if people is not None else None


def collected(load: Callable[[], T], faults: list[Fault]) -> T | None:
    """Return what is read, ``None`` when it has faults, which are noted."""
    try:
        return load()
    except ConfigurationError as error:
        faults += error.faults
        return None
