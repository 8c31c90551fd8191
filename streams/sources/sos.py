"""One-key calls of the elderly and lost-elder bands: ``sos.calls``, optional."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec

from detectors.event import Source
from streams.sources.report import Report


class SosCall(Report, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One call.

    Parameters
    ----------
    device
        The device's number, never a person's.

    """

    source: ClassVar[Source] = "sos"
    topic: ClassVar[str] = "sos.calls"
    contact_sort: ClassVar[Literal["caller", "worker", "device"]] = "device"

    device: Annotated[str, msgspec.Meta(max_length=200)] = ""

    @property
    def contact(self) -> str:
        """The device."""
        return self.device
