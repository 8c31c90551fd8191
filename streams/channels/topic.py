"""A Kafka topic of one's choice, on this cluster or another."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from typing import ClassVar

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

from streams.channels.base import Message, Permanent, Receipt, Retryable
from streams.channels.cluster import ClusterSettings
from streams.channels.payload import told
from streams.channels.settings import Secret, Tools

_FORBIDDEN = (TopicAuthorizationFailedError, ClusterAuthorizationFailedError, InvalidTopicError)


class KafkaSettings(ClusterSettings, frozen=True, kw_only=True):
    """A topic of one's choice, on this cluster or another."""

    type: ClassVar[str] = "kafka"

    def faults(self, secrets: Mapping[str, Secret]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with address, topic and login."""
        yield from self.faults_of_cluster(secrets)

    def open(self, name: str, tools: Tools) -> Topic:
        """Return the channel."""
        return Topic(name, self, tools)


class Topic:
    """Writes JSON under the alert's id; nothing is written twice on a retry of the client's own."""

    def __init__(self, name: str, settings: KafkaSettings, tools: Tools) -> None:
        self.name = name
        self.per_minute = settings.per_minute
        self._settings = settings
        self._secrets = tools.secrets
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
                    **self._settings.client(self._secrets),
                    enable_idempotence=True,
                    acks="all",
                    request_timeout_ms=int(self._settings.timeout_s * 1000),
                )
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
        return self._producer

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
