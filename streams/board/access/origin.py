"""Where a request came from and where it may go: host names, origins, and the page after signing in."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from urllib.parse import quote, unquote, urlsplit

from streams.board.access.config import loopback

_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(:(?P<port>\d{1,5}))?")
_LONGEST = 2_000
_PORTS = {"http": "80", "https": "443"}


def host_allowed(host: str, names: Collection[str]) -> bool:
    """Tell whether the board answers to a Host header.

    A site that makes its own name point here (DNS rebinding) comes with that name; so names are listed, while plain
    addresses, which no name server makes point elsewhere, and this machine's own are always good.
    """
    match = _HOST.fullmatch(host)
    if match is None:
        return False
    name = match["name"].lower().rstrip(".")
    return loopback(name) or _is_address(name) or name in {one.lower().rstrip(".") for one in names}


def same_origin(origin: str, host: str, *, secure: bool) -> bool:
    """Tell whether an Origin header names the host of the request.

    Parameters
    ----------
    origin
        The header.
    host
        The Host header.
    secure
        The request is known to have come over HTTPS; a proxy may not have said so.

    """
    scheme, _, place = origin.partition("://")
    if scheme not in _PORTS or (secure and scheme != "https") or not _HOST.fullmatch(place):
        return False
    return _with_port(place, scheme) == _with_port(host, scheme)


def port_of(host: str) -> str:
    """Return the port of a Host header, empty when it has none."""
    match = _HOST.fullmatch(host)
    return (match["port"] or "") if match else ""


def safe_next(target: str) -> str:
    r"""Return where to go after signing in: a page of this board, its first when `target` is anything else.

    Browsers take ``//host``, ``/\host`` and ``/<tab>/host`` for another site.
    """
    if not target.startswith("/") or len(target) > _LONGEST:
        return "/"
    if any(ord(one) <= ord(" ") or one in "\\\x7f" or "\ud800" <= one <= "\udfff" for one in target):
        return "/"
    try:
        parts = urlsplit(target)
    except ValueError:
        return "/"
    path = unquote(parts.path)
    if parts.scheme or parts.netloc or target.startswith("//") or path.startswith(("/sign-", "/_nicegui")):
        return "/"
    return quote(target, safe="/?#&=%:;,+@!$'()*~-._[]")


def _with_port(place: str, scheme: str) -> str:
    return place.lower() if port_of(place) else f"{place.lower()}:{_PORTS[scheme]}"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
