"""What an explanation needs from the live topics: one alert, and the events of its partition."""

from __future__ import annotations

from collections.abc import Iterator

from aiokafka.partitioner import murmur2
from kafka import TopicPartition

from rules.alert import Alert
from streams import topicadmin, topics
from streams.alerttail import names_of, read_alerts
from streams.assembly import Parts
from streams.bars import progress
from streams.clients import connect
from streams.codec import decode_finding
from streams.consumers import KafkaConsumer
from streams.declaring import declared_before
from streams.errors import BrokerUnavailable
from streams.explain_material import Desk
from streams.partition import EventsPartition, Record
from streams.passing import legible
from streams.recorded import channels
from streams.settings import Settings
from streams.tail import Tail, answering

_STALLED_MS = 10_000
_BATCH = 5_000
_SIGN = 0x7FFFFFFF


def alerts_on_topics(settings: Settings, id_: str, *, restricted: bool = False) -> dict[str, Alert]:
    """Return what can be explained: the last version of everything that single rules found, as far as it is kept.

    By the id of an alert that stands it is the finding that leads, which gave it grade and reason; all of its findings
    are there by ids of their own. Where none has an id that begins so, the alerts themselves are returned: they are
    kept for longer. Those that only the duty desk may see are looked at only if asked.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    with Tail(settings, [topics.FINDINGS], from_beginning=True) as tail:
        last = {record.key: record for record in tail.to_end() if not record.headers}
    found = (legible(record, decode_finding) for record in last.values())
    findings = {one.id: one for one in found if one is not None}
    known: dict[str, Alert] = {id_: one for id_, one in findings.items() if restricted or not one.restricted}
    with Tail(settings, names_of(current=True, restricted=restricted), from_beginning=True) as tail:
        standing = {alert.id: alert for alert in read_alerts(tail, follow=False, standing=True)}
    for alert in standing.values():
        if alert.findings and alert.findings[0].id in known:
            known[alert.id] = known[alert.findings[0].id]
    if any(key.startswith(id_) for key in known):
        return known
    if any(known.startswith(id_) for known in standing):
        return standing
    with Tail(settings, names_of(current=False, restricted=restricted), from_beginning=True) as tail:
        return {alert.id: alert for alert in read_alerts(tail, follow=False)} | standing


def partition_of(district: str, partitions: int) -> int:
    """Return the partition of ``events`` a district's events are in: Kafka's default for its key."""
    return int(murmur2(district.encode()) & _SIGN) % partitions


def read_desks(
    settings: Settings, parts: Parts, *, district: str | None, since: float | None, wide: bool = False
) -> list[Desk]:
    """Run the recorded events through fresh pipelines and take notes, one desk a partition.

    Parameters
    ----------
    settings, parts
        Where the topic is; city and rules.
    district
        Only the partition its events are in; ``None`` for all partitions.
    since
        Event time from which events matter, epoch seconds; ``None`` for all there are. A record is never written
        before what it tells of has happened, so its Kafka timestamp tells where to begin.
    wide
        The events of the whole city on one desk, instead.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer.

    """
    topicadmin.check_topics(settings)
    events, numbers = settings.topic(topics.EVENTS), range(settings.partitions)
    if wide:
        wanted = [TopicPartition(settings.topic(topics.CITY), 0)]
    elif district is None:
        wanted = [TopicPartition(events, number) for number in numbers]
    else:
        wanted = [TopicPartition(events, partition_of(district, settings.partitions))]
    consumer = connect(KafkaConsumer, settings, enable_auto_commit=False)
    desks = []
    declared = declared_before(settings, 1000 * since) if since is not None else []
    try:
        for tp in wanted:
            desk = Desk(parts)
            pipeline = desk.new_pipeline()
            for declaration in declared:
                pipeline.declare(declaration)
            state = EventsPartition(pipeline, channels(settings))
            for records in _records(consumer, settings, tp, since):
                state.take(records, lambda _said: None)
            desk.settle(settings.lateness_s)
            desks.append(desk)
    finally:
        consumer.close()
    return desks


def _records(
    consumer: KafkaConsumer, settings: Settings, tp: TopicPartition, since: float | None
) -> Iterator[list[Record]]:
    """Yield the records of a partition up to its present end."""
    with answering(settings):
        consumer.assign([tp])
        end = consumer.end_offsets([tp])[tp]
        start = consumer.beginning_offsets([tp])[tp]
        if since is not None:
            found = consumer.offsets_for_times({tp: max(0, int(since * 1000))})[tp]
            start = found.offset if found is not None else end
        consumer.seek(tp, start)
    with progress("reading", end - start) as bar:
        while (at := consumer.position(tp)) < end:
            with answering(settings):
                records = consumer.poll(timeout_ms=_STALLED_MS, max_records=_BATCH).get(tp, [])
            if not records:
                raise BrokerUnavailable(f"{tp.topic}/{tp.partition}: no answer at offset {at} of {end}")
            bar.update(bar.task_ids[0], completed=at - start)
            yield [record for record in records if record.offset < end]
