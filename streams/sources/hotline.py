"""12345 hotline tickets (工单): ``hotline.calls``."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from detectors.event import Source
from streams.sources.report import Report


class HotlineCall(Report, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One ticket.

    Parameters
    ----------
    caller
        The telephone number or account that called.

    """

    source: ClassVar[Source] = "hotline"
    topic: ClassVar[str] = "hotline.calls"

    caller: Annotated[str, msgspec.Meta(max_length=200)] = ""

    @property
    def contact(self) -> str:
        """The caller."""
        return self.caller
