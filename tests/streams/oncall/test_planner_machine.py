"""Whatever happens to alerts, and whenever the planner is restarted: nothing lost, nothing twice, nobody flooded."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from rules.alert import Alert, Grade
from rules.silence import Matcher, Silence
from streams.channels.base import Message
from streams.oncall.planner import Planner
from tests.builders import T0
from tests.streams.oncall.planned import STREET, a_version, an_oncall, shadow

PER_HOUR, DIGESTS = 6, 2
TEXT = (
    STREET.replace('to: ["role:duty"]', 'to: ["role:duty", board]')
    + f"""
confirm: [desk]
timing: {{per_hour: {PER_HOUR}, digests: {DIGESTS}}}
maintenance:
  - {{name: works, when: {{kinds: [noise]}}, hours: "00:00-04:00", why: works}}
inhibit:
  - {{name: outage, source: {{kinds: [power_outage]}}, target: {{kinds: [streetlight]}}, equal: [street]}}
"""
)
IDS = st.sampled_from([f"a{n}" for n in range(8)])
GRADES = st.sampled_from(["blue", "yellow", "orange", "red"])
KINDS = {"a0": "power_outage", "a1": "streetlight", "a2": "streetlight", "a3": "noise"}
PAUSES = st.sampled_from([0.0, 1.0, 29.0, 31.0, 61.0, 299.0, 301.0, 1800.0, 3600.0, 7201.0, 14_400.0])


class Planning(RuleBasedStateMachine):
    """Versions, times, silences and restarts in any order, against a twin that is never restarted."""

    @initialize()
    def begin(self) -> None:
        self.now = T0
        self.planner, self.twin = Planner(an_oncall(TEXT)), Planner(an_oncall(TEXT))
        self.newest: dict[str, Alert] = {}
        self.red_since: dict[str, int] = {}
        self.serious_since: dict[str, tuple[int, float]] = {}
        self.keys: set[str] = set()
        self.told: dict[str, set[int]] = defaultdict(set)
        self.why_not: dict[str, set[int]] = defaultdict(set)
        self.sent: dict[str, list[float]] = defaultdict(list)
        self.kept: dict[str, bytes] = {}

    @rule(id_=IDS, grade=GRADES, over=st.booleans(), missed=st.integers(0, 3), data=st.data())
    def a_version_comes(self, id_: str, grade: str, *, over: bool, missed: int, data: st.DataObject) -> None:
        before = self.newest.get(id_)
        version = before.revision.version + 1 if before else 1
        change = data.draw(st.sampled_from(["closed", "withdrawn"])) if over else "update"
        over_: dict[str, Any] = {
            "kind": KINDS.get(id_, "gas_leak"),
            "missed": missed,
            "events": data.draw(st.integers(1, 50)),
            "signed_by": data.draw(st.sampled_from(["", "x"])),
            "exercise": id_ == "a4",
            "restricted": id_ == "a5",
        }
        if id_ == "a6":
            over_["rule"] = shadow()
        if not over:
            change = data.draw(st.sampled_from(["update", "reminded"]))
            over_["state"] = data.draw(st.sampled_from(["raised", "raised", "candidate", "resolved"]))
        alert = a_version(id_, grade, version, change, **over_)
        self._track(alert)
        for planner in (self.planner, self.twin):
            planner.note(alert, self.now)

    def _track(self, alert: Alert) -> None:
        before, version = self.newest.get(alert.id), alert.revision.version
        opened = before is None or not _is_open(before)
        if opened or before is None or before.grade is not Grade.RED:
            self.red_since[alert.id] = version
        if opened or before is None or before.grade.rank < Grade.ORANGE.rank:
            self.serious_since[alert.id] = version, self.now
        self.newest[alert.id] = alert

    @rule(seconds=PAUSES)
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(hours=st.integers(1, 6), kinds=st.sets(st.sampled_from(["gas_leak", "noise"]), min_size=1), red=st.booleans())
    def somebody_silences(self, hours: int, kinds: set[str], *, red: bool) -> None:
        since = datetime.fromtimestamp(self.now, UTC)
        until = datetime.fromtimestamp(self.now + 3600 * hours, UTC)
        silence = Silence(
            id="s", matcher=Matcher(kinds=tuple(sorted(kinds))), from_at=since, until_at=until, by="x", why="y", red=red
        )
        for planner in (self.planner, self.twin):
            planner.silence(silence, self.now)

    @rule()
    def somebody_ends_the_silence(self) -> None:
        assert self.planner.unsilence("s", self.now) == self.twin.unsilence("s", self.now)

    @rule()
    def the_planner_is_restarted_from_its_state(self) -> None:
        state = self.kept = self.planner.state()
        self.planner = Planner(an_oncall(TEXT))
        self.planner.restore(state)
        assert self.planner.state() == state

    @rule()
    def the_planner_is_restarted_from_what_changed(self) -> None:
        self._keep()
        self.planner = Planner(an_oncall(TEXT))
        self.planner.restore(self.kept)

    @rule()
    def everything_is_looked_at_again(self) -> None:
        for planner in (self.planner, self.twin):
            planner.reconsider(self.now)

    def _keep(self) -> None:
        for key, value in self.planner.dirty().items():
            if value is None:
                self.kept.pop(key, None)
            else:
                self.kept[key] = value
        assert self.kept == self.planner.state()

    @rule()
    def messages_go_out(self) -> None:
        messages, twins = self.planner.due(self.now), self.twin.due(self.now)
        assert messages == twins
        assert self.planner.next_due == self.twin.next_due > self.now
        records, others = self.planner.suppressed(), self.twin.suppressed()
        assert records == others
        for record in records:
            self.why_not[record.alert].add(record.version)
        for message in messages:
            self._note(message)
        assert self.planner.state() == self.twin.state()
        self._keep()
        self._red_was_told_at_once()
        self._serious_was_told_within_the_time_between_digests()

    def _note(self, message: Message) -> None:
        assert message.key not in self.keys
        self.keys.add(message.key)
        assert len({alert.exercise for alert in message.alerts}) == 1
        assert message.exercise == message.alerts[0].exercise
        for alert in message.alerts:
            assert not alert.restricted or message.recipient.id == "desk"
            assert alert.rule.status == "active"
            assert alert.revision.handling is not None
            assert alert.revision.handling.state != "candidate" or message.recipient.id == "desk"
            if message.recipient.id != "board":
                self.told[alert.id].add(alert.revision.version)
        red = message.alerts[0].grade is Grade.RED and message.what not in {"resolved", "digest"}
        if message.recipient.id != "board" and not red:
            sent = self.sent[message.recipient.id]
            sent.append(self.now)
            assert len([at for at in sent if at > self.now - 3600]) <= PER_HOUR

    def _red_was_told_at_once(self) -> None:
        for id_, alert in self.newest.items():
            if _is_open(alert) and alert.grade is Grade.RED:
                assert self._known(id_, self.red_since[id_]), (id_, alert)

    def _serious_was_told_within_the_time_between_digests(self) -> None:
        for id_, alert in self.newest.items():
            since, at = self.serious_since[id_]
            late = self.now > at + 3600 / DIGESTS + 60
            if _is_open(alert) and alert.grade.rank >= Grade.ORANGE.rank and late:
                waits = self._waits_for_a_digest(id_)
                assert self._known(id_, since) or waits, (id_, alert)

    def _waits_for_a_digest(self, id_: str) -> bool:
        """Exercises let real alerts go first: one digest more."""
        return id_ == "a4"

    def _known(self, id_: str, since: int) -> bool:
        return any(version >= since for version in self.told[id_] | self.why_not[id_])


def _is_open(alert: Alert) -> bool:
    handling = alert.revision.handling
    return alert.status == "open" and (handling is None or handling.state in {"raised", "candidate"})


TestPlanning = Planning.TestCase
TestPlanning.settings = settings(max_examples=100, stateful_step_count=60, deadline=None)
