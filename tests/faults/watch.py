"""Somebody who looks at ``notices`` all day and writes down when each alert was first seen at each grade."""

from __future__ import annotations

import threading
import time
from contextlib import closing, suppress

import msgspec
from kafka import KafkaConsumer, TopicPartition

from rules.alert import Alert
from streams import topics
from streams.clients import connect
from streams.errors import BrokerUnavailable
from streams.settings import Settings

_POLL_MS = 200


class Watch:
    """A reader of versions, in a thread; Kafka's own timestamps of them are those of what they came of.

    Parameters
    ----------
    settings
        Of the city.

    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._over = threading.Event()
        self.seen: dict[tuple[str, int], float] = {}
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._over.set()
        self._thread.join(60)

    def _run(self) -> None:
        while not self._over.is_set():
            with suppress(BrokerUnavailable), closing(self._consumer()) as consumer:
                while not self._over.is_set():
                    for records in consumer.poll(timeout_ms=_POLL_MS).values():
                        for record in records:
                            if not record.headers:
                                self._note(msgspec.json.decode(record.value, type=Alert))

    def _consumer(self) -> KafkaConsumer:
        """Connect; one that was away for long would, by its defaults, wait half a minute until it looks again."""
        patience = {"reconnect_backoff_max_ms": 200, "request_timeout_ms": 5_000, "fetch_max_wait_ms": _POLL_MS}
        consumer = connect(KafkaConsumer, self._settings, group_id=None, enable_auto_commit=False, **patience)
        where = TopicPartition(self._settings.topic(topics.NOTICES), 0)
        consumer.assign([where])
        consumer.seek(where, 0)
        return consumer

    def _note(self, alert: Alert) -> None:
        for rank in range(alert.grade.rank + 1):
            self.seen.setdefault((alert.id, rank), time.time())
