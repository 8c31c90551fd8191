"""Packets of Socket.IO: for which page they speak, and who did something."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.board.access.packets import Packet, read_packet, read_packets


@pytest.mark.parametrize(
    ("text", "packet"),
    [
        ("2", Packet()),
        ("3probe", Packet()),
        ("40", Packet()),
        ('42["event",{"id":4,"client_id":"p1"}]', Packet("event", "p1")),
        ('427["ack",{"client_id":"p1"}]', Packet("ack", "p1")),
        ('451-["event",{"client_id":"p1","args":[{"_placeholder":true,"num":0}]}]', Packet("event", "p1")),
        ('42["event",{"\\u0063lient_id":"p1"}]', Packet("event", "p1")),
        ('42["handshake"]', Packet("handshake", "")),
        ('42["event",{"client_id":7}]', None),
        ('42["event",', None),
        ("42[]", None),
        ("42[7]", None),
        ('42["event",' + "[" * 50_000, None),
    ],
)
def test_a_packet_says_for_which_page_it_speaks(text: str, packet: Packet | None) -> None:
    assert read_packet(text) == packet


def test_only_events_are_somebodys_doing() -> None:
    assert Packet("event", "p").done_by_hand
    assert not Packet("ack", "p").done_by_hand
    assert not Packet("javascript_response", "p").done_by_hand


@given(st.text())
def test_whatever_comes_is_read_or_refused(text: str) -> None:
    read_packet(text)
    read_packet(f"42[{text}")


@given(st.binary())
def test_whatever_comes_without_a_websocket_is_taken_apart(body: bytes) -> None:
    assert all("\x1e" not in text for text in read_packets(body))
