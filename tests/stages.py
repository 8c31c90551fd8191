"""Both stages of one city as one: what a partition of ``events`` finds is what its alerts are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from rules.book import Book
from rules.duty import Duty
from rules.feedback import Held
from rules.fusion import Fusion
from streams.alerts import AlertsPartition
from streams.codec import COMMAND, JUDGED, WATERMARK, encode, origin, read_origin
from streams.emission import Emission
from streams.partition import EventsPartition
from streams.pipeline import Pipeline
from tests.builders import an_area_tree


class BothStages:
    """A partition of ``events`` and the ``findings`` it leads to, fed from one log.

    What live puts on two topics stands on one: commands go to the alerts, the clock to both, the rest to the rules;
    what somebody found out comes back to the rules with the next record.
    """

    def __init__(self, pipeline: Pipeline, channels: Iterable[str], book: Book) -> None:
        self.rules = EventsPartition(pipeline, channels)
        self.alerts = AlertsPartition(Fusion(an_area_tree()), Duty(book, "test"), book)
        self.offset = -1

    @property
    def counts(self) -> Counter[str]:
        return self.rules.counts + self.alerts.counts

    def held(self) -> Counter[Held]:
        return self.rules.held()

    @property
    def verdicts(self) -> Counter[Held]:
        return self.rules.verdicts

    def take(self, log: Iterable[Any], emit: Callable[[Emission], None]) -> None:
        for record in log:
            if record.offset <= self.offset:
                continue
            self.offset = record.offset
            came_from = read_origin(record.headers)
            name = came_from[0] if came_from is not None else ""
            if name != COMMAND:
                self._rules(record, emit)
            if name in {COMMAND, WATERMARK}:
                self._alerts(record, emit)

    def _rules(self, record: Any, emit: Callable[[Emission], None]) -> None:
        said: list[Emission] = []
        self.rules.take([_at(record, self.rules.offset + 1)], said.append)
        for one in said:
            emit(Emission(one.timestamp, one.signals, late=one.late, shadow=one.shadow))
            for finding in one.findings:
                self._alerts(_a_record(one.timestamp, [], encode(finding)), emit)

    def _alerts(self, record: Any, emit: Callable[[Emission], None]) -> None:
        said: list[Emission] = []
        self.alerts.take([_at(record, self.alerts.offset + 1)], said.append)
        for one in said:
            emit(one)
            for judgement in one.judgements:
                headers = origin("findings/0", self.alerts.offset, JUDGED)
                self._rules(_a_record(one.timestamp, headers, encode(judgement)), emit)

    def dirty(self) -> dict[str, bytes | None]:
        own = {f"r/{key}": data for key, data in self.rules.dirty().items()}
        own |= {f"a/{key}": data for key, data in self.alerts.dirty().items()}
        return own | {"at": str(self.offset).encode()}

    def restore(self, items: Mapping[str, bytes]) -> None:
        self.offset = int(items["at"])
        self.rules.restore({key[2:]: data for key, data in items.items() if key.startswith("r/")})
        self.alerts.restore({key[2:]: data for key, data in items.items() if key.startswith("a/")})


def _a_record(timestamp: int, headers: list[tuple[str, bytes]], value: bytes) -> Any:
    return SimpleNamespace(timestamp=timestamp, headers=headers, value=value)


def _at(record: Any, offset: int) -> Any:
    return SimpleNamespace(offset=offset, timestamp=record.timestamp, headers=record.headers, value=record.value)
