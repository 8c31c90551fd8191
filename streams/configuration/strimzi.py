"""Writes our topics and users for Strimzi: ``python -m streams.configuration.strimzi`` writes into deploy/k8s/kafka."""

from __future__ import annotations

from pathlib import Path

import yaml

from streams.rights import ROLES, Right, rights
from streams.settings import Settings
from streams.topics import specs

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "k8s" / "kafka"
PATH, USERS = FOLDER / "topics.yaml", FOLDER / "users.yaml"
PARTITIONS, REPLICAS = 12, 3

_HEAD = """# Every topic, for Strimzi's topic operator; it takes the place of `fenghuo topics create`.
# Written by `python -m streams.configuration.strimzi` from streams/topics.py: do not edit. Partitions as
# FENGHUO_PARTITIONS in base/settings.env says; more of them cannot be had later without starting anew.
"""


_HEAD_OF_USERS = """\
# A user for each role, with the least rights it needs; Strimzi's user operator makes its password, as a secret.
# Written by `python -m streams.configuration.strimzi` from streams/rights.py: do not edit. Names are those without
# FENGHUO_PREFIX and with the group fenghuo; `fenghuo topics acls` prints those of others.
"""
_BY_OPERATOR = "admin"
"""Topics and rights are what Strimzi's own operators are for."""
_KINDS = {"transactional-id": "transactionalId"}


def users() -> list[dict[str, object]]:
    """Return one resource a role."""
    return [
        {
            "apiVersion": "kafka.strimzi.io/v1",
            "kind": "KafkaUser",
            "metadata": {"name": f"fenghuo-{role}", "labels": {"strimzi.io/cluster": "fenghuo"}},
            "spec": {
                "authentication": {"type": "scram-sha-512"},
                "authorization": {"type": "simple", "acls": [_acl(one) for one in rights(role, Settings())]},
            },
        }
        for role in ROLES
        if role != _BY_OPERATOR
    ]


def _acl(right: Right) -> dict[str, object]:
    pattern = "prefix" if right.prefixed else "literal"
    where = {"type": _KINDS.get(right.kind, right.kind), "name": right.name, "patternType": pattern}
    return {"resource": where, "operations": [one.title() for one in right.operations]}


def render_users() -> str:
    """Return the whole file of users."""
    return _HEAD_OF_USERS + yaml.safe_dump_all(users(), sort_keys=False, explicit_start=True)


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
                "config": spec.config(REPLICAS),
            },
        }
        for spec in specs()
    ]


def render() -> str:
    """Return the whole file."""
    return _HEAD + yaml.safe_dump_all(resources(), sort_keys=False, explicit_start=True)


if __name__ == "__main__":
    PATH.write_text(render(), encoding="utf-8")
    USERS.write_text(render_users(), encoding="utf-8")
