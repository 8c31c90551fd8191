"""What a detector is to the pipeline, and every detector there is: a detector is one file in this package."""

from __future__ import annotations

import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from typing import ClassVar, Self

import detectors
from detectors.areas import AreaTree
from detectors.event import Event
from detectors.signal import Signal


class Detector(ABC):
    """Takes events and the watermark, and says what is out of the ordinary.

    After any sequence of calls the latest signals that are not withdrawn, and the state, are a pure function of the set
    of events and the highest watermark: not of the order of arrival, nor of how the watermark came there. The part of
    one district depends on that district's events only, as districts are spread over partitions.

    Attributes
    ----------
    name
        What rules call it in `signal`, and its signals in `detector`.

    """

    name: ClassVar[str]

    @classmethod
    @abstractmethod
    def of(cls, areas: AreaTree) -> Self:
        """Return one for a city, with the configuration that fits it."""

    @abstractmethod
    def observe(self, event: Event, t: float) -> list[Signal]:
        """Count an event that is new and not before the watermark, at epoch second `t`; return provisional signals."""

    @abstractmethod
    def advance(self, watermark: float) -> list[Signal]:
        """Close what ended at or before the watermark, epoch seconds; return signals, and those that are withdrawn."""

    @abstractmethod
    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed since the last call: name to bytes, ``None`` for what is gone."""

    @abstractmethod
    def restore(self, items: Mapping[str, bytes]) -> None:
        """Go on from the union of what `dirty` returned, in a detector that has seen nothing."""

    def refuse_strange(self, items: Iterable[str], *prefixes: str) -> None:
        """See to it that all names of a state begin with one of its own prefixes.

        Raises
        ------
        ValueError
            With those that do not.

        """
        strange = sorted(name for name in items if not name.startswith(prefixes))
        if strange:
            raise ValueError(f"not state of the {self.name} detector: {', '.join(strange)}")


@cache
def detector_types() -> dict[str, type[Detector]]:
    """Return every detector of this package by its name.

    Examples
    --------
    >>> "surge" in detector_types()
    True

    """
    for module in pkgutil.iter_modules(detectors.__path__):
        import_module(f"{detectors.__name__}.{module.name}")
    return {found.name: found for found in sorted(Detector.__subclasses__(), key=lambda one: one.name)}
