"""What a mapping file says, once it is read and checked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from detectors.event import Resolution, Source
from streams.sources.mapping_codes import CodeTable
from streams.sources.projection import TransverseMercator


@dataclass(frozen=True, slots=True)
class FileSpec:
    """The file format.

    Parameters
    ----------
    format
        ``csv`` with a header; ``jsonl`` one object a line; ``json`` a list of objects, or one object a line when the
        file does not begin with ``[``; ``contract`` our own reports, one a line, each with its ``source``.
    encoding, delimiter
        Of text files.

    """

    format: Literal["csv", "jsonl", "json", "contract"] = "csv"
    encoding: str = "utf-8"
    delimiter: str = ","


@dataclass(frozen=True, slots=True)
class TimeSpec:
    """Where the event time stands and how to read it."""

    columns: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    zone: str = "UTC"
    resolution: Resolution = "instant"


@dataclass(frozen=True, slots=True)
class ValueSpec:
    """One field of the report.

    Parameters
    ----------
    columns
        The first that is filled counts; a CSV file needs to have only one of them.
    template
        Text with ``{column}`` in it, instead of columns; empty when all of its columns are.
    nulls
        Values that mean "not known", beside those of the whole mapping.
    extract
        The first expression that is found in a column gives the value: its first group, or all it matched.
    codes
        Values of ours for codes of theirs.
    default
        When nothing was found; a constant when there is neither column nor template.

    """

    columns: tuple[str, ...] = ()
    template: str = ""
    nulls: frozenset[str] = frozenset()
    extract: tuple[re.Pattern[str], ...] = ()
    codes: CodeTable | None = None
    default: str = ""

    @property
    def template_columns(self) -> tuple[str, ...]:
        """Columns named in the template."""
        return tuple(PLACEHOLDER.findall(self.template))


PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class CoordinatesSpec:
    """Where the coordinates stand.

    Parameters
    ----------
    x, y
        Columns: longitude and latitude, or east and north of a projection.
    within
        West, south, east, north in degrees: what lies outside is not known rather than wrong by a continent.
    projection
        ``None`` for degrees.

    """

    x: str
    y: str
    within: tuple[float, float, float, float] = (-180.0, -90.0, 180.0, 90.0)
    projection: TransverseMercator | None = None


@dataclass(frozen=True, slots=True)
class MappingSpec:
    """A whole mapping.

    Parameters
    ----------
    file_name
        Where it was read.
    name, areas, description
        Its name, the name of its area file, what it maps.
    file
        The format of the files it maps; a mapping of ``contract`` files has none of what follows.
    sources, source
        Which sources its rows can be, and what tells; a constant when it has neither columns nor template.
    time
        The event time.
    nulls
        Values that mean "not known" in every column.
    kinds, kind_default
        Each is asked in turn for a kind, then the default holds; empty leaves it to the lexicon of intake.
    coordinates
        ``None`` when there are none.
    fields
        The other fields of the report by name.

    """

    file_name: str
    name: str
    areas: str
    description: str = ""
    file: FileSpec = field(default_factory=FileSpec)
    sources: tuple[Source, ...] = ()
    source: ValueSpec = field(default_factory=ValueSpec)
    time: TimeSpec = field(default_factory=TimeSpec)
    nulls: frozenset[str] = frozenset()
    kinds: tuple[ValueSpec, ...] = ()
    kind_default: str = ""
    coordinates: CoordinatesSpec | None = None
    fields: dict[str, ValueSpec] = field(default_factory=dict)
