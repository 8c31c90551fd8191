"""`fenghuo alerts sign`: somebody takes an alert over, and what a command is on its topic."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from rules.alert import Alert
from rules.duty import Command
from streams import topics
from streams.alerttail import names_of, read_alerts
from streams.codec import decode_command, encode
from streams.errors import BadInput, ConfigurationError, Fault
from streams.intake.decoding import decode_json
from streams.intake.masking import mask
from streams.newest import Newest
from streams.publishing import publish
from streams.settings import Settings
from streams.sides import side_of
from streams.tail import Tail

CONFIRMED_WITHIN_S = 15.0
_LONGEST = 200
_YEARS = range(2000, 2100)

_decode_alert = msgspec.json.Decoder(Alert).decode


class Signed(NamedTuple):
    """What came of a command: the alert as it is known now, and whether a worker has confirmed it yet."""

    alert: Alert
    confirmed: bool


def read_command(key: bytes | None, value: bytes | None) -> Command:
    """Read one record of ``commands``.

    Parameters
    ----------
    key
        Id of the alert.
    value
        JSON of the command.

    Raises
    ------
    BadInput
        With the path of the fault.

    """
    command = decode_json(decode_command, value or b"")
    for name, at in (("at", command.at), ("last_at", command.last_at or command.at)):
        if at.tzinfo is None:
            raise BadInput("SCHEMA", f"$.{name}", "has no offset from UTC")
        if at.year not in _YEARS:
            raise BadInput("SCHEMA", f"$.{name}", f"is not of this century: {at.year}")
    for name in ("id", "alert", "by", "why"):
        said = getattr(command, name)
        if not said.strip() and name != "why":
            raise BadInput("SCHEMA", f"$.{name}", "is empty")
        if len(said) > _LONGEST:
            raise BadInput("SCHEMA", f"$.{name}", f"has {len(said)} characters, at most {_LONGEST} are kept")
    if key != command.alert.encode():
        raise BadInput("KEY", "$.alert", "is not the key of the record")
    return command


def sign(settings: Settings, alert_id: str, *, by: str, why: str = "", restricted: bool = False) -> Signed:
    """Take an alert over, and wait until a worker has confirmed it.

    Parameters
    ----------
    settings
        Cluster and prefix.
    alert_id
        Its id, or how it alone begins.
    by
        Who signs.
    why
        A note.
    restricted
        Also one that only the duty desk may see.

    Raises
    ------
    ConfigurationError
        When there is no such alert, it is over, or somebody else has signed it.
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    check_said(by, why, "who signs")
    with Tail(settings, names_of(current=True, restricted=restricted), from_beginning=True) as tail:
        alert = find_alert(tail, alert_id)
        handling = alert.revision.handling
        if handling is not None and handling.signed_by == by:
            return Signed(alert, confirmed=True)
        _check_open(alert)
        at = datetime.now(UTC)
        command = Command(
            id=uuid.uuid4().hex, action="sign", alert=alert.id, by=by, at=at, why=mask(why), grade=alert.grade
        )
        publish(settings, topics.COMMANDS, alert.id, encode(command))
        newest = wait_for(tail, alert, _is_signed)
    _check_open(newest, by)
    handling = newest.revision.handling
    return Signed(newest, confirmed=handling is not None and handling.signed_by == by)


def check_said(by: str, why: str, who: str) -> None:
    """Raise `ConfigurationError` when it is not said `who` does it, or too much is."""
    if not by.strip() or len(by) > _LONGEST:
        raise ConfigurationError([Fault("--by", "", f"say {who}, in 1 to {_LONGEST} characters")])
    if len(why) > _LONGEST:
        raise ConfigurationError([Fault("--why", "", f"has {len(why)} characters, at most {_LONGEST} are kept")])


def find_alert(tail: Tail, id_: str) -> Alert:
    """Return the alert with this id, or whose id alone begins so; `tail` is of what stands.

    Raises
    ------
    ConfigurationError
        When there is no such alert, or there are several.

    """
    current = {alert.id: alert for alert in read_alerts(tail, follow=False, standing=True)}
    found = [key for key in current if key.startswith(id_)] if id_ else []
    if len(found) != 1:
        said = f"{len(found)} alerts begin with it: give more of the id" if found else "no alert has this id"
        raise ConfigurationError([Fault("ALERT", "", f"{id_!r}: {said}; `fenghuo alerts tail --current` lists them")])
    return current[found[0]]


def _check_open(alert: Alert, by: str = "") -> None:
    """Raise when there is nothing to sign any more."""
    handling = alert.revision.handling
    if handling is not None and handling.signed_by not in {"", by}:
        said = f"{handling.signed_by} has signed it already, at {handling.signed_at:%Y-%m-%d %H:%M} UTC"
        raise ConfigurationError([Fault("ALERT", "", f"{alert.id}: {said}")])
    if alert.status != "open":
        raise ConfigurationError([Fault("ALERT", "", f"{alert.id}: it is over ({alert.status})")])


def _is_signed(alert: Alert) -> bool:
    handling = alert.revision.handling
    return alert.status != "open" or (handling is not None and bool(handling.signed_by))


def wait_for(tail: Tail, alert: Alert, done: Callable[[Alert], bool]) -> Alert:
    """Return the alert once it is `done`, or as it is when that takes too long."""
    newest, deadline = Newest(), time.monotonic() + CONFIRMED_WITHIN_S
    newest.is_new(alert)
    while time.monotonic() < deadline:
        for record in tail.poll(0.5):
            if record.key != alert.id.encode():
                continue
            if record.value is None:
                gone = record.topic == side_of(alert).current
                alert = msgspec.structs.replace(alert, status="withdrawn") if gone else alert
            elif newest.is_new(version := _decode_alert(record.value)):
                alert = version
        if done(alert):
            break
    return alert
