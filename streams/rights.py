"""What each role may do on the cluster, and no more: ACLs, the table of SECURITY.md and checks at start are made of it.

A role is a user of the cluster. What is not listed is denied: the cluster has to deny what no ACL allows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from streams import topics
from streams.settings import Settings
from streams.topics import raw_topics, specs

READ, WRITE, DESCRIBE = "READ", "WRITE", "DESCRIBE"
CREATE, CONFIGS, ALTER = "CREATE", "DESCRIBE_CONFIGS", "ALTER"
TOPIC, GROUP, TRANSACTIONS, CLUSTER = "topic", "group", "transactional-id", "cluster"

_IMPLIES = {READ: {DESCRIBE}, WRITE: {DESCRIBE}, ALTER: {DESCRIBE}}
_STATE = (topics.INTAKE_STATE, topics.DETECT_STATE, topics.CITY_STATE, topics.ALERTS_STATE, topics.DELIVERY_STATE)
_WORKED_OFF = (topics.EVENTS, topics.CITY, topics.FINDINGS)
_ALERTS = (topics.ALERTS, topics.CURRENT, topics.RESTRICTED, topics.RESTRICTED_CURRENT)
_SHOWN = (
    topics.SHADOW,
    topics.LATE,
    topics.SIGNALS,
    topics.INDEX,
    topics.ANSWERS,
    topics.RULES,
    topics.DELIVERIES,
    topics.DEAD,
)
_SAID = (
    *_ALERTS,
    topics.LATE,
    topics.SIGNALS,
    topics.SHADOW,
    topics.INDEX,
    topics.ANSWERS,
    topics.NOTICES,
    topics.DEAD,
)


def implied(operations: Collection[str]) -> set[str]:
    """Return the operations that come with others."""
    return {more for one in operations for more in _IMPLIES.get(one, ())}


class Right(NamedTuple):
    """What may be done with one thing of the cluster.

    Parameters
    ----------
    kind
        ``topic``, ``group``, ``transactional-id`` or ``cluster``.
    name
        Its whole name, or how it begins.
    operations
        In the words of Kafka, sorted.
    prefixed
        The name is how it begins.

    """

    kind: str
    name: str
    operations: tuple[str, ...]
    prefixed: bool = False


@dataclass(frozen=True)
class Role:
    """Least rights of one kind of process, names without prefix and group.

    Parameters
    ----------
    about
        Who logs in so.
    reads, writes, sees
        Topics; what is only seen is asked for its partitions and offsets.
    groups
        Ends of the names of consumer groups, and whether it is a member or looks on.
    transactions
        Ends of the group's name of which transactional ids begin.
    manages
        May create topics and give rights.

    """

    about: str
    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    sees: frozenset[str] = frozenset()
    groups: Mapping[str, str] = field(default_factory=dict)
    transactions: str | None = None
    manages: bool = False

    def topics(self) -> dict[str, frozenset[str]]:
        """Return the operations on each topic, what others imply left out."""
        found: dict[str, set[str]] = {}
        for operation, names in ((READ, self.reads), (WRITE, self.writes), (DESCRIBE, self.sees)):
            for name in names:
                found.setdefault(name, set()).add(operation)
        return {name: frozenset(operations - implied(operations)) for name, operations in sorted(found.items())}


def _roles() -> dict[str, Role]:
    raw, every = frozenset(raw_topics()), frozenset(spec.name for spec in specs())
    looking_on = {"": DESCRIBE, ".deliver": DESCRIBE}
    return {
        "worker": Role(
            "`fenghuo worker`",
            reads=raw | {*_WORKED_OFF, *topics.CONTROL, topics.LESSONS, *_STATE[:-1]},
            writes=frozenset({*_WORKED_OFF, *_SAID, topics.LESSONS, *_STATE[:-1]}),
            groups={"": READ},
            transactions="",
        ),
        "deliver": Role(
            "`fenghuo deliver`",
            reads=frozenset({topics.NOTICES, topics.DELIVERY_STATE}),
            writes=frozenset({topics.DELIVERIES, topics.DELIVERY_STATE, topics.DEAD}),
            groups={".deliver": READ},
            transactions=".deliver",
        ),
        "links": Role("`fenghuo links`", reads=frozenset({topics.ANSWERS}), writes=frozenset({topics.COMMANDS})),
        "board": Role(
            "`fenghuo board`",
            reads=raw | {*_ALERTS, *_WORKED_OFF, *_SHOWN},
            writes=frozenset({topics.COMMANDS, topics.AUDIT}),
            sees=every,
            groups=looking_on,
        ),
        "feeder": Role("`fenghuo feed`, and sources that write by themselves", writes=raw | {topics.DEAD}),
        "operator": Role(
            "people at the command line: every other command of `fenghuo`",
            reads=every - {*_STATE, topics.NOTICES},
            writes=raw | {*topics.CONTROL, topics.AUDIT, topics.DEAD},
            sees=every,
            groups=looking_on,
        ),
        "admin": Role(
            "`fenghuo topics create`, `fenghuo topics acls --apply`, `fenghuo config check --kafka`",
            reads=frozenset({topics.RULES}),
            writes=frozenset({topics.RULES}),
            sees=every,
            manages=True,
        ),
    }


ROLES: Mapping[str, Role] = _roles()


def rights(role: str, settings: Settings) -> list[Right]:
    """Return what a role may do, with the whole names.

    Parameters
    ----------
    role
        Of `ROLES`.
    settings
        Prefix and group.

    """
    one = ROLES[role]
    more = {CREATE, CONFIGS} if one.manages else set()
    found = [
        Right(TOPIC, settings.topic(name), tuple(sorted(operations | more)))
        for name, operations in one.topics().items()
    ]
    found += [Right(GROUP, f"{settings.group}{end}", (operation,)) for end, operation in one.groups.items()]
    if one.transactions is not None:
        begun = f"{settings.group}{one.transactions}/"
        found.append(Right(TRANSACTIONS, begun, (DESCRIBE, WRITE), prefixed=True))
    if one.manages:
        found.append(Right(CLUSTER, "kafka-cluster", (ALTER, DESCRIBE)))
    return found
