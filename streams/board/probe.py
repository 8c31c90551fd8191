"""Asks the cluster, in a thread of whoever calls: groups, offsets, sizes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import CoordinatorNotAvailableError, KafkaError

from streams import topicadmin, topics
from streams.board.cluster import Cluster, Group, Member, Position, Size, briefly, partitions_of, worked_off
from streams.errors import BrokerUnavailable
from streams.settings import Settings

_ANSWERS_WITHIN_MS = 8_000


class Probe:
    """Looks at the cluster, again and again over one connection. For one thread at a time.

    Parameters
    ----------
    settings
        Cluster, prefix, group.

    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: KafkaAdminClient | None = None

    def look(self) -> Cluster:
        """Return what there is now.

        Raises
        ------
        BrokerUnavailable
            When nobody answers.

        """
        began = time.monotonic()
        if self._client is None:
            self._client = topicadmin.admin(self._settings)
        try:
            return self._look(self._client, began)
        except (KafkaError, OSError, RuntimeError) as error:
            self.close()
            raise BrokerUnavailable(f"{self._settings.bootstrap}: {type(error).__name__}") from error

    def close(self) -> None:
        """Disconnect."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(KafkaError, OSError, RuntimeError):
                client.close()

    def _look(self, client: KafkaAdminClient, began: float) -> Cluster:
        settings, prefix = self._settings, self._settings.prefix
        brokers = len(client.describe_cluster()["brokers"])
        there = set(client.list_topics())
        mine = {spec.name: settings.topic(spec.name) for spec in topics.specs()}
        missing = tuple(name for name, full in mine.items() if full not in there)
        described = client.describe_topics([full for full in mine.values() if full in there])
        partitions = [
            TopicPartition(one["name"], part["partition_index"]) for one in described for part in one["partitions"]
        ]
        starts, ends = (self._offsets(client, partitions, at) for at in (OffsetSpec.EARLIEST, OffsetSpec.LATEST))
        names = [settings.group, f"{settings.group}.deliver"]
        groups = _groups(client, names)
        committed = {name: _committed(client, name) for name in names}
        workers, delivery = (_group(name, groups.get(name), prefix) for name in names)

        def positions(wanted: Iterable[str], name: str) -> tuple[Position, ...]:
            full = {mine[topic]: topic for topic in wanted if topic in mine}
            found = [tp for tp in partitions if tp.topic in full]
            of = committed[name]
            return tuple(
                Position(full[tp.topic], tp.partition, of.get(tp), starts.get(tp, 0), ends.get(tp, 0))
                for tp in sorted(found)
            )

        return Cluster(
            at=time.time(),
            took_ms=1000 * (time.monotonic() - began),
            brokers=brokers,
            workers=workers,
            delivery=delivery,
            positions=positions(worked_off(), names[0]),
            notices=positions((topics.NOTICES,), names[1]),
            sizes=tuple(_sizes(mine, partitions, starts, ends, _bytes(client))),
            missing=missing,
        )

    @staticmethod
    def _offsets(
        client: KafkaAdminClient, partitions: list[TopicPartition], at: OffsetSpec
    ) -> dict[TopicPartition, int]:
        asked = dict.fromkeys(partitions, at)
        found = client.list_partition_offsets(asked, timeout_ms=_ANSWERS_WITHIN_MS) if asked else {}
        return {tp: one.offset for tp, one in found.items()}


def _groups(client: KafkaAdminClient, names: list[str]) -> Mapping[str, Mapping[str, Any]]:
    """Return what the cluster says of groups; nothing of a cluster in which none has ever been."""
    try:
        return dict(client.describe_groups(names))
    except CoordinatorNotAvailableError:
        return {}


def _group(name: str, said: Mapping[str, Any] | None, prefix: str) -> Group:
    if not said or said.get("error"):
        return Group(name, "Dead", ())
    members = tuple(
        Member(
            briefly(one["member_id"], one["client_id"]),
            str(one["client_host"]).lstrip("/"),
            partitions_of((one.get("member_assignment") or {}).get("assigned_partitions") or [], prefix),
        )
        for one in said["members"]
    )
    return Group(name, str(said["group_state"]), tuple(sorted(members)))


def _committed(client: KafkaAdminClient, name: str) -> dict[TopicPartition, int]:
    """Return the offsets a group has confirmed; none of a group that does not exist."""
    try:
        found = client.list_group_offsets([name])
    except CoordinatorNotAvailableError:
        return {}
    return {tp: one.offset for tp, one in found.get(name, {}).items() if getattr(one, "offset", -1) >= 0}


def _bytes(client: KafkaAdminClient) -> dict[tuple[str, int], int]:
    """Return the bytes on the discs of the brokers, of one copy of each partition; none where asking is not allowed."""
    found: dict[tuple[str, int], int] = {}
    with suppress(KafkaError):
        for broker in client.describe_log_dirs():
            for folder in broker["log_dirs"]:
                for topic in folder["topics"]:
                    for part in topic["partitions"]:
                        key = topic["name"], part["partition_index"]
                        found[key] = max(found.get(key, 0), part["partition_size"])
    return found


def _sizes(
    mine: Mapping[str, str],
    partitions: list[TopicPartition],
    starts: Mapping[TopicPartition, int],
    ends: Mapping[TopicPartition, int],
    stored: Mapping[tuple[str, int], int],
) -> Iterable[Size]:
    for name, full in mine.items():
        own = [tp for tp in partitions if tp.topic == full]
        if own:
            known = [stored[full, tp.partition] for tp in own if (full, tp.partition) in stored]
            records = sum(max(0, ends.get(tp, 0) - starts.get(tp, 0)) for tp in own)
            yield Size(name, records, sum(known) if known else None)
