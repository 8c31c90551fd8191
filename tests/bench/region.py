"""A region of any size: the shipped city several times, beside itself, and its simulated reports at any rate.

What a worker has to do for an event depends on how many events there are for each place and day (see `backtest`), so a
bench at a high rate needs many places, and event time that runs faster than the clock: so many reports a day for each
copy of the city, which has half a million people, and as many copies or as fast a clock as the rate asks for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from importlib import resources
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import yaml

from detectors.areas import AreaTree
from streams.feed import Parcel
from streams.simulate import simulate

A_CITY_A_DAY = 1_000.0
START = datetime(2026, 1, 5, tzinfo=ZoneInfo("Asia/Shanghai"))
_ID = re.compile(r"4405(\d\d(?:-\d\d)*)")
_ACROSS = 20
_APART_DEG = 0.8


def write_region(path: Path, copies: int) -> None:
    """Write an area tree of so many copies of the shipped city, each with ids, names and a place of its own."""
    text = (resources.files("streams") / "areas" / "shantou.yaml").read_text(encoding="utf-8")
    city = yaml.safe_load(text)
    city["districts"] = [_copy(district, copy) for copy in range(copies) for district in city["districts"]]
    path.write_text(json.dumps(city, ensure_ascii=False), encoding="utf-8")  # JSON is YAML


def _copy(value: Any, copy: int) -> Any:
    if isinstance(value, dict):
        changed = {key: _copy(one, copy) for key, one in value.items()}
        if copy and "code" in changed:
            changed["name"], changed["name_en"] = f"{copy}号{changed['name']}", f"{changed['name_en']} {copy}"
        if changed.get("lon") is not None:
            changed["lon"] = round(changed["lon"] + _APART_DEG * (copy % _ACROSS), 5)
            changed["lat"] = round(changed["lat"] + _APART_DEG * (copy // _ACROSS), 5)
        return changed
    if isinstance(value, list):
        return [_copy(one, copy) for one in value]
    found = _ID.fullmatch(value) if isinstance(value, str) else None
    return f"{4405 + copy}{found[1]}" if found else value


def reports(areas: AreaTree, daily: float, seed: int = 1, cycle_days: int = 14) -> Iterator[Parcel]:
    """Yield reports for ever, in the order they arrive: the same two weeks again and again, at later dates.

    Parameters
    ----------
    areas
        The region.
    daily
        Reports a day, of all copies together.
    seed
        Of the simulation.
    cycle_days
        How many days are simulated; a multiple of seven, so that weekdays stay what they are.

    """
    encode = msgspec.json.Encoder().encode
    simulation = simulate(areas=areas, start=START, days=cycle_days, seed=seed, daily_events=daily)
    kept: list[tuple[float, str, bytes, date]] = []
    for t, report in simulation.reports:
        kept.append((t, report.topic, encode(report), report.occurred_at.date()))
        yield _again(*kept[-1], 0, timedelta())
    for cycle in count(1):
        shift = timedelta(days=cycle * cycle_days)
        yield from (_again(*one, cycle, shift) for one in kept)


def _again(t: float, topic: str, value: bytes, day: date, cycle: int, shift: timedelta) -> Parcel:
    """Return a report of the first two weeks as it is in a later turn: with another id, so many days later."""
    moved = value.replace(b'"id":"', f'"id":"{cycle}-'.encode(), 1)
    if cycle:
        moved = moved.replace(day.isoformat().encode(), (day + shift).isoformat().encode())
    return Parcel(t + shift.total_seconds(), topic, moved)
