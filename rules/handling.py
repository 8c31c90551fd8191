"""Who answers for an alert, what they did about it and when."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from rules.life import State


class Reached(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """When an alert last came into a state, and who brought it there; nobody where it came about by itself."""

    state: State
    at: datetime
    by: str = ""


class Handling(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who answers for an alert and what they did about it; nothing here is read off the events.

    Parameters
    ----------
    level, area
        Level and id of the area whose people have to act: the alert's own, or one further up for every clock missed.
    sign_by, on_site_by
        Until when somebody has to sign, and to be on site, or had to.
    missed, missed_on_site
        How many such clocks ran out with nobody signing, and with nobody on site.
    state
        Where it is in its life, see `rules.life`.
    times
        When it came into each state, the latest last.
    signed_by, signed_at
        Who took it over (签收) at this grade, and when; empty until somebody does.
    assigned_to, arrived_at, resolved_at
        Who was sent (派单), when somebody was on site (到场), and when it was dealt with (办结).
    verdict
        What somebody found out about it at this grade: ``true`` 属实 or ``false`` 误报; empty until somebody does.
    judged_by, judged_at
        Who said so, and when.
    confirm_by, confirmed_by, unconfirmed
        Until when a red or orange alert waits for somebody to confirm it; who did; whether it went out without.
    quiet_at
        When its place was found quiet again, while people are not done with it.
    flapping
        Four changes of its grade, or from open to closed and back, came within an hour.
    graded_by
        Who changed its grade by hand, while that holds.
    moved_to
        Id of the alert it became part of.
    command, by, why
        The command that brought this version about, whose it was and what they said; empty where nobody did.

    """

    level: Literal["community", "street", "district", "city"]
    area: str
    sign_by: datetime
    on_site_by: datetime | None = None
    missed: int = 0
    missed_on_site: int = 0
    state: State = "raised"
    times: tuple[Reached, ...] = ()
    signed_by: str = ""
    signed_at: datetime | None = None
    assigned_to: str = ""
    arrived_at: datetime | None = None
    resolved_at: datetime | None = None
    verdict: Literal["", "true", "false"] = ""
    judged_by: str = ""
    judged_at: datetime | None = None
    confirm_by: datetime | None = None
    confirmed_by: str = ""
    unconfirmed: bool = False
    quiet_at: datetime | None = None
    flapping: bool = False
    graded_by: str = ""
    moved_to: str = ""
    command: str = ""
    by: str = ""
    why: str = ""
