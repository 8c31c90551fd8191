"""Terms come from any script, and never from what was masked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.terms import PARTICLES, is_unspaced, runs_of, terms_of
from streams.intake.masking import mask


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("搅拌站", ["搅拌", "拌站"]),
        ("搅拌站的噪音", ["搅拌", "拌站", "噪音"]),
        ("The plant is loud", ["the", "plant", "is", "loud"]),
        ("噪音 噪音", ["噪音"]),
        ("ごみ置き場", ["ごみ", "み置", "置き", "き場"]),
        ("завод шумит", ["завод", "шумит"]),
        ("账号 6222021234 昨晚3点", ["账号", "昨晚"]),
        ("x 区", []),
    ],
)
def test_a_text_has_these_terms(text: str, terms: list[str]) -> None:
    assert terms_of(text) == terms


def test_masked_spans_part_the_text_and_are_no_terms() -> None:
    masked = mask("我叫张伟，电话13812345678，车牌粤A12345，云杉新城搅拌站")
    assert "[手机号]" in masked
    said = "".join(terms_of(masked))
    for token in ("手机", "机号", "姓名", "车牌号", "138"):
        assert token not in said
    assert {"云杉", "搅拌"} <= set(terms_of(masked))


def test_half_a_masked_token_at_the_cut_is_no_term() -> None:
    assert terms_of("云杉新城[手机") == ["云杉", "杉新", "新城"]


@given(st.text(max_size=60))
def test_terms_are_distinct_words_or_pairs_without_particles(text: str) -> None:
    terms = terms_of(text)
    assert len(set(terms)) == len(terms)
    for term in terms:
        assert len(term) > 1
        assert not is_unspaced(term) or (len(term) == 2 and PARTICLES.isdisjoint(term))


@given(st.text(max_size=60))
def test_runs_lie_in_the_text(text: str) -> None:
    assert all(run in text.lower() for run in runs_of(text))
