"""An alert as it goes out: what its rules say, with what people made of its grade, and where it is in its life."""

from __future__ import annotations

from typing import Literal

import msgspec

from rules.alert import GRADES, Alert, Change, GradeStep, Revision, Text
from rules.byhand import ByHand
from rules.charge import Charge
from rules.life import OVER, State


def handled(charge: Charge, city: str) -> Alert:
    """Return the last version of an alert as it goes out; `city` is the id of the city."""
    alert, by_hand = charge.alert, charge.by_hand
    revision = Revision(
        version=charge.version,
        change=charge.change,
        previous_grade=GRADES[charge.rank_before] if charge.rank_before >= 0 else alert.revision.previous_grade,
        handling=charge.handling(city),
    )
    pending = alert.pending_check and not charge.confirmed_by
    shown = msgspec.structs.replace(alert, status=status_of(charge), pending_check=pending, revision=revision)
    if by_hand is None or not charge.is_by_hand:
        return shown
    grade = GRADES[charge.rank_now]
    steps = (*alert.steps, GradeStep(grade=grade, because=_because(by_hand)))
    not_higher = Text(f"{by_hand.by}人工定级", f"graded by hand by {by_hand.by}")
    return msgspec.structs.replace(shown, grade=grade, steps=steps, not_higher=not_higher)


def status_of(charge: Charge) -> Literal["open", "closed", "withdrawn"]:
    """Return whether an alert stands open: what somebody has taken over does until people say how it ended."""
    if charge.alert.status == "withdrawn" or charge.state == "cancelled":
        return "withdrawn"
    return "closed" if charge.over else "open"


def change_of(charge: Charge, before: State | None, status: Literal["open", "closed", "withdrawn"]) -> Change:
    """Return what became of an alert with a version of its rules or its fusion.

    Parameters
    ----------
    charge
        Where it is now; what went out last is the version before.
    before
        State it was in, ``None`` for the first version.
    status
        Of the version that goes out.

    """
    if status == "withdrawn":
        return "withdrawn"
    if before is None or before == "cancelled":
        return charge.alert.revision.change
    if status == "closed":
        return "update" if not charge.is_open else "expired" if charge.state == "expired" else "closed"
    return _of_open(charge, before)


def _of_open(charge: Charge, before: State) -> Change:
    """Return what became of an alert that stands open."""
    looked_at = before in OVER or before == "resolved" or not charge.is_open
    if charge.state == "raised" and (looked_at or (before == "false_alarm" and charge.rank_now == charge.rank)):
        return "reopened"
    if charge.state == "raised" and before == "candidate":
        return "raised"
    if charge.rank_now != charge.rank:
        return "upgrade" if charge.rank_now > charge.rank else "downgrade"
    return "update"


def _because(by_hand: ByHand) -> Text:
    """Return who gave a grade and what for."""
    zh, en = ("升级", "raised") if by_hand.up else ("降级", "lowered")
    said = by_hand.why.strip()
    return Text(
        f"{by_hand.by}人工{zh}" + (f"：{said}" if said else ""),
        f"{en} by hand by {by_hand.by}" + (f": {said}" if said else ""),
    )
