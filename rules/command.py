"""What people do about alerts: a command, and the answer to it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

import msgspec

from rules.alert import Grade, Text
from rules.life import Reason, State, Step

Elsewhere = Literal["merge", "split", "silence", "unsilence"]
"""What changes no state: fusion merges and splits, and a silence is about messages."""
Action = Step | Elsewhere
ELSEWHERE: frozenset[str] = frozenset(get_args(Elsewhere))
ACTIONS: tuple[str, ...] = (*get_args(Step), *get_args(Elsewhere))


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What somebody did about an alert; the value of ``commands``.

    Parameters
    ----------
    id
        Of the command, unique: told twice it counts once.
    action
        ``confirm``: it may leave the room (核实). ``sign``: takes it over (签收), which stops its clock. ``assign``:
        gives it `to` somebody (派单). ``arrive``: somebody is on site (到场), which stops that clock. ``resolve``: it
        is dealt with (办结). ``close``: nothing is left to do (解除); before it is resolved only with a reason.
        ``reopen``: it is not dealt with after all (重开). ``true``: it is what it says (属实). ``false``: it is not
        (误报), which stops its clocks too. Of verdicts on one alert the latest counts, by `at` and then `id`.
        ``upgrade``, ``downgrade``: holds until the opposite or the end. ``note``: a remark. ``merge``: is one with
        `other`. ``split``: `finding` is an alert of its own. ``silence``: no messages `until` then; ``unsilence``:
        messages again.
    alert
        Id of the alert; of a silence its own id.
    by
        Who: an account of the duty desk or of an office.
    role
        In which of the account's roles; in any of them when not given.
    at
        When, aware.
    why
        Anything to be remembered with it; a reason has to be given to reopen, change a grade or close early.
    grade
        The one an upgrade or a downgrade is to lead to; one step when not given. Of all others the grade of the alert
        as it was seen: a confirmation, a signature or a verdict does not hold for a higher one. Any, when not given.
    last_at
        Of the alert as it was seen: with its later windows a verdict makes detectors' rules stricter or less strict.
    to
        Who has to go: an account, a team, an office.
    other
        Id of the alert it is one with.
    finding
        Id of the finding that is split off.
    until, matcher
        Until when a silence holds, aware, and which alerts it is about, field to value.

    """

    id: str
    action: Action
    alert: str
    by: str
    role: str = ""
    at: datetime
    why: str = ""
    grade: Grade | None = None
    last_at: datetime | None = None
    to: str = ""
    other: str = ""
    finding: str = ""
    until: datetime | None = None
    matcher: dict[str, str] = {}


class CommandAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a command; the value of ``commands.answers``.

    Parameters
    ----------
    command
        As it was given.
    reason
        Why it was refused, empty when it was obeyed; of a silence: when it may be.
    says
        The same in a sentence: what state the alert is in, who brought it there and when.
    state
        Of the alert then; empty when there is no such alert.
    version
        The last version of the alert then, 0 when there is no such alert.

    """

    command: Command
    reason: Reason | Literal[""] = ""
    says: Text = Text()
    state: State | Literal[""] = ""
    version: int = 0
