"""Puts single records on control topics, where workers find them."""

from __future__ import annotations

import asyncio

from aiokafka.errors import KafkaConnectionError, KafkaError

from streams.clients import no_broker
from streams.errors import BrokerUnavailable
from streams.producing import new_producer
from streams.settings import Settings
from streams.topics import check_topics


def publish(settings: Settings, topic: str, key: str, value: bytes) -> str:
    """Send one record, and return where it is once the broker has confirmed it: ``context/2/17``.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    check_topics(settings)
    return asyncio.run(_publish(settings, topic, key, value))


async def _publish(settings: Settings, topic: str, key: str, value: bytes) -> str:
    producer = new_producer(settings.bootstrap)
    try:
        await producer.start()
        sent = await producer.send_and_wait(settings.topic(topic), value, key=key.encode())
    except KafkaConnectionError as error:
        raise no_broker(settings) from error
    except KafkaError as error:
        raise BrokerUnavailable(f"the record was not confirmed by {settings.bootstrap}: {error!r}") from error
    finally:
        await producer.stop()
    return f"{topic}/{sent.partition}/{sent.offset}"
