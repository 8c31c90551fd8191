"""The life of alerts against a plain model: whatever people ask, whenever, and a restart at every step."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from rules.alert import Alert, Handling
from rules.charge import REMEMBERED
from rules.command import Command
from rules.duty import Duty
from rules.life import STEPS
from tests.builders import T0, an_alert, the_book

MIN, DAY = 60.0, 86_400.0
IDS = ("a", "b")
TAKEN = {"signed", "assigned", "on_site", "resolved"}
OVER = {"closed", "expired", "cancelled"}
ORDER = {"to": "wagon 3", "why": "as seen"}


def handling(alert: Alert) -> Handling:
    assert alert.revision.handling is not None
    return alert.revision.handling


def may(action: str, alert: Alert, command: Command) -> bool:  # noqa: PLR0911 - one answer a line
    """Say whether a command is to be obeyed, in other words than the table's."""
    state = handling(alert).state
    if state == "cancelled" or (action in {"reopen", "upgrade", "downgrade", "note"} and not command.why):
        return False
    if action in {"true", "false", "note"}:
        return True
    if action == "close":
        return state != "closed" and (state in {"resolved", "false_alarm", "expired"} or bool(command.why))
    if action == "reopen":
        return state in {"resolved", "closed", "expired"}
    if state in OVER or state == "false_alarm":
        return False
    if action == "confirm":
        return alert.pending_check
    if action == "sign":
        return state == "raised" or (state in TAKEN and handling(alert).signed_by == command.by)
    if action in {"upgrade", "downgrade"}:
        rank = alert.grade.rank + (1 if action == "upgrade" else -1)
        return state != "resolved" and 0 <= rank <= 3
    if action == "arrive":
        return state in {"signed", "assigned"}
    return state in {"signed", "assigned", "on_site"} and (action != "assign" or bool(command.to))


class Life(RuleBasedStateMachine):
    """Rules raise, close and withdraw alerts; people do what they may and what they may not; clocks run and jump."""

    def __init__(self) -> None:
        super().__init__()
        self.clock, self.told = T0, 0
        self.duty = self.a_duty()
        self.stored: dict[str, bytes] = {}
        self.last: dict[str, Alert] = {}
        self.version = dict.fromkeys(IDS, 0)
        self.grown = dict.fromkeys(IDS, 0)
        self.commands: list[tuple[Command, object]] = []
        self.dealt = dict.fromkeys(IDS, 0)
        self.verdict_at = dict.fromkeys(IDS, -math.inf)

    def a_duty(self) -> Duty:
        duty = Duty(the_book(), "test")
        duty.advance(self.clock)
        return duty

    def does(self, what: Callable[[Duty], Any]) -> Any:
        """Do it, and the same after a restart: both say the same and leave the same state."""
        twin = Duty(the_book(), "test")
        twin.restore(self.stored, self.duty.clock)
        first, second = what(self.duty), what(twin)
        assert first == second
        assert self.duty.answers() == twin.answers()
        changed = self.duty.dirty()
        assert changed == twin.dirty()
        for id_, data in changed.items():
            if data is None:
                self.stored.pop(id_, None)
                self.last.pop(id_, None)
                self.commands = [one for one in self.commands if one[0].alert != id_]
                self.verdict_at[id_] = -math.inf
            else:
                self.stored[id_] = data
        if isinstance(first, list):
            self.heard(first)
        return first

    def heard(self, alerts: list[Alert]) -> None:
        for alert in alerts:
            before, now = self.last.get(alert.id), handling(alert)
            if before is not None:
                assert alert.revision.version == before.revision.version + 1
                assert alert.revision.previous_grade is before.grade
            assert now.times[-1].state == now.state
            quiet_false = now.state == "false_alarm" and alert.status == "closed"
            assert (alert.status != "open") == (now.state in OVER or quiet_false)
            assert (alert.status == "withdrawn") == (now.state == "cancelled")
            assert bool(now.signed_by) or now.state not in TAKEN
            assert now.state not in {"raised", "candidate"} or not now.signed_by
            self.last[alert.id] = alert

    @rule(
        id_=st.sampled_from(IDS),
        grade=st.sampled_from(["blue", "yellow", "orange", "red"]),
        status=st.sampled_from(["open", "open", "open", "closed", "withdrawn"]),
        pending=st.booleans(),
        grows=st.booleans(),
    )
    def rules_say_more(self, id_: str, grade: str, status: str, pending: bool, grows: bool) -> None:  # noqa: FBT001
        before = self.last.get(id_)
        if before is None and status == "withdrawn":
            return
        self.version[id_] += 1
        self.grown[id_] += grows
        last_at = datetime.fromtimestamp(T0, UTC) + timedelta(minutes=self.grown[id_])
        alert = an_alert(id_, grade, status if status != "open" else "update", self.version[id_])
        more = {"pending_check": pending and id_ == "b", "status": status, "last_at": last_at}
        alert = an_alert(id_, grade, alert.revision.change, self.version[id_], **more)
        (said,) = self.does(lambda duty: duty.note([alert]))
        if before is None:
            return
        was, now = handling(before), handling(said)
        if status == "open" and was.state in {"closed", "resolved"} and self.grown[id_] > self.dealt[id_]:
            assert (now.state, said.revision.change) == ("raised", "reopened")
        if status == "closed" and was.state in {"signed", "assigned", "on_site"}:
            assert (now.state, said.status) == (was.state, "open")
        if said.status == "open" and now.state in {"closed", "resolved"}:
            assert not grows

    @rule(
        id_=st.sampled_from((*IDS, "nothing")),
        action=st.sampled_from(STEPS),
        by=st.sampled_from(["one", "another"]),
        off=st.sampled_from([0.0, 0.0, 0.0, -90.0, -9_000 * DAY, 9_000 * DAY]),
        says=st.booleans(),
        timely=st.booleans(),
    )
    def somebody_asks(self, id_: str, action: Any, by: str, off: float, says: bool, timely: bool) -> None:  # noqa: FBT001
        before = self.last.get(id_)
        self.told += 1
        at = datetime.fromtimestamp(self.clock + off, UTC)
        said = ORDER if says else {}
        command = Command(id=f"{self.told:06}", action=action, alert=id_, by=by, at=at, **said)
        now = self.clock if timely else None
        done = self.does(lambda duty: duty.obey(command, now))
        if before is not None:
            self.commands.append((command, done))
        if timely and off > 0:
            assert done == "FUTURE"
        elif before is None:
            assert done == "UNKNOWN"
        else:
            self.was_right(command, before, done)

    def was_right(self, command: Command, before: Alert, done: object) -> None:
        at, after = command.at.timestamp(), self.last[before.id]
        late = command.action in {"true", "false"} and at < self.verdict_at[before.id]
        if isinstance(done, str):
            assert not may(command.action, before, command) or late
            assert after is before
            return
        assert may(command.action, before, command)
        if command.action in {"true", "false"}:
            self.verdict_at[before.id] = max(self.verdict_at[before.id], at)
            assert handling(after).verdict == command.action
        if done:
            assert (handling(after).by, handling(after).command) == (command.by, command.id)
        if handling(after).state in {"resolved", "closed"} and command.action in {"resolve", "close"} and done:
            self.dealt[before.id] = self.grown[before.id]

    @rule(index=st.integers(0, 5))
    def a_command_comes_twice(self, index: int) -> None:
        if len(self.commands) <= index:
            return
        command, done = self.commands[-1 - index]
        if command.alert not in self.last:
            return
        again = self.does(lambda duty: duty.obey(command))
        assert again == (done if isinstance(done, str) else [])

    @rule(id_=st.sampled_from(IDS))
    def two_sign_at_once(self, id_: str) -> None:
        before = self.last.get(id_)
        if before is None or handling(before).state != "raised":
            return
        at = datetime.fromtimestamp(self.clock, UTC)
        self.told += 1
        first = Command(id=f"{self.told}/1", action="sign", alert=id_, by="quick", at=at)
        second = Command(id=f"{self.told}/2", action="sign", alert=id_, by="slow", at=at - timedelta(minutes=1))
        (signed,) = self.does(lambda duty: duty.obey(first))
        assert handling(signed).signed_by == "quick"
        assert self.duty.obey(second) == "SIGNED"
        (answer,) = self.duty.answers()
        assert answer.says.en == f"quick has signed it already, at {at:%Y-%m-%d %H:%M} UTC"
        self.does(lambda duty: duty.obey(second))

    @rule(old=st.sampled_from(IDS))
    def one_becomes_part_of_the_other(self, old: str) -> None:
        new = IDS[1 - IDS.index(old)]
        before, other = self.last.get(old), self.last.get(new)
        if before is None or before.status != "open" or (other is not None and other.status != "open"):
            return
        self.does(lambda duty: duty.move(old, new))
        for id_, status in ((old, "withdrawn"), (new, "update")):
            self.version[id_] += 1
            self.grown[id_] = max(self.grown.values())
            last_at = datetime.fromtimestamp(T0, UTC) + timedelta(minutes=self.grown[id_])
            alert = an_alert(id_, "yellow", status, self.version[id_], last_at=last_at)
            self.does(lambda duty, alert=alert: duty.note([alert]))  # type: ignore[misc]
        assert handling(self.last[old]).moved_to == new
        was, now = handling(before), handling(self.last[new])
        if was.state in TAKEN and (other is None or handling(other).state not in TAKEN):
            assert now.state in {was.state, "raised"}
            assert now.signed_by == (was.signed_by if now.state == was.state else "")
        assert now.missed >= was.missed
        command = Command(id=f"{self.told}/{old}", action="sign", alert=old, by="x", at=last_at)
        assert self.does(lambda duty: duty.obey(command)) == "MOVED"

    @rule(seconds=st.sampled_from([-3_600.0, 1.0, 10 * MIN, 31 * MIN, 3 * 3_600.0, 8 * DAY, 40 * DAY]))
    def time_passes(self, seconds: float) -> None:
        self.clock += max(0.0, seconds)
        now = self.clock + min(0.0, seconds)
        said = self.does(lambda duty: duty.advance(now))
        assert len({(alert.id, alert.revision.change) for alert in said}) == len(said)
        assert self.duty.clock == self.clock

    @invariant()
    def nobody_is_forgotten(self) -> None:
        for alert in self.last.values():
            held = handling(alert)
            if held.state == "candidate":
                assert held.confirm_by is not None
                assert held.confirm_by.timestamp() > self.clock
            elif held.state == "raised":
                assert held.sign_by.timestamp() > self.clock
            elif held.state in {"signed", "assigned"} and held.on_site_by is not None:
                assert held.on_site_by.timestamp() > self.clock

    @invariant()
    def memory_is_bounded(self) -> None:
        for charge in self.duty._charges.values():
            assert len(charge.commands) <= REMEMBERED
            assert len(charge.times) <= 10
            assert len(charge.flips) <= 4


Life.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestLife = Life.TestCase
