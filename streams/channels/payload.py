"""A message as machines read it: alerts as they stand on their topic, without the names of those who handle them."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from rules.alert import Alert, alert_of
from streams.channels.base import Message

VERSION = 1


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Body of a webhook, value on a topic.

    Parameters
    ----------
    version
        Of this form.
    key
        The same for every attempt at the same message: what comes twice under one key is a repetition.
    what
        Why it is sent now.
    again
        It may have been sent before.
    exercise
        It belongs to an exercise (演练).
    recipient
        Id of whom it is meant for.
    links
        URLs by what they do.
    alerts
        As on the topic ``alerts``, without the names of those who signed and judged. The most urgent first.

    """

    version: int
    key: str
    what: Literal["alert", "reminder", "escalation", "digest", "resolved"]
    again: bool
    exercise: bool
    recipient: str
    links: dict[str, str]
    alerts: tuple[Alert, ...]


def told(message: Message, *, sign_links: bool) -> bytes:
    """Return a message as JSON.

    Parameters
    ----------
    message
        What is to be told.
    sign_links
        Also the links that sign and judge: whoever has them may use them.

    """
    return msgspec.json.encode(
        Told(
            version=VERSION,
            key=message.key,
            what=message.what,
            again=message.again,
            exercise=message.exercise or any(alert.exercise for alert in message.alerts),
            recipient=message.recipient.id,
            links={name: url for name, url in message.links.items() if sign_links or name == "open"},
            alerts=tuple(map(nameless, message.alerts)),
        )
    )


def nameless(alert: Alert) -> Alert:
    """Return an alert without the names of people; when it was signed and what it turned out to be stays."""
    alert = alert_of(alert)  # nor what a finding knows of those who reported
    handling = alert.revision.handling
    if handling is None:
        return alert
    changes: dict[str, Any] = dict.fromkeys(("signed_by", "judged_by"), "")
    without = msgspec.structs.replace(handling, **changes)
    return msgspec.structs.replace(alert, revision=msgspec.structs.replace(alert.revision, handling=without))
