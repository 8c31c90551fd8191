"""The outlines of a city's areas: from the file that is set, else those that come with its area tree, else none."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from detectors.areas import AreaTree
from streams.board.views.city_outlines import OutlineFaults, Polygon, read_outlines
from streams.board.views.city_tree import CityTree
from streams.errors import ConfigurationError, Fault
from streams.settings import Settings, reason
from streams.settings_checks import shipped

_LARGEST = 32 * 1024 * 1024


def load_outlines(settings: Settings, areas: AreaTree) -> dict[str, tuple[Polygon, ...]]:
    """Return outlines by area id; none for a city without.

    Raises
    ------
    ConfigurationError
        With every fault of the file that is set.

    """
    if settings.outlines:
        return _read(Path(settings.outlines), areas)
    if shipped(settings.areas):
        with resources.as_file(resources.files("streams") / "areas" / f"{settings.areas}.geojson") as path:
            return _read(path, areas) if path.exists() else {}
    return {}


def _read(path: Path, areas: AreaTree) -> dict[str, tuple[Polygon, ...]]:
    try:
        if path.stat().st_size > _LARGEST:
            raise ConfigurationError([Fault(str(path), "", f"is larger than {_LARGEST >> 20} MB")])
        data = path.read_bytes()
    except OSError as error:
        raise ConfigurationError([Fault(str(path), "", f"cannot be read: {reason(error)}")]) from error
    try:
        return read_outlines(data, CityTree(areas).nodes)
    except OutlineFaults as faults:
        raise ConfigurationError([Fault(str(path), where, what) for where, what in faults.faults]) from faults
