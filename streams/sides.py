"""Which topics a version of an alert goes to: what only the duty desk may see never goes to the ordinary ones. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Self

import msgspec

from rules.alert import Alert
from rules.book import Book
from streams import topics

SIDES = "sides"
"""Key in the state of the detect stage."""


class Side(NamedTuple):
    """The topic of all versions, and the one of what stands."""

    versions: str
    current: str


ORDINARY = Side(topics.ALERTS, topics.CURRENT)
RESTRICTED = Side(topics.RESTRICTED, topics.RESTRICTED_CURRENT)


def side_of(alert: Alert) -> Side:
    """Return the topics an alert goes to."""
    return RESTRICTED if alert.restricted else ORDINARY


class Sides(msgspec.Struct):
    """On which side the alerts of each rule are, and the rules that ever changed sides with another book.

    Parameters
    ----------
    restricted
        Rule id to whether only the duty desk may see its alerts.
    moved
        Ids of the rules for which that was once otherwise: what still stands from then is on the other side.

    """

    restricted: dict[str, bool] = {}
    moved: set[str] = set()

    @classmethod
    def restored(cls, data: bytes | None, book: Book, *, begun: bool) -> Self:
        """Return the sides of a partition that goes by `book`.

        Parameters
        ----------
        data
            What `encoded` returned, ``None`` when the state holds nothing.
        book
            The book in force, which need not be the one of before.
        begun
            Whether there is any state: where it says nothing of sides, all there was went to the ordinary one.

        """
        if data is not None:
            sides = msgspec.msgpack.decode(data, type=cls)
        else:
            sides = cls(dict.fromkeys((rule.id for rule in book.rules), False) if begun else {}, set())
        sides.go_by(book)
        return sides

    def encoded(self) -> bytes:
        """Return them as state."""
        return msgspec.msgpack.encode(self, order="deterministic")

    def go_by(self, book: Book) -> None:
        """Take note of another book."""
        for rule in book.rules:
            if self.restricted.get(rule.id, rule.restricted) != rule.restricted:
                self.moved.add(rule.id)
            self.restricted[rule.id] = rule.restricted

    def standing(self, alert: Alert) -> Iterator[tuple[str, bool]]:
        """Yield the topics of what stands that a version changes, each with whether the alert stands there now."""
        here = side_of(alert)
        yield here.current, alert.status != "withdrawn"
        if alert.rule.id in self.moved and alert.revision.version > 1:
            yield (ORDINARY if alert.restricted else RESTRICTED).current, False
