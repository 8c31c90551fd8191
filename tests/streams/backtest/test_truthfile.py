"""Truths as an analyst writes them, and what is said of those that cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rules.alert import Grade
from streams.backtest.truth import Happening
from streams.backtest.truthfile import read_truth
from streams.errors import ConfigurationError
from streams.intake.places import load_areas
from tests.builders import a_taxonomy, an_area_tree

FROM = "2026-06-02T15:00:00+08:00"
AREAS = load_areas("shantou")


def read(tmp_path: Path, *lines: Any) -> tuple[Happening, ...]:
    file = tmp_path / "truth.jsonl"
    text = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    file.write_text("\n".join(text) + "\n", encoding="utf-8")
    return read_truth(file, AREAS, a_taxonomy()).happenings


def faults(tmp_path: Path, *lines: Any) -> list[tuple[int | None, str, str]]:
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, *lines)
    return [(fault.line, fault.path, fault.message) for fault in caught.value.faults]


def test_places_are_given_by_id_by_names_by_a_circle_or_not_at_all(tmp_path: Path) -> None:
    street = AREAS.children("440507")[0]
    common = {"kind": "waterlogging", "from": FROM}
    by_id, by_name, circle, city = read(
        tmp_path,
        {**common, "place": street.id},
        {**common, "district": "龙湖区", "street": street.name},
        {**common, "lon": 116.716, "lat": 23.37, "radius_m": 300},
        common,
    )
    assert by_id.where.keys == by_name.where.keys == ("440507", street.id)
    assert (circle.where.point, circle.where.radius_m, circle.where.own) == ((116.716, 23.37), 300, "")
    assert (city.where.keys, city.where.name) == ((), "汕头市")


def test_what_the_truth_says_is_kept(tmp_path: Path) -> None:
    (one,) = read(
        tmp_path,
        {
            "kinds": ["gas_leak", "public_safety"], "from": FROM, "until": "2026-06-02T16:00:00+08:00",
            "known_at": "2026-06-02T15:30:00+08:00", "grade": "red", "rules": [7], "expect": "silent", "what": "演练",
        },
    )  # fmt: skip
    assert (one.ends - one.starts, one.known, one.grade) == (3_600, one.starts + 1_800, Grade.RED)
    assert (one.rules, one.expected, one.what.zh, one.kinds) == ((7,), False, "演练", ("gas_leak", "public_safety"))


def test_a_line_of_lists_without_end_is_a_faulty_line(tmp_path: Path) -> None:
    assert [(line, path) for line, path, _ in faults(tmp_path, "[" * 60_000)] == [(1, "$")]


def test_every_faulty_line_is_told_with_its_path_and_what_to_do(tmp_path: Path) -> None:
    good = {"kind": "gas_leak", "from": FROM}
    found = faults(
        tmp_path,
        good,
        "{",
        {**good, "from": "2026-06-02T15:00:00"},
        {**good, "kind": "gas_leek"},
        {"from": FROM},
        {**good, "untill": FROM},
        {**good, "until": "2026-06-02T14:00:00+08:00"},
        {**good, "place": "4405079"},
        {**good, "district": "浦东新区"},
        {**good, "lon": 116.7},
        {**good, "place": "440507", "street": "金霞街道"},
    )
    assert [(line, path) for line, path, _ in found] == [
        (2, "$"), (3, "$.from"), (4, "$.kinds"), (5, "$.kind"), (6, "$"), (7, "$.until"), (8, "$.place"),
        (9, "$.district"), (10, "$.lat"), (11, "$.place"),
    ]  # fmt: skip
    said = [message for _, _, message in found]
    assert "has no offset from UTC: write 2026-06-02T15:00:00+08:00" in said
    assert "'gas_leek' is no kind or class of the taxonomy; did you mean `gas_leak`?" in said
    assert "no field is called `untill`; did you mean `until`?" in said


def test_more_than_twenty_faults_are_counted(tmp_path: Path) -> None:
    found = faults(tmp_path, *["{"] * 25)
    assert (len(found), found[-1][2]) == (21, "5 more faulty lines")


def test_an_empty_file_and_one_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    assert "is empty" in faults(tmp_path)[0][2]
    broken = tmp_path / "truth.jsonl.gz"
    broken.write_bytes(b"no gzip")
    for file, said in ((broken, "is not gzip"), (tmp_path / "none", "no such file"), (tmp_path, "is a directory")):
        with pytest.raises(ConfigurationError, match=said):
            read_truth(file, AREAS, a_taxonomy())


def test_in_an_open_city_any_id_is_a_place(tmp_path: Path) -> None:
    file = tmp_path / "truth.jsonl"
    file.write_text(json.dumps({"kind": "any", "from": FROM, "place": "test:D7"}), encoding="utf-8")
    (one,) = read_truth(file, an_area_tree(), a_taxonomy()).happenings
    assert (one.where.keys, one.where.own) == (("test:D7",), "test:D7")
