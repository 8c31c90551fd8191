"""One incident, one alert: what single rules found is joined, version by version, into alerts.

Findings are nodes, what `rules.linking` says of two of them edges, and every connected component, as far as an incident
may reach, is one alert. So what an alert becomes is a pure function of the last versions of all findings, in whatever
order they came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from detectors.areas import AreaTree
from rules.alert import Alert, Finding, Revision
from rules.fusing import fuse
from rules.incidents import NOTHING, Incidents
from rules.issue import next_version, withdrawn
from rules.joining import Joining, shipped_joining

_DAY_S = 86_400.0
KEPT = timedelta(days=9)
"""How long after its last evidence a closed finding is remembered: longer than a verdict on it may take."""

Refused = Literal["UNKNOWN", "SAME", "SINGLE", "RESTRICTED"]


@dataclass(slots=True)
class Joined:
    """What findings led to.

    Parameters
    ----------
    alerts
        Versions of alerts, those that were taken back first.
    moved
        Pairs of ids: an alert that was taken back because it is part of another, and that other.
    crossed
        Ids of those only the duty desk may see from now on, or no longer.

    """

    alerts: list[Alert] = field(default_factory=list)
    moved: list[tuple[str, str]] = field(default_factory=list)
    crossed: set[str] = field(default_factory=set)


class Fusion:
    """The findings of a city, and the alerts they are.

    Parameters
    ----------
    areas
        The city.
    joining
        What makes findings one alert; the shipped configuration when not given.
    exercise
        What is found from now on belongs to an exercise (演练); what was found before stays what it was.

    """

    def __init__(self, areas: AreaTree, joining: Joining | None = None, *, exercise: bool = False) -> None:
        self._areas = areas
        self._exercise = exercise
        self._joining = joining or shipped_joining()
        self._incidents = Incidents(self._joining)
        self._alert_of: dict[str, str] = {}
        self._last: dict[str, Alert] = {}
        self._newest = self._forget_at = float("-inf")
        self._dirty: set[str] = set()

    def note(self, finding: Finding) -> Joined:
        """Take in a version of a finding.

        What it says again changes nothing: the stage before sends versions again after a crash, and what it still
        finds when it has lost its state.
        """
        if self.knows(finding):
            return Joined()
        known = self._incidents.findings.get(finding.id)
        exercise = known.exercise if known is not None else self._exercise
        finding = msgspec.structs.replace(finding, exercise=exercise)
        self._dirty.add(f"f/{finding.id}")
        self._newest = max(self._newest, finding.last_at.timestamp())
        if self._newest >= self._forget_at:
            self.forget()
            self._forget_at = self._newest + _DAY_S
        return self._issue({finding.id} | self._fellows(finding.id) | self._incidents.put(finding))

    def knows(self, finding: Finding) -> bool:
        """Tell whether this version, or a later one, was taken in before; of another telling, one that says as much."""
        known = self._incidents.findings.get(finding.id)
        if known is None:
            return False
        if finding.telling == known.telling:
            return finding.revision.version <= known.revision.version
        return _progress(finding) <= _progress(known)

    def findings_of(self, alert: str) -> list[Finding]:
        """Return what an alert is made of."""
        last, findings = self._last.get(alert), self._incidents.findings
        return [findings[ref.id] for ref in last.findings if ref.id in findings] if last is not None else []

    def merge(self, one: str, other: str) -> Joined | Refused:
        """Make one alert of two, by ids, because somebody says so; they stay one."""
        if one == other:
            return "SAME"
        found = [self._last.get(id_) for id_ in (one, other)]
        if any(alert is None or alert.status == "withdrawn" for alert in found):
            return "UNKNOWN"
        if len({alert.restricted for alert in found if alert is not None}) > 1:
            return "RESTRICTED"
        if len({alert.exercise for alert in found if alert is not None}) > 1:
            return "UNKNOWN"  # there are no real alerts to an exercise
        self._incidents.merge(one, other)
        return self._issue({one, other})

    def split(self, alert: str, finding: str) -> Joined | Refused:
        """Set a finding apart from the alert it is part of, because somebody says so; it stays apart."""
        if self._alert_of.get(finding) != alert:
            return "UNKNOWN"
        fellows = self._fellows(finding)
        if not fellows:
            return "SINGLE"
        return self._issue({finding} | fellows | self._incidents.set_apart(finding))

    def _fellows(self, id_: str) -> set[str]:
        """Return the other findings of the alert a finding is part of."""
        alert = self._last.get(self._alert_of.get(id_, ""))
        return {ref.id for ref in alert.findings if ref.id != id_} if alert is not None else set()

    def _issue(self, touched: set[str]) -> Joined:
        """Return the versions of the alerts that findings are part of, or were."""
        before = {self._alert_of[id_] for id_ in touched if id_ in self._alert_of}
        now: dict[str, list[Finding]] = {}
        for found in self._incidents.incidents(touched):
            before |= {self._alert_of[one.id] for one in found if one.id in self._alert_of}
            now[found[0].id] = found
        joined = Joined()
        gone = sorted(before - now.keys())
        for id_ in gone:
            self._take_back(id_, now, joined)
        for id_ in touched:
            self._alert_of.pop(id_, None)
        for id_, found in now.items():
            for one in found:
                self._alert_of[one.id] = id_
            last = self._last.get(id_)
            fused = fuse(found, self._joining, self._areas)
            made = msgspec.structs.replace(fused, revision=_FIRST)
            version = next_version(made, last)
            if version is not None:
                self._remember(version)
                joined.alerts.append(version)
                if last is not None and last.restricted != version.restricted:
                    joined.crossed.add(id_)
        return joined

    def _take_back(self, id_: str, now: Mapping[str, list[Finding]], joined: Joined) -> None:
        last = self._last.get(id_)
        if last is None or last.status == "withdrawn":
            return
        own = {ref.id for ref in last.findings}
        heirs = [to for to, found in now.items() if any(one.id in own for one in found)]
        version = withdrawn(last)
        self._remember(version)
        joined.alerts.append(version)
        if heirs:
            joined.moved.append((id_, min(heirs)))

    def _remember(self, alert: Alert) -> None:
        self._last[alert.id] = alert
        self._dirty.add(f"a/{alert.id}")

    def forget(self) -> None:
        """Forget findings that are over, and the alerts that were made of them, `KEPT` after the last evidence.

        By event time: of the findings themselves, no clock. An alert goes when all its findings do.
        """
        horizon = self._newest - KEPT.total_seconds()
        findings = self._incidents.findings
        old = {id_ for id_, one in findings.items() if one.status != "open" and one.last_at.timestamp() < horizon}
        kept = {id_ for component in self._incidents.components(old) if not component <= old for id_ in component}
        for id_ in old - kept:
            self._incidents.drop(id_)
            self._alert_of.pop(id_, None)
            self._dirty.add(f"f/{id_}")
        for id_ in [id_ for id_, last in self._last.items() if id_ not in findings and last.status != "open"]:
            del self._last[id_]
            self._dirty.add(f"a/{id_}")

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed since the last call: key to MessagePack, ``None`` for what was forgotten."""
        changed: dict[str, bytes | None] = {}
        for key in sorted(self._dirty):
            kind, _, id_ = key.partition("/")
            held = (self._incidents.findings if kind == "f" else self._last).get(id_)
            changed[key] = msgspec.msgpack.encode(held) if held is not None else None
        self._dirty.clear()
        if self._incidents.by_hand_changed:
            changed[_BY_HAND] = self._incidents.by_hand()
        return changed

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Take over the union of what `dirty` returned."""
        parts = {"a": Alert, "f": Finding}
        held = {key: msgspec.msgpack.decode(items[key], type=parts[key[0]]) for key in sorted(items) if key != _BY_HAND}
        self._last = {one.id: one for key, one in held.items() if key.startswith("a/")}
        for id_, last in self._last.items():
            if last.status != "withdrawn":
                self._alert_of |= {ref.id: id_ for ref in last.findings}
        findings = [one for one in held.values() if isinstance(one, Finding)]
        self._newest = max((one.last_at.timestamp() for one in findings), default=self._newest)
        self._incidents.restore(findings, items.get(_BY_HAND, NOTHING))


_FIRST = Revision(version=1, change="new")


def _progress(finding: Finding) -> tuple[datetime, int, bool]:
    """Return how far a finding has come: what is told anew is of interest from where the telling before broke off."""
    return finding.last_at, finding.events, finding.status != "open"


_BY_HAND = "hand"
