"""Elements of CAP messages: made in its namespace, with nothing XML cannot carry."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from typing import Any

from lxml import etree

from streams.cap.names import NAMESPACE

# What XML 1.0 cannot carry, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def instant(at: datetime, zone: tzinfo) -> str:
    """Return an instant as CAP wants it: whole seconds, with an offset, ``-00:00`` for UTC and never ``Z``.

    Examples
    --------
    >>> from datetime import UTC
    >>> instant(datetime(2026, 8, 3, 6, 20, 1, 5, UTC), UTC)
    '2026-08-03T06:20:01-00:00'

    """
    local = at.astimezone(zone).replace(microsecond=0)
    return local.isoformat() if local.utcoffset() else f"{local:%Y-%m-%dT%H:%M:%S}-00:00"


def qualified(name: str) -> str:
    """Return the name of an element in CAP's namespace."""
    return f"{{{NAMESPACE}}}{name}"


def add(parent: Any, name: str, text: str | None = None) -> Any:  # noqa: ANN401 - lxml is untyped
    """Add an element, with text if there is any, and return it."""
    element = etree.SubElement(parent, qualified(name))
    if text is not None:
        element.text = _NOT_XML.sub("", text)
    return element


def pair(parent: Any, name: str, named: str, value: str) -> None:  # noqa: ANN401 - lxml is untyped
    """Add an element that is a name and a value."""
    both = add(parent, name)
    add(both, "valueName", named)
    add(both, "value", value)
