"""Signing in through an OpenID provider: authorization code with PKCE, state and nonce (OpenID Connect Core 1.0).

What the provider says is fetched here, from its own address only, without following redirects, and within a size and a
time; the claims of the ID token and its signature are checked by Authlib and joserfc.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple, cast
from urllib.parse import quote_plus, urlencode, urlsplit

import aiohttp
import msgspec
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization
from joserfc.jws import JWSRegistry

from streams.board.access.config import Oidc, loopback
from streams.errors import NO_JSON
from streams.secret import Secret

_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
"""None that is made with a secret both sides know, and never `none`."""
_TIMEOUT_S, _LARGEST = 10.0, 262_144
_KNOWN_S, _KEYS_AGAIN_S, _PENDING_S, _DOWN_S = 3_600.0, 30.0, 600.0, 5.0
_MOST_PENDING = 2_000
_LEEWAY_S = 60
_LONGEST = 4_096


class ProviderDown(Exception):
    """The provider does not answer, or not as it should."""


class NotSignedIn(Exception):
    """What came back from the provider proves nothing; says why, for the log."""


class Pending(NamedTuple):
    """Somebody who was sent to the provider."""

    browser: str
    verifier: str
    nonce: str
    target: str
    address: str
    at: float


class Provider:
    """One OpenID provider.

    Parameters
    ----------
    oidc
        What the access file says.
    secret
        The client secret.
    clock
        Seconds that only grow.

    """

    def __init__(self, oidc: Oidc, secret: Secret, clock: Callable[[], float]) -> None:
        self.oidc = oidc
        self._secret = secret
        self._clock = clock
        self._pending: OrderedDict[str, Pending] = OrderedDict()
        self._about: dict[str, Any] = {}
        self._about_at = self._keys_at = self._down_at = float("-inf")
        self._asking = asyncio.Lock()
        self._keys: KeySet | None = None

    async def start(self, browser: str, target: str, address: str) -> str:
        """Return where to send somebody to sign in.

        Parameters
        ----------
        browser
            Something only his browser holds: who comes back has to hold it too.
        target
            Where he goes afterwards.
        address
            Where the provider sends him back to.

        """
        about = await self._discovered()
        state, verifier, nonce = (secrets.token_urlsafe(32) for _ in range(3))
        self._pending[state] = Pending(browser, verifier, nonce, target, address, self._clock())
        while len(self._pending) > _MOST_PENDING:
            self._pending.popitem(last=False)
        return str(
            prepare_grant_uri(
                about["authorization_endpoint"],
                self.oidc.client_id,
                "code",
                redirect_uri=address,
                scope=" ".join(self.oidc.scopes),
                state=state,
                nonce=nonce,
                code_challenge=create_s256_code_challenge(verifier),
                code_challenge_method="S256",
            )
        )

    async def finish(self, browser: str, query: dict[str, str]) -> tuple[str, str]:
        """Return the account of somebody who comes back, and where he wanted to go.

        Raises
        ------
        NotSignedIn
            When he was not sent by us, the provider refused, or its token does not hold.
        ProviderDown
            When the provider does not answer.

        """
        pending = self._pending.pop(query.get("state", ""), None)
        if pending is None or self._clock() - pending.at > _PENDING_S:
            raise NotSignedIn("nobody was sent with this state, or too long ago")
        if not secrets.compare_digest(pending.browser.encode(), browser.encode()) or not browser:
            raise NotSignedIn("another browser was sent with this state")
        if query.get("iss", self.oidc.issuer) != self.oidc.issuer:
            raise NotSignedIn("another provider answers")  # RFC 9207
        code = query.get("code", "")
        if not 0 < len(code) <= _LONGEST:
            raise NotSignedIn("the provider has refused")
        claims = await self._claims(await self._tokens(code, pending), pending.nonce)
        claim = claims.get(self.oidc.claim)
        if not isinstance(claim, str) or not claim:
            raise NotSignedIn(f"the token has no claim {self.oidc.claim}")
        return self.oidc.accounts.get(claim, claim), pending.target

    def leaving(self) -> str:
        """Return the address at which one signs out of the provider too, empty when it has none."""
        end = self._about.get("end_session_endpoint", "")
        return f"{end}{'&' if '?' in end else '?'}{urlencode({'client_id': self.oidc.client_id})}" if end else ""

    async def _tokens(self, code: str, pending: Pending) -> dict[str, Any]:
        about = await self._discovered()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": pending.address,
            "code_verifier": pending.verifier,
        }
        methods = about.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if "client_secret_basic" in methods:
            who = f"{quote_plus(self.oidc.client_id)}:{quote_plus(self._secret.reveal())}"  # RFC 6749, 2.3.1
            return await _fetch(about["token_endpoint"], form, base64.b64encode(who.encode()).decode())
        form |= {"client_id": self.oidc.client_id, "client_secret": self._secret.reveal()}
        return await _fetch(about["token_endpoint"], form)

    async def _claims(self, tokens: dict[str, Any], nonce: str) -> CodeIDToken:
        """Return the claims of the ID token, after everything about it was checked."""
        text = tokens.get("id_token")
        if not isinstance(text, str):
            raise NotSignedIn("the provider sent no ID token")
        try:
            token = await self._decoded(text)
            claims = CodeIDToken(
                token.claims,
                token.header,
                {
                    "iss": {"essential": True, "value": self.oidc.issuer},
                    "aud": {"essential": True, "value": self.oidc.client_id},
                },
                {"nonce": nonce, "client_id": self.oidc.client_id, "access_token": tokens.get("access_token")},
            )
            claims.validate(leeway=_LEEWAY_S)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise NotSignedIn(f"the ID token does not hold: {type(error).__name__}") from error
        return claims

    async def _decoded(self, text: str) -> jwt.Token:
        registry = JWSRegistry(algorithms=_ALGORITHMS, strict_check_header=False)
        try:
            return jwt.decode(text, await self._key_set(), registry=registry)
        except (JoseError, ValueError):
            if self._clock() - self._keys_at < _KEYS_AGAIN_S:
                raise
            self._keys = None  # the provider may sign with a new key since
            return jwt.decode(text, await self._key_set(), registry=registry)

    async def _key_set(self) -> KeySet:
        if self._keys is None or self._clock() - self._keys_at > _KNOWN_S:
            about = await self._discovered()
            self._keys, self._keys_at = _keys_of(await _fetch(about["jwks_uri"])), self._clock()
        return self._keys

    async def _discovered(self) -> dict[str, Any]:
        """Return what the provider tells of itself; asked once an hour."""
        async with self._asking:
            if self._clock() - self._about_at > _KNOWN_S:
                if self._clock() - self._down_at < _DOWN_S:
                    raise ProviderDown("it did not answer a moment ago")
                try:
                    self._about = await self._discover()
                except ProviderDown:
                    self._down_at = self._clock()
                    raise
                self._about_at = self._clock()
            return self._about

    async def _discover(self) -> dict[str, Any]:
        about = await _fetch(f"{self.oidc.issuer.rstrip('/')}/.well-known/openid-configuration")
        if about.get("issuer") != self.oidc.issuer:
            raise ProviderDown("it calls itself by another name than issuer in the access file")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            _check(about.get(name))
        if "end_session_endpoint" in about:
            _check(about["end_session_endpoint"])
        return about


def _keys_of(found: dict[str, Any]) -> KeySet:
    try:
        return KeySet.import_key_set(cast("KeySetSerialization", found))
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ProviderDown("its keys cannot be read") from error


def _check(address: object) -> None:
    """Refuse an endpoint that is no safe address."""
    try:
        parts = urlsplit(address if isinstance(address, str) else "")
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and loopback(host))):
        raise ProviderDown("one of its addresses is missing or not https")


async def _fetch(address: str, form: dict[str, str] | None = None, basic: str = "") -> dict[str, Any]:
    """Ask the provider for a JSON object.

    Raises
    ------
    ProviderDown
        When it does not answer with one.

    """
    method, headers = ("POST" if form else "GET"), {"Accept": "application/json"}
    if basic:
        headers["Authorization"] = f"Basic {basic}"
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S)) as session,
            session.request(method, address, data=form, headers=headers, allow_redirects=False) as response,
        ):
            text = await response.content.read(_LARGEST)
            while len(text) < _LARGEST and (more := await response.content.read(_LARGEST - len(text))):
                text += more
            if response.status != 200:  # noqa: PLR2004 - OK
                raise ProviderDown(f"it answers {response.status}")
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise ProviderDown(f"it cannot be reached: {type(error).__name__}") from error
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except NO_JSON as error:
        raise ProviderDown("its answer is no JSON object") from error
