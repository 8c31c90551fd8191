"""Functions from the cells of a row to one value of the report, compiled once a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from streams.errors import BadInput
from streams.sources.mapping_files import json_path
from streams.sources.mapping_spec import CoordinatesSpec, ValueSpec

Cells = Sequence[str]
Text = Callable[[Cells], str]
Lonlat = Callable[[Cells], tuple[float, float] | None]
Header = Mapping[str, int]
"""Position of every column."""


def text_value(spec: ValueSpec, header: Header, nulls: frozenset[str]) -> Text:
    """Return the function from a row to the text of one field, empty when it is not known.

    Parameters
    ----------
    spec
        The field.
    header
        Position of the columns; those missing from it count as empty.
    nulls
        Values of the whole mapping that mean "not known".

    """
    if spec.template:
        found = _template(spec, header, nulls | spec.nulls)
    else:
        found = _columns([header[name] for name in spec.columns if name in header], spec, nulls | spec.nulls)
    if spec.codes is None and not spec.default:
        return found
    codes, default = spec.codes, spec.default
    if codes is None:
        return lambda cells: found(cells) or default
    place = plain_place(replace(spec, codes=None, default=""), header)
    if place is not None and not any(codes[null] for null in nulls | spec.nulls):
        # The table itself strips cells and has no meaning for the nulls: nothing is left to do before.
        return lambda cells: codes[cells[place]] or default
    return lambda cells: codes[found(cells)] or default


def plain_place(spec: ValueSpec, header: Header) -> int | None:
    """Return the place of the one column that is the field as it stands; ``None`` when there is more to it."""
    places = [header[name] for name in spec.columns if name in header]
    simple = spec.codes is None and not (spec.nulls or spec.extract or spec.default) and len(places) == 1
    return places[0] if simple else None


def _columns(places: list[int], spec: ValueSpec, nulls: frozenset[str]) -> Text:
    if spec.extract:
        return _extracted(places, spec)
    if len(places) == 1:
        only = places[0]

        def one(cells: Cells) -> str:
            value = cells[only].strip()
            return "" if value in nulls else value

        return one

    def first(cells: Cells) -> str:
        for place in places:
            value = cells[place].strip()
            if value and value not in nulls:
                return value
        return ""

    return first


def _extracted(places: list[int], spec: ValueSpec) -> Text:
    def extracted(cells: Cells) -> str:
        for pattern in spec.extract:
            for place in places:
                if hit := pattern.search(cells[place]):
                    return (hit[1] if pattern.groups else hit[0]) or ""
        return ""

    return extracted


def _template(spec: ValueSpec, header: Header, nulls: frozenset[str]) -> Text:
    parts: list[str] = []
    places: list[int] = []
    rest = spec.template
    for name in spec.template_columns:
        before, _, rest = rest.partition(f"{{{name}}}")
        parts.append(before)
        places.append(header[name])
    pairs = list(zip(parts, places, strict=True))
    last = rest

    def filled(cells: Cells) -> str:
        text, known = "", False
        for before, place in pairs:
            value = cells[place].strip()
            if value and value not in nulls:
                known = True
                text += before + value
            else:
                text += before
        return (text + last).strip() if known else ""

    return filled


def coordinates_value(spec: CoordinatesSpec, header: Header, nulls: frozenset[str]) -> Lonlat:
    """Return the function from a row to longitude and latitude, ``None`` when unknown or outside `spec.within`.

    The function raises BadInput for what is no number.
    """
    x_at, y_at = header[spec.x], header[spec.y]
    convert = spec.projection.inverse() if spec.projection else None
    west, south, east, north = spec.within

    def lonlat(cells: Cells) -> tuple[float, float] | None:
        x, y = cells[x_at].strip(), cells[y_at].strip()
        if not x or not y or x in nulls or y in nulls:
            return None
        lon, lat = _number(x, spec.x), _number(y, spec.y)
        if convert is not None:
            try:
                lon, lat = convert(lon, lat)
            except (ValueError, OverflowError, ZeroDivisionError):
                return None
        return (lon, lat) if west <= lon <= east and south <= lat <= north else None

    return lonlat


def _number(cell: str, column: str) -> float:
    try:
        return float(cell)
    except ValueError as error:
        raise BadInput("SCHEMA", json_path(column), "is no number") from error
