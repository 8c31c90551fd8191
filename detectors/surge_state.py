"""The surge detector's state as explicit bytes: open windows and baselines, a district each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

import msgspec
import numpy as np

from detectors.budget import Spending
from detectors.calibration import Tally as Calibrated
from detectors.cells import Cell, Tally
from detectors.counting import Counting
from detectors.pools import District

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
    calibration, spending
        As in `detectors.calibration` and `detectors.budget.Spending`.

    """

    window: str
    last_event: int
    age: int
    keys: list[tuple[str, str, str]]
    windows: bytes
    table: bytes
    calibration: Calibrated
    spending: tuple[float, ...]


_encoder = msgspec.msgpack.Encoder(order="deterministic")  # sets in order
_tallies = msgspec.msgpack.Decoder(list[Tally])
_models = msgspec.msgpack.Decoder(list[Model])


def dump_open(countings: Mapping[str, Counting], keep: int) -> dict[str, bytes | None]:
    """Return the open windows that changed, a district each; ``None`` for one that was closed."""
    entries: dict[str, bytes | None] = {}
    for name, counting in countings.items():
        for window, districts in counting.changes():
            found: defaultdict[str, list[Tally]] = defaultdict(list)
            for key, cell in sorted(counting.open.get(window, {}).items()):
                if key[0] in districts:
                    found[key[0]].append(cell.tally(key, keep))
            for district in sorted(districts):
                tallies = found.get(district)
                entries[f"{OPEN}{name}/{window}/{district}"] = _encoder.encode(tallies) if tallies else None
    return entries


def dump_models(countings: Mapping[str, Counting], districts: Collection[str]) -> dict[str, bytes | None]:
    """Return the baselines of some districts; ``None`` for one that has none."""
    entries: dict[str, bytes | None] = {}
    for name in sorted(districts):
        models = [_model(window, counting, name) for window, counting in countings.items()]
        known = [model for model in models if model is not None]
        entries[MODEL + name] = _encoder.encode(known) if known else None
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
    )


def load_models(countings: Mapping[str, Counting], name: str, entry: bytes) -> None:
    """Take the baselines of the district `name`."""
    for model in _models.decode(entry):
        counting = countings[model.window]
        keys = [(name, *key) for key in model.keys]
        windows = np.frombuffer(model.windows, _INTEGER).astype(np.int64).reshape(3, -1)
        table = np.frombuffer(model.table, _REAL).astype(np.float64).reshape(-1, len(keys))
        district = District(0, model.last_event, model.age, spending=Spending(model.spending))
        district.calibration.restore(model.calibration)
        counting.bank.load(name, district, keys, windows, table)
        counting.resume(int(windows[1].max()) + 1)


def load_open(countings: Mapping[str, Counting], name: str, entry: bytes, threshold: int) -> None:
    """Take an open window of a district; `name` is what follows the prefix."""
    grid, window, district = name.split("/", 2)
    counting = countings[grid]
    cells = counting.begin(int(window))
    counting.stored.add((int(window), district))
    for tally in _tallies.decode(entry):
        cells[district, tally.level, tally.area, tally.kind] = Cell.of(tally, threshold)
