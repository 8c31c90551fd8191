"""Clients that ask and read, with kafka-python: made in one place, and closed to the last socket."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, TypeVar
from weakref import WeakSet

from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient
from kafka.net.selector import NetworkSelector

from streams.errors import BrokerUnavailable
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
        When nobody answers at the bootstrap address.

    """
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
            raise no_broker(settings) from error
        undo.pop_all()
        return made


def no_broker(settings: Settings) -> BrokerUnavailable:
    """Return what to say when nobody answers at the bootstrap address: with what to do."""
    return BrokerUnavailable(
        f"no Kafka broker answers at {settings.bootstrap}: start one (.venv/bin/python deploy/kafka/broker.py start "
        "--dir .run/kafka --detach) or set KAFKA_BOOTSTRAP_SERVERS to the address of yours"
    )
