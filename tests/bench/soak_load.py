"""What a soak needs beside its workers: a steady load, and somebody who reads the alerts as they come."""

from __future__ import annotations

import argparse
import math
import threading
import time
from collections.abc import Iterator

from kafka import KafkaConsumer

from streams import topics
from streams.clients import connect
from streams.feed import Fed, Parcel, feed_reports
from streams.settings import Settings
from tests.bench.region import reports
from tests.integration.harness import City


class Tail(threading.Thread):
    """Reads alerts as they come and takes note of how long after their raw record that was."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(daemon=True)
        names = [settings.topic(name) for name in (topics.ALERTS, topics.RESTRICTED)]
        self._consumer = connect(KafkaConsumer, settings, group_id=None, auto_offset_reset="earliest")
        self._consumer.subscribe(names)
        self._found: list[float] = []
        self.count = 0
        self.stopping = False

    def run(self) -> None:
        while not self.stopping:
            for records in self._consumer.poll(timeout_ms=200, max_records=5_000).values():
                now = time.time()
                self._found += [now - record.timestamp / 1_000 for record in records]
                self.count += len(records)
        self._consumer.close()

    def take(self) -> list[float]:
        """Return what was found since the last call."""
        found, self._found = self._found, []
        return found


class Load(threading.Thread):
    """Feeds reports at a steady rate until it is told to stop."""

    def __init__(self, city: City, given: argparse.Namespace) -> None:
        super().__init__(daemon=True)
        self._city, self._given = city, given
        self.stopping = False
        self.fed = Fed()
        self.days = 0.0
        self.failure: BaseException | None = None

    def _paced(self) -> Iterator[Parcel]:
        first = math.nan
        for n, parcel in enumerate(reports(self._city.parts().areas, self._given.cities * self._given.a_day)):
            if parcel.t is not None:
                first = parcel.t if n == 0 else first
                self.days = (parcel.t - first) / 86_400
            yield parcel._replace(t=n / self._given.rate)

    def run(self) -> None:
        try:
            self.fed = feed_reports(
                self._paced(), self._city.settings, speed=1.0, told=self._told, stopped=lambda: self.stopping
            )
        except BaseException as error:  # noqa: BLE001 - for whoever waits for the load
            self.failure = error

    def _told(self, fed: Fed) -> None:
        self.fed = fed
