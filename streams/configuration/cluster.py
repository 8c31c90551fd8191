"""Asks the cluster whether it is as the settings say: reachable, with the topics, each kept as it has to be."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType

from streams.admission import check_rights
from streams.clients import look
from streams.configuration.checking import Report
from streams.errors import BrokerUnavailable, Fault
from streams.settings import Settings
from streams.topicadmin import asking
from streams.topics import TopicSpec, specs

_AS_NEEDED = ("cleanup.policy", "message.timestamp.type", "message.timestamp.after.max.ms")


def check_cluster(settings: Settings, report: Report, roles: Collection[str] = ()) -> None:
    """Add to the report what the cluster says, and whether it lets us do all that roles do."""
    faults: list[Fault] = []
    try:
        with asking(settings) as client:
            brokers = len(client.describe_cluster()["brokers"])
            wanted = {settings.topic(spec.name): spec for spec in specs()}
            found = look(client, wanted)
            kept = _kept(client, list(found.there))
    except BrokerUnavailable as error:
        report.faults.append(Fault(settings.bootstrap, "", str(error)))
        return
    faults += _missing(settings, wanted, found.missing)
    for name, one in found.there.items():
        faults += _different(settings, name, wanted[name], len(one["partitions"]), kept.get(name))
    if len(kept) < len(wanted) - len(found.missing):
        report.skipped.append("kafka: how topics are kept: the user may not see all of it; ask as `admin`")
    report.fine.append(
        f"kafka: {settings.bootstrap}: {brokers} broker{'s' * (brokers != 1)}, {len(found.there)} topics"
    )
    report.faults.extend([*faults, *_not_admitted(settings, roles)])


def _not_admitted(settings: Settings, roles: Collection[str]) -> Iterator[Fault]:
    for role in roles:
        try:
            check_rights(settings, role)
        except BrokerUnavailable as error:
            yield Fault("FENGHUO_KAFKA_USER", "", str(error))


def _missing(settings: Settings, wanted: dict[str, TopicSpec], lacking: list[str]) -> list[Fault]:
    if not lacking:
        return []
    listed = "any topic of ours" if len(lacking) == len(wanted) else ", ".join(lacking)
    prefix = f" --prefix {settings.prefix}" if settings.prefix else ""
    return [Fault(settings.bootstrap, "", f"lacks {listed}: run `fenghuo topics create{prefix}`")]


def _different(settings: Settings, name: str, spec: TopicSpec, count: int, kept: dict[str, str] | None) -> list[Fault]:
    """Return in what a topic is not as it has to be.

    How long records are kept is the operator's to say, but for what sources wrote, which has to end; what is
    compacted, whose clock it bears, and how large a record may be, is not: state that age deletes, or that does not
    fit, is lost.
    """
    wanted = spec.partitions or settings.partitions
    faults = []
    if count != wanted:
        whose = "it needs" if spec.partitions else "FENGHUO_PARTITIONS says"
        faults.append(Fault(name, "", f"has {count} partitions, {whose} {wanted}"))
    if kept is None:
        return faults
    needs = spec.config()
    faults += [
        Fault(name, "", f"{option} is {kept.get(option)}, it has to be {needs[option]}")
        for option in _AS_NEEDED
        if option in needs and kept.get(option) != needs[option]
    ]
    if spec.originals and int(kept["retention.ms"]) < 0:
        faults.append(
            Fault(name, "", f"retention.ms is -1: personal data is on it, {needs['retention.ms']} is its due")
        )
    largest = needs.get("max.message.bytes")
    if largest is not None and int(kept["max.message.bytes"]) < int(largest):
        faults.append(Fault(name, "", f"max.message.bytes is less than the {largest} it has to be"))
    return faults


def _kept(client: Any, names: list[str]) -> dict[str, dict[str, str]]:  # noqa: ANN401 - kafka-python has no types
    """Return what is configured of each topic; but of those of which we may not see it."""
    if not names:
        return {}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    told = client.describe_configs(asked, config_filter="all")["topic"]
    return {name: {key: value["value"] for key, value in told[name].items()} for name in names if told.get(name)}
