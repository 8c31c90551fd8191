"""Writes our topics for Strimzi: ``python -m streams.configuration.strimzi`` writes deploy/k8s/kafka/topics.yaml."""

from __future__ import annotations

from pathlib import Path

import yaml

from streams.topics import specs

PATH = Path(__file__).resolve().parents[2] / "deploy" / "k8s" / "kafka" / "topics.yaml"
PARTITIONS, REPLICAS, IN_SYNC = 12, 3, 2

_HEAD = """# Every topic, for Strimzi's topic operator; it takes the place of `fenghuo topics create`.
# Written by `python -m streams.configuration.strimzi` from streams/topics.py: do not edit. Partitions as
# FENGHUO_PARTITIONS in base/settings.env says; more of them cannot be had later without starting anew.
"""


def resources() -> list[dict[str, object]]:
    """Return one resource a topic."""
    return [
        {
            "apiVersion": "kafka.strimzi.io/v1",
            "kind": "KafkaTopic",
            "metadata": {"name": spec.name, "labels": {"strimzi.io/cluster": "fenghuo"}},
            "spec": {
                "topicName": spec.name,
                "partitions": spec.partitions or PARTITIONS,
                "replicas": REPLICAS,
                "config": {**spec.config(), "min.insync.replicas": str(IN_SYNC)},
            },
        }
        for spec in specs()
    ]


def render() -> str:
    """Return the whole file."""
    return _HEAD + yaml.safe_dump_all(resources(), sort_keys=False, explicit_start=True)


if __name__ == "__main__":
    PATH.write_text(render(), encoding="utf-8")
