"""Where CAP messages are put: a folder, a URL, a Kafka topic. Each takes the same message twice without harm."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol

from aiokafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError

from streams.channels.addresses import Resolver
from streams.channels.base import Permanent, Retryable
from streams.channels.http import Http
from streams.channels.settings import Secret
from streams.producing import new_producer

CONTENT_TYPE = "application/cap+xml"
"""As IANA has it registered."""


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
    """Posts messages to a URL, with the identifier as ``Idempotency-Key``; 2xx takes it, and 409: it is there already.

    Parameters
    ----------
    url, token
        Where to, and what to show there; no token when it is empty.
    timeout_s
        For one message, seconds.
    public_only
        Connect to no host of a private network.

    """

    def __init__(self, url: Secret, token: Secret, timeout_s: float, *, public_only: bool) -> None:
        self._url = url
        self._token = token
        self._http = Http(timeout_s, [url.reveal(), token.reveal()], Resolver(public_only=public_only))

    async def put(self, identifier: str, alert: str, text: bytes) -> None:  # noqa: ARG002 - as `Target`
        """Post one message."""
        headers = {"Content-Type": CONTENT_TYPE, "Idempotency-Key": identifier}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token.reveal()}"
        answer = await self._http.exchange(self._url.reveal(), text, headers)
        if answer.status != HTTPStatus.CONFLICT:
            self._http.check(answer)

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.close()


class Topic:
    """Puts messages on a Kafka topic, keyed by alert so that its versions stay in order."""

    def __init__(self, client: Mapping[str, Any], topic: str, timeout_s: float = 10.0) -> None:
        self._client = client
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
        except (TimeoutError, KafkaTimeoutError) as error:
            raise Retryable("TIMEOUT") from error
        except MessageSizeTooLargeError as error:
            raise Permanent("TOO_LONG", "more than the topic takes") from error
        except KafkaError as error:
            if not error.retriable:
                await self.close()  # it may be of no use any more: the next message gets a new one
                raise Permanent("REJECTED", type(error).__name__) from error
            raise Retryable("CONNECTION") from error

    async def _started(self) -> Any:  # noqa: ANN401 - aiokafka is untyped
        if self._producer is None:
            producer = new_producer(self._client)
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
