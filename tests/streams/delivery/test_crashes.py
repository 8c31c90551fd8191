"""Whatever the channels answer and wherever it crashes: nothing is lost, and what comes twice says so."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from streams.channels.base import Message, Recipient
from streams.delivery.policy import ByGrade, Policy
from streams.delivery.record import Delivery
from streams.delivery.sender import Answer, Attempt, Sender, no_fallbacks
from tests.delivering import BROKEN, REFUSED, REJECTED, SENT, TIMEOUT, a_message

LIMITS = {"wecom": 6, "sms": 3, "mail": None}
OVER = frozenset({"SENT", "GIVEN_UP", "SUPPRESSED"})
_TIMES = ByGrade(red=5.0, orange=20.0, yellow=60.0, blue=120.0)
answers = st.sampled_from(
    [SENT, SENT, SENT, TIMEOUT, REFUSED, BROKEN, REJECTED, Answer("RETRY", "RATE_LIMITED", after_s=30.0)]
)


OTHERS = {"wecom": ["sms", "mail"], "sms": ["wecom"], "mail": []}


def fallbacks(message: Message) -> list[Recipient]:
    """People on wecom can be told by sms, and then by mail; on sms by wecom."""
    return [
        msgspec.structs.replace(message.recipient, channel=channel) for channel in OTHERS[message.recipient.channel]
    ]


class Crashes(RuleBasedStateMachine):
    """A process that writes down, sends, and is killed between any two of its steps."""

    @initialize(one_way=st.booleans())
    def start(self, one_way: bool) -> None:  # noqa: FBT001
        self.ways = no_fallbacks if one_way else fallbacks
        self.now = 1_000.0
        self.stored: dict[str, bytes] = {}
        self.written: list[Delivery] = []
        self.told: set[str] = set()  # taken in and written down
        self.since: list[Message] = []  # taken in since: they come again after a crash
        self.outstanding: list[Attempt] = []
        self.versions: Counter[str] = Counter()
        self.arrived: list[tuple[float, Message]] = []
        self.rejected = False
        self.sender = self.fresh()

    def fresh(self) -> Sender:
        sender = Sender(LIMITS, Policy(fallback_after_s=_TIMES, open_after=3, remembered=500), self.ways)
        sender.restore(self.stored, self.now)
        return sender

    def write(self) -> None:
        for key, value in self.sender.dirty().items():
            if value is None:
                self.stored.pop(key, None)
            else:
                self.stored[key] = value
        self.written += self.sender.records()
        self.told.update(message.key for message in self.since)
        self.since.clear()

    @rule(
        alert=st.sampled_from("abc"),
        grade=st.sampled_from(["red", "orange", "yellow", "blue"]),
        channels=st.sets(st.sampled_from(["wecom", "sms", "mail"]), min_size=1),
        to=st.sampled_from(["zhang", "li"]),
    )
    def a_version_comes(self, alert: str, grade: str, channels: set[str], to: str) -> None:
        self.versions[alert] += 1
        for channel in sorted(channels):
            message = a_message(alert, self.versions[alert], grade=grade, channel=channel, to=to)
            if self.sender.take(message, self.now):
                self.since.append(message)

    @rule(alert=st.sampled_from("abc"), back=st.integers(0, 3))
    def a_notice_comes_again(self, alert: str, back: int) -> None:
        for channel in LIMITS:
            message = a_message(alert, max(1, self.versions[alert] - back), channel=channel, to="zhang")
            if message.key in self.told | {one.key for one in self.since}:
                assert not self.sender.take(message, self.now)

    @rule()
    def it_writes_and_begins(self) -> None:
        attempts = self.sender.intend(self.now)
        self.write()
        self.outstanding += attempts

    @precondition(lambda self: self.outstanding)
    @rule(which=st.integers(0, 50), answer=answers, arrives=st.booleans())
    def a_channel_answers(self, which: int, answer: Answer, arrives: bool) -> None:  # noqa: FBT001
        attempt = self.outstanding.pop(which % len(self.outstanding))
        if answer.verdict == "SENT" or (answer.reason in {"TIMEOUT", "CONNECTION"} and arrives):
            self.arrived.append((self.now, attempt.message))
        self.sender.settle(attempt.key, answer, self.now)

    @rule()
    def it_writes(self) -> None:
        self.write()

    @rule(seconds=st.sampled_from([0.1, 1.0, 7.0, 30.0, 100.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(arrive=st.integers(0, 3))
    def it_is_killed(self, arrive: int) -> None:
        """Of what was on its way some arrives and nobody hears of it."""
        self.arrived += [(self.now, attempt.message) for attempt in self.outstanding[:arrive]]
        self.outstanding.clear()
        again, self.since = self.since, []
        self.sender = self.fresh()
        for message in again:
            self.since.append(message)
            self.sender.take(message, self.now)

    @invariant()
    def what_comes_twice_says_so(self) -> None:
        seen: set[str] = set()
        for _, message in getattr(self, "arrived", []):
            assert message.key not in seen or message.again
            seen.add(message.key)

    def teardown(self) -> None:
        """Let everything be well from now on; then nothing waits and nothing is lost."""
        if not hasattr(self, "sender"):
            return
        while self.outstanding:
            self.a_channel_answers(0, SENT, arrives=True)
        for _ in range(3_000):
            self.it_writes_and_begins()
            while self.outstanding:
                self.a_channel_answers(0, SENT, arrives=True)
            then = self.sender.next_at(self.now)
            if then == float("inf"):
                break
            self.now = max(then, self.now + 0.01)
        self.write()
        assert not [one for one in self.sender.standing(self.now) if one[1].waiting]
        self.nothing_is_lost()
        self.what_comes_twice_says_so()
        self.no_minute_has_too_many()

    def nothing_is_lost(self) -> None:
        over = {one.key: one for one in self.written if one.outcome in OVER}
        assert over.keys() == self.told
        arrived = {(message.alerts[0].id, message.recipient.id) for _, message in self.arrived}
        given_up = {(one.alert, one.recipient) for one in over.values() if one.outcome == "GIVEN_UP"}
        for key, one in over.items():
            whom = (one.alert, key.rsplit("/", 1)[1])
            if one.outcome == "GIVEN_UP":
                refused = {w.channel for w in self.written if w.key == key and w.reason == "REJECTED"}
                assert self.ways is no_fallbacks or refused >= {*OTHERS[key.split("/")[2]]}
            else:
                assert whom in arrived or (one.reason == "COVERED" and whom in given_up)

    def no_minute_has_too_many(self) -> None:
        for channel, most in LIMITS.items():
            if most is not None:
                at = [one.at.timestamp() for one in self.written if one.outcome == "ATTEMPT" and one.channel == channel]
                assert all(at[i + most] - at[i] >= 60.0 for i in range(len(at) - most))
                assert all(a <= b for a, b in pairwise(at))


Crashes.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestCrashes = Crashes.TestCase
