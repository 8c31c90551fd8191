"""Which topics a version of an alert goes to: what only the duty desk may see never goes to the ordinary ones. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rules.alert import Alert
from streams import topics


class Side(NamedTuple):
    """The topic of all versions, and the one of what stands."""

    versions: str
    current: str


ORDINARY = Side(topics.ALERTS, topics.CURRENT)
RESTRICTED = Side(topics.RESTRICTED, topics.RESTRICTED_CURRENT)


def side_of(alert: Alert) -> Side:
    """Return the topics an alert goes to."""
    return RESTRICTED if alert.restricted else ORDINARY


def standing(alert: Alert, *, crossed: bool) -> Iterator[tuple[str, bool]]:
    """Yield the topics of what stands that a version changes, each with whether the alert stands there now.

    Parameters
    ----------
    alert
        The version.
    crossed
        The version before stood on the other side: another book changed who may see it.

    """
    yield side_of(alert).current, alert.status != "withdrawn"
    if crossed:
        yield (ORDINARY if alert.restricted else RESTRICTED).current, False
