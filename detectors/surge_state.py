"""The surge detector's state as explicit bytes: open windows and baselines, a district each."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec
import numpy as np

from detectors.batches import Seen
from detectors.budget import Spending
from detectors.calibration import Tally as Calibrated
from detectors.cells import Cell, Family, Tally
from detectors.counting import Counting
from detectors.judging import OpenWindow
from detectors.pools import District
from detectors.shares import Shares, Table

OPEN, MODEL = "surge/open/", "surge/model/"
_INTEGER, _REAL = np.dtype("<i4"), np.dtype("<f8")


class Model(msgspec.Struct, frozen=True, array_like=True):
    """One district's baselines at one kind of window.

    Parameters
    ----------
    window
        Name of the kind of window.
    last_event, age
        As in `detectors.bank.District`.
    keys
        Level, area and kind of each row.
    windows
        As in `detectors.register.Register`: seen, learned and heard, int32 little-endian, 3 x rows in C order.
    table
        What the baselines believe, float64 little-endian, numbers x rows in C order.
    calibration, spending, batches, batches_a_day
        As in `detectors.calibration`, `detectors.budget.Spending` and `detectors.batches`.

    """

    window: str
    last_event: int
    age: int
    keys: list[tuple[str, str, str]]
    windows: bytes
    table: bytes
    calibration: Calibrated
    spending: tuple[float, ...]
    batches: Seen = Seen()
    batches_a_day: float = 0.0


class Opened(msgspec.Struct, frozen=True, array_like=True):
    """What was counted of a district in an open window, and what was said: level, area and kind, levels up as well."""

    tallies: list[Tally]
    said: list[tuple[str, str, str, tuple[str, ...]]]


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """What is known of one district: baselines, and how events spread over the places in its areas."""

    models: list[Model]
    shares: list[tuple[str, str, Table]]


_encoder = msgspec.msgpack.Encoder(order="deterministic")  # sets in order
_opened = msgspec.msgpack.Decoder(Opened)
_entries = msgspec.msgpack.Decoder(Entry)


def dump_open(countings: Mapping[str, Counting], keep: int) -> dict[str, bytes | None]:
    """Return the open windows that changed, a district each; ``None`` for one that was closed."""
    entries: dict[str, bytes | None] = {}
    for name, counting in countings.items():
        for window, districts in counting.changes():
            opened = counting.open.get(window)
            found = {} if opened is None else _dumped(opened, districts, keep)
            for district in sorted(districts):
                entry = found.get(district)
                entries[f"{OPEN}{name}/{window}/{district}"] = _encoder.encode(entry) if entry is not None else None
    return entries


def _dumped(opened: OpenWindow, districts: Collection[str], keep: int) -> dict[str, Opened]:
    found: dict[str, Opened] = {}
    for (district, kind), family in sorted(opened.families.items()):
        if district in districts:
            here = found.setdefault(district, Opened([], []))
            for area, cell in sorted(family.cells.items()):
                here.tallies.append(Tally(area, kind, cell.parts(keep)))
    for (district, *key), also in sorted(opened.said.items()):
        if district in found:
            level, area, kind = key
            found[district].said.append((level, area, kind, also))
    return found


def dump_models(
    countings: Mapping[str, Counting], shares: Shares, districts: Collection[str]
) -> dict[str, bytes | None]:
    """Return the baselines of some districts; ``None`` for one that has none."""
    entries: dict[str, bytes | None] = {}
    for name in sorted(districts):
        models = [_model(window, counting, name) for window, counting in countings.items()]
        known = [model for model in models if model is not None]
        entries[MODEL + name] = _encoder.encode(Entry(known, shares.state(name))) if known else None
    return entries


def _model(window: str, counting: Counting, name: str) -> Model | None:
    if name not in counting.bank.districts:
        return None
    district, keys, windows, table = counting.bank.dump(name)
    return Model(
        window=window,
        last_event=district.last_event,
        age=district.age,
        keys=[key[1:] for key in keys],
        windows=windows.astype(_INTEGER).tobytes(),
        table=table.astype(_REAL).tobytes(),
        calibration=district.calibration.state(),
        spending=district.spending.per_day,
        batches=district.batches.state(),
        batches_a_day=district.spending.batches,
    )


def load_models(countings: Mapping[str, Counting], shares: Shares, name: str, entry: bytes) -> None:
    """Take the baselines of the district `name`."""
    known = _entries.decode(entry)
    if known.shares:
        shares.restore(name, known.shares)
    for model in known.models:
        counting = countings[model.window]
        keys = [(name, *key) for key in model.keys]
        windows = np.frombuffer(model.windows, _INTEGER).astype(np.int64).reshape(3, -1)
        table = np.frombuffer(model.table, _REAL).astype(np.float64).reshape(-1, len(keys))
        spending = Spending(model.spending, model.batches_a_day)
        district = District(0, model.last_event, model.age, spending=spending)
        district.calibration.restore(model.calibration)
        district.batches.restore(model.batches)
        counting.bank.load(name, district, keys, windows, table)
        counting.resume(int(windows[1].max()) + 1)


def load_open(countings: Mapping[str, Counting], name: str, entry: bytes, threshold: int) -> None:
    """Take an open window of a district; `name` is what follows the prefix."""
    grid, window, district = name.split("/", 2)
    counting = countings[grid]
    opened = counting.begin(int(window))
    counting.stored.add((int(window), district))
    known = _opened.decode(entry)
    for tally in known.tallies:
        cell = Cell.of(tally, threshold)
        family = opened.families.get((district, tally.kind))
        if family is None:
            family = opened.families[district, tally.kind] = Family(threshold)
        family.cells[tally.area] = cell
        family.count += cell.count
    opened.said.update({(district, level, area, kind): also for level, area, kind, also in known.said})
