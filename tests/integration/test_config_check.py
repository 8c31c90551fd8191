"""`fenghuo config check --kafka` asks the cluster whether it is as the settings say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic

from streams.clients import connect
from streams.configuration.checking import Report
from streams.configuration.cluster import check_cluster
from streams.settings import Settings
from streams.topicadmin import await_shown, create_topics
from streams.topics import specs


@pytest.fixture
def admin(kafka: str) -> Iterator[KafkaAdminClient]:
    client = connect(KafkaAdminClient, Settings(bootstrap=kafka))
    yield client
    client.close()


def asked(settings: Settings) -> Report:
    report = Report()
    check_cluster(settings, report)
    return report


def test_topics_are_fine_as_soon_as_they_are_created(kafka: str, topic_prefix: str) -> None:
    for time in ("first-", "second-", "third-"):  # the cluster says yes a moment before it shows them, mostly
        settings = Settings(bootstrap=kafka, prefix=topic_prefix + time, partitions=2)
        create_topics(settings)
        report = asked(settings)
        assert report.faults == []
        assert report.fine == [f"kafka: {kafka}: 1 broker, {len(specs())} topics"]


def test_all_that_is_different_is_told_at_once(kafka: str, topic_prefix: str, admin: KafkaAdminClient) -> None:
    settings = Settings(bootstrap=kafka, prefix=topic_prefix, partitions=2)
    other = [("events", 3, {}), ("state.detect", 2, {"cleanup.policy": "delete"}), ("audit", 2, {})]
    admin.create_topics([NewTopic(topic_prefix + name, n, 1, topic_configs=how) for name, n, how in other])
    await_shown(settings, admin, [topic_prefix + name for name, *_ in other])
    told: dict[str, list[str]] = {}
    for fault in asked(settings).faults:
        told.setdefault(fault.file, []).append(fault.message)
    assert told[f"{topic_prefix}events"][0] == "has 3 partitions, FENGHUO_PARTITIONS says 2"
    assert told[f"{topic_prefix}events"][1].endswith("it has to be 300000")
    assert "max.message.bytes is less" in told[f"{topic_prefix}events"][2]
    assert told[f"{topic_prefix}state.detect"][:2] == [
        "cleanup.policy is delete, it has to be compact",
        "message.timestamp.type is CreateTime, it has to be LogAppendTime",
    ]
    assert told[f"{topic_prefix}audit"] == ["has 2 partitions, it needs 1"]
    (lacks,) = told[kafka]
    assert f"{topic_prefix}alerts" in lacks
    assert f"`fenghuo topics create --prefix {topic_prefix}`" in lacks


def test_every_topic_keeps_as_long_as_the_table_says(kafka: str, topic_prefix: str, admin: KafkaAdminClient) -> None:
    create_topics(Settings(bootstrap=kafka, prefix=topic_prefix, partitions=2))
    asked_of = [ConfigResource(ConfigResourceType.TOPIC, topic_prefix + spec.name) for spec in specs()]
    told = admin.describe_configs(asked_of, config_filter="all")["topic"]
    for spec in specs():
        there = {name: told[topic_prefix + spec.name][name]["value"] for name in spec.config()}
        assert there == spec.config(), spec.name


def test_originals_that_are_kept_without_end_are_a_fault(
    kafka: str, topic_prefix: str, admin: KafkaAdminClient
) -> None:
    settings = Settings(bootstrap=kafka, prefix=topic_prefix, partitions=2)
    kept = {spec.name: spec.config() | {"retention.ms": "-1"} for spec in specs()}
    admin.create_topics(
        [NewTopic(topic_prefix + name, 2, 1, topic_configs=kept[name]) for name in ("dead-letters", "events")]
    )
    await_shown(settings, admin, [topic_prefix + name for name in ("dead-letters", "events")])
    create_topics(settings)
    (fault,) = asked(settings).faults
    assert (fault.file, fault.message.startswith("retention.ms is -1")) == (f"{topic_prefix}dead-letters", True)


def test_a_cluster_that_does_not_answer_is_a_fault_like_any_other() -> None:
    (fault,) = asked(Settings(bootstrap="127.0.0.1:1")).faults
    assert "no Kafka broker answers at 127.0.0.1:1" in fault.message
