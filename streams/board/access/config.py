"""The access file (`--access`, ``FENGHUO_ACCESS``): single sign-on, proxies before the board, how long one stays."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from rules.alert import Text
from rules.reading import At, Reading, path_of
from rules.rulefile import line_of
from streams.errors import ConfigurationError, Fault
from streams.messages.templates import open_document
from streams.secret import Secret, find_secret

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Hours = Annotated[float, msgspec.Meta(ge=0.01, le=744)]

_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*\.?", re.IGNORECASE)
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_TAKEN = {"host", "cookie", "authorization", "origin", "forwarded", "x-forwarded-for", "x-forwarded-proto"}
_SECRET = "client_secret"  # noqa: S105 - the name of the field
_WIDEST = {4: 8, 6: 8}


class Oidc(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Signing in through an OpenID provider.

    Parameters
    ----------
    issuer
        Its address, as it calls itself; everything else it tells itself (discovery).
    client_id
        As what the board is registered there.
    claim
        Claim of the ID token that names the account.
    accounts
        Account by claim, where the two differ; a claim that is not here is the account itself.
    scopes
        What is asked for.
    name
        What the button says.

    """

    issuer: str
    client_id: str
    claim: str = "preferred_username"
    accounts: dict[str, str] = {}
    scopes: tuple[str, ...] = ("openid", "profile")
    name: Text = Text("统一身份认证", "single sign-on")


class Stay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long somebody stays signed in: `idle_hours` after he last did something, `longest_hours` at the most."""

    idle_hours: Hours = 12.0
    longest_hours: Hours = 24.0


class Access(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file says.

    Parameters
    ----------
    hosts
        Names the board is reached under, without port, besides localhost and plain addresses.
    proxies
        Addresses and networks of the proxies before it: only they may say who asks, and whether over HTTPS.
    account_header
        Header in which such a proxy names the account of who asks; empty for none.
    session
        How long somebody stays signed in.
    oidc
        The OpenID provider, ``None`` for none.

    """

    hosts: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    account_header: str = ""
    session: Stay = Stay()
    oidc: Oidc | None = None

    def networks(self) -> tuple[Network, ...]:
        """Return the networks of the proxies."""
        return tuple(ipaddress.ip_network(one) for one in self.proxies)


class AccessFile(NamedTuple):
    """What the file says, and the secret of the OpenID provider, which stands elsewhere."""

    access: Access
    secret: Secret


def load_access(path: Path, env: Mapping[str, str]) -> AccessFile:
    """Read the file.

    Parameters
    ----------
    path
        YAML, with the fields of `Access`; ``oidc`` also has ``client_secret_from``, a variable, or
        ``client_secret_file``.
    env
        Variables the secret may be in.

    Raises
    ------
    ConfigurationError
        With every fault, its path in the file and its line.

    """
    document = open_document(path)
    found: list[tuple[At, str]] = []
    secret, content = _without_secret(document.data, path.parent, env, found)
    reading = Reading()
    access: Access = reading.value(Access, content)
    found += reading.faults
    found += [(at, said) for at, said in _faults(access) if not reading.rests_on_faults([at])]
    faults = [Fault(str(path), path_of(at), said, line) for line, at, said in document.doubles]
    faults += [Fault(str(path), path_of(at), said, line_of(document.node, at)) for at, said in found]
    if faults:
        raise ConfigurationError(sorted(faults, key=lambda fault: fault.line or 0))
    return AccessFile(access, secret)


def _without_secret(
    data: Any,  # noqa: ANN401 - YAML
    folder: Path,
    env: Mapping[str, str],
    found: list[tuple[At, str]],
) -> tuple[Secret, Any]:
    """Return the secret, and the content without the fields that say where it is."""
    if not isinstance(data, Mapping) or not isinstance(data.get("oidc"), Mapping):
        return Secret(), data
    given = data["oidc"]
    hidden = {_SECRET, f"{_SECRET}_from", f"{_SECRET}_file"}
    secret = find_secret(_SECRET, given, folder, env, lambda at, said: found.append((("oidc", *at), said)), needed=True)
    return secret, {**data, "oidc": {name: value for name, value in given.items() if name not in hidden}}


def _faults(access: Access) -> Iterator[tuple[At, str]]:
    """Yield what types cannot say."""
    for n, name in enumerate(access.hosts):
        if not _NAME.fullmatch(name):
            yield ("hosts", n), f"{name!r} is no host name: write it without https://, port, path and wildcard"
    for n, one in enumerate(access.proxies):
        try:
            network = ipaddress.ip_network(one)
        except ValueError as error:
            yield ("proxies", n), f"{one!r} is no address or network: {error}"
            continue
        if network.prefixlen < _WIDEST[network.version]:
            yield ("proxies", n), f"{one} is everybody: whoever asks from there is believed"
    yield from _header_faults(access)
    if access.session.idle_hours > access.session.longest_hours:
        yield ("session", "idle_hours"), f"is more than longest_hours, which is {access.session.longest_hours:g}"
    if access.oidc is not None:
        yield from _oidc_faults(access.oidc)


def _header_faults(access: Access) -> Iterator[tuple[At, str]]:
    name = access.account_header
    if name and (not _HEADER.fullmatch(name) or name.lower() in _TAKEN):
        yield ("account_header",), f"{name!r} is no header of its own: take one such as X-Forwarded-User"
    if name and not access.proxies:
        yield ("account_header",), "nobody is believed: name the proxy that sets it in proxies"


def _oidc_faults(oidc: Oidc) -> Iterator[tuple[At, str]]:
    try:
        parts = urlsplit(oidc.issuer)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if not host or parts.query or parts.fragment or parts.username is not None:
        yield ("oidc", "issuer"), f"{oidc.issuer!r} is no address such as https://id.example.org/realm"
    elif parts.scheme != "https" and not (parts.scheme == "http" and loopback(host)):
        yield ("oidc", "issuer"), "has to be https: whoever stands between could sign in as anybody"
    if not oidc.client_id:
        yield ("oidc", "client_id"), "is empty"
    if not oidc.claim:
        yield ("oidc", "claim"), "is empty"
    if "openid" not in oidc.scopes:
        yield ("oidc", "scopes"), "has to hold openid, or there is no ID token"


def loopback(host: str) -> bool:
    """Tell whether a name or an address is this machine's own and nobody else's."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
