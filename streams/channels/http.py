"""Posts to somebody else's server: one connection a message, bounded in time and size, no redirects, no proxies."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import msgspec

from streams.channels.addresses import PrivateAddress, Resolver, check_literal
from streams.channels.base import Permanent, Retryable
from streams.errors import NO_JSON
from streams.intake.masking import mask

JSON = {"Content-Type": "application/json; charset=utf-8"}
_LARGEST = 1 << 16
_LONGEST = 200
_LEAST_SECRET = 4
_LONGEST_WAIT_S = 3_600.0
_CONFIGURATION = {401, 403, 404, 405, 407, 410}
_TOO_LONG = {413, 414}
_LATER = {408, 421, 425}


class Answer(NamedTuple):
    """What came back: status, seconds to wait before the next attempt where it says so, and the first 64 KiB."""

    status: int
    after_s: float | None
    body: bytes


class Http:
    """A client for one channel.

    Parameters
    ----------
    timeout_s
        For one exchange from name resolution to the last byte, seconds.
    secrets
        What must never be repeated in an error: URLs, tokens, passwords.
    resolver
        Finds addresses, and says whether only public ones will do; any will by default.

    """

    def __init__(self, timeout_s: float, secrets: Sequence[str] = (), resolver: Resolver | None = None) -> None:
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._hidden = sorted({part for secret in secrets for part in _parts(secret)}, key=len, reverse=True)
        self._resolver = resolver or Resolver()
        self._session: aiohttp.ClientSession | None = None

    async def exchange(self, url: str, body: bytes | None, headers: Mapping[str, str], method: str = "POST") -> Answer:
        """Send a request and return the answer, whatever its status.

        Raises
        ------
        Retryable
            When there is none: ``TIMEOUT``, ``CONNECTION``, or ``GARBAGE`` when it is not HTTP.
        Permanent
            When the address is no public one, or no URL.

        """
        try:
            if self._resolver.public_only:
                check_literal(url)
            async with self._opened().request(method, url, data=body, headers=headers, allow_redirects=False) as answer:
                return Answer(answer.status, _after_s(answer.headers), await _first(answer.content))
        except TimeoutError:
            raise Retryable("TIMEOUT") from None
        except PrivateAddress as error:
            raise Permanent("BAD_ADDRESS", str(error)) from None
        except aiohttp.InvalidURL:
            raise Permanent("CONFIGURATION", "the URL cannot be used") from None
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, PrivateAddress):
                raise Permanent("BAD_ADDRESS", str(error.os_error)) from None
            raise Retryable("CONNECTION") from None
        except aiohttp.ClientResponseError:
            raise Retryable("GARBAGE") from None
        except (aiohttp.ClientError, OSError):
            raise Retryable("CONNECTION") from None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str] = JSON) -> Answer:
        """Post, and return the answer when it says that all is well.

        Raises
        ------
        Retryable, Permanent
            As for `exchange`, and for every other status.

        """
        answer = await self.exchange(url, body, headers)
        self.check(answer)
        return answer

    async def ask(self, url: str, payload: object) -> dict[str, Any]:
        """Post JSON and return the JSON object that comes back.

        Raises
        ------
        Retryable, Permanent
            As for `post`; ``GARBAGE`` when it is no JSON object.

        """
        answer = await self.post(url, msgspec.json.encode(payload))
        try:
            found = msgspec.json.decode(answer.body)
        except NO_JSON:
            found = None
        if not isinstance(found, dict):
            raise Retryable("GARBAGE")
        return found

    def check(self, answer: Answer) -> None:
        """Raise what a status other than 2xx means."""
        status = answer.status
        if status < HTTPStatus.MULTIPLE_CHOICES:
            return
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise Retryable("RATE_LIMITED", answer.after_s)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _LATER:
            raise Retryable("SERVER_ERROR", answer.after_s)
        if status < HTTPStatus.BAD_REQUEST:
            raise Permanent("CONFIGURATION", f"answers {status}: redirects are not followed")
        said = self.said(answer.body.decode(errors="replace"))
        message = f"answers {status}{f': {said}' if said else ''}"
        if status in _TOO_LONG:
            raise Permanent("TOO_LONG", message)
        raise Permanent("CONFIGURATION" if status in _CONFIGURATION else "REJECTED", message)

    def said(self, text: object) -> str:
        """Return what the other side said, short, in one line, without secrets and personal data."""
        line = " ".join(str(text)[: 4 * _LONGEST].split())
        for hidden in self._hidden:
            line = line.replace(hidden, "…")
        return mask(line)[:_LONGEST]

    def _opened(self) -> aiohttp.ClientSession:
        """Return the session: made within the running loop, without cookies and without kept connections.

        A connection that was kept and has died meanwhile would leave in doubt whether a message arrived.
        """
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=self._resolver, use_dns_cache=False, force_close=True),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
                headers={"User-Agent": "fenghuo"},
            )
        return self._session

    async def close(self) -> None:
        """Let go of connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None
        await self._resolver.close()


@asynccontextmanager
async def within(timeout_s: float) -> AsyncIterator[None]:
    """Bound several exchanges together.

    Raises
    ------
    Retryable
        ``TIMEOUT``.

    """
    try:
        async with asyncio.timeout(timeout_s):
            yield
    except TimeoutError:
        raise Retryable("TIMEOUT") from None


async def _first(content: aiohttp.StreamReader) -> bytes:
    """Return the first 64 KiB of a body."""
    found = bytearray()
    while len(found) < _LARGEST and (chunk := await content.read(_LARGEST - len(found))):
        found += chunk
    return bytes(found)


def _after_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of ``Retry-After``; a date, which hangs on the other side's clock, is not taken."""
    given = headers.get("Retry-After", "").strip()
    return min(float(given), _LONGEST_WAIT_S) if re.fullmatch(r"\d{1,9}", given) else None


def _parts(secret: str) -> list[str]:
    """Return a secret and, of a URL, whatever in it may be one."""
    parts = urlsplit(secret)
    found = [secret, parts.password or "", parts.query, *(value for _, value in parse_qsl(parts.query))]
    found += parts.path.split("/")[-1:] if parts.scheme else []
    return [one for one in found if len(one) >= _LEAST_SECRET]
