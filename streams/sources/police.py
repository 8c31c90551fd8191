"""Public-security events (警情): ``police.events``."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from detectors.event import Source
from streams.sources.report import Report


class PoliceEvent(Report, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One event.

    Parameters
    ----------
    caller
        The telephone number that called 110.
    case_type
        The police's own name for what it is (警情类别); read by the lexicon like a title.

    """

    source: ClassVar[Source] = "police"
    topic: ClassVar[str] = "police.events"

    caller: Annotated[str, msgspec.Meta(max_length=200)] = ""
    case_type: Annotated[str, msgspec.Meta(max_length=200)] = ""

    @property
    def headline(self) -> str:
        """Case type and title."""
        return f"{self.case_type} {self.title}".strip()

    @property
    def contact(self) -> str:
        """The caller."""
        return self.caller
