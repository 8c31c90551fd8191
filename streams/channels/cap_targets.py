"""Where CAP messages are put: a folder, a URL, a Kafka topic. Each takes the same message twice without harm."""

from __future__ import annotations

import asyncio
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import aiohttp
from aiokafka.errors import KafkaError

from streams.channels.base import Permanent, Retryable
from streams.producing import new_producer

CONTENT_TYPE = "application/cap+xml"
"""As IANA has it registered."""
_RATE_LIMITED, _CONFLICT, _FAILED = 429, 409, 500
_TIMEOUTS = (408, 425)


class Target(Protocol):
    """Somewhere CAP messages are put."""

    async def put(self, identifier: str, alert: str, text: bytes) -> None:
        """Put one message; raises `Retryable` or `Permanent`."""

    async def close(self) -> None:
        """Let go of connections."""


class Folder:
    """Puts each message into a file of its own, which is there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, identifier: str, alert: str, text: bytes) -> None:  # noqa: ARG002 - as `Target`
        """Write ``<identifier>.xml``; one that is there with these bytes stays as it is."""
        try:
            await asyncio.to_thread(self._write, self._folder / f"{identifier.replace(':', '_')}.xml", text)
        except FileNotFoundError as error:
            raise Permanent("CONFIGURATION", f"there is no folder {self._folder}") from error
        except PermissionError as error:
            raise Permanent("CONFIGURATION", f"{self._folder} cannot be written to") from error
        except OSError as error:
            raise Retryable("SERVER_ERROR") from error  # a full disk, a share that is away

    def _write(self, path: Path, text: bytes) -> None:
        if path.exists() and path.read_bytes() == text:
            return
        handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o640)
            Path(name).replace(path)
        except OSError:
            with suppress(OSError):
                Path(name).unlink()
            raise

    async def close(self) -> None:
        """Nothing is held."""


class Post:
    """Posts messages to a URL, with the identifier as ``Idempotency-Key``; never follows redirects."""

    def __init__(self, url: str, token: str = "", timeout_s: float = 10.0) -> None:
        self._url = url
        self._headers = {"Content-Type": CONTENT_TYPE}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def put(self, identifier: str, alert: str, text: bytes) -> None:  # noqa: ARG002 - as `Target`
        """Post one message; 2xx takes it, and so does 409: it is there already."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        headers = {**self._headers, "Idempotency-Key": identifier}
        try:
            async with self._session.post(self._url, data=text, headers=headers, allow_redirects=False) as answer:
                status, wait = answer.status, answer.headers.get("Retry-After", "")
        except TimeoutError as error:
            raise Retryable("TIMEOUT") from error
        except aiohttp.InvalidURL as error:
            raise Permanent("CONFIGURATION", "the URL cannot be used") from error
        except (aiohttp.ClientResponseError, aiohttp.ClientPayloadError) as error:
            raise Retryable("GARBAGE") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Retryable("CONNECTION") from error
        _judge(status, float(wait) if wait.isdecimal() else None)

    async def close(self) -> None:
        """Close the connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def _judge(status: int, after_s: float | None) -> None:
    if status // 100 == 2 or status == _CONFLICT:  # noqa: PLR2004 - 2xx
        return
    if status == _RATE_LIMITED:
        raise Retryable("RATE_LIMITED", after_s)
    if status >= _FAILED:
        raise Retryable("SERVER_ERROR", after_s)
    if status in _TIMEOUTS:
        raise Retryable("TIMEOUT", after_s)
    raise Permanent("REJECTED", f"HTTP status {status}")


class Topic:
    """Puts messages on a Kafka topic, keyed by alert so that its versions stay in order."""

    def __init__(self, bootstrap: str, topic: str, timeout_s: float = 10.0) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._timeout_s = timeout_s
        self._producer: Any = None

    async def put(self, identifier: str, alert: str, text: bytes) -> None:
        """Put one message on the topic and wait until the cluster has it."""
        headers = [("content-type", CONTENT_TYPE.encode()), ("identifier", identifier.encode())]
        try:
            async with asyncio.timeout(self._timeout_s):
                producer = await self._started()
                await producer.send_and_wait(self._topic, text, key=alert.encode(), headers=headers)
        except TimeoutError as error:
            raise Retryable("TIMEOUT") from error
        except (KafkaError, OSError) as error:
            if isinstance(error, KafkaError) and not error.retriable:
                raise Permanent("REJECTED", type(error).__name__) from error
            raise Retryable("CONNECTION") from error

    async def _started(self) -> Any:  # noqa: ANN401 - aiokafka is untyped
        if self._producer is None:
            producer = new_producer(self._bootstrap)
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer

    async def close(self) -> None:
        """Send what is under way and disconnect."""
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None
