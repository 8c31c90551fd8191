"""Asking a cluster about our topics, and creating them."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import InvalidReplicationFactorError, KafkaError, TopicAlreadyExistsError

from streams.clients import Looked, connect, failed, look, not_allowed
from streams.errors import BrokerUnavailable
from streams.settings import Settings
from streams.topics import TopicSpec, specs

_SHOWN_WITHIN_S = 30


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
        When the broker does not answer, or a topic exists with another number of partitions, and then none is created;
        or when it does not show what it was asked to create.

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
            await_shown(settings, client, found.missing)
    return missing


def await_shown(settings: Settings, client: KafkaAdminClient, names: Collection[str]) -> None:
    """Wait until the cluster shows topics it was asked to create: it says yes before its brokers have heard of them.

    Parameters
    ----------
    settings
        Cluster.
    client
        Connected to it.
    names
        With prefix.

    Raises
    ------
    BrokerUnavailable
        When some are not shown after half a minute.

    """
    until = time.monotonic() + _SHOWN_WITHIN_S
    while lacking := look(client, names).missing:
        if time.monotonic() > until:
            raise BrokerUnavailable(
                f"{settings.bootstrap} was asked to create {', '.join(lacking)} and does not show them after "
                f"{_SHOWN_WITHIN_S} s: see its log, then run the same command again"
            )
        time.sleep(0.05)


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
