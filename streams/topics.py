"""The topics: what they are called and how they are kept."""

from __future__ import annotations

from dataclasses import dataclass, field

from streams.settings import Settings
from streams.sources import source_types

EVENTS = "events"
CITY = "events.city"
"""The same events again, in one partition: for what has to see all districts."""
LATE = "events.late"
SIGNALS = "signals"
FINDINGS = "findings"
"""What single rules say, in one partition: alerts are made of them. With the clock, commands and books."""
SHADOW = "findings.shadow"
"""What rules on trial say: no alert is made of it, and nobody is told."""
ALERTS = "alerts"
CURRENT = "alerts.current"
RESTRICTED = "alerts.restricted"
RESTRICTED_CURRENT = "alerts.restricted.current"
INDEX = "index"
CONTEXT = "context"
RULES = "rules"
COMMANDS = "commands"
ANSWERS = "commands.answers"
"""What became of each command, in one partition."""
NOTICES = "notices"
"""Every version of every alert, in one partition: what delivery reads. The duty desk's own among them."""
LESSONS = "lessons"
"""In one partition: they are learned in one order."""
CONTROL = (CONTEXT, RULES, COMMANDS)
"""Topics whose records are put on the topics of the stages they are for, among what these work off."""
DELIVERIES = "deliveries"
DEAD = "dead-letters"
AUDIT = "audit"
"""Who did what, and who saw what unmasked; in one partition: in the order it was done."""
INTAKE_STATE = "state.intake"
DETECT_STATE = "state.detect"
CITY_STATE = "state.city"
ALERTS_STATE = "state.alerts"
DELIVERY_STATE = "state.delivery"

CLOCK_MS = 300_000
"""How far a worker's clock may be from the broker's: ahead, it would make late what is still to come; behind, Kafka
would keep what it writes too short."""
BY_THE_BROKER = 1
"""Kafka's number for timestamps of a topic that bears the time at which the broker wrote a record down."""
RAW_DAYS = 7
"""How long raw topics keep what sources sent."""
_DAY_MS = 86_400_000
_ENOUGH = 3
_LARGEST = 16 * 1024 * 1024


@dataclass(frozen=True)
class TopicSpec:
    """One topic.

    Parameters
    ----------
    name
        Without prefix.
    keep_days
        Retention in days; ``None`` for a compacted topic, which keeps the latest value of every key.
    extra
        Further configuration.
    partitions
        ``None`` for as many as the settings say.
    originals
        What sources wrote is on it, unmasked. Kafka deletes whole segments, by their newest record: one a day, or a
        record would stay for twice as long as it is to be kept.

    """

    name: str
    keep_days: int | None
    extra: dict[str, str] = field(default_factory=dict)
    partitions: int | None = None
    originals: bool = False

    def config(self, copies: int = 1) -> dict[str, str]:
        """Return the topic configuration.

        Of three copies two have to be there for a record to be confirmed: one broker may be away, and one lost.
        """
        safe = {"min.insync.replicas": "2"} if copies >= _ENOUGH else {}
        if self.keep_days is None:
            return {"cleanup.policy": "compact", **self.extra, **safe}
        kept = {"cleanup.policy": "delete", "retention.ms": str(self.keep_days * _DAY_MS)}
        daily = {"segment.ms": str(_DAY_MS)} if self.originals else {}
        return {**kept, **daily, **self.extra, **safe}


def raw_topics() -> list[str]:
    """Return the topics sources write to, in the order of their names."""
    return sorted(kind.topic for kind in source_types().values())


def specs() -> list[TopicSpec]:
    """Return every topic Fenghuo uses."""
    written = {"message.timestamp.type": "LogAppendTime"}  # Kafka keeps nothing of long ago; clocks may say anything
    ours = {"max.message.bytes": str(_LARGEST), "message.timestamp.after.max.ms": str(CLOCK_MS)}
    state = {"max.message.bytes": str(_LARGEST), "min.cleanable.dirty.ratio": "0.2", "segment.ms": "600000", **written}
    return [
        *(TopicSpec(name, RAW_DAYS, written, originals=True) for name in raw_topics()),
        TopicSpec(EVENTS, 30, ours),
        TopicSpec(CITY, 30, ours, partitions=1),
        TopicSpec(LATE, 30),
        TopicSpec(SIGNALS, 30),
        TopicSpec(FINDINGS, 30, ours, partitions=1),
        TopicSpec(SHADOW, 30, {"max.message.bytes": str(_LARGEST)}),
        TopicSpec(ALERTS, 365, {"max.message.bytes": str(_LARGEST)}),
        TopicSpec(CURRENT, None, {"max.message.bytes": str(_LARGEST)}),
        TopicSpec(RESTRICTED, 365, {"max.message.bytes": str(_LARGEST)}),
        TopicSpec(RESTRICTED_CURRENT, None, {"max.message.bytes": str(_LARGEST)}),
        TopicSpec(INDEX, 400, partitions=1),
        TopicSpec(CONTEXT, None),
        TopicSpec(RULES, None, {"max.message.bytes": str(_LARGEST)}),
        TopicSpec(COMMANDS, 365),
        TopicSpec(ANSWERS, 365, partitions=1),
        TopicSpec(NOTICES, 7, {"max.message.bytes": str(_LARGEST)}, partitions=1),
        TopicSpec(LESSONS, None, partitions=1),
        TopicSpec(DELIVERIES, 365, partitions=1),
        TopicSpec(DEAD, 14, {"max.message.bytes": str(_LARGEST)}, originals=True),
        TopicSpec(AUDIT, 3 * 365, partitions=1),
        TopicSpec(INTAKE_STATE, None, state),
        TopicSpec(DETECT_STATE, None, state),
        TopicSpec(CITY_STATE, None, state, partitions=1),
        TopicSpec(ALERTS_STATE, None, state, partitions=1),
        TopicSpec(DELIVERY_STATE, None, state, partitions=1),
    ]


def everywhere(settings: Settings) -> list[tuple[str, int]]:
    """Return topic and partition of all that events go to: what holds for all of them is put on each."""
    events = settings.topic(EVENTS)
    return [*((events, number) for number in range(settings.partitions)), (settings.topic(CITY), 0)]


def findings(settings: Settings) -> tuple[str, int]:
    """Return topic and partition of what alerts are made of."""
    return settings.topic(FINDINGS), 0
