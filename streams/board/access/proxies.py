"""What proxies say of a request, believed only of those that were named, and taken away from everybody else."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import NamedTuple

from starlette.types import Scope

from streams.board.access.config import Network

_TOLD = {
    b"forwarded",
    b"x-forwarded-for",
    b"x-forwarded-proto",
    b"x-forwarded-prefix",
    b"x-forwarded-host",
    b"x-real-ip",
}
_FARTHEST = 10
_LONGEST_ACCOUNT = 128


class Peer(NamedTuple):
    """Who asks.

    Parameters
    ----------
    address
        Of the browser, as far as it is known; empty when it is not.
    secure
        It speaks HTTPS, with us or with a proxy.
    account
        What a proxy calls him; empty when none says so.

    """

    address: str
    secure: bool
    account: str


def peer_of(scope: Scope, proxies: Sequence[Network], account_header: str) -> Peer:
    """Return who asks, and take out of the scope what only proxies may say.

    Parameters
    ----------
    scope
        Of a request or a websocket; its headers and its scheme are changed.
    proxies
        Whom to believe.
    account_header
        Header that names the account; empty for none.

    """
    client = scope.get("client")
    address, secure = client[0] if client else "", scope.get("scheme") in {"https", "wss"}
    named, account = account_header.lower().encode(), ""
    trusted = _within(address, proxies)
    if trusted:
        address = _farthest(address, _all(scope, b"x-forwarded-for"), proxies)
        said = _all(scope, b"x-forwarded-proto")
        secure = said[-1].lower() in {"https", "wss"} if said else secure
        account = _single(_values(scope, named)) if named else ""
    kept = [(name, value) for name, value in scope["headers"] if name not in _TOLD and (not named or name != named)]
    scope["headers"] = kept
    scope["scheme"] = (
        {"http": "https", "ws": "wss"}.get(scope["scheme"], scope["scheme"]) if secure else scope["scheme"]
    )
    return Peer(address, secure, account)


def _single(values: list[str]) -> str:
    """Return the account a proxy names, empty when it is none: two headers, of which one may be the browser's own."""
    if len(values) != 1 or not 0 < len(values[0]) <= _LONGEST_ACCOUNT or not values[0].isprintable():
        return ""
    return values[0]


def _farthest(address: str, hops: list[str], proxies: Sequence[Network]) -> str:
    """Return the first address, from us outwards, that is no proxy; whoever it is can have written all before it."""
    for hop in list(reversed(hops))[:_FARTHEST]:
        if not _within(address, proxies):
            break
        found = _address(hop)
        if found is None:
            break
        address = str(found)
    return address


def _within(address: str, proxies: Sequence[Network]) -> bool:
    found = _address(address)
    return found is not None and any(found in network for network in proxies if network.version == found.version)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def _values(scope: Scope, name: bytes) -> list[str]:
    """Return the values of a header; an account may be written in UTF-8."""
    found = (value for key, value in scope["headers"] if key == name)
    return [value.decode("utf-8", "replace").strip() for value in found]


def _all(scope: Scope, name: bytes) -> list[str]:
    """Return the members of a header that is a list."""
    return [one.strip() for value in _values(scope, name) for one in value.split(",") if one.strip()]
