"""Somebody who looks at ``notices`` all day and writes down when each alert was first seen at each grade."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import msgspec

from rules.alert import Alert
from streams import topics
from streams.errors import BrokerUnavailable
from streams.settings import Settings
from streams.tail import Tail

_POLL_S = 0.2


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
            with suppress(BrokerUnavailable), Tail(self._settings, [topics.NOTICES], from_beginning=True) as tail:
                while not self._over.is_set():
                    for record in tail.poll(_POLL_S):
                        if record.value is not None and not record.headers:
                            self._note(msgspec.json.decode(record.value, type=Alert))

    def _note(self, alert: Alert) -> None:
        for rank in range(alert.grade.rank + 1):
            self.seen.setdefault((alert.id, rank), time.time())
