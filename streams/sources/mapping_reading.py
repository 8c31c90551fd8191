"""From the YAML of a mapping to its `MappingSpec`, with every fault found."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import cache
from typing import Any, cast, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from detectors.event import Resolution, Source
from detectors.taxonomy import load_taxonomy
from streams.errors import ConfigurationError
from streams.sources import source_types
from streams.sources.mapping_codes import CodeTable
from streams.sources.mapping_spec import PLACEHOLDER, CoordinatesSpec, FileSpec, MappingSpec, TimeSpec, ValueSpec
from streams.sources.mapping_time import NAMED, directives_of, is_absolute
from streams.sources.mapping_yaml import Item, Reader
from streams.sources.projection import PROJECTIONS

_TOP = ("name", "description", "areas", "file", "source", "time", "nulls", "kind", "coordinates", "fields")
_NEEDED = ("name", "areas", "source", "time", "fields")
_ELSEWHERE = {"occurred_at": "time", "resolution": "time", "kind": "kind", "lon": "coordinates", "lat": "coordinates"}
_VALUE = ("column", "columns", "template", "constant", "nulls", "extract", "codes", "default")


def read_mapping(text: str, file: str) -> MappingSpec:
    """Read the text of a mapping file.

    Parameters
    ----------
    text
        YAML.
    file
        Its name, for the faults.

    Raises
    ------
    ConfigurationError
        With every fault, its line and its path.

    """
    reader = Reader(file)
    root = reader.parse(text)
    spec = _Mapping(reader).read(root) if root else None
    if reader.faults or spec is None:
        raise ConfigurationError(sorted(reader.faults, key=lambda fault: fault.line or 0))
    return spec


class _Mapping:
    """Reads one mapping file; where something is wrong it keeps the fault and goes on with a stand-in."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.kinds_known = _kinds()

    def read(self, root: Item) -> MappingSpec:
        reader = self.reader
        contract = _is_contract(root)
        known = ("name", "description", "areas", "file") if contract else _TOP
        top = reader.table(root, known, ("name", "areas") if contract else _NEEDED)
        sources, source = self.source(top["source"]) if "source" in top else ((), ValueSpec())
        kinds, kind_default = self.kind(top["kind"]) if "kind" in top else ((), "")
        return MappingSpec(
            file_name=reader.file,
            name=self.text(top, "name"),
            areas=self.text(top, "areas"),
            description=self.text(top, "description").strip(),
            file=self.file(top["file"]) if "file" in top else FileSpec(),
            sources=sources or cast("tuple[Source, ...]", get_args(Source)),
            source=source,
            time=self.time(top["time"]) if "time" in top else TimeSpec(),
            nulls=self.nulls(top),
            kinds=kinds,
            kind_default=kind_default,
            coordinates=self.coordinates(top["coordinates"]) if "coordinates" in top else None,
            fields=self.fields(top["fields"], sources) if "fields" in top else {},
        )

    def text(self, table: dict[str, Item], name: str, default: str = "") -> str:
        return self.reader.text(table[name]) if name in table else default

    def texts(self, table: dict[str, Item], *names: str) -> tuple[str, ...]:
        found = [one for name in names if name in table for one in self.reader.texts(table[name])]
        for one in found:
            if not one.value:
                self.reader.fault(one, "is empty")
        return tuple(str(one.value) for one in found)

    def nulls(self, table: dict[str, Item]) -> frozenset[str]:
        return (
            frozenset(str(one.value) for one in self.reader.texts(table["nulls"])) if "nulls" in table else frozenset()
        )

    def checked(self, item: Item, make: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever `make` makes
        """Return what `make` returns; a ValueError of it is a fault of `item`."""
        try:
            return make()
        except (ValueError, re.error) as error:
            self.reader.fault(item, str(error))
            return None

    def file(self, item: Item) -> FileSpec:
        table = self.reader.table(item, ("format", "encoding", "delimiter"))
        kind = "csv"
        if "format" in table:
            kind = self.reader.choice(table["format"], ("csv", "jsonl", "json", "contract"), "format") or kind
        encoding, delimiter = self.text(table, "encoding", "utf-8"), self.text(table, "delimiter", ",")
        for name in ("encoding", "delimiter"):
            if name in table and kind != "csv":
                self.reader.fault(table[name], f"has no meaning for {kind}: JSON is utf-8")
        delimiter = "\t" if delimiter in {"tab", r"\t"} else delimiter
        if "encoding" in table:
            self.checked(table["encoding"], lambda: _check_encoding(encoding))
        if "delimiter" in table and (len(delimiter) != 1 or delimiter in '"\r\n'):
            self.reader.fault(table["delimiter"], "a delimiter is one character, or `tab`, and no quote")
        return FileSpec(format=cast("Any", kind), encoding=encoding, delimiter=delimiter)

    def source(self, item: Item) -> tuple[tuple[Source, ...], ValueSpec]:
        names = tuple(source_types())
        if isinstance(item.value, str):
            name = self.reader.choice(item, names, "source")
            return (cast("tuple[Source, ...]", (name,) if name else ()), ValueSpec(default=name))
        spec = self.value(item, names, "source")
        if not spec.default or not (spec.columns or spec.template) or spec.codes is None:
            self.reader.fault(item, "a source by column needs `column`, `codes` and a `default`")
        meant = self.reader.table(item, None).get("codes", Item({}, "", 0)).value
        found = [name for name in names if name == spec.default or (isinstance(meant, dict) and name in meant)]
        return cast("tuple[Source, ...]", tuple(found)), spec

    def time(self, item: Item) -> TimeSpec:
        table = self.reader.table(item, ("column", "columns", "format", "formats", "zone", "resolution"))
        columns = self.texts(table, "column", "columns")
        if not columns:
            self.reader.fault(item, "`column` is missing")
        formats = self.texts(table, "format", "formats") or ("rfc3339",)
        where = table.get("formats", table.get("format", item))
        for one in formats:
            if one not in NAMED:
                self.checked(where, lambda one=one: directives_of(one))  # type: ignore[misc]
        zone = self.text(table, "zone")
        if zone:
            self.checked(table["zone"], lambda: _check_zone(zone))
        elif not all(is_absolute(one) for one in formats):
            self.reader.fault(item, "`zone` is missing: times without an offset need one, such as Asia/Shanghai")
        resolution = "instant"
        if "resolution" in table:
            resolution = self.reader.choice(table["resolution"], get_args(Resolution), "resolution") or resolution
        return TimeSpec(columns, formats, zone or "UTC", cast("Resolution", resolution))

    def kind(self, item: Item) -> tuple[tuple[ValueSpec, ...], str]:
        if isinstance(item.value, str):
            return (), self.reader.choice(item, self.kinds_known, "kind")
        table = self.reader.table(item, ("by", "default"))
        default = ""
        if "default" in table and self.text(table, "default"):
            default = self.reader.choice(table["default"], self.kinds_known, "kind")
        steps = table.get("by", Item([], "", 0)).value
        if not isinstance(steps, list) or not steps:
            self.reader.fault(item, "`by` is missing: a list of `column` and `codes`")
            return (), default
        return tuple(self.value(step, self.kinds_known, "kind") for step in steps), default

    def coordinates(self, item: Item) -> CoordinatesSpec:
        reader = self.reader
        table = reader.table(item, ("lon", "lat", "x", "y", "within", "projection"))
        projected = "projection" in table
        names = ("x", "y") if projected else ("lon", "lat")
        for name in ("lon", "lat", "x", "y"):
            if (name in names) != (name in table):
                said = "is missing" if name in names else f"has no place beside `{names[0]}` and `{names[1]}`"
                reader.fault(table.get(name, item), f"`{name}` {said}")
        name = reader.choice(table["projection"], PROJECTIONS, "projection") if projected else ""
        spec = CoordinatesSpec(self.text(table, names[0]), self.text(table, names[1]))
        within = self.box(table["within"]) if "within" in table else spec.within
        return CoordinatesSpec(spec.x, spec.y, within, PROJECTIONS.get(name))

    def box(self, item: Item) -> tuple[float, float, float, float]:
        sides = [self.reader.number(one) for one in self.reader.texts(item)]
        west, south, east, north = ([side or 0.0 for side in sides] + [0.0] * 4)[:4]
        if len(sides) != 4 or not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004
            self.reader.fault(item, "expected [west, south, east, north] in degrees")
        return west, south, east, north

    def fields(self, item: Item, sources: tuple[Source, ...]) -> dict[str, ValueSpec]:
        types = [source_types()[source] for source in sources] or list(source_types().values())
        known = {one.name for one in msgspec.structs.fields(types[0])}
        known = known.intersection(*({one.name for one in msgspec.structs.fields(type_)} for type_ in types))
        found: dict[str, ValueSpec] = {}
        for name, one in self.reader.table(item, None, ("id",)).items():
            if name in _ELSEWHERE:
                self.reader.fault(one, f"`{name}` is set by `{_ELSEWHERE[name]}:` beside `fields:`")
            elif name in self.reader.table(Item({name: one}, item.path, one.line), known):
                meanings = ("open", "closed") if name == "status" else None
                found[name] = self.value(one, meanings, "status")
                if name == "status" and found[name].codes is None and found[name].default not in {"open", "closed"}:
                    self.reader.fault(one, "needs `codes` for `closed`, such as {closed: [Closed, Done]}")
        return found

    def value(self, item: Item, meanings: Collection[str] | None, what: str) -> ValueSpec:
        """Read one value: the name of a column, or a mapping of `_VALUE`."""
        if isinstance(item.value, str):
            if not item.value:
                self.reader.fault(item, "the name of a column is missing")
            return ValueSpec(columns=(item.value,))
        table = self.reader.table(item, _VALUE)
        columns = self.texts(table, "column", "columns")
        template, constant = self.text(table, "template"), self.text(table, "constant")
        if sum((bool(columns), bool(template), bool(constant))) != 1:
            self.reader.fault(item, "needs one of `column`, `columns`, `template`, `constant`")
        if "template" in table and not PLACEHOLDER.search(template):
            self.reader.fault(table["template"], "names no column: `{column}`")
        if "default" in table and meanings is not None and self.text(table, "default"):
            self.reader.choice(table["default"], meanings, what)
        if "constant" in table and meanings is not None:
            self.reader.choice(table["constant"], meanings, what)
        patterns = [
            self.checked(one, lambda one=one: re.compile(str(one.value)))  # type: ignore[misc]
            for one in (self.reader.texts(table["extract"]) if "extract" in table else [])
        ]
        return ValueSpec(
            columns=columns,
            template=template,
            nulls=self.nulls(table),
            extract=tuple(one for one in patterns if one is not None),
            codes=self.codes(table["codes"], meanings, what) if "codes" in table else None,
            default=constant or self.text(table, "default"),
        )

    def codes(self, item: Item, meanings: Collection[str] | None, what: str) -> CodeTable:
        """Read `meaning: [code, ...]`."""
        table = CodeTable()
        for meaning, codes in self.reader.table(item, None).items():
            if meanings is not None:
                self.reader.choice(Item(meaning, codes.path, codes.line), meanings, what)
            for code in self.reader.texts(codes):
                self.checked(code, lambda code=code, meaning=meaning: table.add(str(code.value), meaning))  # type: ignore[misc]
        return table


@cache
def _kinds() -> tuple[str, ...]:
    return tuple(load_taxonomy().kinds)


def _is_contract(root: Item) -> bool:
    file = root.value.get("file") if isinstance(root.value, dict) else None
    kind = file.value.get("format") if file is not None and isinstance(file.value, dict) else None
    return kind is not None and kind.value == "contract"


def _check_encoding(encoding: str) -> None:
    try:
        plain = '\n",'.encode(encoding) == b'\n",'
    except LookupError as error:
        raise ValueError(f"unknown encoding `{encoding}`") from error
    if not plain:
        raise ValueError(
            f"`{encoding}` does not write line ends, quotes and commas as ASCII does; convert the file first"
        )


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"`{zone}` is no IANA time zone, such as Asia/Shanghai") from error
