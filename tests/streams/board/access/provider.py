"""A small OpenID provider on this machine: discovery, codes with PKCE, signed tokens; it can be told to cheat."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

_NONE, _HMAC = b'{"alg":"none"}', b'{"alg":"HS256","kid":"one"}'
CLIENT, SECRET = "fenghuo", "the provider's secret: 100% ours"


class SmallProvider:
    """Signs everybody in who comes, as `account`.

    Attributes
    ----------
    claims
        That go into the ID token in place of the right ones; ``None`` takes one out.
    about
        That go into the discovery document in place of the right ones.
    sign
        Makes the ID token of claims.
    asked
        Queries people came with.

    """

    def __init__(self) -> None:
        self.address = ""
        self.account = "chief"
        self.key = RSAKey.generate_key(2048, parameters={"kid": "one"})
        self.claims: dict[str, Any] = {}
        self.about: dict[str, Any] = {}
        self.sign = self.signed
        self.asked: list[dict[str, str]] = []
        self.redeemed: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/keys", self._keys),
            ]
        )

    def signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def unsigned(self, claims: dict[str, Any]) -> str:
        return f"{_packed(_NONE)}.{_packed(json.dumps(claims).encode())}."

    def signed_with_the_public_key(self, claims: dict[str, Any]) -> str:
        signed = f"{_packed(_HMAC)}.{_packed(json.dumps(claims).encode())}"
        key = self.key.as_pem(private=False)
        return f"{signed}.{_packed(hmac.new(key, signed.encode(), hashlib.sha256).digest())}"

    async def _discovery(self, _: Request) -> Response:
        right = {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "end_session_endpoint": f"{self.address}/leave",
        }
        return JSONResponse({**right, **self.about})

    async def _keys(self, _: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def _authorize(self, request: Request) -> Response:
        query = dict(request.query_params)
        self.asked.append(query)
        code = f"code{len(self.asked)}"
        self._codes[code] = query
        answer = {"code": code, "state": query["state"], "iss": self.address}
        return RedirectResponse(f"{query['redirect_uri']}?{urlencode(answer)}", 303)

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        self.redeemed.append(form)
        who = base64.b64decode(request.headers.get("authorization", "Basic ").removeprefix("Basic ")).decode()
        asked = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = _packed(digest)
        client = urlencode({CLIENT: SECRET}).replace("=", ":")
        if asked is None or who != client or asked["code_challenge"] != challenge:
            return JSONResponse({"error": "invalid_grant"}, 400)
        if asked["code_challenge_method"] != "S256" or form["redirect_uri"] != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        right = {"iss": self.address, "aud": CLIENT, "sub": "u-17", "preferred_username": self.account}
        right |= {"iat": now, "exp": now + 300, "nonce": asked["nonce"]}  # type: ignore[dict-item]
        claims = {name: value for name, value in {**right, **self.claims}.items() if value is not None}
        return JSONResponse({"access_token": "a", "token_type": "Bearer", "id_token": self.sign(claims)})


def path_of(address: str) -> str:
    """Return path and query of an address."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
