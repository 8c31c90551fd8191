"""What browsers send NiceGUI over Socket.IO: for which page they speak, and whether somebody did something.

NiceGUI believes whoever names a page: the id in an event need not be that of the page the socket belongs to. The ids
are secret, but they stand in addresses, and so in the logs of proxies. Here every packet is held against who sent it.
"""

from __future__ import annotations

import msgspec

from streams.errors import NO_JSON

_MESSAGE = "4"
_BETWEEN = "\x1e"
_EVENT = "event"


class Packet(msgspec.Struct, frozen=True):
    """One message.

    Parameters
    ----------
    name
        Of the event: ``handshake``, ``event``, ``ack`` …; empty for what only keeps the connection.
    page
        Id of the page it speaks for; empty when it names none.

    """

    name: str = ""
    page: str = ""

    @property
    def done_by_hand(self) -> bool:
        """Whether somebody did something: acknowledgements come by themselves."""
        return self.name == _EVENT


def read_packet(text: str) -> Packet | None:
    """Return what a packet of Engine.IO says, ``None`` when it cannot be understood."""
    if not text.startswith(_MESSAGE):
        return Packet()
    start = text.find("[")
    if start < 0:
        return Packet()  # to connect, to disconnect
    try:
        content = msgspec.json.decode(text[start:].encode("utf-8", "surrogatepass"))
    except NO_JSON:
        return None
    if not isinstance(content, list) or not content or not isinstance(content[0], str):
        return None
    about = content[1] if len(content) > 1 else None
    page = about.get("client_id", "") if isinstance(about, dict) else ""
    return Packet(content[0], page) if isinstance(page, str) else None


def read_packets(body: bytes) -> list[str]:
    """Return the packets of one request, where there is no websocket."""
    return body.decode("utf-8", "replace").split(_BETWEEN)
