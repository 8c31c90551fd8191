"""Reports of grid workers (网格上报): ``grid.reports``."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec

from detectors.event import Source
from streams.sources.report import Report


class GridReport(Report, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One report.

    Parameters
    ----------
    worker
        The grid worker's number.

    """

    source: ClassVar[Source] = "grid"
    topic: ClassVar[str] = "grid.reports"
    contact_sort: ClassVar[Literal["caller", "worker", "device"]] = "worker"

    worker: Annotated[str, msgspec.Meta(max_length=200)] = ""

    @property
    def contact(self) -> str:
        """The grid worker."""
        return self.worker
