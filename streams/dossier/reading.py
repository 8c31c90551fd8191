"""Finds on the topics all that is about one alert."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from rules.alert import Alert, Text
from streams import topics
from streams.alerttail import names_of
from streams.audit import AuditEntry
from streams.bars import progress
from streams.codec import decode_answer
from streams.course import Version
from streams.dossier.history import Told
from streams.dossier.material import Material, instant
from streams.errors import ConfigurationError, Fault
from streams.lessons import is_correction
from streams.passing import legible
from streams.settings import Settings
from streams.tail import Heard, Tail, sizes

DELIVERIES = "deliveries"

_decode_alert = msgspec.json.Decoder(Alert).decode
_decode_told = msgspec.json.Decoder(Told).decode
_decode_entry = msgspec.json.Decoder(AuditEntry).decode


def gather(settings: Settings, alert_id: str, *, restricted: bool = False, whole: bool = False) -> Material:
    """Read everything that is on record about an alert.

    Parameters
    ----------
    settings
        Cluster and prefix.
    alert_id
        Its id, or how it alone begins.
    restricted
        Also look at the alerts that only the duty desk may see.
    whole
        The id is all of it: nothing is looked for that only begins so, which takes half the time.

    Raises
    ------
    ConfigurationError
        When no alert has this id, or several begin so.
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    current, versions = names_of(current=True, restricted=restricted), names_of(current=False, restricted=restricted)
    optional = [topics.ANSWERS, DELIVERIES, topics.AUDIT]
    there = [name for name, size in sizes(settings, optional).items() if size is not None]
    id_ = alert_id if whole else _whole_id(settings, [*current, *versions], alert_id)
    material = Material(id_)
    for name in {DELIVERIES, topics.AUDIT} - set(there):
        said = Text(f"没有主题 {name}", f"there is no topic {name}")
        material.notes.append(said)
    needle = id_.encode()
    gatherer = _Gatherer(material, current, versions)
    for record in _records(settings, [*versions, *current, topics.COMMANDS, *there]):
        if record.key == needle or needle in (record.value or b""):
            gatherer.take(record)
    if not material.versions and material.current is None:
        raise _no_such(alert_id, 0)
    return material


def _whole_id(settings: Settings, names: Sequence[str], alert_id: str) -> str:
    """Return the id that begins so.

    Raises
    ------
    ConfigurationError
        When there is none, or are several.

    """
    keys = {(record.key or b"").decode(errors="replace") for record in _records(settings, names)}
    found = [key for key in keys if key.startswith(alert_id)] if alert_id else []
    if alert_id in found:
        return alert_id
    if len(found) != 1:
        raise _no_such(alert_id, len(found))
    return found[0]


def _no_such(alert_id: str, found: int) -> ConfigurationError:
    said = f"{found} alerts begin with it: give more of the id" if found else "no alert on record has this id"
    return ConfigurationError([Fault("ALERT", "", f"{alert_id!r}: {said}")])


def _records(settings: Settings, names: Sequence[str]) -> Iterable[Heard]:
    with Tail(settings, names, from_beginning=True) as tail, progress("reading", None) as bar:
        yield from tail.to_end(lambda read, total: bar.update(bar.task_ids[0], completed=read, total=total))


class _Gatherer:
    """Sorts records that name an alert into what is kept of it.

    Parameters
    ----------
    material
        What is kept.
    current, versions
        Topics of what stands and of all versions.

    """

    def __init__(self, material: Material, current: Sequence[str], versions: Sequence[str]) -> None:
        self._material = material
        self._take: dict[str, Callable[[Heard], None]] = {
            **dict.fromkeys(versions, self._version),
            **dict.fromkeys(current, self._current),
            topics.COMMANDS: self._command,
            topics.ANSWERS: self._answer,
            DELIVERIES: self._delivery,
            topics.AUDIT: self._entry,
        }

    def take(self, record: Heard) -> None:
        """Keep what a record says, if it has a value."""
        if record.value is not None:
            self._take[record.topic](record)

    def _version(self, record: Heard) -> None:
        alert = legible(record, _decode_alert)
        if alert is None:
            return
        if alert.id == self._material.id:
            self._material.versions.append(Version(alert, instant(record.timestamp)))
        else:
            self._other(alert)

    def _current(self, record: Heard) -> None:
        alert, last = legible(record, _decode_alert), self._material.current
        if alert is None:
            return
        if alert.id != self._material.id:
            self._other(alert)
        elif last is None or last.alert.revision.version < alert.revision.version:
            self._material.current = Version(alert, instant(record.timestamp))

    def _other(self, alert: Alert) -> None:
        known = self._material.others.get(alert.id)
        if known is None or known.revision.version < alert.revision.version:
            self._material.others[alert.id] = alert

    def _command(self, record: Heard) -> None:
        if not is_correction(record.value):
            self._material.commands.append((instant(record.timestamp), record.key, record.value))

    def _answer(self, record: Heard) -> None:
        if (answer := legible(record, decode_answer)) is not None:
            self._material.answers[answer.command.id] = answer

    def _delivery(self, record: Heard) -> None:
        told, id_ = legible(record, _decode_told), self._material.id
        if told is None:
            return
        if told.alert == id_ or any(one.rpartition("/")[0] == id_ for one in told.digest):
            self._material.deliveries.append(told)

    def _entry(self, record: Heard) -> None:
        entry = legible(record, _decode_entry)
        if entry is not None and self._material.id in {entry.subject, entry.about}:
            self._material.seen.append(entry)
