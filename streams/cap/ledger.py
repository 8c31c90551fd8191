"""Weather warnings in force by CAP messages: which declarations a message makes, and which it ends."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote

import msgspec

from detectors.areas import AreaTree
from rules.surroundings import Declaration
from streams.cap.coverage import Coverage
from streams.cap.reading import CapMessage, Info
from streams.cap.weather import warnings_of
from streams.errors import BadInput

PREFIX = "cap/"
_LONGEST = 120


class Taken(NamedTuple):
    """What became of a message: what is to be declared, in this order, and why it warns of nothing, if so."""

    declarations: tuple[Declaration, ...]
    why_not: str = ""


class Ledger:
    """Turns CAP messages into declarations: a pure function of what was declared and of the message.

    A warning is declared under ``cap/<sender>/<identifier>/<area>``. An Update ends what the messages it refers to
    declared, and declares anew; a Cancel only ends. Of every message that was replaced or cancelled the ledger keeps a
    declaration without content, ``cap/<sender>/<identifier>``, so that one that comes late is not taken for news.
    The same message again makes the same declarations, which change nothing.

    Parameters
    ----------
    areas
        The city.
    holds_s
        How long a warning without ``<expires>`` holds, seconds.

    """

    def __init__(self, areas: AreaTree, holds_s: float = 86_400.0) -> None:
        self._city = areas.name
        self._coverage = Coverage(areas)
        self._holds = timedelta(seconds=holds_s)
        self._known: dict[str, Declaration] = {}

    def note(self, declarations: Iterable[Declaration]) -> None:
        """Take note of what was declared before, in any order."""
        for one in declarations:
            known = self._known.get(one.id)
            if one.id.startswith(PREFIX) and (known is None or _rank(known) <= _rank(one)):
                self._known[one.id] = one

    def take(self, message: CapMessage) -> Taken:
        """Return what a message declares and ends.

        Raises
        ------
        BadInput
            When it cannot be understood, with the path of the element.

        """
        if message.status != "Actual":
            return Taken((), f"its status is {message.status}: only Actual is taken as actual")
        if message.msg_type not in {"Alert", "Update", "Cancel"}:
            return Taken((), f"it is an {message.msg_type}, no warning")
        if message.msg_type != "Alert" and not message.references:
            said = f"is missing: an {message.msg_type} names the messages it replaces, as sender,identifier,sent"
            raise BadInput("SCHEMA", "alert/references", said)
        made = () if message.msg_type == "Cancel" else tuple(self._made(message))
        why_not = (
            "" if made or message.msg_type != "Alert" else f"none of its areas lies in {self._city}, or it is over"
        )
        if _key(message.sender, message.identifier) in self._known:
            made, why_not = (), "a later message has replaced or cancelled it"
        declarations = (*made, *self._ended(message))
        self.note(declarations)
        return Taken(declarations, why_not)

    def _made(self, message: CapMessage) -> Iterator[Declaration]:
        """Yield the declarations of a message, one an area."""
        key = _key(message.sender, message.identifier)
        spans: dict[str, tuple[datetime, datetime, set[str]]] = {}
        for info in message.infos:
            if "allclear" in {one.casefold() for one in info.responses} or info.urgency.casefold() == "past":
                continue
            since = info.effective or message.sent
            until = info.expires or since + self._holds
            if until <= since:
                said = "is not after effective: a warning that is over is ended with an Update or a Cancel"
                raise BadInput("SCHEMA", f"{info.path}/expires", said)
            for area in self._areas(info):
                begun, ends, names = spans.setdefault(area, (since, until, set()))
                names.update(warnings_of(info))
                spans[area] = min(begun, since), max(ends, until), names
        for area, (since, until, names) in sorted(spans.items()):
            weather = tuple(sorted(names))
            yield Declaration(id=f"{key}/{area}", issued_at=since, until_at=until, area=area, weather=weather)

    def _areas(self, info: Info) -> tuple[str, ...]:
        warnings_of(info)  # what cannot be understood is told, wherever it lies
        if not info.areas:
            raise BadInput("SCHEMA", f"{info.path}/area", "is missing: say where, by geocode, polygon, circle or name")
        return tuple(dict.fromkeys(id_ for block in info.areas for id_ in self._coverage.of(block)))

    def _ended(self, message: CapMessage) -> Iterator[Declaration]:
        """Yield what ends all that the messages it refers to declared, and remembers that they are replaced."""
        for sender, identifier in message.references:
            if (sender, identifier) == (message.sender, message.identifier):
                continue
            key = _key(sender, identifier)
            own = [one for id_, one in sorted(self._known.items()) if id_.startswith(f"{key}/")]
            for one in own:
                yield Declaration(id=one.id, issued_at=max(message.sent, one.issued_at))
            yield Declaration(id=key, issued_at=message.sent)


def _key(sender: str, identifier: str) -> str:
    """Return what the declarations of a message begin with; names that are too long as a digest."""
    parts = []
    for name in (sender, identifier):
        said = quote(name, safe="@:")
        parts.append(said if len(said) <= _LONGEST // 2 else hashlib.blake2b(name.encode(), digest_size=16).hexdigest())
    return PREFIX + "/".join(parts)


def _rank(one: Declaration) -> tuple[datetime, bool, bytes]:
    return one.issued_at, not one.weather, msgspec.json.encode(one)
