"""What was taught of kinds: when intake asks it, when it takes the answer, and that only lessons that hold count."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from functools import cache

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.event import Event
from detectors.taxonomy import OTHER, load_taxonomy
from streams.intake.intake import Intake
from streams.intake.taught import Example, TaughtKinds
from streams.sources.hotline import HotlineCall
from tests.teaching import lessons_of, new_intake, ordinary, shark, taught_intake

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


@cache
def the_taught() -> Intake:
    return taught_intake(new_intake(), 40)


def event_of(intake: Intake, text: str, **over: object) -> Event:
    return intake.normalise(HotlineCall(id="1", occurred_at=NOON, text=text, **over), NOON.timestamp())  # type: ignore[arg-type]


def test_what_nothing_says_anything_about_is_other_and_nothing_is_asked() -> None:
    intake = new_intake()
    event = event_of(intake, shark(random.Random(1)))
    assert (event.kind, event.kind_by, event.kind_confidence) == (OTHER, "none", 0.0)
    assert intake.taught.asked == frozenset()
    assert not intake.taught.answers


def test_what_was_taught_is_recognised_and_says_how_sure_that_is() -> None:
    dice = random.Random(2)
    events = [event_of(the_taught(), shark(dice)) for _ in range(30)]
    learned = [event for event in events if event.kind == "animal"]
    assert len(learned) >= 27
    assert {event.kind_by for event in learned} == {"learned"}
    assert min(event.kind_confidence for event in learned) >= 0.5
    assert msgspec.json.decode(msgspec.json.encode(learned[0]), type=Event) == learned[0]


def test_ordinary_texts_are_not_taken_for_what_was_taught() -> None:
    dice = random.Random(3)
    events = [event_of(the_taught(), ordinary(dice)) for _ in range(100)]
    assert sum(event.kind_by == "learned" for event in events) <= 2
    assert the_taught().taught.answers["not_confident"] >= 98


def test_one_lesson_does_not_speak_for_everything() -> None:
    intake = new_intake()
    intake.taught.note(0, "hotline:0", Example("animal", shark(random.Random(4))))
    assert [one.right for one in intake.taught.learn()] == [False]
    assert event_of(intake, ordinary(random.Random(5))).kind == OTHER


@pytest.mark.parametrize(
    ("text", "kind", "by"),
    [
        ("楼下有浓烈煤气味，海滩上也看到背鳍", "gas_leak", "lexicon"),
        ("应急演练：近岸出现背鳍，浴场拉起警戒", OTHER, "none"),
        ("咨询近岸出现背鳍时浴场是否开放", OTHER, "none"),
    ],
)
def test_the_lexicon_goes_before_what_was_taught(text: str, kind: str, by: str) -> None:
    event = event_of(the_taught(), text)
    assert (event.kind, event.kind_by) == (kind, by)


def test_the_source_goes_before_all() -> None:
    event = event_of(the_taught(), shark(random.Random(6)), kind="noise")
    assert (event.kind, event.kind_by) == ("noise", "source")


def test_a_kind_of_the_lexicon_the_desk_keeps_correcting_is_asked_about() -> None:
    intake, dice = new_intake(), random.Random(7)
    assert event_of(intake, "大狗" + shark(dice) + "，路灯不亮").kind == "streetlight"
    for offset in range(60):
        text = shark(dice) + ("，路灯不亮" if offset % 2 else "")
        beside = (ordinary(dice), ordinary(dice))
        intake.taught.note(offset, f"hotline:{offset}", Example("animal", text, beside))
    for _ in intake.taught.learn():
        pass
    assert intake.taught.asked == {OTHER, "streetlight"}
    assert event_of(intake, shark(dice) + "，路灯不亮").kind == "animal"
    assert event_of(intake, "永园二路路灯不亮，夜间出行不便").kind == "streetlight"


def state_of(taught: TaughtKinds) -> tuple[dict[str, bytes], frozenset[str], float, float]:
    known = {} if taught._classifier is None else taught._classifier.state()
    return known, taught.asked, taught.drifted_at, taught.correction_rate


def learned_of(records: list[tuple[int, str, Example | None]], cuts: set[int], span: int = 1_000) -> TaughtKinds:
    """Follow a topic that came in parts, each learned before the next."""
    taught = TaughtKinds(lambda text: "streetlight" if "路灯" in text else OTHER, load_taxonomy(), span=span)
    for n, record in enumerate(records):
        taught.note(*record)
        if n in cuts:
            for _ in taught.learn():
                pass
    for _ in taught.learn():
        pass
    return taught


@st.composite
def topics(draw: st.DrawFn) -> tuple[list[tuple[int, str, Example | None]], set[int], int]:
    """Records of ``lessons`` with replaced and retracted ones, where it was learned meanwhile, and a span."""
    events = draw(st.lists(st.integers(0, 6), min_size=1, max_size=14))
    examples = lessons_of(draw(st.integers(0, 99)), len(events))
    gone = draw(st.sets(st.integers(0, len(events) - 1), max_size=3))
    records = [
        (n, f"hotline:{e}", None if n in gone else one) for n, (e, one) in enumerate(zip(events, examples, strict=True))
    ]
    return records, draw(st.sets(st.integers(0, len(events) - 1))), draw(st.sampled_from([4, 8, 1_000]))


@settings(max_examples=25, deadline=None)
@given(topics())
def test_a_worker_that_followed_and_one_that_reads_what_compaction_left_know_the_same(
    topic: tuple[list[tuple[int, str, Example | None]], set[int], int],
) -> None:
    records, cuts, span = topic
    last = {event: offset for offset, event, _ in records}
    left = [record for record in records if last[record[1]] == record[0]]
    followed, restarted = learned_of(records, cuts, span), learned_of(left, set(), span)
    assert state_of(followed) == state_of(restarted) == state_of(learned_of(records, set(), span))
    assert len(followed) == len(restarted) <= span + span // 4


def test_a_correction_of_a_correction_leaves_nothing_of_the_first() -> None:
    one, other = lessons_of(1, 2)
    again = learned_of([(0, "a", one), (1, "b", other), (2, "a", one._replace(kind="noise"))], {0, 1, 2})
    assert state_of(again) == state_of(learned_of([(1, "b", other), (2, "a", one._replace(kind="noise"))], set()))
    assert state_of(learned_of([(0, "a", one), (1, "a", None)], {0}))[:2] == ({}, frozenset())


def test_while_a_new_classifier_learns_the_old_one_answers() -> None:
    intake, dice = taught_intake(new_intake(), 40), random.Random(8)
    intake.taught.note(40, "hotline:0", None)
    steps = intake.taught.learn()
    next(steps)
    assert event_of(intake, shark(dice)).kind == "animal"
    intake.taught.note(41, "hotline:new", Example("animal", shark(dice)))
    assert len(list(steps)) == 39 - 1 + 1
    assert len(intake.taught) == 40


def test_a_change_of_the_rate_of_corrections_is_told_with_its_time() -> None:
    taught, dice = TaughtKinds(lambda _: OTHER, load_taxonomy()), random.Random(9)
    for n, example in enumerate(lessons_of(9, 300)):
        taught.note(n, f"hotline:{n}", example._replace(t=float(n)))
    for _ in taught.learn():
        pass
    before = taught.drifted_at
    assert taught.correction_rate < 0.4
    for n, example in enumerate(lessons_of(10, 150), 300):
        taught.note(n, f"hotline:{n}", example._replace(t=float(n), kind=dice.choice(["noise", "odor", "animal"])))
    for _ in taught.learn():
        pass
    assert taught.drifted_at > max(before, 300)
    assert taught.correction_rate > 0.4
