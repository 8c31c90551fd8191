"""What a detector is to the pipeline, and every detector there is: a detector is one file in this package."""

from __future__ import annotations

import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from inspect import isabstract
from typing import ClassVar, Literal, Self

import detectors
from detectors.areas import AreaTree
from detectors.event import Event
from detectors.signal import Signal

Scope = Literal["district", "city"]


class Detector(ABC):
    """Takes events and the watermark, and says what is out of the ordinary.

    After any sequence of calls the latest signals that are not withdrawn, and the state, are a pure function of the set
    of events and the highest watermark: not of the order of arrival, nor of how the watermark came there.

    Attributes
    ----------
    name
        What rules call it in `signal`, and its signals in `detector`.
    scope
        ``district``: what it says of one district depends on that district's events only, so that districts can be
        spread over partitions. ``city``: it has to see those of all districts.

    """

    name: ClassVar[str]
    scope: ClassVar[Scope] = "district"

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
        if module.name.endswith("_kernels"):  # no detectors, and slow to load: see `detectors.compiled`
            continue
        import_module(f"{detectors.__name__}.{module.name}")
    found = [one for one in _below(Detector) if not isabstract(one)]  # type: ignore[type-abstract]
    return {one.name: one for one in sorted(found, key=lambda one: one.name)}


def _below(type_: type[Detector]) -> Iterator[type[Detector]]:
    for one in type_.__subclasses__():
        yield one
        yield from _below(one)
