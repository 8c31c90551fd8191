"""Tells public addresses from those of machines and networks of one's own, and connects to what was checked."""

from __future__ import annotations

import ipaddress
import socket

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from streams.channels.http import PrivateAddress

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_MESSAGE = "the host is not on the public internet; set allow_private to send there"


def is_public(address: str) -> bool:
    """Tell whether an address is anybody's on the internet, also when it hides a private one of IPv4."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner:
            return is_public(str(inner))
        if ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast


def check_literal(host: str) -> None:
    """Refuse a host that is given as a private address.

    Raises
    ------
    PrivateAddress
        When it is one; a name is left to `PublicResolver`.

    """
    try:
        public = is_public(host)
    except ValueError:
        return
    if not public:
        raise PrivateAddress(_MESSAGE)


class PublicResolver(AbstractResolver):
    """Resolves a name and refuses it when any of its addresses is private; connections go to what it returns."""

    def __init__(self) -> None:
        self._inner: ThreadedResolver | None = None

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a name.

        Raises
        ------
        PrivateAddress
            When one of them is private.

        """
        self._inner = self._inner or ThreadedResolver()
        found = await self._inner.resolve(host, port, family)
        if not all(is_public(one["host"]) for one in found):
            raise PrivateAddress(_MESSAGE)
        return found

    async def close(self) -> None:
        """Nothing to let go of."""
