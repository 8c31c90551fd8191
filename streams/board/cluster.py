"""What the cluster says of itself: who works, how far they are, how large the topics are. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from streams import topics
from streams.sources import source_types

STATES = (
    topics.INTAKE_STATE,
    topics.DETECT_STATE,
    topics.CITY_STATE,
    topics.ALERTS_STATE,
    topics.DELIVERY_STATE,
)
WORKED_OFF = (topics.EVENTS, topics.CITY, topics.FINDINGS, topics.CONTEXT, topics.RULES, topics.COMMANDS)
"""What workers read besides the raw topics."""


class Member(NamedTuple):
    """A process of a consumer group.

    Parameters
    ----------
    id, host
        What it is called, briefly, and the address it connects from.
    partitions
        What it owns, by topic without prefix.

    """

    id: str
    host: str
    partitions: Mapping[str, tuple[int, ...]]


class Group(NamedTuple):
    """A consumer group: its state in Kafka's words (``Stable``, ``Empty``, ``Dead`` …) and its members."""

    id: str
    state: str
    members: tuple[Member, ...]


class Position(NamedTuple):
    """How far a group has worked off a partition: the next offset it has to take in, and the end there is now.

    Nothing is committed before the first record was worked off: `committed` is ``None`` then.
    """

    topic: str
    partition: int
    committed: int | None
    start: int
    end: int

    @property
    def lag(self) -> int:
        """Records that wait."""
        return max(0, self.end - max(self.start, self.committed or 0))


class Size(NamedTuple):
    """How large a topic is; bytes are ``None`` where the cluster does not say."""

    topic: str
    records: int
    bytes: int | None


class Cluster(NamedTuple):
    """One look at the cluster.

    Parameters
    ----------
    at
        When, epoch seconds of the wall clock.
    took_ms
        How long the answers took.
    brokers
        How many there are.
    workers, delivery
        The groups of those that work and those that deliver.
    positions
        Of the workers, by topic and partition; of delivery its notices.
    sizes
        Of all topics of this city.
    missing
        Topics that are not there.

    """

    at: float
    took_ms: float
    brokers: int
    workers: Group
    delivery: Group
    positions: tuple[Position, ...]
    notices: tuple[Position, ...]
    sizes: tuple[Size, ...]
    missing: tuple[str, ...] = ()

    def lag_by_topic(self) -> dict[str, int]:
        """Return the records that wait, by topic."""
        found: dict[str, int] = {}
        for one in (*self.positions, *self.notices):
            found[one.topic] = found.get(one.topic, 0) + one.lag
        return found

    def unowned(self) -> list[tuple[str, int]]:
        """Return the partitions that workers read and none owns."""
        owned = {
            (topic, number)
            for member in self.workers.members
            for topic, numbers in member.partitions.items()
            for number in numbers
        }
        return [(one.topic, one.partition) for one in self.positions if (one.topic, one.partition) not in owned]

    def raw_ends(self) -> dict[str, int]:
        """Return how many records ever came in by source."""
        sources = {kind.topic: source for source, kind in source_types().items()}
        found: dict[str, int] = {}
        for one in self.positions:
            if one.topic in sources:
                found[sources[one.topic]] = found.get(sources[one.topic], 0) + one.end
        return found


class Sighting(NamedTuple):
    """A look, or why there is none.

    Parameters
    ----------
    now
        The latest look that came about.
    before
        One some minutes earlier, to tell what moves.
    fault
        Why the last attempt came to nothing; empty when it did not.
    failing_since
        When attempts began to fail, epoch seconds.

    """

    now: Cluster | None = None
    before: Cluster | None = None
    fault: str = ""
    failing_since: float | None = None


class Sightings:
    """The looks of the last minutes.

    Parameters
    ----------
    apart_s
        How long before the latest one the look lies that it is compared with.

    """

    def __init__(self, apart_s: float = 300.0) -> None:
        self._apart_s = apart_s
        self._looks: list[Cluster] = []
        self._fault, self._failing_since = "", None

    _failing_since: float | None

    def saw(self, look: Cluster) -> None:
        """Take a look in; one of enough before is kept."""
        self._fault, self._failing_since = "", None
        self._looks.append(look)
        while len(self._looks) > 2 and self._looks[1].at <= look.at - self._apart_s:  # noqa: PLR2004 - first and last
            del self._looks[0]

    def failed(self, why: str, at: float) -> None:
        """Note that nobody answered."""
        self._fault = why
        self._failing_since = self._failing_since or at

    def latest(self) -> Sighting:
        """Return what is known."""
        now = self._looks[-1] if self._looks else None
        before = self._looks[0] if len(self._looks) > 1 else None
        return Sighting(now, before, self._fault, self._failing_since)


def worked_off() -> tuple[str, ...]:
    """Return every topic workers read."""
    return (*topics.raw_topics(), *WORKED_OFF)


def briefly(member_id: str, client: str) -> str:
    """Return what to call a member: what its client is called and the end of its id."""
    return f"{client}·{member_id[-8:]}"


def partitions_of(assigned: Sequence[Mapping[str, object]], prefix: str) -> dict[str, tuple[int, ...]]:
    """Return what a member owns, by topic without `prefix`; what is not of this city is left out."""
    return dict(sorted(_owned(assigned, prefix)))


def _owned(assigned: Sequence[Mapping[str, object]], prefix: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    for one in assigned:
        topic, numbers = str(one["topic"]), one["partitions"]
        if topic.startswith(prefix) and isinstance(numbers, list):
            yield topic.removeprefix(prefix), tuple(sorted(numbers))
