"""Texts about one matter come together; what is known of matters is bounded and can be put down and taken up."""

from __future__ import annotations

import random

import msgspec
import numpy as np
import pytest

from detectors.matter import Matter, MattersConfig, MattersHead
from detectors.matters import Matters
from detectors.terms import terms_of
from detectors.vocabulary import Vocabulary

HOUR = 3_600.0
FRAMES = ["投诉{}{}", "反映{}存在{}", "{}又{}，请处理", "关于{}{}的问题", "住在{}，每天{}"]


def a_city(seed: int, matters: int, texts: int) -> list[tuple[int, str]]:
    """Tell of matters, each with a place and a trouble of its own, in changing words."""
    dice = random.Random(seed)
    known = [["".join(chr(0x4E00 + dice.randrange(2_000)) for _ in range(5)) for _ in "at"] for _ in range(matters)]
    numbers = [dice.randrange(matters) for _ in range(texts)]
    return [(number, dice.choice(FRAMES).format(*known[number])) for number in numbers]


def file_all(matters: Matters, told: list[tuple[int, str]], start: int = 0) -> list[int]:
    into: dict[int, int] = {}
    filed = []
    for n, (_, text) in enumerate(told, start):
        filing = matters.learn(terms_of(text), n * HOUR)
        filed.append(filing.matter)
        if filing.absorbed is not None:
            into[filing.absorbed] = filing.matter
    for place, matter in enumerate(filed):
        last = matter
        while last in into:
            last = into[last]
        filed[place] = last
    return filed


State = tuple[MattersHead, dict[int, Matter], list[dict[str, float]]]


def dumped(matters: Matters) -> bytes:
    chunks = list(matters.chunks(touched=False).values())
    return msgspec.msgpack.encode((matters.head(), matters.matters(), [dict(sorted(one.items())) for one in chunks]))


def test_tellings_of_one_matter_are_found_together() -> None:
    told = a_city(1, 60, 600)
    filed = file_all(Matters(MattersConfig()), told)
    pairs = [(told[a][0] == told[b][0], filed[a] == filed[b]) for a in range(300, 600) for b in range(300, a)]
    together = sum(truth and found for truth, found in pairs)
    assert together / sum(truth for truth, _ in pairs) > 0.8
    assert together / sum(found for _, found in pairs) > 0.8


def test_one_matter_found_from_two_ends_becomes_one() -> None:
    matters = Matters(MattersConfig())
    file_all(matters, a_city(2, 60, 300))
    one, other = "alpha beta gamma delta", "kappa sigma omega lambda"
    firsts = [matters.learn(f"{text}".split(), 301 * HOUR).matter for text in (one, other) * 3]
    assert len(set(firsts)) == 2
    bridge = ["alpha", "beta", "gamma", "kappa", "sigma", "omega"]
    absorbed = [matters.learn(bridge, 302 * HOUR).absorbed for _ in range(6)]
    assert [number for number in absorbed if number is not None] == [max(firsts)]


def test_scoring_learns_nothing() -> None:
    matters = Matters(MattersConfig())
    told = a_city(3, 30, 200)
    file_all(matters, told)
    before = dumped(matters)
    first = [matters.rank(terms_of(text), 200 * HOUR) for _, text in told]
    assert first == [matters.rank(terms_of(text), 200 * HOUR) for _, text in told]
    assert dumped(matters) == before
    assert any(first)


@pytest.mark.parametrize("cut", [0, 1, 250, 399])
def test_from_its_state_it_goes_on_bit_for_bit(cut: int) -> None:
    config = MattersConfig(capacity=40, vocabulary_terms=300, vocabulary_texts=50.0)
    told = a_city(4, 80, 400)
    whole, part = Matters(config), Matters(config)
    file_all(whole, told)
    file_all(part, told[:cut])
    again = Matters(config)
    again.restore(*msgspec.msgpack.decode(dumped(part), type=State))
    file_all(again, told[cut:], cut)
    assert dumped(again) == dumped(whole)


def test_memory_is_bounded() -> None:
    config = MattersConfig(capacity=50, vocabulary_terms=400)
    matters = Matters(config)
    dice = random.Random(5)
    for n in range(3_000):
        text = "".join(chr(0x4E00 + dice.randrange(3_000)) for _ in range(30))
        matters.learn(terms_of(text + "搅拌站噪音" * (n % 2)), float(n))
    assert len(matters) <= 50 + 100
    assert sum(map(len, matters.chunks(touched=False).values())) <= 400
    assert max(len(matter.terms) for matter in matters.matters().values()) <= 400
    assert all(matters.matters().keys() >= matter.tested.keys() for matter in matters.matters().values())


def test_what_nobody_tells_of_is_given_up() -> None:
    matters = Matters(MattersConfig(memory_s=HOUR))
    first = matters.learn(terms_of("云杉新城搅拌站"), 0.0).matter
    forgotten = [number for n in range(1, 200) for number in matters.learn([f"w{n}", f"v{n}"], n * HOUR).forgotten]
    assert first in forgotten
    assert len(matters) < 120


def test_words_used_elsewhere_are_told_from_new_ones() -> None:
    matters = Matters(MattersConfig())
    for n in range(300):
        matters.learn([f"w{n}", f"v{n}", "noise", "street"], n * HOUR)
    plain = matters.learn(["noise", "street"], 301 * HOUR).matter
    fresh = matters.learn(["noise", "street", "shark", "beach"], 302 * HOUR).matter
    assert matters.elsewhere(plain) > 0.5
    assert matters.elsewhere(fresh) == 0.0


def test_the_vocabulary_forgets() -> None:
    vocabulary = Vocabulary(half_life_texts=10.0, capacity=100)
    mixer, trouble, parking = (vocabulary.numbers([term]) for term in ("搅拌", "问题", "车位"))
    vocabulary.learn(vocabulary.numbers(["搅拌", "问题"]))
    news = vocabulary.news(["搅拌"])
    for _ in range(1_000):
        vocabulary.learn(trouble)
    assert rarest(vocabulary, ["问题", "搅拌"], 1) == ["搅拌"]
    assert vocabulary.news(["搅拌"]) > news
    assert vocabulary.rarities(mixer) == pytest.approx(vocabulary.rarities(parking), rel=1e-6)


def test_the_rarest_terms_are_the_first_of_equals() -> None:
    vocabulary = Vocabulary(half_life_texts=10.0, capacity=100)
    vocabulary.learn(vocabulary.numbers(["a", "b"]))
    assert rarest(vocabulary, ["a", "x", "b", "y", "z"], 2) == ["x", "y"]
    assert rarest(vocabulary, ["a", "x", "b"], 2) == ["a", "x"]


def test_a_term_that_comes_back_is_no_other_term_after_its_number_went_to_one() -> None:
    vocabulary = Vocabulary(half_life_texts=10.0, capacity=2)
    for terms in (["a"], ["b", "c"], ["d"], ["a"], ["e", "f"], ["a", "g"]):
        vocabulary.learn(vocabulary.numbers(terms))
        if vocabulary.is_full():
            vocabulary.shrink(np.zeros(len(vocabulary.weights), dtype=np.bool_))
        together = vocabulary.numbers([*"abcdefg"])
        assert len(set(together.tolist())) == 7
        assert vocabulary.names(together) == [*"abcdefg"]
    assert sum(map(len, vocabulary.chunks(touched=False).values())) == len(vocabulary) <= 2


def rarest(vocabulary: Vocabulary, terms: list[str], most: int) -> list[str]:
    return vocabulary.names(vocabulary.rarest(vocabulary.numbers(terms), most))
