"""The rule language, part four: how soon people have to do something about an alert, and what happens when they do not.

Types, and what they come to for one alert.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

import msgspec

from rules.selector import Duration, Part

CONFIRM_WITHIN_S = 600.0
EXPIRE_AFTER_S = 7 * 86_400.0
REPEAT_S = 1_800.0
REMIND_AT = 2 / 3
LEAST_REPEAT_S = 60.0


class Clocks(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How soon somebody has to act, where it differs from the grade's own.

    Parameters
    ----------
    sign, on_site
        To sign (签收), and to be on site (到场).
    confirm
        Of a rule with `check`: how long a red or orange alert waits for somebody to confirm it; then it goes out
        unconfirmed. ``0s``: it goes out at once. 10 minutes when not given.

    """

    sign: Duration | None = None
    on_site: Duration | None = None
    confirm: Duration | None = None


class ByGrade(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A length of time for each grade; where none is given the grade's own holds."""

    blue: Duration | None = None
    yellow: Duration | None = None
    orange: Duration | None = None
    red: Duration | None = None


class Supervision(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How clocks run for the alerts of the rules a modifier with `unsigned` names (督办).

    Parameters
    ----------
    sign, on_site
        By grade, for rules without `clocks` of their own; 15, 30, 60 minutes or the same day to sign and 2, 4, 8, 48
        hours to be on site when not given.
    remind
        A reminder comes when this share of the time is over, between 0 and 1; two thirds when not given.
    repeat
        What has gone as far up as it can is called out again and again this far apart, until somebody signs, or is on
        site; 30 minutes when not given, a minute at least.
    expire
        What somebody has taken over and whose place is quiet is given up when nobody has said for so long how it
        ended; 7 days when not given.

    """

    sign: ByGrade = ByGrade()
    on_site: ByGrade = ByGrade()
    remind: Annotated[float, msgspec.Meta(gt=0, lt=1)] | None = None
    repeat: Duration | None = None
    expire: Duration | None = None


class Terms(NamedTuple):
    """What holds for one alert, seconds.

    Parameters
    ----------
    supervised
        Whether missed clocks are called out at all.
    sign_s, on_site_s
        To sign, and to be on site.
    confirm_s
        To confirm it.
    remind
        Share of a clock after which a reminder comes.
    repeat_s
        How far apart it is called out at the top.
    expire_s
        When it is given up.

    """

    supervised: bool
    sign_s: float
    on_site_s: float
    confirm_s: float = CONFIRM_WITHIN_S
    remind: float = REMIND_AT
    repeat_s: float = REPEAT_S
    expire_s: float = EXPIRE_AFTER_S
