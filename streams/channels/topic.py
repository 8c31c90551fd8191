"""A Kafka topic of one's choice, on this cluster or another."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    InvalidTopicError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
)
from aiokafka.helpers import create_ssl_context

from streams.channels.base import Message, Permanent, Receipt, Retryable
from streams.channels.payload import told
from streams.channels.settings import ChannelSettings, Secret, Tools

_HOST_PORT = re.compile(r"[^\s,:/]+:\d{1,5}(,[^\s,:/]+:\d{1,5})*")
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")
_FORBIDDEN = (TopicAuthorizationFailedError, ClusterAuthorizationFailedError, InvalidTopicError)


class KafkaSettings(ChannelSettings, frozen=True, kw_only=True):
    """A topic.

    Parameters
    ----------
    bootstrap
        Address of the cluster.
    topic
        Its whole name; it is not created here.
    security
        ``plaintext``, ``ssl``, ``sasl_plaintext`` or ``sasl_ssl``.
    mechanism
        Of SASL.
    user
        Name to log in with.
    password_from, password_file
        Its password.

    """

    type: ClassVar[str] = "kafka"
    secrets: ClassVar[Mapping[str, bool]] = {"password": False}

    bootstrap: str
    topic: str
    security: Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"] = "plaintext"
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    user: str = ""
    password_from: str = ""
    password_file: str = ""

    def faults(self, secrets: Mapping[str, Secret]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with address, topic and login."""
        if not _HOST_PORT.fullmatch(self.bootstrap):
            yield "bootstrap", "is no HOST:PORT (several: with commas between)"
        if not _TOPIC.fullmatch(self.topic) or self.topic in {".", ".."}:
            yield "topic", "must be made of letters, digits, dots, dashes and underscores, 249 at most"
        wanted = self.security.startswith("sasl")
        if bool(self.user) != wanted or bool(secrets["password"]) != wanted:
            yield (
                "security",
                "user and password_from (or password_file) go with sasl_plaintext and sasl_ssl, and only there",
            )

    def open(self, name: str, tools: Tools) -> Topic:
        """Return the channel."""
        return Topic(name, self, tools)


class Topic:
    """Writes JSON under the alert's id; nothing is written twice on a retry of the client's own."""

    def __init__(self, name: str, settings: KafkaSettings, tools: Tools) -> None:
        self.name = name
        self.per_minute = settings.per_minute
        self._settings = settings
        self._password = tools.secrets["password"]
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def send(self, message: Message) -> Receipt:
        """Send."""
        key = message.alerts[0].id if len(message.alerts) == 1 else message.key
        value = told(message, sign_links=False)
        headers = [("idempotency-key", message.key.encode())]
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                producer = await self._started()
                sent = await producer.send_and_wait(self._settings.topic, value, key.encode(), headers=headers)
        except (TimeoutError, KafkaTimeoutError):
            raise Retryable("TIMEOUT") from None
        except MessageSizeTooLargeError:
            raise Permanent("TOO_LONG", "more than the topic takes") from None
        except _FORBIDDEN as error:
            raise Permanent("CONFIGURATION", type(error).__name__) from None
        except KafkaConnectionError:
            raise Retryable("CONNECTION") from None
        except KafkaError as error:
            if getattr(error, "retriable", False):
                raise Retryable("SERVER_ERROR") from None
            await self._give_up()
            raise Permanent("REJECTED", type(error).__name__) from None
        return Receipt(detail=f"{sent.partition}/{sent.offset}")

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._settings.bootstrap,
                    enable_idempotence=True,
                    acks="all",
                    request_timeout_ms=int(self._settings.timeout_s * 1000),
                    **self._login(),
                )
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
        return self._producer

    def _login(self) -> dict[str, Any]:
        security = self._settings.security
        given: dict[str, Any] = {"security_protocol": security.upper()}
        if security.endswith("ssl"):
            given["ssl_context"] = create_ssl_context()
        if security.startswith("sasl"):
            given |= {
                "sasl_mechanism": self._settings.mechanism,
                "sasl_plain_username": self._settings.user,
                "sasl_plain_password": self._password.reveal(),
            }
        return given

    async def _give_up(self) -> None:
        """Part with a producer that may be of no use any more: the next message gets a new one."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(TimeoutError, KafkaError):
                async with asyncio.timeout(self._settings.timeout_s):
                    await producer.stop()

    async def close(self) -> None:
        """Let go of connections."""
        await self._give_up()
