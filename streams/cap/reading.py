"""Reads CAP messages others wrote: 1.2, 1.1, and those of GB/T 35965.1, which name some elements differently."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Literal, get_args

import msgspec
from lxml import etree

from streams.errors import BadInput

LARGEST = 4 * 1024 * 1024
"""Bytes of a message: the largest polygons of a province stay far below."""
_MOST_ELEMENTS = 100_000
_NAMESPACES = {"", "urn:oasis:names:tc:emergency:cap:1.1", "urn:oasis:names:tc:emergency:cap:1.2"}
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)? ?(Z|[+-]\d\d:?\d\d)")

Status = Literal["Actual", "Exercise", "System", "Test", "Draft"]
MsgType = Literal["Alert", "Update", "Cancel", "Ack", "Error"]
Point = tuple[float, float]
"""Longitude and latitude, WGS 84 degrees."""


class AreaIn(msgspec.Struct, frozen=True, kw_only=True):
    """One ``<area>``: what it is called, its codes, its polygons, and its circles with the radius in km."""

    path: str
    name: str = ""
    codes: tuple[str, ...] = ()
    polygons: tuple[tuple[Point, ...], ...] = ()
    circles: tuple[tuple[Point, float], ...] = ()


class Info(msgspec.Struct, frozen=True, kw_only=True):
    """One ``<info>``, as far as it matters here; `path` says where it stands."""

    path: str
    event: str = ""
    codes: tuple[str, ...] = ()
    headline: str = ""
    severity: str = ""
    urgency: str = ""
    responses: tuple[str, ...] = ()
    effective: datetime | None = None
    expires: datetime | None = None
    parameters: tuple[str, ...] = ()
    areas: tuple[AreaIn, ...] = ()


class CapMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message; `references` are senders and identifiers of the messages it replaces or ends."""

    identifier: str
    sender: str
    sent: datetime
    status: Status
    msg_type: MsgType
    references: tuple[tuple[str, str], ...] = ()
    infos: tuple[Info, ...] = ()


def read_cap(raw: bytes) -> CapMessage:
    """Read one message.

    Document type declarations are refused whatever they say, so that no entity is ever expanded or fetched; so is
    what is too large.

    Raises
    ------
    BadInput
        With the path of the element at fault and what to do.

    """
    root = _root(raw)
    sent = _instant(root, "alert", "sent", "sendTime")
    if sent is None:
        raise BadInput("SCHEMA", "alert/sent", "is missing: give the time it was sent, as 2026-08-03T06:20:00+08:00")
    infos = tuple(
        _info(one, f"alert/info[{n}]") for n, one in enumerate((one for one in root if _tag(one) == "info"), 1)
    )
    return CapMessage(
        identifier=_needed(root, "identifier"),
        sender=_needed(root, "sender"),
        sent=sent,
        status=_one_of(root, "status", get_args(Status)),
        msg_type=_one_of(root, "msgType", get_args(MsgType)),
        references=_references(root),
        infos=infos,
    )


def _root(raw: bytes) -> Any:  # noqa: ANN401 - lxml is untyped
    if len(raw) > LARGEST:
        raise BadInput("TOO_LARGE", "alert", f"is larger than {LARGEST // 1024 // 1024} MiB")
    if not raw.strip():
        raise BadInput("NOT_XML", "alert", "is empty: give the file of one CAP message")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, remove_pis=True
    )
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise BadInput("NOT_XML", "alert", f"is no XML: line {error.lineno}: {error.msg}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        said = "declares a document type (DOCTYPE): CAP has none, and entities are not expanded; leave it out"
        raise BadInput("DOCTYPE", "alert", said)
    if sum(1 for _ in root.iter()) > _MOST_ELEMENTS:
        raise BadInput("TOO_LARGE", "alert", f"has more than {_MOST_ELEMENTS:,} elements")
    name = etree.QName(root)
    if name.localname != "alert" or (name.namespace or "") not in _NAMESPACES:
        what = f"{{{name.namespace}}}{name.localname}" if name.namespace else name.localname
        raise BadInput("SCHEMA", "alert", f"the root element is {what[:200]}, not an <alert> of CAP 1.2")
    return root


def _info(node: Any, path: str) -> Info:  # noqa: ANN401 - lxml is untyped
    areas = [one for one in node if _tag(one) == "area"]
    event_codes = [_value(one) for one in node if _tag(one) in {"eventCode", "eventType"}]
    return Info(
        path=path,
        event=_text(node, "event"),
        codes=tuple(code for code in event_codes if code),
        headline=_text(node, "headline"),
        severity=_text(node, "severity"),
        urgency=_text(node, "urgency"),
        responses=tuple(_plain(one) for one in node if _tag(one) == "responseType"),
        effective=_instant(node, path, "effective"),
        expires=_instant(node, path, "expires"),
        parameters=tuple(_value(one) for one in node if _tag(one) == "parameter"),
        areas=tuple(_area(one, f"{path}/area[{n}]") for n, one in enumerate(areas, 1)),
    )


def _area(node: Any, path: str) -> AreaIn:  # noqa: ANN401 - lxml is untyped
    return AreaIn(
        path=path,
        name=_text(node, "areaDesc"),
        codes=tuple(_value(one) for one in node if _tag(one) == "geocode"),
        polygons=tuple(_polygon(_plain(one), f"{path}/polygon") for one in node if _tag(one) == "polygon"),
        circles=tuple(_circle(_plain(one), f"{path}/circle") for one in node if _tag(one) == "circle"),
    )


def _polygon(text: str, path: str) -> tuple[Point, ...]:
    points = tuple(_point(pair, path) for pair in text.split())
    if len(points) < 4 or points[0] != points[-1]:  # noqa: PLR2004 - a triangle, closed
        said = "is no closed polygon: at least four lat,lon pairs with spaces between, the last the same as the first"
        raise BadInput("SCHEMA", path, said)
    return points


def _circle(text: str, path: str) -> tuple[Point, float]:
    centre, _, radius = text.partition(" ")
    try:
        radius_km = float(radius)
    except ValueError:
        radius_km = -1.0
    if not 0 <= radius_km < 20_040:  # noqa: PLR2004 - half way round the earth
        raise BadInput("SCHEMA", path, "is no circle: lat,lon and after a space the radius in km, as 23.37,116.71 5")
    return _point(centre, path), radius_km


def _point(text: str, path: str) -> Point:
    lat, _, lon = text.partition(",")
    try:
        point = float(lon), float(lat)
    except ValueError:
        point = 999.0, 999.0
    if not (-180 <= point[0] <= 180 and -90 <= point[1] <= 90):  # noqa: PLR2004 - degrees
        raise BadInput("SCHEMA", path, f"{text[:40]!r} is no lat,lon in degrees, as 23.37,116.71")
    return point


def _references(root: Any) -> tuple[tuple[str, str], ...]:  # noqa: ANN401 - lxml is untyped
    found = []
    for text in _text(root, "references").split():
        parts = text.split(",")
        if len(parts) < 2:  # noqa: PLR2004 - sender and identifier
            raise BadInput("SCHEMA", "alert/references", f"{text[:80]!r} is no sender,identifier,sent")
        found.append((parts[0], parts[1]))
    return tuple(found)


def _one_of(root: Any, tag: str, allowed: tuple[str, ...]) -> Any:  # noqa: ANN401 - one of the values of a Literal
    text = _needed(root, tag)
    found = next((one for one in allowed if one.casefold() == text.casefold()), None)
    if found is None:
        raise BadInput("SCHEMA", f"alert/{tag}", f"{text[:40]!r} is none of {', '.join(allowed)}")
    return found


def _needed(root: Any, tag: str) -> str:  # noqa: ANN401 - lxml is untyped
    text = _text(root, tag)
    if not text:
        raise BadInput("SCHEMA", f"alert/{tag}", "is missing or empty: CAP needs it")
    return text


def _instant(node: Any, path: str, *tags: str) -> datetime | None:  # noqa: ANN401 - lxml is untyped
    for tag in tags:
        text = _text(node, tag)
        if not text:
            continue
        found = _INSTANT.fullmatch(text)
        if found is not None:
            date, time, offset = found.groups()
            try:
                return datetime.fromisoformat(f"{date}T{time}{offset}").astimezone(UTC)
            except (ValueError, OverflowError):
                pass  # the thirtieth of February
        said = f"{text[:40]!r} is no instant with an offset from UTC: write it as 2026-08-03T06:20:00+08:00"
        raise BadInput("SCHEMA", f"{path}/{tag}", said)
    return None


def _value(node: Any) -> str:  # noqa: ANN401 - lxml is untyped
    """Return the value of a pair of name and value, or the text of an element that has no such pair."""
    return _text(node, "value") or _plain(node)


def _text(node: Any, tag: str) -> str:  # noqa: ANN401 - lxml is untyped
    return next((_plain(one) for one in node if _tag(one) == tag), "")


def _plain(node: Any) -> str:  # noqa: ANN401 - lxml is untyped
    return (node.text or "").strip()


def _tag(node: Any) -> str:  # noqa: ANN401 - lxml is untyped
    return etree.QName(node).localname if isinstance(node.tag, str) else ""  # comments have no name
