"""Clients of the cluster: what they leave behind, without a cluster."""

from __future__ import annotations

import selectors
import socket
import threading

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer

from streams.clients import ClosingSelector, connect
from streams.errors import BrokerUnavailable
from streams.settings import Settings


def test_a_closed_selector_has_closed_what_it_watched_and_what_it_no_longer_did() -> None:
    selector = ClosingSelector()
    pair = socket.socketpair()
    selector.register(pair[0], selectors.EVENT_READ)
    selector.register(pair[1], selectors.EVENT_READ)
    selector.unregister(pair[1])
    selector.close()
    assert [one.fileno() for one in pair] == [-1, -1]


@pytest.mark.parametrize("kind", [KafkaAdminClient, KafkaConsumer, KafkaProducer])
def test_where_nobody_answers_no_thread_goes_on_trying(kind: type) -> None:
    before = set(threading.enumerate())
    with pytest.raises(BrokerUnavailable, match="no Kafka broker answers at 127"):
        connect(kind, Settings(bootstrap="127.0.0.1:1"), bootstrap_timeout_ms=200)
    assert set(threading.enumerate()) == before


def test_an_address_that_is_none_is_told_like_one_where_nobody_answers() -> None:
    with pytest.raises(BrokerUnavailable, match="no Kafka broker answers at nowhere:port"):
        connect(KafkaAdminClient, Settings(bootstrap="nowhere:port"))
