"""How often somebody may try to sign in: the wait grows with every failure, for the account and for the address.

Somebody else's guessing does not keep the desk out: an address from which an account has signed in before has a count
of its own for it. Memory is bounded; what is forgotten first is what failed longest ago.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_FREE_ACCOUNT, _FREE_ADDRESS = 5, 20
"""So many failures cost nothing: people mistype, and a floor may sit behind one address."""
_LONGEST_S = 900.0
_FORGOTTEN_S = 3_600.0
_MOST = 20_000


@dataclass(slots=True)
class _Count:
    failures: int
    last: float
    free: int

    @property
    def until(self) -> float:
        """Until when nothing is tried."""
        over = self.failures - self.free
        return self.last + min(2.0 ** min(over, 10), _LONGEST_S) if over >= 0 else self.last


class Attempts:
    """Counts failures.

    Parameters
    ----------
    clock
        Seconds that only grow.
    most
        Counts that are kept, of each kind.

    """

    def __init__(self, clock: Callable[[], float], most: int = _MOST) -> None:
        self._clock = clock
        self._most = most
        self._key = secrets.token_bytes(16)
        self._counts: OrderedDict[bytes, _Count] = OrderedDict()
        self._familiar: OrderedDict[bytes, None] = OrderedDict()

    def wait(self, account: str, address: str) -> float:
        """Return for how long nothing is tried, seconds; 0 when it may be."""
        now = self._clock()
        counts = (self._counts.get(key) for key, _ in self._keys(account, address))
        return max((count.until - now for count in counts if count is not None), default=0.0)

    def begin(self, account: str, address: str) -> None:
        """Count an attempt as a failure before it is tried, so that many at once are not one."""
        now = self._clock()
        for key, free in self._keys(account, address):
            count = self._counts.pop(key, None)
            if count is None or now - count.last > _FORGOTTEN_S:
                count = _Count(0, now, free)
            count.failures, count.last = count.failures + 1, now
            self._counts[key] = count
        while len(self._counts) > self._most:
            self._counts.popitem(last=False)

    def succeed(self, account: str, address: str) -> None:
        """Forget the failures of the account, and of the address only this attempt: others may sit behind it."""
        (of_account, _), (of_address, _) = self._keys(account, address)
        self._counts.pop(of_account, None)
        if count := self._counts.get(of_address):
            count.failures -= 1
        self._familiar[self._hash("familiar", account, address)] = None
        while len(self._familiar) > self._most:
            self._familiar.popitem(last=False)

    def abandon(self, account: str, address: str) -> None:
        """Take back an attempt that was not tried after all."""
        for key, _ in self._keys(account, address):
            if count := self._counts.get(key):
                count.failures -= 1

    def _keys(self, account: str, address: str) -> tuple[tuple[bytes, int], tuple[bytes, int]]:
        """Return under what failures of the account and of the address are counted, and how many are free."""
        from_ = _network(address)
        whose = from_ if self._hash("familiar", account, address) in self._familiar else ""
        return (
            (self._hash("account", account, whose), _FREE_ACCOUNT),
            (self._hash("address", from_), _FREE_ADDRESS),
        )

    def _hash(self, *parts: str) -> bytes:
        """Return a short name for what was typed, which may be a password typed into the wrong field."""
        text = "\0".join(parts).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, key=self._key, digest_size=16).digest()


def _network(address: str) -> str:
    """Return what counts as one address: of IPv6 the network a single household is given."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found), 64), strict=False))
    return str(found)
