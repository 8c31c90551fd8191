"""What makes findings of single rules one alert: the configuration, and how it is read."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, get_args

import msgspec

from detectors.taxonomy import Taxonomy
from rules.alert import Grade
from rules.rule import Duration, seconds

SHIPPED = Path(__file__).with_name("fusion.yaml")

Certainty = Literal["observed", "likely", "possible"]
Urgency = Literal["immediate", "expected", "future"]


class JoiningFaults(ValueError):
    """A configuration that cannot be used; `faults` says where and why, one sentence each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class Near(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How near two findings of the same or a compatible kind are to be.

    Parameters
    ----------
    metres
        Largest distance.
    within
        Longest time between the end of one and the beginning of the other.
    longest
        Longest window over which either may count.
    reach, lasts
        How far from the first finding of an incident, metres, and how long after it others may join for being near.

    """

    metres: float = 300.0
    within: Duration = "2h"
    longest: Duration = "1d"
    reach: float = 1_000.0
    lasts: Duration = "1d"


class Weigh(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When weak findings together are worth a grade more; see ``rules/fusion.yaml``."""

    points: dict[Grade, float]
    cap: float = 2.0
    rules: int = 3
    sources: int = 2
    factor: float = 1.0


class Joining(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What makes findings one alert, and what they come to together.

    Parameters
    ----------
    near, same_spot
        See ``rules/fusion.yaml``, which is the default.
    border
        Whether an alert in a community at a district's border names the neighbouring district.
    compatible
        Kinds that are one thing to those who report it.
    weigh
        Weak findings that add up.
    matrix
        Steps up or down by certainty and urgency.

    """

    near: Near
    same_spot: Duration
    weigh: Weigh
    matrix: dict[Certainty, dict[Urgency, int]]
    border: bool = True
    compatible: tuple[frozenset[str], ...] = ()

    @property
    def near_s(self) -> float:
        """`near.within` in seconds."""
        return seconds(self.near.within)

    @property
    def longest_s(self) -> float:
        """`near.longest` in seconds."""
        return seconds(self.near.longest)

    @property
    def lasts_s(self) -> float:
        """`near.lasts` in seconds."""
        return seconds(self.near.lasts)

    @property
    def same_spot_s(self) -> float:
        """`same_spot` in seconds."""
        return seconds(self.same_spot)


def load_joining(path: Path = SHIPPED, taxonomy: Taxonomy | None = None) -> Joining:
    """Read the configuration.

    Parameters
    ----------
    path
        A YAML file.
    taxonomy
        Kinds that may be named; not checked without.

    Raises
    ------
    JoiningFaults
        With everything that is wrong.
    OSError
        When the file cannot be read.

    """
    try:
        joining = msgspec.yaml.decode(path.read_bytes(), type=Joining)
    except msgspec.MsgspecError as error:
        raise JoiningFaults([f"{path.name}: {error}"]) from error
    faults = [f"{path.name}: {said}" for said in _faults(joining, taxonomy)]
    if faults:
        raise JoiningFaults(faults)
    return joining


@cache
def shipped_joining() -> Joining:
    """Return the configuration that comes with the rules."""
    return load_joining()


def _faults(joining: Joining, taxonomy: Taxonomy | None) -> list[str]:
    faults = [f"$.weigh.points: says nothing of {g.value}" for g in Grade if g not in joining.weigh.points]
    if joining.near.metres <= 0:
        faults.append("$.near.metres: has to be above 0")
    if joining.weigh.cap < 1:
        faults.append("$.weigh.cap: has to be at least 1")
    for certainty in get_args(Certainty):
        row = joining.matrix.get(certainty, {})
        faults += [f"$.matrix.{certainty}.{urgency}: is missing" for urgency in get_args(Urgency) if urgency not in row]
    for number, kinds in enumerate(joining.compatible):
        if len(kinds) < 2:  # noqa: PLR2004 - one kind is compatible with itself
            faults.append(f"$.compatible[{number}]: needs two kinds or more")
        unknown = sorted(kinds - taxonomy.kinds.keys()) if taxonomy is not None else []
        faults += [f"$.compatible[{number}]: there is no kind {kind!r}" for kind in unknown]
    return faults
