"""Puts single records on control topics, where workers find them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiokafka.errors import KafkaConnectionError, KafkaError

from streams.clients import failed, no_broker
from streams.producing import new_producer
from streams.settings import Settings
from streams.topicadmin import check_topics


def publish(settings: Settings, topic: str, key: str, value: bytes) -> str:
    """Send one record, and return where it is once the broker has confirmed it: ``context/2/17``.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    return publish_all(settings, topic, [(key, value)])[0]


def publish_all(settings: Settings, topic: str, records: Sequence[tuple[str, bytes]]) -> list[str]:
    """Send records, each a key and a value, one after the other; return where they are, as `publish`.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer, or the topics are not there; those before may have been sent.

    """
    check_topics(settings, [topic])
    return asyncio.run(_publish(settings, topic, records))


async def _publish(settings: Settings, topic: str, records: Sequence[tuple[str, bytes]]) -> list[str]:
    producer = new_producer(settings.client())
    try:
        await producer.start()
        where = [await producer.send_and_wait(settings.topic(topic), value, key=key.encode()) for key, value in records]
    except KafkaConnectionError as error:
        raise no_broker(settings) from error
    except KafkaError as error:
        raise failed(settings, "did not confirm the record", error) from error
    finally:
        await producer.stop()
    return [f"{topic}/{sent.partition}/{sent.offset}" for sent in where]
