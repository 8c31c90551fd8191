"""The classifier learns from corrections, knows how sure it is, and keeps the contract of detectors."""

from __future__ import annotations

import doctest
import random
from importlib import import_module
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from detectors.adwin import AdaptiveWindow
from detectors.arow import Arow
from detectors.classify import Head, KindClassifier
from detectors.classify_config import ClassifyConfig
from detectors.confidence import Confidence
from detectors.grams import grams_of
from detectors.taxonomy import OTHER
from streams.intake.masking import mask
from tests.bench.classify import parted, read

CONFIG = ClassifyConfig(bits=12, most_kinds=8)
WORDS = {
    "noise": ["施工噪声", "广场舞音响", "夜间吵闹", "喇叭太响", "机器轰鸣", "半夜装修"],
    "fumes": ["油烟味重", "烧烤店冒烟", "排烟管道", "餐馆废气", "熏得难受", "烟囱直排"],
    "water": ["水管爆裂", "自来水浑浊", "停水多日", "水压不足", "漏水严重", "下水道返水"],
    "shark": ["海里有鲨鱼", "背鳍露出水面", "游泳者被咬", "近岸大鱼", "浴场危险鱼类", "鲨鱼围网破损"],
}
FILLERS = ["小区", "居民", "请处理", "投诉", "反映", "影响生活", "老人", "一直", "严重", "附近"]


def lessons(seed: int, number: int, kinds: tuple[str, ...] = ("noise", "fumes", "water")) -> list[tuple[str, str]]:
    dice = random.Random(seed)
    told = []
    for _ in range(number):
        kind = dice.choice(kinds)
        told.append(("，".join(dice.sample(WORDS[kind], 2) + dice.sample(FILLERS, 4)), kind))
    return told


def taught(number: int, seed: int = 1) -> KindClassifier:
    classifier = KindClassifier(CONFIG)
    for text, kind in lessons(seed, number):
        classifier.learn(text, kind)
    return classifier


def test_it_answers_what_it_was_taught() -> None:
    classifier = taught(300)
    verdicts = [(classifier.score(text), kind) for text, kind in lessons(2, 100)]
    assert all(verdict.kind == kind and verdict.by == "classifier" for verdict, kind in verdicts)
    assert min(verdict.confidence for verdict, _ in verdicts) > 0.8


def test_knowing_nothing_it_leaves_the_lexicon_its_say() -> None:
    verdict = KindClassifier(CONFIG).score("施工噪声", found="noise")
    assert (verdict.kind, verdict.by, verdict.ranking) == ("noise", "lexicon", ())
    assert KindClassifier(CONFIG).score("施工噪声").kind == OTHER


def test_a_new_kind_is_recognised_after_50_corrections() -> None:
    classifier = taught(300)
    for text, kind in lessons(3, 50, ("shark",)):
        classifier.learn(text, kind)
    fresh = lessons(4, 60, ("shark",))
    assert sum(classifier.score(text).kind == "shark" for text, _ in fresh) >= 0.9 * len(fresh)
    old = lessons(5, 60)
    assert sum(classifier.score(text).kind == kind for text, kind in old) >= 0.9 * len(old)


def test_a_new_kind_is_not_seen_everywhere_after_one_correction() -> None:
    classifier = taught(300)
    classifier.learn(lessons(3, 1, ("shark",))[0][0], "shark")
    assert all(classifier.score(text).kind != "shark" for text, _ in lessons(5, 60))


def test_of_one_kind_or_two_it_takes_nothing_else_for_them() -> None:
    classifier = KindClassifier(CONFIG)
    for text, kind in lessons(20, 60, ("noise", "fumes")):
        classifier.learn(text, kind)
    verdicts = [classifier.score(text) for text, _ in lessons(21, 60, ("noise", "shark"))]
    assert {(verdict.kind, verdict.by) for verdict in verdicts} == {(OTHER, "none")}
    assert all(verdict.ranking for verdict in verdicts)


def test_with_ordinary_texts_beside_it_tells_what_it_was_shown_from_what_it_was_not() -> None:
    classifier = KindClassifier(CONFIG)
    beside = iter(lessons(22, 200, ("water", "fumes")))
    for text, kind in lessons(23, 40, ("shark",)):
        classifier.learn(text, kind)
        for _ in range(2):
            classifier.contrast(next(beside)[0])
    fresh = [classifier.score(text) for text, _ in lessons(24, 60, ("shark",))]
    assert sum(verdict.kind == "shark" for verdict in fresh) >= 0.9 * len(fresh)
    strange = [classifier.score(text) for text, _ in lessons(25, 60, ("noise", "water"))]
    assert sum(verdict.kind == "shark" for verdict in strange) <= 0.02 * len(strange)


def test_ordinary_texts_are_no_judgements() -> None:
    classifier = taught(100)
    before = classifier.state()["classify/head"]
    for text, _ in lessons(26, 50, ("shark",)):
        classifier.contrast(text)
    one, other = (msgspec.msgpack.decode(head, type=Head) for head in (before, classifier.state()["classify/head"]))
    assert (one.trust, one.corrections) == (other.trust, other.corrections)
    assert one.confidence != other.confidence


def test_a_lexicon_that_is_always_corrected_is_overruled() -> None:
    classifier = KindClassifier(CONFIG)
    for text, kind in lessons(6, 200, ("fumes", "water")):
        classifier.learn(text, kind, found="noise" if kind == "fumes" else kind)
    assert classifier.trust()["noise"] < 0.2
    assert classifier.trust()["water"] > 0.9
    assert classifier.doubted() == {"noise"}
    text = lessons(7, 1, ("fumes",))[0][0]
    assert classifier.score(text, found="noise").kind == "fumes"
    agreed = classifier.score(lessons(7, 1, ("water",))[0][0], found="water")
    assert (agreed.kind, agreed.by) == ("water", "both")


def test_a_trusted_lexicon_outweighs_an_unsure_classifier() -> None:
    classifier = taught(10)
    for text, kind in lessons(8, 200):
        classifier.learn(text, kind, found=kind)
    verdict = classifier.score("鲨鱼", found="shark")
    assert (verdict.kind, verdict.by) == ("shark", "lexicon")


def test_a_rising_rate_of_corrections_is_told_once_it_rises() -> None:
    classifier = taught(400)
    assert not any(classifier.learn(text, kind).drift for text, kind in lessons(9, 300))
    dice = random.Random(10)
    at_random = [classifier.learn(text, dice.choice(list(WORDS))) for text, _ in lessons(10, 150)]
    assert any(lesson.drift for lesson in at_random)
    assert at_random[-1].correction_rate > 0.5


def test_scoring_learns_nothing() -> None:
    classifier = taught(50)
    before = classifier.state()
    first = [classifier.score(text, found="noise") for text, _ in lessons(11, 20)]
    assert first == [classifier.score(text, found="noise") for text, _ in lessons(11, 20)]
    assert classifier.state() == before


@pytest.mark.parametrize("cut", [1, 30, 90, 119])
def test_from_its_state_it_goes_on_bit_for_bit(cut: int) -> None:
    told = lessons(12, 60) + lessons(13, 60, ("noise", "shark"))
    whole, part, again = KindClassifier(CONFIG), KindClassifier(CONFIG), KindClassifier(CONFIG)
    answers = [whole.learn(text, kind, found="noise") for text, kind in told]
    for text, kind in told[:cut]:
        part.learn(text, kind, found="noise")
    again.learn("something else before", "left")
    again.restore(part.state())
    assert [again.learn(text, kind, found="noise") for text, kind in told[cut:]] == answers[cut:]
    assert again.state() == whole.state()


def test_what_changed_adds_up_to_the_state() -> None:
    classifier = KindClassifier(ClassifyConfig(bits=14))
    kept: dict[str, bytes] = {}
    for n, (text, kind) in enumerate(lessons(17, 60) + lessons(18, 20, ("shark",))):
        classifier.learn(text, kind, found="noise")
        if n % 3 == 0:
            kept |= classifier.dirty()
            assert kept == classifier.state()
    classifier.dirty()
    assert list(classifier.dirty()) == ["classify/head"]


def test_memory_is_bounded() -> None:
    classifier = KindClassifier(ClassifyConfig(bits=8, most_kinds=4))
    dice = random.Random(14)
    for _ in range(400):
        text = "".join(chr(dice.randrange(0x4E00, 0x9FFF)) for _ in range(50))
        classifier.learn(text, dice.choice("abcd"), found=dice.choice("abcd"))
    assert sum(map(len, classifier.state().values())) <= 2**8 * (5 + 3) * 4 + 2_000
    assert len(classifier._corrections.state()[0]) < 60


def test_there_is_no_room_for_one_kind_more() -> None:
    classifier = KindClassifier(ClassifyConfig(bits=8, most_kinds=2))
    for kind in "ab":
        classifier.learn("停水", kind)
    with pytest.raises(ValueError, match="no room for kind 'c': there are 2 classes already"):
        classifier.learn("停水", "c")
    assert classifier.kinds == ("a", "b")


@pytest.mark.parametrize("text", ["", "   ", "[手机号]", "🙂", "\ud83d"])
def test_texts_that_say_nothing_do_no_harm(text: str) -> None:
    classifier = taught(30)
    classifier.learn(text, "noise")
    assert all(np.isfinite(score) for _, score in classifier.score(text).ranking)


def test_masked_spans_are_not_learned() -> None:
    told, silent = mask("施工噪声，电话13812345678，请处理"), "施工噪声，电话 ，请处理"
    for ours, theirs in zip(grams_of(told, 16), grams_of(silent, 16), strict=True):
        assert ours.tolist() == theirs.tolist()


@given(st.text(max_size=80), st.integers(4, 20))
def test_grams_lie_within_the_vector_and_are_distinct(text: str, bits: int) -> None:
    places, weights = grams_of(text, bits)
    assert len(set(places.tolist())) == len(places) == len(weights)
    assert all(0 <= place < 2**bits for place in places)
    assert all(weight >= 1.0 for weight in weights)


@pytest.mark.parametrize(
    "wrong",
    [
        {"least_confidence": 0.0},
        {"least_lead": -0.1},
        {"drift_delta": 1.0},
        {"bits": 7},
        {"bits": 23},
        {"most_kinds": 0},
    ],
)
def test_a_wrong_configuration_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        ClassifyConfig(**wrong)


def test_a_new_class_begins_as_one_that_was_never_right() -> None:
    model = Arow(bits=4, most=3)
    places, values = np.array([1, 2]), np.ones(2)
    model.add()
    for _ in range(5):
        model.learn(places, values, 0)
    model.add()
    old, new = model.scores(places, values)
    assert old > 0.5
    assert new < -0.5


@given(st.lists(st.tuples(st.floats(0.0, 2.0), st.booleans()), max_size=60))
def test_a_larger_margin_is_never_less_sure(answers: list[tuple[float, bool]]) -> None:
    confidence = Confidence(half_life=50.0)
    for margin, right in answers:
        confidence.learn(margin, right=right)
    sure = [confidence.of(margin / 20) for margin in range(60)]
    assert sure == sorted(sure)
    assert all(0.0 < one < 1.0 for one in sure)


@given(st.lists(st.booleans(), max_size=300))
def test_the_window_counts_what_it_holds(outcomes: list[bool]) -> None:
    window = AdaptiveWindow(delta=0.01)
    for outcome in outcomes:
        window.learn(outcome)
    held = outcomes[len(outcomes) - window.size :]
    assert window.rate == pytest.approx(sum(held) / max(1, len(held)))


@pytest.mark.parametrize("rate", [0.02, 0.2, 0.5])
def test_a_steady_rate_seldom_changes(rate: float) -> None:
    dice = np.random.default_rng(15)
    window = AdaptiveWindow(delta=0.002)
    assert sum(window.learn(bool(dice.random() < rate)) for _ in range(20_000)) <= 2
    assert len(window.state()[0]) < 80


def test_the_window_goes_on_from_its_state() -> None:
    dice = np.random.default_rng(16)
    one, other = AdaptiveWindow(delta=0.01), AdaptiveWindow(delta=0.01)
    for _ in range(500):
        one.learn(bool(dice.random() < 0.3))
    other.restore(one.state())
    outcomes = [bool(dice.random() < 0.7) for _ in range(200)]
    assert [one.learn(outcome) for outcome in outcomes] == [other.learn(outcome) for outcome in outcomes]
    assert one.state() == other.state()


def test_held_back_texts_are_told_apart(shared_data: Path) -> None:
    train, test = parted(read(shared_data / "teddy_2020" / "labelled_words.csv.gz"), 5)
    classifier = KindClassifier(ClassifyConfig())
    for text, kind in train:
        classifier.learn(text, kind)
    best = [classifier.score(text).ranking[0][0] for text, _ in test]
    assert f1_score([kind for _, kind in test], best, average="macro") >= 0.9


@pytest.mark.parametrize("name", ["adwin", "arow", "classify", "confidence", "grams"])
def test_the_examples_in_docstrings_hold(name: str) -> None:
    failed, _ = doctest.testmod(import_module(f"detectors.{name}"))
    assert failed == 0
