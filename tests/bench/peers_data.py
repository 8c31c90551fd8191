"""The small job all peers do, as data: reports of a day and a half, and the alerts that must come of them.

A report is JSON with a place, a kind and a hashed reporter; its Kafka key is place and kind, its Kafka timestamp its
event time. An alert is due once for a key and hour (of event time), at the THRESHOLD-th distinct reporter. At the
beginning of every hour a key of its own crosses it: by the time the broker gave that alert it is known when a job,
whatever it is, had come how far.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

THRESHOLD = 8
FIRST_HOUR = 490_000  # since 1970: in November 2025
KINDS = ("noise", "water", "power", "gas", "odor", "road", "parking", "waste")
PLACES = 2_000
MARKER = "marker"
_TEXT = "楼下施工噪声扰民，请尽快处理"

Alerts = dict[tuple[str, int], int]
"""Key and hour of every alert that is due, to the number of the report it is due at."""


class Small(NamedTuple):
    """One report as it goes on the topic."""

    key: bytes
    value: bytes
    timestamp_ms: int


def marker_of(key: str) -> bool:
    """Tell whether an alert is one of those that mark an hour."""
    return key.startswith(MARKER)


def reports(hours: int, an_hour: int, seed: int = 7) -> Iterator[Small]:
    """Yield `an_hour` reports for each of the hours, in order of time; some places get most of them."""
    dice = random.Random(seed)
    keys = [f"street-{place}|{kind}" for place in range(PLACES) for kind in KINDS]
    dice.shuffle(keys)
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(keys))))
    step = 3_600_000 // an_hour
    for n in range(hours * an_hour):
        hour, within = divmod(n, an_hour)
        if within < THRESHOLD:
            key, reporter = f"{MARKER}-0|noise", f"{within:016x}"
        else:
            key, reporter = dice.choices(keys, cum_weights=weights)[0], f"{dice.randrange(400_000):016x}"
        place, _, kind = key.partition("|")
        at = (FIRST_HOUR + hour) * 3_600_000 + within * step
        fields = f'"id":"e{n}","place":"{place}","kind":"{kind}","reporter":"{reporter}"'
        value = f'{{{fields},"t":{at / 1_000},"text":"{_TEXT}"}}'
        yield Small(key.encode(), value.encode(), at)


def due(given: Iterator[Small]) -> Alerts:
    """Return the alerts that are due, by the definition and nothing else."""
    who: dict[tuple[str, int], set[bytes]] = {}
    found: Alerts = {}
    for n, report in enumerate(given):
        key = (report.key.decode(), report.timestamp_ms // 3_600_000)
        reporters = who.setdefault(key, set())
        reporters.add(report.value.partition(b'"reporter":"')[2][:16])
        if len(reporters) >= THRESHOLD:
            found.setdefault(key, n)
    return found
