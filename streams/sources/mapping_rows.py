"""From the cells of a row to a report: everything that can be decided once a file is decided before its first row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from math import inf
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import inspect

from streams.errors import BadInput
from streams.sources import source_types
from streams.sources.mapping_files import CsvFile, Record, cannot_read, json_path, json_records
from streams.sources.mapping_guess import other_delimiter, other_format
from streams.sources.mapping_row import Row, RowBad, RowOk
from streams.sources.mapping_spec import CoordinatesSpec, MappingSpec, TimeSpec, ValueSpec
from streams.sources.mapping_time import Instant, time_reader
from streams.sources.mapping_values import Cells, Header, Text, coordinates_value, plain_place, text_value
from streams.sources.report import Report

Setter = Callable[[Cells, dict[str, Any]], None]
Plain = tuple[str, int, float]
Made = tuple[str, Text, float]


def mapped_rows(spec: MappingSpec, path: Path) -> Iterator[Row]:
    """Yield one row for every record of a file.

    Raises
    ------
    ConfigurationError
        When the file cannot be read, or a CSV file does not have the columns of the mapping.

    """
    records: Iterator[Record]
    if spec.file.format == "csv":
        file = CsvFile(path, spec.file)
        header = {name: place for place, name in reversed(list(enumerate(file.header)))}
        missing = _missing(spec, header)
        if missing:
            raise cannot_read(
                path,
                f"does not fit the mapping `{spec.name}`: it has no {', '.join(f'`{name}`' for name in missing)}; "
                f"its columns are {', '.join(f'`{name}`' for name in file.header)}{_hint(file.header)}",
                1,
            )
        records = file.records()
    else:
        columns = sorted({name for group in _columns(spec) for name in group})
        header = {name: place for place, name in enumerate(columns)}
        records = json_records(path, spec.file, columns)
    build = _builder(spec, header)
    source = next((one for one in spec.sources if one == spec.source.default), spec.sources[0])
    name = str(path)
    for line, raw, cells in records:
        if isinstance(cells, BadInput):
            yield RowBad(source, raw, cells.reason, cells.path, cells.message, line, name)
            continue
        try:
            report, t = build(cells)
        except BadInput as bad:
            yield RowBad(source, raw, bad.reason, bad.path, bad.message, line, name)
        else:
            yield RowOk(report, t, len(raw), name, line)


def _hint(header: list[str]) -> str:
    return other_format(header[0].encode()) or other_delimiter(header)


def _columns(spec: MappingSpec) -> list[tuple[str, ...]]:
    """Columns the mapping reads; of each group a file needs one."""
    values = [spec.source, *spec.kinds, *spec.fields.values()]
    groups = [one.columns for one in values if one.columns]
    groups += [(name,) for one in values for name in one.template_columns]
    groups.append(spec.time.columns)
    if spec.coordinates:
        groups += [(spec.coordinates.x,), (spec.coordinates.y,)]
    return groups


def _missing(spec: MappingSpec, header: Header) -> list[str]:
    lacking = [group for group in _columns(spec) if not any(name in header for name in group)]
    return list(dict.fromkeys(" or ".join(group) for group in lacking))


def _builder(spec: MappingSpec, header: Header) -> Callable[[Cells], tuple[Report, float]]:
    """Return the function from a row to its report and event time; it raises BadInput."""
    when = _when(spec.time, header, spec.nulls)
    plain, texts, setters = _fields(spec, header)
    base: dict[str, Any] = {"resolution": "day"} if spec.time.resolution == "day" else {}
    types = source_types()
    only = types[spec.sources[0]] if len(spec.sources) == 1 else None
    which = text_value(spec.source, header, spec.nulls)
    nulls = spec.nulls

    def build(cells: Cells) -> tuple[Report, float]:
        values = base.copy()
        t, values["occurred_at"] = when(cells)
        for name, place, longest in plain:
            value = cells[place].strip()
            if value and value not in nulls:
                if len(value) > longest:
                    raise _too_long(spec, name, longest)
                values[name] = value
        for name, get, longest in texts:
            value = get(cells)
            if value:
                if len(value) > longest:
                    raise _too_long(spec, name, longest)
                values[name] = value
        for setter in setters:
            setter(cells, values)
        if "id" not in values:
            raise BadInput("SCHEMA", _path(spec, "id"), "is empty, and nothing else tells the reports apart")
        type_ = only or types[which(cells)]  # type: ignore[index]
        return type_(**values), t

    return build


def _path(spec: MappingSpec, name: str) -> str:
    field = spec.fields[name]
    return json_path(next(iter((*field.columns, *field.template_columns)), name))


def _too_long(spec: MappingSpec, name: str, longest: float) -> BadInput:
    return BadInput("SCHEMA", _path(spec, name), f"has more than {longest:,} characters")


def _when(spec: TimeSpec, header: Header, nulls: frozenset[str]) -> Callable[[Cells], Instant]:
    cell = text_value(ValueSpec(columns=spec.columns), header, nulls)
    read = time_reader(spec.formats, ZoneInfo(spec.zone))
    path = json_path(next((name for name in spec.columns if name in header), spec.columns[0]))
    message = f"fits none of the formats {', '.join(spec.formats)}, or is no date"

    def when(cells: Cells) -> Instant:
        text = cell(cells)
        try:
            return read(text)
        except ValueError:
            raise BadInput("TIME", path, message if text else "is empty") from None

    return when


def _fields(spec: MappingSpec, header: Header) -> tuple[list[Plain], list[Made], list[Setter]]:
    """Sort the fields by what they cost: cells as they stand, texts made of them, and everything else.

    What a text may hold is what the contract of the topic takes.
    """
    plain: list[Plain] = []
    texts: list[Made] = []
    setters: list[Setter] = []
    for name, one in spec.fields.items():
        type_ = _field_types()[name]
        get = text_value(one, header, spec.nulls)
        place = plain_place(one, header)
        longest = (type_.max_length if isinstance(type_, inspect.StrType) else None) or inf
        if isinstance(type_, inspect.IntType | inspect.FloatType):
            setters.append(_number(name, get, _path(spec, name), type_))
        elif place is not None:
            plain.append((name, place, longest))
        else:
            texts.append((name, get, longest))
    if len(spec.kinds) == 1:
        only = replace(spec.kinds[0], default=spec.kinds[0].default or spec.kind_default)
        texts.append(("kind", text_value(only, header, spec.nulls), inf))
    elif spec.kinds:
        setters.append(_kind(spec, header))
    elif spec.kind_default:
        setters.append(_constant("kind", spec.kind_default))
    if spec.coordinates:
        setters.append(_coordinates(spec.coordinates, header, spec.nulls))
    return plain, texts, setters


def _constant(name: str, value: str) -> Setter:
    def put(_: Cells, values: dict[str, Any]) -> None:
        values[name] = value

    return put


def _kind(spec: MappingSpec, header: Header) -> Setter:
    steps, default = [text_value(one, header, spec.nulls) for one in spec.kinds], spec.kind_default

    def put(cells: Cells, values: dict[str, Any]) -> None:
        for step in steps:
            if kind := step(cells):
                values["kind"] = kind
                return
        if default:
            values["kind"] = default

    return put


def _coordinates(spec: CoordinatesSpec, header: Header, nulls: frozenset[str]) -> Setter:
    find = coordinates_value(spec, header, nulls)

    def put(cells: Cells, values: dict[str, Any]) -> None:
        found = find(cells)
        if found is not None:
            values["lon"], values["lat"] = found

    return put


def _number(name: str, get: Text, path: str, type_: inspect.IntType | inspect.FloatType) -> Setter:
    whole = isinstance(type_, inspect.IntType)
    low, high = type_.ge or 0, type_.le or 0

    def put(cells: Cells, values: dict[str, Any]) -> None:
        text = get(cells)
        if not text:
            return
        try:
            number = float(text)
        except ValueError:
            raise BadInput("SCHEMA", path, "is no number") from None
        if not low <= number <= high:
            raise BadInput("SCHEMA", path, f"lies outside {low:g} to {high:g}")
        values[name] = round(number) if whole else number

    return put


@cache
def _field_types() -> dict[str, inspect.Type]:
    """Types of the fields of all sources, by name: the same name has the same type everywhere."""
    found: dict[str, inspect.Type] = {}
    for type_ in source_types().values():
        info = inspect.type_info(type_)
        if isinstance(info, inspect.StructType):
            found.update({one.name: one.type for one in info.fields})
    return found
