"""Does by hand what must never happen, so that it is seen that the verdict notices: a campaign that cannot fail shows
nothing."""

from __future__ import annotations

import urllib.request

import msgspec

from rules.alert import Alert, Grade
from streams import topics
from streams.channels.payload import VERSION
from streams.codec import encode
from streams.publishing import publish_all
from tests.faults.desk import steps_of
from tests.faults.scene import Scene
from tests.faults.verdict import Verdict
from tests.integration.harness import current

FIELDS = ("lost_events", "lost_alerts", "doubled_alerts", "wrong_state", "lost_messages", "doubled_messages")


def sabotage(scene: Scene) -> None:
    """End everybody; then lose a report, an alert and a message, double an alert and a message, regrade an alert."""
    for worker in scene.workers():
        scene.stop(worker)
    scene.others.deliver.stop()
    city = scene.city
    plain = [alert for alert in current(city).values() if not alert.restricted and not steps_of(alert.id)]
    lost, doubled, regraded = plain[:3]
    other = Grade.RED if regraded.grade is not Grade.RED else Grade.BLUE
    publish_all(
        city.settings,
        topics.CURRENT,
        [
            (lost.id, None),  # type: ignore[list-item]  # what stands no more
            (f"{doubled.id}0", encode(msgspec.structs.replace(doubled, id=f"{doubled.id}0"))),
            (regraded.id, encode(msgspec.structs.replace(regraded, grade=other))),
        ],
    )
    publish_all(city.settings, topics.NOTICES, [(doubled.id, encode(_next_version(doubled)))])
    publish_all(city.settings, topics.raw_topics()[0], [("", b"a record nobody reads any more")])
    _tell_again(scene)


def _next_version(alert: Alert) -> Alert:
    revision = msgspec.structs.replace(alert.revision, version=alert.revision.version + 1)
    return msgspec.structs.replace(alert, revision=revision)


def _tell_again(scene: Scene) -> None:
    """Send the first message once more, as if it had never been sent."""
    key = scene.others.inbox.came[0][1]
    body = msgspec.json.encode({"version": VERSION, "key": key, "again": False})
    urllib.request.urlopen(scene.others.inbox.url, body, timeout=5).close()  # noqa: S310 - our own


def unnoticed(verdict: Verdict) -> list[str]:
    """What a verdict on a sabotaged day fails to count."""
    return [name for name in FIELDS if not getattr(verdict, name)]
