"""Labels are what texts share, in whole words, and nothing masked."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from detectors.labels import names_of
from streams.intake.masking import mask

EVERYDAY = {"问题", "投诉", "领导"}


def news(terms: Sequence[str]) -> list[float]:
    return [1.0 if term in EVERYDAY else 6.0 for term in terms]


def test_a_label_names_what_texts_share() -> None:
    told = ["投诉松涛园临江苑捆绑销售车位", "松涛园临江苑强制捆绑销售车位", "反映松涛园临江苑：捆绑销售车位的问题"]
    assert set(names_of(told, news)[0]) == {"松涛园临江苑", "捆绑销售车位"}


def test_a_place_is_named_without_the_words_around_it() -> None:
    told = ["A2区云杉新城附近建搅拌站", "住在云杉新城", "投诉云杉新城小区"]
    assert names_of(told, news)[1] == ("云杉新城",)


def test_what_everybody_says_is_a_label_only_for_want_of_another() -> None:
    assert names_of(["投诉问题", "领导，投诉问题", "投诉问题"], news)[0] == ("投诉问题",)
    assert names_of(["投诉问题，停水", "领导，投诉问题，停水", "停水，投诉问题"], news)[0] == ("停水",)


def test_english_is_labelled_by_words() -> None:
    told = ["toyota recall in the news", "big toyota recall", "toyota recall again"]
    assert names_of(told, news)[0] == ("toyota recall",)


def test_no_texts_have_no_names() -> None:
    assert names_of([], news) == ((), ())


def test_masked_spans_are_in_no_label() -> None:
    told = [mask(f"找王小明先生 电话1381234567{n} 捆绑销售，我叫张伟，{n}号车粤A1234{n}") for n in range(4)]
    label, named = names_of(told, news)
    assert label
    for phrase in (*label, *named):
        assert not set("[]*") & set(phrase)
        assert not any(word in phrase for word in ("手机号", "姓名", "车牌", "138"))


@given(st.lists(st.text(alphabet="搅拌站噪音的a b[]*，", max_size=20), max_size=5))
def test_labels_come_from_the_texts(texts: list[str]) -> None:
    for phrase in names_of(texts, news)[0]:
        assert sum(phrase in text.lower() for text in texts) >= min(2, len(texts))


def test_texts_that_are_word_for_word_the_same_are_called_what_they_begin_with() -> None:
    told = ["中心粮站夜间烘干粮食灰尘很大请来看看"] * 5
    assert names_of(told, lambda terms: [0.5] * len(terms))[0] == ("中心粮站夜间烘干粮食灰尘",)
    assert names_of(["今天天气真好啊我们去公园走走吧好不好", *told[:1]], lambda terms: [0.5] * len(terms))[0] == ()


def test_what_only_two_people_say_is_in_no_label() -> None:
    told = ["李建国占道经营", "李建国又占道经营", "小摊占道经营扰民", "路口占道经营"]
    label, _ = names_of(told, lambda terms: [6.0] * len(terms))
    assert label == ("占道经营",)
