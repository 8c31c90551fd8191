"""Whether a process may do all that its role does, asked before it begins: what is lacking is told at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from kafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    RetriableError,
    TransactionalIdAuthorizationFailedError,
)

from streams.clients import Looked, look, not_allowed
from streams.errors import BrokerUnavailable
from streams.rights import GROUP, TOPIC, TRANSACTIONS, Right, implied, rights
from streams.settings import Settings
from streams.topicadmin import asking, check_looked

COORDINATED_S = 5.0
"""How long the coordinator of a group or of transactions may take to be found, on a cluster that just began."""


def admit(settings: Settings, role: str, *, partitions: bool = True) -> None:
    """See that the topics of a role are there, and that we may do with them, and with groups, what it does.

    Parameters
    ----------
    settings
        Cluster, prefix, group.
    role
        Of `streams.rights.ROLES`.
    partitions
        See that the topics have as many as the settings say, too.

    Raises
    ------
    BrokerUnavailable
        When nobody answers; with every right that is lacking; with the topics that are not there or different.

    """
    found = check_rights(settings, role)
    if partitions or found.missing:
        check_looked(settings, found)


def check_rights(settings: Settings, role: str) -> Looked:
    """See that we may do all that a role does; return what there is of its topics.

    Raises
    ------
    BrokerUnavailable
        When nobody answers, or with every right that is lacking.

    """
    wanted = rights(role, settings)
    with asking(settings) as client:
        found = look(client, [right.name for right in wanted if right.kind == TOPIC])
        lacking = [*_of_topics(wanted, found), *lacking_of_others(client, wanted)]
    if lacking:
        raise BrokerUnavailable(not_allowed(settings, lacking, role))
    return found


def _of_topics(wanted: list[Right], found: Looked) -> Iterator[str]:
    for right in wanted:
        if right.kind == TOPIC and right.name in found.hidden:
            yield said(right)
        elif right.kind == TOPIC and right.name in found.there:
            allowed = found.there[right.name].get("authorized_operations")
            if allowed and (lacks := set(right.operations) - set(allowed) - implied(allowed)):
                yield said(right._replace(operations=tuple(sorted(lacks))))


def lacking_of_others(client: Any, wanted: list[Right]) -> Iterator[str]:  # noqa: ANN401 - kafka-python has no types
    """Yield what is lacking of groups and transactions, as far as the cluster tells: the rest shows itself later."""
    for right in wanted:
        if right.kind in (GROUP, TRANSACTIONS) and _is_lacking(client, right):
            yield said(right)


def _is_lacking(client: Any, right: Right) -> bool:  # noqa: ANN401 - kafka-python has no types
    """Ask, and ask again while its coordinator is not to be had: that is no answer."""
    end = time.monotonic() + COORDINATED_S
    while True:
        try:
            if right.kind == TRANSACTIONS:
                client.describe_transactions([f"{right.name}0"])
                return False
            allowed = client.describe_groups([right.name])[right.name].get("authorized_operations")
            return bool(allowed and set(right.operations) - set(allowed) - implied(allowed))
        except (GroupAuthorizationFailedError, TransactionalIdAuthorizationFailedError):
            return True
        except KafkaError as error:
            if not isinstance(error, RetriableError) or time.monotonic() > end:
                return False
            time.sleep(0.2)


def said(right: Right) -> str:
    """Say what a right is."""
    what = "" if right.kind == TOPIC else f"{right.kind} "
    return f"{' and '.join(right.operations)} on {what}{right.name}{'*' * right.prefixed}"
