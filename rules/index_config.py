"""Weights and formula of the area index, as a YAML file states them."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from rules.alert import Grade
from rules.reading import path_of
from rules.rulefile import NotYaml, read_document

Colour = Literal["green", "yellow", "orange", "red"]
_Positive = Annotated[float, msgspec.Meta(gt=0)]
_Least0 = Annotated[float, msgspec.Meta(ge=0)]
_Days = Annotated[int, msgspec.Meta(ge=1, le=3_650)]
OTHER = "other"


class IndexFault(ValueError):
    """A configuration of the index that cannot be used; says where and what."""


class Bands(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The least score of each colour; below the last it is red."""

    green: _Positive = 90.0
    yellow: _Positive = 80.0
    orange: _Positive = 70.0

    def colour(self, score: float) -> Colour:
        """Return the colour of a score."""
        if score >= self.green:
            return "green"
        if score >= self.yellow:
            return "yellow"
        return "orange" if score >= self.orange else "red"


class States(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of an alert's points its state leaves."""

    open: _Least0
    overdue: _Least0
    signed: _Least0
    resolved: _Least0
    unchecked: _Least0
    closed: _Least0


class AlertPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What alerts take off."""

    points: dict[Grade, _Least0]
    half_life_days: _Positive
    states: States
    tolerance: _Least0
    typical: _Positive
    dispersion: _Least0


class CountPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What counts of events take off."""

    weights: dict[str, _Least0]
    tolerance: _Least0
    dispersion: _Least0
    least: Annotated[int, msgspec.Meta(ge=1)]
    floor: _Positive
    per_10k: _Least0

    def weight(self, category: str) -> float:
        """Return the weight of a class of the taxonomy, that of ``other`` for one that is not named."""
        return self.weights.get(category, self.weights[OTHER])


class NormWeights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the three parts of a norm weigh."""

    long_run: _Least0
    last_year: _Least0
    last_period: _Positive


class NormPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is normal, and from when on it is known."""

    weights: NormWeights
    period_days: _Days
    gap_days: _Days
    min_days: _Days
    year_weeks: Annotated[int, msgspec.Meta(ge=0, le=8)]
    long_run_days: _Days
    least_events: _Least0
    thin: Annotated[float, msgspec.Meta(ge=0, le=0.5)]
    keep_weeks: Annotated[int, msgspec.Meta(ge=8, le=520)]


class IndexConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Configuration of the area index; ``rules/index.yaml`` explains every figure.

    Parameters
    ----------
    version
        Told with every score, so that scores of different formulas are not compared.
    bands, alerts, counts, norm
        See there.
    settle_s
        How long after its end a day is closed, seconds of event time.
    refresh_s
        How often the running day is told anew, seconds of event time.

    """

    version: int
    bands: Bands
    alerts: AlertPart
    counts: CountPart
    norm: NormPart
    settle_s: Annotated[float, msgspec.Meta(ge=0, le=43_200)]
    refresh_s: _Positive


def load_index_config(path: Path | None = None) -> IndexConfig:
    """Read a configuration, the shipped one when no path is given.

    Raises
    ------
    IndexFault
        When it cannot be read or used.

    """
    try:
        source = path if path is not None else resources.files("rules") / "index.yaml"
        document = read_document(source.read_text(encoding="utf-8"))
        config = msgspec.convert(document.data, IndexConfig)
    except OSError as error:
        raise IndexFault(f"cannot be read: {(error.strerror or type(error).__name__).lower()}") from error
    except UnicodeDecodeError as error:
        raise IndexFault("is not UTF-8: save it as UTF-8") from error
    except NotYaml as error:
        raise IndexFault(f"{f'line {error.line}: ' * bool(error.line)}{error}") from error
    except msgspec.ValidationError as error:
        raise IndexFault(str(error)) from error
    if document.doubles:
        line, at, said = document.doubles[0]
        raise IndexFault(f"line {line}: {path_of(at)}: {said}")
    if not 100 > config.bands.green > config.bands.yellow > config.bands.orange:  # noqa: PLR2004 - the best score
        raise IndexFault("$.bands: green, yellow and orange must fall, from below 100")
    if missing := [grade.value for grade in Grade if grade not in config.alerts.points]:
        raise IndexFault(f"$.alerts.points: missing {', '.join(missing)}")
    if OTHER not in config.counts.weights:
        raise IndexFault(f"$.counts.weights: missing {OTHER}, for classes that are not named")
    if config.norm.keep_weeks * 7 < config.norm.period_days + config.norm.gap_days:
        raise IndexFault("$.norm.keep_weeks: is shorter than the last period")
    return config
