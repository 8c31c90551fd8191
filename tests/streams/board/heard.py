"""Records as the parts of the mirror hear them."""

from __future__ import annotations

import itertools
from typing import Any

from rules.alert import Alert
from streams import topics
from streams.codec import SRC, encode, origin
from streams.sides import side_of
from streams.tail import Heard
from tests.builders import T0, an_event

_OFFSETS = itertools.count()


def heard(
    topic: str, value: object, *, at: float = T0, headers: Any = (), partition: int = 0, offset: int = -1
) -> Heard:
    """A record of a topic that came at `at`, epoch seconds."""
    number = next(_OFFSETS) if offset < 0 else offset
    return Heard(topic, partition, number, int(at * 1000), b"k", None if value is None else encode(value), headers)


def an_event_heard(id: str, t: float, *, topic: str = topics.EVENTS, **over: Any) -> Heard:  # noqa: A002
    """An event that came when it happened, `t` seconds after T0."""
    return heard(topic, an_event(id, t, **over), at=T0 + t, headers=origin("hotline.calls/0", 1, SRC))


def an_alert_heard(alert: Alert, t: float) -> Heard:
    """A version of an alert issued `t` seconds after T0."""
    return heard(side_of(alert).versions, alert, at=T0 + t)
