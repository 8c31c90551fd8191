r"""Mapped files: a YAML file says how the columns of a foreign file become reports.

::

    name: rat-sightings             # a mapping of your own; a whole language on one page
    areas: newyork                  # the area file
    description: What it maps.
    source: hotline                 # or by column: {column: Agency, codes: {police: [NYPD]}, default: hotline}
    file: {format: csv, encoding: utf-8, delimiter: ","}     # csv, jsonl, json; gzipped or not is found out
    time: {column: Created, format: "%m/%d/%Y %H:%M", zone: America/New_York, resolution: instant}
    nulls: ["N/A", "-"]             # cells that mean "not known"
    kind:                           # or a constant: `kind: theft`
      by:                           # each is asked in turn
        - column: Problem
          codes: {animal: [rats, "*rodent*"], garbage: ["trash*"]}   # `*` at either end, case does not count
      default: other                # leave it out, and the lexicon of intake decides from the text
    coordinates: {lon: Longitude, lat: Latitude, within: [-74.3, 40.4, -73.6, 41.0]}
    fields:                         # every other field of the report
      id: Key                       # a column
      caller: {template: "{Agency}/{User}"}
      district: {columns: [Borough, City], codes: {Kings: [BROOKLYN]}, default: unknown}
      street: {column: Address, extract: '\d+ (.*)'}
      title: {constant: Rats}

A bad mapping is refused with all of its faults; a bad row is a `RowBad` among the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from pathlib import Path

from detectors.event import Source
from streams.errors import ConfigurationError, Fault
from streams.sources.mapping_contract import contract_rows
from streams.sources.mapping_reading import read_mapping
from streams.sources.mapping_row import Row, RowBad, RowOk
from streams.sources.mapping_rows import mapped_rows
from streams.sources.mapping_spec import MappingSpec
from streams.sources.mapping_yaml import nearest

__all__ = ["Mapping", "Row", "RowBad", "RowOk", "load_mapping", "read_ordered", "shipped_mappings"]

_PROGRESS_ROWS = 5_000


class Mapping:
    """How the rows of one kind of file become reports.

    Parameters
    ----------
    spec
        What its YAML says.

    """

    def __init__(self, spec: MappingSpec) -> None:
        self._spec = spec

    @property
    def name(self) -> str:
        """Its name."""
        return self._spec.name

    @property
    def areas(self) -> str:
        """Name of the area file its places belong to."""
        return self._spec.areas

    @property
    def description(self) -> str:
        """What it maps, in a sentence or two."""
        return self._spec.description

    @property
    def sources(self) -> tuple[Source, ...]:
        """Sources its rows can be."""
        return self._spec.sources

    def rows(self, path: str | Path) -> Iterator[Row]:
        """Yield exactly one row for every row of data, in the order of the file.

        Parameters
        ----------
        path
            A file, gzipped or not.

        Raises
        ------
        ConfigurationError
            At the first row when there is no such file or it lacks columns; later when it cannot be read to its end.

        """
        path = Path(path)
        if self._spec.file.format == "contract":
            return contract_rows(path, self._spec.sources[0])
        return mapped_rows(self._spec, path)


def shipped_mappings() -> dict[str, Path]:
    """Return the mappings that come with the package, by name."""
    folder = Path(str(resources.files("streams").joinpath("mappings")))
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def load_mapping(name_or_path: str | Path) -> Mapping:
    """Load a shipped mapping by its name, or any mapping by its path.

    Raises
    ------
    ConfigurationError
        When there is none, or with every fault in it: file, line, path and what to write instead.

    """
    shipped = shipped_mappings()
    path = shipped.get(str(name_or_path), Path(name_or_path))
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise ConfigurationError([Fault(str(name_or_path), "", _unreadable(error, str(name_or_path)))]) from error
    return Mapping(read_mapping(text, path.name if str(name_or_path) in shipped else str(path)))


def _unreadable(error: Exception, name: str) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"no such mapping{nearest(name, shipped_mappings())}"
    if isinstance(error, IsADirectoryError):
        return "is a folder: a mapping is a name from `fenghuo mappings`, or a .yaml of your own"
    if isinstance(error, UnicodeDecodeError):
        return "is not utf-8: save it as UTF-8"
    return f"cannot be read: {error.strerror if isinstance(error, OSError) and error.strerror else error}"


def read_ordered(
    inputs: Sequence[tuple[Mapping, str | Path]], progress: Callable[[int], None] | None = None
) -> Iterator[Row]:
    """Yield the rows of several files in the order of their event times.

    Rows of one time keep the order of the files and of their lines. A bad row has no time of its own and stands after
    the row before it; those before the first good row of a file come first of all.

    Parameters
    ----------
    inputs
        Mappings and files.
    progress
        Called now and then with the number of rows read so far, and once at the end of reading.

    Raises
    ------
    ConfigurationError
        When a file cannot be used, before the first row is yielded.

    Notes
    -----
    Everything is read before the first row comes out, because a file need not be in order: 0.5 to 0.7 kB of memory a
    row, and twice the length of its text.

    """
    rows: list[Row] = []
    times: list[float] = []
    for mapping, path in inputs:
        t = float("-inf")
        for row in mapping.rows(path):
            if isinstance(row, RowOk):
                t = row.t
            rows.append(row)
            times.append(t)
            if progress is not None and len(rows) % _PROGRESS_ROWS == 0:
                progress(len(rows))
    if progress is not None:
        progress(len(rows))
    for index in sorted(range(len(rows)), key=times.__getitem__):
        yield rows[index]
