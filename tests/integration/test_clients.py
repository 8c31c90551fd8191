"""Clients of a real cluster: what they leave behind."""

from __future__ import annotations

import threading
import time

from kafka import KafkaAdminClient

from streams.clients import connect
from streams.settings import Settings

TOO_MUCH = 64 * 1024 * 1024
"""Bytes that no socket takes at once."""


def test_no_socket_is_left_when_a_request_is_on_its_way_out_as_the_client_is_closed(kafka: str) -> None:
    client = connect(KafkaAdminClient, Settings(bootstrap=kafka))
    client.list_topics()
    loop, began = client._net, threading.Event()
    (transport,) = [one.transport for one in client._manager._conns.values()]
    sock = transport._sock

    def write_as_the_loop_ends() -> None:
        transport.write(TOO_MUCH.to_bytes(4, "big") + bytes(TOO_MUCH))
        began.set()
        while not loop._stop:
            time.sleep(0.001)

    loop.call_soon_threadsafe(write_as_the_loop_ends)
    assert began.wait(10)
    client.close()
    assert transport._write_buffer  # not all was sent
    assert sock.fileno() == -1
