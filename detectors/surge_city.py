"""Surges of the whole city: more of a kind everywhere, and in no district enough to be told there."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from detectors.areas import AreaTree
from detectors.detector import Detector, Scope
from detectors.event import Event, Place
from detectors.signal import Signal
from detectors.surge import SurgeDetector
from detectors.surge_config import SurgeConfig

_CITY = "city"
_PREFIX = "surge_city/"


class CitySurge(Detector):
    """Counts events per district, kind and window, and says where the city has too many and no district explains it.

    Inside it is a `SurgeDetector` that takes districts for streets and the city for their district: of one surge it
    tells only what `detectors.lineage` leaves to the whole. What districts explain they tell themselves (rule 5 and 6);
    nothing is said of it here. It has to see the events of all districts.

    Trust and memory are those of `SurgeDetector`: a week of hours, three weeks of days; 1 kB a district and kind.

    Parameters
    ----------
    config
        What is counted and reported; its levels are districts and the city, whatever they are called.
    zone
        The city's time zone.

    References
    ----------
    As in `detectors.baseline.Baseline`.

    Examples
    --------
    >>> from detectors.windows import instant
    >>> detector = CitySurge(CitySurge.levels(SurgeConfig(windows=("hour",))), ZoneInfo("Asia/Shanghai"))
    >>> def report(number, district, t):
    ...     place = Place(district=district, street=f"{district}s")
    ...     return Event(id=f"sos:{number}", source="sos", kind="noise", occurred_at=instant(t), place=place), t
    >>> number = 0
    >>> for hour in range(240):
    ...     for district in ("d1", "d2", "d3", "d4"):
    ...         number += 1
    ...         _ = detector.observe(*report(number, district, hour * 3600.0))
    >>> _ = detector.advance(240 * 3600.0)
    >>> for n in range(16):
    ...     _ = detector.observe(*report(1000 + n, f"d{n % 4 + 1}", 240 * 3600.0 + n))
    >>> [(signal.level, signal.observed, round(signal.expected)) for signal in detector.advance(241 * 3600.0)]
    [('city', 16, 4)]

    """

    name: ClassVar[str] = "surge_city"
    scope: ClassVar[Scope] = "city"

    def __init__(self, config: SurgeConfig, zone: ZoneInfo) -> None:
        self._inner = SurgeDetector(config, zone)

    @classmethod
    def levels(cls, config: SurgeConfig) -> SurgeConfig:
        """Return a configuration with the levels this detector has."""
        return dataclasses.replace(config, levels=("street", "district"), districts=1)

    @classmethod
    def of(cls, areas: AreaTree) -> Self:
        """Return one for a city."""
        return cls(cls.levels(SurgeConfig.of(areas)), areas.zone)

    def observe(self, event: Event, t: float) -> list[Signal]:
        """Count an event of any district."""
        inside = replace(event, place=Place(district=_CITY, street=event.place.district))
        return [_of_city(signal) for signal in self._inner.observe(inside, t) if signal.level == "district"]

    def advance(self, watermark: float) -> list[Signal]:
        """Close every window that ended at or before the watermark (epoch seconds)."""
        return [_of_city(signal) for signal in self._inner.advance(watermark) if signal.level == "district"]

    def dirty(self) -> dict[str, bytes | None]:
        """Return what changed since the last call, as `SurgeDetector.dirty` under a name of its own."""
        return {_PREFIX + key: entry for key, entry in self._inner.dirty().items()}

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Go on from the union of everything `dirty` gave.

        Raises
        ------
        ValueError
            When a key is none of `dirty`'s.

        """
        self.refuse_strange(items, _PREFIX)
        self._inner.restore({key.removeprefix(_PREFIX): entry for key, entry in items.items()})


def _of_city(signal: Signal) -> Signal:
    window = signal.id.split(":")[1]
    return replace(
        signal,
        id=f"surge_city:{window}:{signal.kind}:{signal.starts_at:%Y%m%dT%H%MZ}",
        detector=CitySurge.name,
        key=f"{_CITY}|{signal.kind}",
        place=Place(),
        level=_CITY,
    )
