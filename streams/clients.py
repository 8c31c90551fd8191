"""Clients that ask and read, with kafka-python: made in one place, and closed to the last socket."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple, TypeVar
from weakref import WeakSet

from kafka import KafkaAdminClient
from kafka.errors import KafkaError, TopicAuthorizationFailedError
from kafka.net.compat import KafkaNetClient
from kafka.net.selector import NetworkSelector

from streams.errors import BrokerUnavailable
from streams.knocking import turned_away
from streams.settings import Settings

Client = TypeVar("Client")

_ANSWERS_WITHIN_MS = 10_000


class ClosingSelector(selectors.DefaultSelector):
    """Closes the sockets it has ever watched when it is closed itself.

    A client of kafka-python that is closed while a request is on its way out leaves that socket to its event loop,
    which has ended by then; one that is closed while it connects leaves the socket to nobody. The last thing it does is
    to close its selector.
    """

    def __init__(self) -> None:
        super().__init__()
        self._sockets: WeakSet[socket.socket] = WeakSet()

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:  # noqa: ANN401 - as above
        """Watch a socket."""
        self._sockets.add(fileobj)
        return super().register(fileobj, events, data)

    def close(self) -> None:
        """Watch no longer."""
        super().close()
        for watched in list(self._sockets):
            watched.close()


def connect(kind: Callable[..., Client], settings: Settings, **config: object) -> Client:
    """Return a connected client; its ``close`` leaves nothing open, nor does an attempt that fails.

    Parameters
    ----------
    kind
        Which: kafka-python's consumer, producer or admin client.
    settings
        Cluster.
    config
        What kafka-python is to be told besides.

    Raises
    ------
    BrokerUnavailable
        When nobody answers at the bootstrap address, or we are turned away: with why.

    """
    if why := turned_away(settings):
        raise BrokerUnavailable(why)
    with ExitStack() as undo:  # without it, the thread of a failed attempt goes on trying for as long as we live

        def network(**options: object) -> KafkaNetClient:
            loop = NetworkSelector(**options)
            undo.callback(loop.close)
            client = KafkaNetClient(net=loop, **options)
            undo.callback(client.close)
            return client

        fixed = {**settings.client(), "selector": ClosingSelector, "kafka_client": network}
        try:
            made = kind(**{"bootstrap_timeout_ms": _ANSWERS_WITHIN_MS, **config, **fixed})
        except (KafkaError, ValueError) as error:
            raise _nobody(settings) from error
        undo.pop_all()
        return made


def no_broker(settings: Settings) -> BrokerUnavailable:
    """Return what to say when there is no connection: why we are turned away, or that nobody answers; what to do."""
    why = turned_away(settings)
    return BrokerUnavailable(why) if why else _nobody(settings)


def _nobody(settings: Settings) -> BrokerUnavailable:
    return BrokerUnavailable(
        f"no Kafka broker answers at {settings.bootstrap}: start one (.venv/bin/python deploy/kafka/broker.py start "
        "--dir .run/kafka --detach) or set KAFKA_BOOTSTRAP_SERVERS to the address of yours"
    )


def failed(settings: Settings, what: str, error: BaseException) -> BrokerUnavailable:
    """Return what to say when a cluster that answers has not done what was asked: whether we may, and else how it went.

    Parameters
    ----------
    settings
        Cluster, and as whom we are there.
    what
        It did or did not do, as in ``stopped answering``.
    error
        Of aiokafka or kafka-python, which have names in common, but no class.

    """
    if "Authorization" in type(error).__name__:
        return BrokerUnavailable(not_allowed(settings, [type(error).__name__.removesuffix("FailedError")]))
    return BrokerUnavailable(f"{settings.bootstrap} {what}: {type(error).__name__}")


def not_allowed(settings: Settings, lacking: Sequence[str], role: str = "") -> str:
    """Return what to say of rights that are lacking: of whom, which, and what to do."""
    user = f" --user {settings.kafka_user}" if settings.kafka_user else ""
    return (
        f"{settings.bootstrap} does not allow {settings.kafka_user or 'us'}: {', '.join(lacking)}; "
        f"`fenghuo topics acls {role or 'ROLE'}{user} --apply`, by who may give rights, gives those of a role"
    )


class Looked(NamedTuple):
    """What the cluster shows of topics: those described, those that are not there, those it hides from us."""

    there: dict[str, dict[str, Any]]
    missing: list[str]
    hidden: list[str]


def look(client: KafkaAdminClient, names: Collection[str]) -> Looked:
    """Ask for topics by their whole names; asked for all, a cluster leaves out those we may not see."""
    said = {one["name"]: one for one in client.describe_topics(list(names))} if names else {}
    hidden = [name for name in names if said[name]["error_code"] == TopicAuthorizationFailedError.errno]
    there = {name: one for name, one in said.items() if one["error_code"] == 0}
    return Looked(there, [name for name in names if name not in there and name not in hidden], hidden)
