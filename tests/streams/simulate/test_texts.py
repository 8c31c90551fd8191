"""Every kind can be talked about, and what is said reads well."""

from __future__ import annotations

import re

import msgspec
import pytest

from detectors.event import Source
from detectors.taxonomy import load_taxonomy
from streams.errors import ConfigurationError
from streams.simulate.checking import parse_yaml, shipped
from streams.simulate.city import City
from streams.simulate.dice import dice
from streams.simulate.slots import Cue
from streams.simulate.texts import PhraseFile, Texts, load_texts
from tests.builders import an_area_tree

SMALL = {
    "fillers": "shop: [店]",
    "frames": "{hotline: {openings: [''], closings: ['。'], contacts: ['{phone}']}}",
    "some": "kinds: {noise: {said: ['{spot}{shop}吵']}}",
}


@pytest.fixture(scope="module")
def texts() -> Texts:
    return load_texts()


@pytest.fixture(scope="module")
def cue() -> Cue:
    """A crossing in a small town, at a quarter past two in the afternoon."""
    community = {"id": "c", "name": "海田社区", "spots": [{"name": "海田路口", "sort": "crossing"}]}
    tree = an_area_tree(open=False, districts=[{"id": "d", "name": "区", "communities": [community]}])
    site = next(site for site in City(tree, 1).sites if site.sort == "crossing")
    return Cue(site, 14.25, "15410000001", people=7, depth_cm=31)


def test_every_kind_of_the_taxonomy_has_at_least_six_templates(texts: Texts) -> None:
    assert set(texts.kinds) == set(load_taxonomy().kinds)
    files = [parse_yaml(text, name) for name, text in shipped("texts").items() if name not in {"fillers", "frames"}]
    for file in files:
        for kind, phrases in msgspec.convert(file, PhraseFile).kinds.items():
            assert len(set(phrases.said)) >= 6, kind


@pytest.mark.parametrize("source", ["hotline", "grid", "police", "sos"])
def test_no_text_is_left_with_a_slot_or_with_doubled_punctuation(texts: Texts, cue: Cue, source: Source) -> None:
    u = dice("reading", source)
    for kind in texts.kinds:
        for _ in range(40):
            text = texts.text(kind, source, cue, u)
            assert not re.search(r"[{}]|[，。、：]{2}|，$|^，|  ", text), text
            assert text[-1] in "。？！", text
            assert 6 <= len(text) <= 160, text


def test_texts_vary(texts: Texts, cue: Cue) -> None:
    u = dice("variety")
    assert len({texts.text("noise", "hotline", cue, u) for _ in range(300)}) > 250


def test_a_crossing_has_no_floors(texts: Texts, cue: Cue) -> None:
    u = dice("floors")
    said = [texts.text("noise", "hotline", cue, u).split("家住")[0] for _ in range(300)]
    assert not [text for text in said if re.search("楼上|楼道|[0-9A-Z]栋|[二三四五六七]楼", text)]


@pytest.mark.parametrize(("kind", "again"), [("gas_leak", False), ("noise", True)])
def test_only_what_can_wait_is_said_a_second_time(texts: Texts, cue: Cue, kind: str, again: bool) -> None:  # noqa: FBT001
    u = dice("again")
    said = [texts.text(kind, "hotline", cue, u) for _ in range(300)]
    assert any(re.search("再次|反映过|反映[^，]+次", text) for text in said) == again


def test_what_is_given_is_what_is_said(texts: Texts, cue: Cue) -> None:
    u = dice("said")
    assert texts.compile("{people}人，电话{phone}").render(cue, u) == "7人，电话15410000001"
    assert texts.compile("{spot}旁").render(cue, u) == "海田路口旁"
    depths = {texts.compile("{depth}").render(cue, u) for _ in range(60)}
    assert {"有31公分深", "到膝盖"} <= depths
    assert texts.compile("{when}").render(cue, u) in {"下午", "今天下午", "刚刚"}


def test_a_scenario_decides_slots(texts: Texts, cue: Cue) -> None:
    fixed = Cue(cue.site, 1.0, fixed={"building": "9栋", "spot": "别处"})
    assert texts.compile("{spot}{building}").render(fixed, dice(1)) == "别处9栋"


def test_identity_numbers_have_a_right_check_digit_and_belong_to_nobody(texts: Texts, cue: Cue) -> None:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1)
    u = dice("ids")
    for _ in range(50):
        number = texts.compile("{idcard}").render(cue, u)
        values = [10 if digit == "X" else int(digit) for digit in number]
        assert sum(value * weight for value, weight in zip(values, weights, strict=True)) % 11 == 1
        assert number[6:10] == "1901"


def test_small_text_files_work() -> None:
    assert Texts(SMALL).kinds == ["noise"]


@pytest.mark.parametrize(
    ("file", "content", "path"),
    [
        ("some", "kinds: {noise: {said: ['{nothing}']}}", "$.kinds.noise"),
        ("some", "kinds: {noise: {says: []}}", "$.kinds.noise.says"),
        ("some", "kinds: {noise: {said: 3}}", "$.kinds.noise.said"),
        ("some", "kinds: [", ""),
        ("frames", "{hotline: {openings: []}}", "$.hotline.closings"),
    ],
)
def test_a_fault_in_a_text_file_is_named_with_file_and_path(file: str, content: str, path: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Texts({**SMALL, file: content})
    assert (f"{file}.yaml", path) in {(fault.file, fault.path) for fault in caught.value.faults}


def test_missing_text_files_are_all_named() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Texts({"some": SMALL["some"]})
    assert {fault.file for fault in caught.value.faults} == {"fillers.yaml", "frames.yaml"}
