"""Gives rights to users of the cluster: as commands of Kafka's own tool, as a resource of Strimzi, or at once."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator, Sequence
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)
from kafka.errors import KafkaError, SecurityDisabledError

from streams.clients import failed
from streams.errors import BrokerUnavailable
from streams.rights import CLUSTER, GROUP, TOPIC, TRANSACTIONS, Right
from streams.settings import Settings
from streams.topicadmin import asking

TYPES = {
    TOPIC: ResourceType.TOPIC,
    GROUP: ResourceType.GROUP,
    TRANSACTIONS: ResourceType.TRANSACTIONAL_ID,
    CLUSTER: ResourceType.CLUSTER,
}
SHOWN_S = 30.0
"""How long a broker may take to go by what the controller has written down."""


def commands(settings: Settings, principal: str, wanted: Sequence[Right]) -> Iterator[str]:
    """Yield a line for each right, for ``kafka-acls.sh`` and its file of how to get in."""
    begun = ["kafka-acls.sh", "--bootstrap-server", settings.bootstrap, "--command-config", "admin.properties", "--add"]
    for right in wanted:
        line = [*begun, "--allow-principal", principal]
        line += [part for one in right.operations for part in ("--operation", one)]
        line += ["--cluster"] if right.kind == CLUSTER else [f"--{right.kind}", right.name]
        line += ["--resource-pattern-type", "prefixed"] * right.prefixed
        yield shlex.join(line)


def apply(settings: Settings, principal: str, wanted: Sequence[Right]) -> int:
    """Give a user the rights, and return how many there are when the cluster goes by them; those it has already stay.

    Raises
    ------
    BrokerUnavailable
        When the cluster does not answer, knows no rights, does not let us give them, or does not go by them in time.

    """
    acls = [one for right in wanted for one in _acls(principal, right)]
    with asking(settings) as client:
        try:
            refused = client.create_acls(acls)["failed"]
        except KafkaError as error:
            raise _refused(settings, error) from error
        if refused:
            raise _refused(settings, refused[0]())
        end = time.monotonic() + SHOWN_S
        while lacking := set(acls) - held(client, principal):
            if time.monotonic() > end:
                raise BrokerUnavailable(
                    f"{settings.bootstrap} took down {len(acls)} rights of {principal} and does not go by "
                    f"{len(lacking)} of them after {SHOWN_S:.0f} s: see whether its broker keeps up with the controller"
                )
            time.sleep(0.05)
    return len(acls)


def held(client: KafkaAdminClient, principal: str) -> set[ACL]:
    """Return the rights the broker we ask goes by: the controller, which takes them down, may be ahead of it."""
    anything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    found, _ = client.describe_acls(ACLFilter(principal, None, ACLOperation.ANY, ACLPermissionType.ALLOW, anything))
    return set(found)


def _refused(settings: Settings, error: Any) -> BrokerUnavailable:  # noqa: ANN401 - kafka-python has no types
    if isinstance(error, SecurityDisabledError):
        return BrokerUnavailable(
            f"{settings.bootstrap} has no authorizer, so that everybody may do everything: set authorizer.class.name "
            "of the brokers to org.apache.kafka.metadata.authorizer.StandardAuthorizer"
        )
    return failed(settings, "gave no rights", error)


def _acls(principal: str, right: Right) -> Iterator[ACL]:
    kind = ACLResourcePatternType.PREFIXED if right.prefixed else ACLResourcePatternType.LITERAL
    where = ResourcePattern(TYPES[right.kind], right.name, kind)
    for operation in right.operations:
        yield ACL(principal, "*", ACLOperation[operation], ACLPermissionType.ALLOW, where)
