"""Reads what really happened from JSON Lines, and reports every fault with its line.

One happening a line, gzipped when the name ends in ``.gz``::

    {"kinds": ["waterlogging"], "district": "440507", "street": "金霞街道",
     "from": "2026-06-02T15:00:00+08:00", "until": "2026-06-02T18:30:00+08:00", "known_at": "2026-06-02T17:10:00+08:00"}
    {"kind": "gas_leak", "lon": 116.716, "lat": 23.37, "radius_m": 300, "from": …, "until": …, "grade": "red"}

``kind`` or ``kinds``
    Kinds or classes of the taxonomy, or ``any``.
``place``; or ``district``, ``street``, ``community``, ``grid``, ``spot``; or ``lon``, ``lat`` and ``radius_m``
    The id of an area at any level (or the key of a spot); or names, ids, codes or aliases as in the sources' contract,
    with coordinates where they are known; or a circle (500 m unless told). None of them: the whole city.
``from``, ``until``
    Begin and end, RFC 3339 with an offset; without ``until`` it is an instant.
``known_at``
    When the city knew of it by other means: lead times are counted to it, else to ``until``.
``grade``, ``rules``, ``expect``, ``id``, ``what``
    All optional: how serious it was; numbers of the rules that ought to find it; ``silent`` for what must raise no
    alert (a drill); a name; and words.

The truth `fenghuo simulate --truth` writes is read as it is.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from detectors.areas import UNKNOWN, AreaTree
from detectors.taxonomy import Taxonomy
from rules.alert import Grade, Text
from streams.backtest.jsonlines import Wrong, convert_line, decode_line, read_lines
from streams.backtest.truth import ANY, NEAR_M, Happening, Truths, Where, of_simulation, where_of
from streams.simulate.truth import Truth
from streams.sources.mapping_yaml import nearest

_Instant = Annotated[datetime, msgspec.Meta(tz=True)]
_LEVELS = ("district", "street", "community", "grid", "spot")


class _Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    from_: _Instant
    until: _Instant | None = None
    known_at: _Instant | None = None
    kind: str = ""
    kinds: tuple[str, ...] = ()
    place: str = ""
    district: str = ""
    street: str = ""
    community: str = ""
    grid: str = ""
    spot: str = ""
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    radius_m: Annotated[float, msgspec.Meta(gt=0, le=100_000)] = NEAR_M
    grade: Grade | None = None
    rules: tuple[int, ...] = ()
    expect: Literal["alert", "silent"] = "alert"
    id: str = ""
    what: Text | str = ""


def read_truth(path: Path, areas: AreaTree, taxonomy: Taxonomy) -> Truths:
    """Read a file of truths.

    Parameters
    ----------
    path
        The file; see the module for its form.
    areas
        The city its places are in.
    taxonomy
        The kinds there are.

    Raises
    ------
    ConfigurationError
        With every faulty line (the first twenty), or when the file cannot be read or is empty.

    """
    kinds = {*taxonomy.kinds, *(taxonomy.category_of(kind) for kind in taxonomy.kinds)}
    happenings = read_lines(path, "--truth", "happening", lambda line, number: _happening(line, number, areas, kinds))
    return Truths(tuple(happenings), complete=False, origin=Text(str(path), str(path)))


def _happening(raw: bytes, number: int, areas: AreaTree, kinds: Collection[str]) -> Happening:
    content = decode_line(raw)
    if isinstance(content, dict) and "scenario" in content:
        return of_simulation([convert_line(content, Truth)], areas)[0]
    line = convert_line(content, _Line)
    until = line.until or line.from_
    if until < line.from_:
        raise Wrong("$.until", "lies before `from`")
    return Happening(
        id=line.id or f"line {number}",
        kinds=_kinds(line, kinds),
        where=_where(line, areas),
        starts=line.from_.timestamp(),
        ends=until.timestamp(),
        known=line.known_at.timestamp() if line.known_at else None,
        grade=line.grade,
        rules=line.rules,
        expected=line.expect == "alert",
        what=line.what if isinstance(line.what, Text) else Text(line.what, line.what),
    )


def _kinds(line: _Line, known: Collection[str]) -> tuple[str, ...]:
    named = (*line.kinds, line.kind) if line.kind else line.kinds
    if not named:
        raise Wrong("$.kind", "is missing: give a kind or a class of the taxonomy, or `any`")
    for kind in named:
        if kind not in known and kind != ANY:
            raise Wrong("$.kinds", f"{kind!r} is no kind or class of the taxonomy{nearest(kind, known)}")
    return named


def _where(line: _Line, areas: AreaTree) -> Where:
    if (line.lon is None) != (line.lat is None):
        raise Wrong("$.lat" if line.lat is None else "$.lon", "is missing: coordinates are both or none")
    named = {level: getattr(line, level) for level in _LEVELS if getattr(line, level)}
    if line.place:
        if named or line.lon is not None:
            raise Wrong("$.place", "stands beside other fields of the place: give one or the other")
        return _by_id(line.place, areas)
    if named:
        lon, lat = (line.lon, line.lat) if line.spot else (None, None)
        found = where_of(areas.resolve(**named, lon=lon, lat=lat), areas, radius_m=line.radius_m)
        if found.keys == (f"{areas.city}:{UNKNOWN}",):
            raise Wrong(f"$.{next(iter(named))}", f"is no place of {areas.city}: {', '.join(named.values())}")
        return found
    if line.lon is None or line.lat is None:
        return Where(name=areas.name)
    around = where_of(areas.resolve(lon=line.lon, lat=line.lat), areas, radius_m=line.radius_m)
    return Where(around.keys, "", (line.lon, line.lat), line.radius_m, around.name)


def _by_id(id_: str, areas: AreaTree) -> Where:
    """Return the place with an area's id, or a spot's key."""
    if id_ == areas.city:
        return Where(name=areas.name)
    community, _, spot = id_.partition("/")
    area = areas.get(id_) or (areas.get(community) if spot else None)
    if area is None and not areas.open:
        message = f"no area of {areas.city} has the id {id_!r}: give an id, or names in `street` and so on"
        raise Wrong("$.place", message)
    keys: list[str] = []
    step = area
    while step is not None:
        keys.insert(0, step.id)
        step = areas.get(step.parent)
    if not keys or keys[-1] != id_:
        keys.append(id_)
    return Where(tuple(keys), id_, None, NEAR_M, areas.name_of(id_))
