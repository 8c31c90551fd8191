"""The topics: what they are called, how they are kept, and creating them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import (
    InvalidReplicationFactorError,
    KafkaError,
    TopicAlreadyExistsError,
)

from streams.clients import Looked, connect, failed, look, not_allowed
from streams.errors import BrokerUnavailable
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
"""A worker whose clock is further ahead of the broker's cannot write: it would make late what is still to come."""
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
    ours = {"max.message.bytes": str(_LARGEST), "message.timestamp.after.max.ms": str(CLOCK_MS)}
    state = {"max.message.bytes": str(_LARGEST), "min.cleanable.dirty.ratio": "0.2", "segment.ms": "600000"}
    return [
        *(TopicSpec(name, 7, originals=True) for name in raw_topics()),
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


def admin(settings: Settings) -> KafkaAdminClient:
    """Connect for administration.

    Raises
    ------
    BrokerUnavailable
        When nobody answers at the bootstrap address.

    """
    return connect(KafkaAdminClient, settings, client_id="fenghuo-admin")


@contextmanager
def asking(settings: Settings) -> Iterator[KafkaAdminClient]:
    """Connect for administration, and disconnect; what the cluster refuses is told in one line."""
    client = admin(settings)
    try:
        yield client
    except KafkaError as error:
        raise failed(settings, "did not do what was asked", error) from error
    finally:
        client.close()


def create_topics(settings: Settings) -> list[str]:
    """Create the topics that do not exist yet; return their names.

    All but those for the whole city have the same number of partitions: state is kept in the partition it is about.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer, or a topic exists with another number of partitions; then none is created.

    """
    with asking(settings) as client:
        wanted = {settings.topic(spec.name): spec for spec in specs()}
        found = look(client, wanted)
        missing = [*found.missing, *found.hidden]
        new = [
            NewTopic(
                name,
                spec.partitions or settings.partitions,
                settings.replication,
                topic_configs=spec.config(settings.replication),
            )
            for name, spec in wanted.items()
            if name in missing
        ]
        counts = {name: len(one["partitions"]) for name, one in found.there.items()}
        _check_partitions(settings, {name: wanted[name] for name in counts}, counts)
        if new:
            try:
                client.create_topics(new, timeout_ms=30_000)
            except TopicAlreadyExistsError:
                pass  # another worker was quicker
            except InvalidReplicationFactorError as error:
                raise BrokerUnavailable(
                    f"topics could not be created: {settings.bootstrap} has no {settings.replication} brokers to keep "
                    "the copies on; set FENGHUO_REPLICATION, or --replication, to the number there are or less"
                ) from error
    return missing


def check_topics(settings: Settings, names: Collection[str] | None = None) -> None:
    """See that topics are there, and have as many partitions as the settings say.

    Parameters
    ----------
    settings
        Cluster and prefix.
    names
        Which, without prefix; every one we use when none are given.

    Raises
    ------
    BrokerUnavailable
        With what is missing or different or not shown to us, and what to do.

    """
    check_looked(
        settings, check_shown(settings, [spec.name for spec in specs() if names is None or spec.name in names])
    )


def check_shown(settings: Settings, names: Collection[str]) -> Looked:
    """Look at topics, and see that none is hidden from us: of those there are as if they were not there.

    Parameters
    ----------
    settings
        Cluster and prefix.
    names
        Without prefix.

    Raises
    ------
    BrokerUnavailable
        With those that are.

    """
    with asking(settings) as client:
        found = look(client, [settings.topic(name) for name in names])
    if found.hidden:
        raise BrokerUnavailable(not_allowed(settings, [f"DESCRIBE on {name}" for name in found.hidden]))
    return found


def check_looked(settings: Settings, found: Looked) -> None:
    """See that the topics looked at are there, and have as many partitions as the settings say.

    Raises
    ------
    BrokerUnavailable
        With what is missing or different, and what to do.

    """
    wanted = {settings.topic(spec.name): spec for spec in specs()}
    counts = {name: len(one["partitions"]) for name, one in found.there.items()}
    _check_partitions(settings, {name: wanted[name] for name in counts}, counts)
    if found.missing:
        raise BrokerUnavailable(_not_there(settings, found.missing, some=bool(found.there)))


def topic_ids(settings: Settings) -> dict[str, str]:
    """Return the ids Kafka gave the topics that are there, by name on the cluster.

    Raises
    ------
    BrokerUnavailable
        When nobody answers.

    """
    with asking(settings) as client:
        found = client.describe_topics([settings.topic(spec.name) for spec in specs()])
    return {one["name"]: str(one["topic_id"]) for one in found if not one["error_code"]}


def _not_there(settings: Settings, missing: list[str], *, some: bool) -> str:
    """Return what to say of topics that are not there: all of them, or `some`, which an older version did not need."""
    prefix = f" --prefix {settings.prefix}" if settings.prefix else ""
    command = f"`fenghuo topics create{prefix} --partitions {settings.partitions}`"
    if some:
        return (
            f"{settings.bootstrap} lacks topics that this version needs ({', '.join(missing)}): run {command} once; "
            "those that are there stay as they are"
        )
    return f"{settings.bootstrap} has no {', '.join(missing)}: run {command} first"


def _check_partitions(settings: Settings, there: dict[str, TopicSpec], counts: dict[str, int]) -> None:
    own = sorted(name for name, spec in there.items() if spec.partitions not in {None, counts[name]})
    if own:
        raise BrokerUnavailable(
            f"{', '.join(own)}: needs one partition and has more; move what is on it to a topic of this name with one"
        )
    wrong = {name: n for name, n in counts.items() if there[name].partitions is None and n != settings.partitions}
    if wrong:
        numbers = sorted({n for name, n in counts.items() if there[name].partitions is None})
        said, setting = ", ".join(f"{name} has {n}" for name, n in sorted(wrong.items())), " to what is there"
        if len(numbers) == 1:
            said, setting = f"those that are there have {numbers[0]}", f"={numbers[0]}"
        raise BrokerUnavailable(
            f"all topics need {settings.partitions} partitions, but {said}: set FENGHUO_PARTITIONS{setting}, "
            "or another FENGHUO_PREFIX"
        )
