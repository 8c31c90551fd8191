"""What the settings of all channels have in common."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, ClassVar, NamedTuple
from urllib.parse import urlsplit

import msgspec

from streams.channels.base import TIMEOUT_S, Channel
from streams.messages import Composer
from streams.secret import Secret as Secret  # noqa: PLC0414 - every channel takes it from here

PerMinute = Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None
Seconds = Annotated[float, msgspec.Meta(gt=0, le=60)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Tools(NamedTuple):
    """What a channel is made with besides its settings.

    Parameters
    ----------
    secrets
        By name, without ``_from`` or ``_file``; an empty one where there is none.
    composer
        Writes the texts.
    now
        Seconds since the epoch, for signatures.

    """

    secrets: Mapping[str, Secret]
    composer: Composer
    now: Callable[[], float] = time.time


class ChannelSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one type of channel; a subclass in a file of this folder is a type.

    A secret ``x`` has the fields ``x_from``, the name of a variable, and ``x_file``, the path of a file.

    Parameters
    ----------
    per_minute
        Messages a minute the other side takes; ``None`` for as many as there are. Kept to by who sends.
    timeout_s
        Time one attempt may take, seconds.

    """

    type: ClassVar[str]
    secrets: ClassVar[Mapping[str, bool]] = {}
    """Names of secrets, and whether the channel cannot do without."""

    per_minute: PerMinute = None
    timeout_s: Seconds = TIMEOUT_S

    def faults(self, secrets: Mapping[str, Secret]) -> Iterator[tuple[str, str]]:  # noqa: ARG002 - of no use here
        """Yield fields and what is wrong with them, beyond their types; never repeats a secret."""
        yield from ()

    def open(self, name: str, tools: Tools) -> Channel:
        """Return the channel; it connects when it sends for the first time."""
        raise NotImplementedError


def url_fault(url: str, *, plain: bool = False) -> str:
    """Return what is wrong with a URL that messages are sent to, without repeating it; empty when nothing is.

    Parameters
    ----------
    url
        The URL.
    plain
        ``http`` will do for any host; else only for this machine's own.

    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no URL"
    if parts.scheme not in {"http", "https"} or not host or any(one.isspace() for one in url):
        return "is no URL of http or https"
    if parts.scheme == "http" and not plain and host not in _LOOPBACK:
        return "is a URL of http: what it carries would be open to all on the way; use https"
    return ""
