"""Alerts that mute others for as long as they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from rules.alert import Alert
from rules.silence import areas_of, for_city, matches
from streams.oncall.quietfile import Inhibition, Label

Key = tuple[str, ...]


class Inhibitor:
    """What stands of one rule's sources.

    Parameters
    ----------
    rule
        As it stands in the file.
    city
        Id of the city.

    """

    def __init__(self, rule: Inhibition, city: str) -> None:
        self.name = rule.name
        self._rule = rule
        self._source = for_city(rule.source, city)
        self._target = for_city(rule.target, city)
        self._city = city
        self._standing: dict[Key, set[str]] = {}
        self._keys: dict[str, Key] = {}

    def note(self, alert: Alert, *, stands: bool) -> bool:
        """Take a version in; tell whether something that was muted may be free now."""
        key = self._of_source(alert) if stands and matches(self._source, alert) else None
        before = self._keys.get(alert.id)
        if key == before:
            return False
        if before is not None:
            self._standing[before].discard(alert.id)
            if not self._standing[before]:
                del self._standing[before]
            del self._keys[alert.id]
        if key is not None:
            self._keys[alert.id] = key
            self._standing.setdefault(key, set()).add(alert.id)
        return before is not None

    def mutes(self, alert: Alert) -> str:
        """Return the id of an alert that mutes this one, empty when none does."""
        if alert.grade.rank == 3 and not self._rule.red:  # noqa: PLR2004 - red
            return ""
        if not matches(self._target, alert) or matches(self._source, alert):
            return ""
        sources = (self._standing[key] for key in self._of_target(alert) if key in self._standing)
        return min((id_ for ids in sources for id_ in ids if id_ != alert.id), default="")

    def _of_source(self, alert: Alert) -> Key | None:
        """Return what a target has to agree with; ``None`` when the alert has no value of some label."""
        key = [(alert.place.key if label == "place" else _value(label, alert)) for label in self._rule.equal]
        return (_world(alert), *key) if all(key) else None

    def _of_target(self, alert: Alert) -> Iterator[Key]:
        """Yield every key of a source that would mute this alert."""
        choices: Sequence[Iterable[str]] = [
            sorted(areas_of(alert) | {self._city}) if label == "place" else [_value(label, alert)]
            for label in self._rule.equal
        ]
        yield from product([_world(alert)], *choices)


def _world(alert: Alert) -> str:
    """Return what keeps exercises and what is real apart."""
    return "exercise" if alert.exercise else "real"


def _value(label: Label, alert: Alert) -> str:
    if label == "kind":
        return alert.kind
    if label == "class":
        return alert.category
    if label == "rule":
        return alert.rule.id
    return str(getattr(alert.place, label))
