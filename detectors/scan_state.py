"""The scan detector's state as explicit bytes: cells, expectations, closed windows and what is kept of the events."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from detectors.area import Area
from detectors.scan_cells import ScanCells
from detectors.scan_sweep import BLOCK, NEXT_TO_NOTHING, Past, Sweep, Tally
from detectors.zones import Floats

PREFIX = "scan/"
_CELLS = PREFIX + "cells"
_REAL, _SINGLE = np.dtype("<f8"), np.dtype("<f4")


class Known(msgspec.Struct, frozen=True, array_like=True):
    """Ids of the cells in their order; those the tree does not list, with their districts and times of birth."""

    ids: list[str]
    added: list[tuple[Area, str, float]]


class Model(msgspec.Struct, frozen=True, array_like=True):
    """What is expected, apart from the cells' shares.

    Parameters
    ----------
    cursor, last_event, taught
        As in `detectors.scan_sweep.Sweep` and `detectors.scan_rates.Rates`.
    per_class, per_slot
        As in `detectors.scan_rates.Rates`, float64 little-endian in C order.

    """

    cursor: int | None
    last_event: int | None
    taught: int
    per_class: bytes
    per_slot: bytes


class Closed(msgspec.Struct, frozen=True, array_like=True):
    """A closed window as in `detectors.scan_sweep.Past`: float32 little-endian, classes x cells; common float64."""

    counts: bytes
    mean: bytes
    variance: bytes
    explained: bytes
    common: bytes


Rows = list[int | None] | None

_encoder = msgspec.msgpack.Encoder(order="deterministic")
_known = msgspec.msgpack.Decoder(Known)
_model = msgspec.msgpack.Decoder(Model)
_closed = msgspec.msgpack.Decoder(Closed)
_tallies = msgspec.msgpack.Decoder(list[tuple[str, Tally]])


class Saved:
    """What of a detector's state a snapshot holds already.

    Entries, with ``hour`` or ``day`` for the kind of window: ``scan/cells``; ``scan/<kind>/model``;
    ``scan/<kind>/shares/<class>``; ``scan/<kind>/past/<window>``, written again when something in it is explained;
    ``scan/<kind>/tallies/<window>/<class>/<block of 64 cells>``, written again while the window is open. With 1,000
    cells and 11 classes the largest is a closed window, 176 kB.
    """

    def __init__(self) -> None:
        self._cells = -1
        self._cursors: dict[str, int | None] = {}
        self._stored: set[str] = set()

    def dirty(self, cells: ScanCells, classes: Sequence[str], sweeps: Mapping[str, Sweep]) -> dict[str, bytes | None]:
        """Return what changed since the last call; ``None`` for what is gone."""
        entries: dict[str, bytes | None] = {}
        if self._cells != len(cells):
            self._cells = len(cells)
            entries[_CELLS] = _encoder.encode(Known([area.id for area in cells.areas], cells.added))
        for name, sweep in sweeps.items():
            head = f"{PREFIX}{name}/"
            entries |= _tallies_changed(head, cells, classes, sweep)
            if self._cursors.get(name) != sweep.cursor:
                self._cursors[name] = sweep.cursor
                entries |= _expectations(head, classes, sweep)
                new = {window for window in sweep.past if f"{head}past/{window}" not in self._stored} | sweep.reread
                entries |= {
                    f"{head}past/{window}": _encoder.encode(_past(sweep.past[window]))
                    for window in sorted(new & sweep.past.keys())
                }
                sweep.reread.clear()
        lasting = {key for key in entries if "/past/" in key or "/tallies/" in key} | self._stored
        gone = {key for key in lasting if not _is_kept(key, sweeps)}
        self._stored = lasting - gone
        return entries | dict.fromkeys(sorted(gone))

    def restore(
        self, items: Mapping[str, bytes], cells: ScanCells, classes: Sequence[str], sweeps: Mapping[str, Sweep]
    ) -> None:
        """Take the state; areas and classes that are no longer known are left out.

        Raises
        ------
        ValueError
            When a key is not of such a state.

        """
        strange = [key for key in items if key != _CELLS and not key.startswith(tuple(f"{PREFIX}{n}/" for n in sweeps))]
        if strange:
            raise ValueError(f"not state of the scan detector: {', '.join(sorted(strange))}")
        if _CELLS not in items:
            return
        rows = _rows(_known.decode(items[_CELLS]), cells)
        self._cells = len(cells)
        numbers = {name: number for number, name in enumerate(classes)}
        here = {area.id: number for number, area in enumerate(cells.areas)}
        for key in sorted(items):
            _, _, rest = key.partition("/")
            name, _, rest = rest.partition("/")
            if name in sweeps:
                _take(sweeps[name], rest, items[key], here, rows, numbers)
        for name, sweep in sweeps.items():
            self._cursors[name] = sweep.cursor
        self._stored = {key for key in items if "/past/" in key or "/tallies/" in key}


def _is_kept(key: str, sweeps: Mapping[str, Sweep]) -> bool:
    _, name, what, window, *_ = key.split("/")
    return int(window) in (sweeps[name].past if what == "past" else sweeps[name].tallies)


def _tallies_changed(head: str, cells: ScanCells, classes: Sequence[str], sweep: Sweep) -> dict[str, bytes]:
    found: dict[tuple[int, int, int], list[tuple[str, Tally]]] = {}
    for window, row, block in sweep.changed:
        if window in sweep.tallies:
            found[window, row, block] = []
    for window in sorted({key[0] for key in found}):
        for (row, cell), tally in sorted(sweep.tallies[window].items(), key=lambda item: item[0]):
            entries = found.get((window, row, cell // BLOCK))
            if entries is not None:
                entries.append((cells.areas[cell].id, tally))
    sweep.changed.clear()
    return {
        f"{head}tallies/{window}/{classes[row]}/{block}": _encoder.encode(entries)
        for (window, row, block), entries in sorted(found.items())
    }


def _expectations(head: str, classes: Sequence[str], sweep: Sweep) -> dict[str, bytes]:
    rates = sweep.rates
    model = Model(
        sweep.cursor,
        sweep.last_event,
        rates.taught,
        rates.per_class.astype(_REAL).tobytes(),
        rates.per_slot.astype(_REAL).tobytes(),
    )
    shares = {
        f"{head}shares/{name}": _encoder.encode(rates.per_cell[:, row].astype(_REAL).tobytes())
        for row, name in enumerate(classes)
    }
    return {f"{head}model": _encoder.encode(model), **shares}


def _past(past: Past) -> Closed:
    arrays = (past.counts, past.mean, past.variance, past.explained)
    counts, mean, variance, explained = (values.astype(_SINGLE).tobytes() for values in arrays)
    return Closed(counts, mean, variance, explained, past.common.astype(_REAL).tobytes())


def _rows(known: Known, cells: ScanCells) -> Rows:
    """Return where the stored cells are now, ``None`` for where they were; those that came with events come again."""
    here = [area.id for area in cells.areas]
    same = known.ids[: len(known.ids) - len(known.added)] == here
    for area, district, born in known.added:
        if area.id not in here:
            cells.add(area, district, born if same else -math.inf)
    if same:
        return None
    now = {area.id: number for number, area in enumerate(cells.areas)}
    return [now.get(id_) for id_ in known.ids]


def _take(
    sweep: Sweep, what: str, data: bytes, cells: Mapping[str, int], rows: Rows, classes: Mapping[str, int]
) -> None:
    kind, _, rest = what.partition("/")
    if kind == "model":
        model = _model.decode(data)
        sweep.cursor, sweep.last_event, sweep.rates.taught = model.cursor, model.last_event, model.taught
        sweep.rates.per_class[:] = np.frombuffer(model.per_class, _REAL).reshape(sweep.rates.per_class.shape)
        sweep.rates.per_slot[:] = np.frombuffer(model.per_slot, _REAL).reshape(sweep.rates.per_slot.shape)
    elif kind == "shares":
        shares = np.frombuffer(msgspec.msgpack.decode(data, type=bytes), _REAL).reshape(2, -1)
        spread = _spread(shares, rows, len(cells), 0.0)
        sweep.rates.extend(spread.shape[1])
        sweep.rates.per_cell[:, classes[rest]] = spread
    elif kind == "past":
        sweep.past[int(rest)] = _past_of(_closed.decode(data), rows, len(cells), sweep.classes)
    else:
        window, name, _ = rest.split("/")
        tallies = sweep.tallies.setdefault(int(window), {})
        tallies.update({(classes[name], cells[id_]): tally for id_, tally in _tallies.decode(data) if id_ in cells})


def _past_of(closed: Closed, rows: Rows, cells: int, classes: int) -> Past:
    arrays = ((closed.counts, 0.0), (closed.mean, NEXT_TO_NOTHING), (closed.variance, NEXT_TO_NOTHING))
    counts, mean, variance, explained = (
        _spread(np.frombuffer(data, _SINGLE).reshape(classes, -1), rows, cells, fill).astype(np.float32)
        for data, fill in (*arrays, (closed.explained, 0.0))
    )
    return Past(counts, mean, variance, explained, np.frombuffer(closed.common, _REAL).astype(np.float64))


def _spread(values: np.ndarray[tuple[int, ...], np.dtype[np.floating]], rows: Rows, cells: int, fill: float) -> Floats:
    """Return stored columns at the numbers their cells have now."""
    if rows is None:
        return values.astype(np.float64)
    found: Floats = np.full((len(values), cells), fill)
    pairs = [(old, new) for old, new in enumerate(rows[: values.shape[1]]) if new is not None]
    old, new = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    found[:, new] = values[:, old]
    return found
