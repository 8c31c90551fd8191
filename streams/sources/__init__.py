"""Where events come from: one file a source, and mapped files."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from detectors.event import Source
from streams.sources.report import Report


@cache
def source_types() -> dict[Source, type[Report]]:
    """Find every `Report` subclass in this folder: a new source is one new file.

    Returns
    -------
    dict
        Source name to its report type, by name.

    """
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return {kind.source: kind for kind in sorted(Report.__subclasses__(), key=lambda kind: kind.source)}
