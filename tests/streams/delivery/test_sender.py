from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import msgspec
import pytest

from streams.channels.base import Message, Recipient
from streams.delivery.policy import ByGrade, Policy
from streams.delivery.sender import Answer, Sender
from tests.delivering import BROKEN, REFUSED, REJECTED, SENT, TIMEOUT, a_message, runs, sends

NOW = 1_000.0
LIMITED = Answer("RETRY", "RATE_LIMITED", after_s=90.0)
PLAIN = Policy(jitter=0.0)


def a_sender(policy: Policy = PLAIN, ways: Callable[[Message], Sequence[Recipient]] | None = None) -> Sender:
    limits = {"wecom": 20, "sms": None, "mail": None}
    return Sender(limits, policy, ways) if ways else Sender(limits, policy)


def by_sms(message: Message) -> list[Recipient]:
    recipient = message.recipient
    return [msgspec.structs.replace(recipient, channel="sms")] if recipient.channel == "wecom" else []


def outcomes(sender: Sender, key: str) -> list[tuple[str, str, str]]:
    return [(one.channel, one.outcome, one.reason) for one in sender.records() if one.key == key]


def restarted(sender: Sender, stored: dict[str, bytes], policy: Policy = PLAIN) -> Sender:
    for key, value in sender.dirty().items():
        if value is None:
            stored.pop(key)
        else:
            stored[key] = value
    fresh = a_sender(policy)
    fresh.restore(stored, NOW + 5)
    return fresh


def test_a_message_is_sent_once_however_often_it_comes() -> None:
    sender = a_sender()
    assert sender.take(a_message(), NOW)
    assert not sender.take(a_message(), NOW)
    assert len(sends(sender, NOW)) == 1
    assert not sender.take(a_message(), NOW)
    assert sends(sender, NOW + 100) == []
    assert outcomes(sender, "a1/1/wecom/zhang.wei") == [("wecom", "ATTEMPT", ""), ("wecom", "SENT", "")]


def test_that_holds_over_a_restart_too() -> None:
    sender = a_sender()
    sender.take(a_message(), NOW)
    sends(sender, NOW)
    fresh = restarted(sender, {})
    assert not fresh.take(a_message(), NOW)
    assert fresh.intend(NOW + 100) == []


def test_what_was_on_its_way_in_a_crash_is_sent_again_and_says_so() -> None:
    sender = a_sender()
    sender.take(a_message(), NOW)
    (first,) = sender.intend(NOW)
    fresh = restarted(sender, {})
    (second,) = fresh.intend(NOW + 5)
    assert (first.message.again, second.message.again) == (False, True)
    assert (first.number, second.number) == (1, 2)
    assert [one.again for one in fresh.records()] == [True]


def test_what_a_restart_finds_waiting_goes_as_if_nothing_had_happened() -> None:
    sender = a_sender()
    for alert in range(30):
        sender.take(a_message(str(alert), grade="red"), NOW)
    assert len(sends(sender, NOW)) == 8
    fresh = restarted(sender, {})
    later = runs(fresh, NOW + 5, NOW + 200, {})
    assert len(later) == 22
    assert not any(attempt.message.again for _, attempt in later)
    assert sum(at < NOW + 60 for at, _ in later) == 12, "what was sent before the restart counts"


def test_of_what_waits_red_goes_first_and_within_a_grade_what_came_first() -> None:
    sender = a_sender(Policy(in_flight=100))
    for number, grade in enumerate(["blue", "red", "yellow", "orange", "red", "blue"]):
        sender.take(a_message(str(number), grade=grade, channel="sms"), NOW)
    assert [one.message.alerts[0].id for one in sends(sender, NOW)] == ["1", "4", "3", "2", "0", "5"]


def test_no_burst_of_blue_delays_red() -> None:
    sender = a_sender()
    for number in range(200):
        sender.take(a_message(f"b{number}", grade="blue"), NOW)
    made = runs(sender, NOW, NOW + 30, {})
    assert len(made) == 12
    for number in range(8):
        sender.take(a_message(f"r{number}", grade="red"), NOW + 30.5)
    made = runs(sender, NOW + 30.5, NOW + 31, {})
    assert [attempt.message.alerts[0].id for _, attempt in made] == [f"r{number}" for number in range(8)]


def test_a_message_that_takes_two_requests_counts_twice() -> None:
    sender = Sender({"wecom": 20}, PLAIN, cost=lambda message: 2 if message.alerts[0].grade.rank > 1 else 1)
    for number in range(30):
        sender.take(a_message(str(number), grade="red"), NOW)
    made = runs(sender, NOW, NOW + 130, {})
    assert [sum(NOW + start <= at < NOW + start + 61 for at, _ in made) for start in (0, 61)] == [10, 10]


def test_no_slow_message_of_a_low_grade_takes_the_place_of_red() -> None:
    sender = a_sender()
    for number in range(20):
        sender.take(a_message(f"b{number}", grade="blue", channel="sms"), NOW)
    assert len(sender.intend(NOW)) == 5, "none of them answered"
    sender.take(a_message("r", grade="red", channel="sms"), NOW + 1)
    assert [attempt.message.alerts[0].id for attempt in sender.intend(NOW + 1)] == ["r"]


def test_nothing_starves_while_more_red_comes_than_can_be_sent() -> None:
    sender = a_sender()
    sender.take(a_message("blue", grade="blue"), NOW)
    for number in range(20):
        sender.take(a_message(f"first{number}", grade="red"), NOW)
    sent_at, reds = math.nan, 0
    for tick in range(600):
        now = NOW + tick
        sender.take(a_message(f"r{tick}", grade="red"), now)
        for attempt in sends(sender, now):
            reds += attempt.message.alerts[0].id != "blue"
            sent_at = now if attempt.message.alerts[0].id == "blue" else sent_at
    assert sent_at < NOW + 180
    assert reds > 190


def test_a_slow_channel_delays_no_other() -> None:
    sender = a_sender()
    for number in range(30):
        sender.take(a_message(str(number), channel="mail", grade="red"), NOW)
        sender.take(a_message(str(number), channel="sms", grade="red"), NOW)
    mail = [one for one in sender.intend(NOW) if one.message.recipient.channel == "mail"]
    assert len(mail) == 8
    rest = 0
    for _ in range(10):
        for attempt in sender.intend(NOW):
            rest += 1
            assert attempt.message.recipient.channel == "sms"
            sender.settle(attempt.key, SENT, NOW)
    assert rest == 0, "the first eight were taken with the mails"


def test_pauses_double_and_vary_by_message_but_not_by_run() -> None:
    policy = Policy()
    pauses = [policy.retry_s("a1/1/wecom/zhang.wei", n) for n in range(1, 12)]
    assert pauses == [policy.retry_s("a1/1/wecom/zhang.wei", n) for n in range(1, 12)]
    for n, pause in enumerate(pauses, start=1):
        assert min(60.0, 2.0 ** (n - 1)) / 2 <= pause <= min(60.0, 2.0 ** (n - 1))
    assert len({policy.retry_s(f"a{n}/1/wecom/zhang.wei", 9) for n in range(50)}) == 50


def test_a_failed_message_is_tried_again_after_its_pause() -> None:
    sender = a_sender()
    sender.take(a_message(), NOW)
    made = runs(sender, NOW, NOW + 20, {"wecom": lambda now: BROKEN if now < NOW + 6 else SENT})
    assert [at - NOW for at, _ in made] == [0, 1, 3, 7]
    assert not any(attempt.message.again for _, attempt in made), "the other side said that it had failed"


@pytest.mark.parametrize("answer", [TIMEOUT, REFUSED, Answer("RETRY", "GARBAGE")])
def test_after_no_readable_answer_the_next_try_says_that_it_may_be_a_double(answer: Answer) -> None:
    sender = a_sender()
    sender.take(a_message(), NOW)
    assert [one.message.again for at in (NOW, NOW + 1) for one in sends(sender, at, answer)] == [False, True]


def test_the_pause_a_receiver_asks_for_holds_for_its_whole_channel() -> None:
    sender = a_sender()
    for number in range(3):
        sender.take(a_message(str(number), grade="red"), NOW)
    made = runs(sender, NOW, NOW + 200, {"wecom": lambda now: LIMITED if now < NOW + 1 else SENT})
    assert [at - NOW for at, _ in made] == [0, 0, 0, 90, 90, 90]
    sender.take(a_message("late", grade="red"), NOW + 201)
    assert len(sends(sender, NOW + 201)) == 1


def test_a_receiver_cannot_ask_to_be_left_alone_for_ever() -> None:
    sender = a_sender()
    sender.take(a_message(), NOW)
    sends(sender, NOW, Answer("RETRY", "RATE_LIMITED", after_s=1e9))
    assert sender.next_at(NOW) == NOW + 3_600


def test_a_channel_that_fails_again_and_again_is_left_alone_and_tried_by_one_message() -> None:
    sender = a_sender()
    for number in range(8):
        sender.take(a_message(str(number), grade="red", channel="sms"), NOW)
    assert len(sends(sender, NOW, REFUSED)) == 8
    assert dict(sender.standing(NOW))["sms"].breaker == 2
    made = runs(sender, NOW + 1, NOW + 100, {"sms": lambda now: REFUSED if now < NOW + 40 else SENT})
    assert [at - NOW for at, _ in made] == [10, 30, 70, 70.5, 70.5, 70.5, 70.5, 70.5, 70.5, 70.5]
    assert dict(sender.standing(NOW + 100))["sms"].breaker == 0


def test_what_a_channel_will_never_take_goes_another_way_at_once() -> None:
    sender = a_sender(ways=by_sms)
    sender.take(a_message(grade="blue"), NOW)
    made = [*sends(sender, NOW, SENT, wecom=REJECTED), *sends(sender, NOW, SENT, wecom=REJECTED)]
    assert [attempt.message.recipient.channel for attempt in made] == ["wecom", "sms"]
    assert made[1].message.key == "a1/1/sms/zhang.wei"
    assert outcomes(sender, "a1/1/wecom/zhang.wei") == [
        ("wecom", "ATTEMPT", ""),
        ("wecom", "FAILED", "REJECTED"),
        ("wecom", "FAILED", "REJECTED"),
        ("sms", "ATTEMPT", ""),
        ("sms", "SENT", ""),
    ]


def test_where_there_is_no_other_way_it_is_given_up_and_recorded() -> None:
    sender = a_sender()
    sender.take(a_message(), NOW)
    sends(sender, NOW, REJECTED)
    assert outcomes(sender, "a1/1/wecom/zhang.wei")[-1] == ("wecom", "GIVEN_UP", "REJECTED")
    assert sender.next_at(NOW) == math.inf or sends(sender, NOW + 1e6) == []


def test_when_a_channel_is_left_alone_all_that_waits_takes_its_other_way() -> None:
    sender = a_sender(ways=by_sms)
    for number in range(12):
        sender.take(a_message(str(number), grade="yellow"), NOW)
    made = runs(sender, NOW, NOW + 5, {"wecom": REFUSED})
    told = [attempt.message.alerts[0].id for _, attempt in made if attempt.message.recipient.channel == "sms"]
    assert sorted(told) == sorted(str(number) for number in range(12))
    sender.take(a_message("new", grade="yellow"), NOW + 6)
    assert [one.message.recipient.channel for one in sends(sender, NOW + 6)] == ["sms"]


@pytest.mark.parametrize(("grade", "after_s"), [("red", 10), ("orange", 30), ("yellow", 300)])
def test_after_a_time_by_grade_another_way_is_taken_whatever_the_reason(grade: str, after_s: float) -> None:
    sender = a_sender(Policy(jitter=0.0, open_after=1_000), ways=by_sms)
    sender.take(a_message(grade=grade), NOW)
    made = runs(sender, NOW, NOW + 2_000, {"wecom": BROKEN})
    last_at, last = made[-1]
    assert last.message.recipient.channel == "sms"
    assert after_s / 2 <= last_at - NOW <= after_s


def test_a_pause_longer_than_a_message_may_wait_sends_it_another_way_at_once() -> None:
    sender = a_sender(ways=by_sms)
    sender.take(a_message("r", grade="red"), NOW)
    sender.take(a_message("y", grade="yellow"), NOW)
    made = runs(sender, NOW, NOW + 200, {"wecom": lambda now: LIMITED if now < NOW + 1 else SENT})
    ways = [(at - NOW, one.message.alerts[0].id, one.message.recipient.channel) for at, one in made]
    assert ways == [(0, "r", "wecom"), (0, "y", "wecom"), (0.5, "r", "sms"), (90, "y", "wecom")]


def test_who_was_told_on_the_other_way_already_is_not_told_there_again() -> None:
    sender = a_sender(ways=by_sms)
    sender.take(a_message(channel="sms"), NOW)
    sender.take(a_message(channel="wecom"), NOW)
    sends(sender, NOW, SENT, wecom=REJECTED)
    assert sends(sender, NOW + 1) == []
    sender.take(a_message(version=2, channel="sms"), NOW + 2)
    sends(sender, NOW + 2)
    sender.take(a_message(version=2, channel="wecom"), NOW + 3)
    sends(sender, NOW + 3, REJECTED)
    assert [one.reason for one in sender.records() if one.outcome == "SUPPRESSED"] == ["COVERED", "COVERED"]
    sender.take(a_message(channel="wecom"), NOW)
    assert sends(sender, NOW + 9) == []


def test_two_ways_that_stand_in_for_each_other_and_fail_both_are_given_up_not_thought_covered() -> None:
    other = {"wecom": "sms", "sms": "wecom"}
    sender = a_sender(ways=lambda one: [msgspec.structs.replace(one.recipient, channel=other[one.recipient.channel])])
    for channel in other:
        sender.take(a_message(channel=channel), NOW)
    runs(sender, NOW, NOW + 10, dict.fromkeys(other, REJECTED))
    last = {one.key: (one.outcome, one.reason) for one in sender.records()}
    assert ("GIVEN_UP", "REJECTED") in last.values()


def test_what_nobody_took_in_time_is_given_up() -> None:
    short = ByGrade(red=100.0, orange=100.0, yellow=100.0, blue=100.0)
    sender = a_sender(Policy(give_up_after_s=short))
    sender.take(a_message(), NOW)
    made = runs(sender, NOW, NOW + 1_000, {"wecom": REFUSED})
    assert made[-1][0] < NOW + 100
    assert outcomes(sender, "a1/1/wecom/zhang.wei")[-1] == ("wecom", "GIVEN_UP", "DEADLINE")


def test_a_channel_nobody_configured_is_recorded_and_the_other_way_taken() -> None:
    sender = Sender({"sms": None}, PLAIN, by_sms)
    sender.take(a_message(), NOW)
    assert [one.message.key for one in sends(sender, NOW)] == ["a1/1/sms/zhang.wei"]
    assert outcomes(sender, "a1/1/wecom/zhang.wei")[0] == ("wecom", "FAILED", "NO_CHANNEL")
    alone = Sender({"sms": None}, PLAIN)
    alone.take(a_message(), NOW)
    assert outcomes(alone, "a1/1/wecom/zhang.wei") == [("wecom", "GIVEN_UP", "NO_CHANNEL")]


def test_a_channel_taken_out_of_the_configuration_gives_up_what_waited_there() -> None:
    sender = a_sender()
    sender.take(a_message(), NOW)
    stored = {key: value for key, value in sender.dirty().items() if value is not None}
    fresh = Sender({"sms": None}, PLAIN)
    fresh.restore(stored, NOW)
    assert outcomes(fresh, "a1/1/wecom/zhang.wei") == [("wecom", "GIVEN_UP", "NO_CHANNEL")]


def test_versions_of_an_alert_reach_a_person_in_their_order() -> None:
    sender = a_sender()
    for version in (1, 2, 3):
        sender.take(a_message(version=version), NOW)
    made = runs(sender, NOW, NOW + 30, {"wecom": lambda now: BROKEN if now < NOW + 2 else SENT})
    assert [one.message.alerts[0].revision.version for _, one in made] == [1, 1, 1, 2, 3]


def test_a_higher_grade_does_not_wait_and_what_it_overtook_is_left_out() -> None:
    sender = a_sender()
    sender.take(a_message(version=1, grade="blue"), NOW)
    sends(sender, NOW, BROKEN)
    sender.take(a_message(version=2, grade="red"), NOW + 0.2)
    assert [one.message.alerts[0].revision.version for one in sends(sender, NOW + 0.2)] == [2]
    assert sends(sender, NOW + 100) == []
    assert outcomes(sender, "a1/1/wecom/zhang.wei")[-1] == ("wecom", "SUPPRESSED", "SUPERSEDED")


def test_what_was_overtaken_while_on_its_way_is_not_tried_again() -> None:
    for crash in (False, True):
        sender = a_sender()
        sender.take(a_message(version=1, grade="blue"), NOW)
        (slow,) = sender.intend(NOW)
        sender.take(a_message(version=2, grade="red"), NOW + 1)
        sends(sender, NOW + 1)
        if crash:
            sender = restarted(sender, {})
        else:
            sender.settle(slow.key, TIMEOUT, NOW + 10)
        assert sends(sender, NOW + 100) == []
        assert outcomes(sender, "a1/1/wecom/zhang.wei")[-1] == ("wecom", "SUPPRESSED", "SUPERSEDED")


def test_more_than_can_wait_gives_up_the_oldest_of_the_lowest_grade() -> None:
    sender = a_sender(Policy(waiting=3))
    sends(sender, NOW)
    for number, grade in enumerate(["red", "blue", "blue", "orange"]):
        sender.take(a_message(str(number), grade=grade), NOW)
    assert [one.key for one in sender.records() if one.reason == "OVERFLOW"] == ["1/1/wecom/zhang.wei"]


def test_keys_that_are_done_are_forgotten_in_the_end() -> None:
    sender, stored = a_sender(Policy(remembered=10)), dict[str, bytes]()
    for number in range(50):
        sender.take(a_message(str(number), channel="sms"), NOW)
        sends(sender, NOW)
        restarted(sender, stored)
    assert len([key for key in stored if key.startswith("message/")]) == 10


@pytest.mark.parametrize(
    "answer", [REFUSED, TIMEOUT, BROKEN, Answer("RETRY", "GARBAGE"), Answer("RETRY", "RATE_LIMITED", after_s=5.0)]
)
def test_a_receiver_that_is_down_for_ten_minutes_loses_nothing_and_delays_no_other(answer: Answer) -> None:
    sender, came, arrived = a_sender(), dict[str, float](), dict[str, list[float]]()
    grades = ["red", "orange", "yellow", "blue"]
    for tick in range(2 * 1_500):
        now = NOW + tick / 2
        if tick % 12 == 0 and tick < 2 * 900:
            for channel in ("wecom", "sms"):
                message = a_message(str(tick), grade=grades[tick // 12 % 4], channel=channel)
                came[message.key] = now
                sender.take(message, now)
        down = NOW + 100 <= now < NOW + 700
        for attempt in sends(sender, now, SENT, **({"wecom": answer} if down else {})):
            if attempt.message.recipient.channel == "sms" or not down:
                arrived.setdefault(attempt.key, []).append(now)
    assert arrived.keys() == came.keys()
    assert all(len(times) == 1 for times in arrived.values())
    assert all(arrived[key][0] - came[key] <= 0.5 for key in came if "/sms/" in key)
    back = [arrived[key][0] for key in came if "/wecom/" in key and NOW + 100 <= came[key] < NOW + 700]
    assert min(back) < NOW + 700 + 60
    assert max(back) < NOW + 700 + 600, "twelve to twenty a minute once it is back"


def test_after_a_clock_that_was_ahead_no_channel_rests_and_nothing_waits_until_then() -> None:
    ahead = NOW + 86_400.0
    sender = a_sender()
    for n in range(20):
        sender.take(a_message(f"a{n}", grade="red"), ahead)
    while sends(sender, ahead):
        pass
    sender.take(a_message("limited", grade="red", channel="sms"), ahead)
    sends(sender, ahead, LIMITED)
    sender.take(a_message("late", grade="red"), NOW)
    fresh = restarted(sender, {})
    keys = [attempt.key for _, attempt in runs(fresh, NOW + 5, NOW + 5 + PLAIN.obeyed_s, {}, step=5.0)]
    assert keys == ["late/1/wecom/zhang.wei", "limited/1/sms/zhang.wei"]
