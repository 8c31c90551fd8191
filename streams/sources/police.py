"""Public-security events (警情): ``police.events``."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from detectors.event import Source
from streams.sources.report import Report


class PoliceEvent(Report, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One event; `caller` is the telephone number that called 110."""

    source: ClassVar[Source] = "police"
    topic: ClassVar[str] = "police.events"

    caller: Annotated[str, msgspec.Meta(max_length=200)] = ""

    @property
    def contact(self) -> str:
        """The caller."""
        return self.caller
