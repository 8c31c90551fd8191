"""Tells public addresses from those of machines and networks of one's own, and connects to what was checked."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# All that is assigned to anybody so far: RFC 4291. What lies outside leads to machines of one's own, if anywhere.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NOBODYS = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))
_ISATAP = {0x0000_5EFE, 0x0200_5EFE}
_AT_ONCE = 4
_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
_MESSAGE = "the host is not on the public internet; set allow_private to send there"


class PrivateAddress(OSError):
    """A host that is no public one."""


def is_public(address: str) -> bool:
    """Tell whether an address is anybody's on the internet, also when it hides a private one of IPv4."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if ip in _NAT64 or int(ip) >> 32 & 0xFFFF_FFFF in _ISATAP:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner:
            return is_public(str(inner))
        if ip not in _GLOBAL_UNICAST:
            return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _NOBODYS)


def check_literal(url: str) -> None:
    """Refuse a URL whose host is given as a private address.

    The host is read as the client reads it: ``①②⑦.⓪.⓪.①`` is an address to it, and no resolver is asked.

    Raises
    ------
    PrivateAddress
        When it is one; a name is left to `Resolver`, and what is no URL to the client.

    """
    try:
        public = is_public(URL(url).host or "")
    except ValueError:
        return
    if not public:
        raise PrivateAddress(_MESSAGE)


class Resolver(AbstractResolver):
    """Resolves names, in threads of its own: a name server that hangs holds up one channel only.

    Parameters
    ----------
    public_only
        Refuse a name when any of its addresses is private. Connections go to what was returned, so to what was checked.

    """

    def __init__(self, *, public_only: bool = False) -> None:
        self.public_only = public_only
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a name.

        Raises
        ------
        PrivateAddress
            When one of them is private and only public ones will do.
        OSError
            When there are none.

        """
        ask = partial(self.look_up, host, port, family)
        found = await asyncio.get_running_loop().run_in_executor(self._pool, ask)
        if self.public_only and not all(is_public(one["host"]) for one in found):
            raise PrivateAddress(_MESSAGE)
        return found

    def look_up(self, host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
        """Ask the system; blocks."""
        return [
            ResolveResult(hostname=host, host=str(address[0]), port=port, family=kind, proto=proto, flags=_NUMERIC)
            for kind, _, proto, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        ]

    async def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)
