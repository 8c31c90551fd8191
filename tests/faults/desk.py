"""People who sign alerts while the day goes on, and close some: they keep trying until Kafka has taken their word."""

from __future__ import annotations

import threading
import time
import zlib
from contextlib import suppress
from datetime import UTC, datetime

import msgspec

from rules.alert import Alert
from rules.command import Action, Command
from streams import topics
from streams.codec import encode
from streams.errors import BrokerUnavailable
from streams.publishing import publish_all
from streams.settings import Settings
from streams.tail import Tail

_STEPS: dict[int, tuple[Action, ...]] = {0: ("sign",), 1: ("sign", "assign", "arrive"), 2: ("sign", "resolve", "close")}
_SHARE = 6
_PAUSE_S = 1.0


def steps_of(id_: str) -> tuple[Action, ...]:
    """What is done about an alert: nothing about half of them."""
    return _STEPS.get(zlib.crc32(id_.encode()) % _SHARE, ())


class Desk:
    """Whoever acts, in a thread.

    Parameters
    ----------
    settings
        Of the city.

    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._seen: set[str] = set()
        self._todo: list[tuple[str, Action]] = []
        self._stopping = threading.Event()
        self.sent: dict[str, Command] = {}
        self.failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def finish(self) -> None:
        """Do what is still to be done about the alerts seen by now, and end."""
        self._stopping.set()
        self._thread.join(120)
        if self.failure is not None:
            raise self.failure
        assert not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set() or self._todo:
                with suppress(BrokerUnavailable):
                    self._act()
                time.sleep(_PAUSE_S)
        except Exception as error:  # noqa: BLE001 - told by `finish`
            self.failure = error

    def _act(self) -> None:
        with Tail(self._settings, [topics.CURRENT, topics.RESTRICTED_CURRENT], from_beginning=True) as tail:
            while not self._stopping.is_set() or self._todo:
                for record in tail.poll(_PAUSE_S):
                    if record.key is not None and record.value is not None:
                        self._note(record.key.decode(), msgspec.json.decode(record.value, type=Alert))
                if self._todo:
                    self._give()
                time.sleep(_PAUSE_S)

    def _note(self, id_: str, alert: Alert) -> None:
        handling = alert.revision.handling
        if id_ not in self._seen and handling is not None:
            self._seen.add(id_)
            self._todo += [(id_, step) for step in steps_of(id_)]

    def _give(self) -> None:
        """Send the next step of every alert that waits for one: a command keeps its id until Kafka has taken it."""
        turn = dict(reversed(self._todo))
        commands = {f"{id_}/{action}": _command(id_, action) for id_, action in turn.items()}
        records = [(command.alert, encode(command)) for command in commands.values()]
        publish_all(self._settings, topics.COMMANDS, records)
        self.sent |= commands
        for one in turn.items():
            self._todo.remove(one)


def _command(id_: str, action: Action) -> Command:
    to = "抢修一队" if action == "assign" else ""
    return Command(id=f"{id_}/{action}", action=action, alert=id_, by="desk", at=datetime.now(UTC), to=to)
