"""What stands in the file about what is not told, or not at once: types only."""

from __future__ import annotations

from typing import Literal

from rules.selector import Duration, Hours, Part
from rules.silence import Matcher

ShiftDay = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday", "weekend", "workday", "day_off"]
Label = Literal["district", "street", "community", "grid", "kind", "class", "rule", "place"]


class SilenceFile(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A silence that stands in the file; see `rules.silence.Silence`."""

    name: str
    when: Matcher
    since: str
    until: str
    by: str
    why: str
    red: bool = False


class Maintenance(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Work that comes again and makes alerts nobody needs to hear of.

    Parameters
    ----------
    name, why
        What people read.
    when
        Which alerts.
    hours, days
        The window, as of a shift.
    since, until
        First and last day of it, forever when not given.
    red
        Red alerts too.

    """

    name: str
    when: Matcher
    hours: Hours
    why: str
    days: tuple[ShiftDay, ...] = ()
    since: str = ""
    until: str = ""
    red: bool = False


class Inhibition(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """While one alert stands others are not told: what follows from it.

    Parameters
    ----------
    name
        What people read.
    source, target
        Which alerts mute, and which are muted; one that is both is muted by none.
    equal
        In what they have to agree; ``place``: the target lies in the source's place.
    red
        Red targets too.

    """

    name: str
    source: Matcher
    target: Matcher
    equal: tuple[Label, ...]
    red: bool = False


class Timing(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """When messages go out; `deploy/ONCALL.md` has the whole table.

    Parameters
    ----------
    group_wait, group_interval
        Yellow and blue wait so long for others, and after one message so long for the next.
    repeat_interval
        An alert nobody signed is told again after so long.
    again
        Growth and reminders of one alert reach a person at most this often.
    growth, growth_events
        An update is worth telling when the events grew by this factor and by so many.
    flap_changes, flap_within, flap_mute
        So many changes of grade or state within so long are said once, and no more for so long.
    per_hour
        Messages a person gets within an hour; red ones go out beyond it.
    digests
        So many of them are kept for digests.
    digest_wait
        The first digest waits so long for more.
    keep
        What is over is remembered so long.

    """

    group_wait: Duration = "30s"
    group_interval: Duration = "5min"
    repeat_interval: Duration = "4h"
    again: Duration = "10min"
    growth: float = 1.5
    growth_events: int = 5
    flap_changes: int = 4
    flap_within: Duration = "60min"
    flap_mute: Duration = "120min"
    per_hour: int = 20
    digests: int = 4
    digest_wait: Duration = "1min"
    keep: Duration = "24h"
