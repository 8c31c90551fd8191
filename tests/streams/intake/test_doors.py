"""Doors in texts and in the names of places."""

from __future__ import annotations

import pytest

from streams.intake.doors import cut_to_compound
from streams.intake.masking import mask

MASKED = [
    ("幸福里小区3#502", "幸福里小区[门牌]"),
    ("幸福里小区3栋2梯502", "幸福里小区[门牌]"),
    ("长平路88号3楼502", "长平路88号[门牌]"),
    ("陈厝三巷五号", "陈厝[门牌]"),
    ("幸福里小区3栋502室漏水", "幸福里小区[门牌]漏水"),
    ("幸福里12号楼2单元1101", "幸福里[门牌]"),
    ("幸福里小区2-301", "幸福里小区[门牌]"),
    ("幸福里小区2-1-301室", "幸福里小区[门牌]"),
    ("５栋６０２房", "[门牌]"),
    ("住三栋五零二室", "住[门牌]"),
    ("A座1203有异味", "[门牌]有异味"),
    ("3单元401停电", "[门牌]停电"),
    ("陈厝三巷5号", "陈厝[门牌]"),
    ("1201室漏水", "[门牌]漏水"),
    ("金环路12号502漏水", "金环路12号[门牌]漏水"),
    ("幸福里小区10栋/502", "幸福里小区[门牌]"),
    ("西门巷12号", "西门巷[门牌]"),
    ("1200 Market St Apt 4B", "1200 Market St [门牌]"),
]


@pytest.mark.parametrize(("text", "expected"), MASKED, ids=[text for text, _ in MASKED])
def test_a_door_is_masked_and_where_it_is_stays(text: str, expected: str) -> None:
    assert mask(text) == expected
    assert mask(expected) == expected


@pytest.mark.parametrize(
    ("name", "compound"),
    [
        ("幸福里小区3栋502室", "幸福里小区"),
        ("幸福里小区12号楼2单元1101", "幸福里小区"),
        ("幸福里小区2-301", "幸福里小区"),
        ("幸福里小区5号", "幸福里小区"),
        ("幸福里小区3栋", "幸福里小区"),
        ("幸福里小区第3栋", "幸福里小区"),
        ("国际大厦A座1203", "国际大厦"),
        ("幸福里小区三栋五零二室", "幸福里小区"),
        ("陈厝村三巷5号", "陈厝村三巷"),
        ("3栋502室", ""),
        ("1200 Market St Apt 4B", "1200 Market St"),
        ("长平路88号", "长平路88号"),
        ("第三中学", "第三中学"),
        ("百花楼酒家", "百花楼酒家"),
        ("幸福里小区", "幸福里小区"),
        ("1200 MARKET ST", "1200 MARKET ST"),
    ],
)
def test_a_spot_is_cut_back_to_its_compound(name: str, compound: str) -> None:
    assert cut_to_compound(name) == compound
