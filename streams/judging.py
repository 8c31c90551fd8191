"""`fenghuo alerts true` and `false`: somebody says what an alert turned out to be (属实, 误报)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Literal

from rules.alert import Alert
from rules.duty import Command
from streams import topics
from streams.alerttail import names_of
from streams.codec import encode
from streams.errors import ConfigurationError, Fault
from streams.intake.masking import mask
from streams.publishing import publish
from streams.settings import Settings
from streams.signing import Signed, check_said, find_alert, wait_for
from streams.tail import Tail

Verdict = Literal["true", "false"]


def judge(
    settings: Settings, alert_id: str, verdict: Verdict, *, by: str, why: str = "", restricted: bool = False
) -> Signed:
    """Say what an alert turned out to be, and wait until a worker has confirmed it.

    Parameters
    ----------
    settings
        Cluster and prefix.
    alert_id
        Its id, or how it alone begins. It may be over.
    verdict
        ``true`` 属实, ``false`` 误报. It takes the place of the opposite one of before; the same again changes nothing.
    by
        Who found out.
    why
        A note.
    restricted
        Also one that only the duty desk may see.

    Raises
    ------
    ConfigurationError
        When there is no such alert, it was withdrawn or raised meanwhile, or was judged at a time that is yet to come.
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    check_said(by, why, "who found out")
    with Tail(settings, names_of(current=True, restricted=restricted), from_beginning=True) as tail:
        alert = find_alert(tail, alert_id)
        if _says(alert, verdict):
            return Signed(alert, confirmed=True)
        at = datetime.now(UTC)
        check_time(alert, at)
        command = Command(
            id=uuid.uuid4().hex,
            action=verdict,
            alert=alert.id,
            by=by,
            at=at,
            why=mask(why),
            grade=alert.grade,
            last_at=alert.last_at,
        )
        publish(settings, topics.COMMANDS, alert.id, encode(command))
        newest = wait_for(tail, alert, lambda one: _says(one, verdict) or outdated(one, alert, at) is not None)
    said = None if _says(newest, verdict) else outdated(newest, alert, at)
    if said is not None:
        raise ConfigurationError([Fault("ALERT", "", f"{alert.id}: {said}")])
    return Signed(newest, confirmed=_says(newest, verdict))


def _says(alert: Alert, verdict: Verdict) -> bool:
    return alert.revision.handling is not None and alert.revision.handling.verdict == verdict


def check_time(alert: Alert, at: datetime) -> None:
    """Raise when a verdict of now would come before the one there is."""
    handling = alert.revision.handling
    if handling is not None and handling.judged_at is not None and handling.judged_at >= at:
        said = (
            f"{handling.judged_by} judged it at {handling.judged_at:%Y-%m-%d %H:%M:%S} UTC, which is yet to come for "
            "this machine; of two verdicts the later one counts: set the clocks right, and say it again after that time"
        )
        raise ConfigurationError([Fault("ALERT", "", f"{alert.id}: {said}")])


def outdated(newest: Alert, seen: Alert, at: datetime) -> str | None:
    """Return why a verdict on the alert as it was `seen` does not hold for its `newest` version."""
    if newest.status == "withdrawn":
        return "it was withdrawn meanwhile; there is nothing left to judge"
    if newest.grade.rank > seen.grade.rank:
        return f"it was raised to {newest.grade.value} meanwhile: look at it again, then judge it"
    handling = newest.revision.handling
    if handling is not None and handling.verdict and handling.judged_at is not None and handling.judged_at > at:
        return f"{handling.judged_by} has judged it otherwise since; say it again if that is wrong"
    return None
