from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.taxonomy import load_taxonomy, read_taxonomy
from streams.intake.lexicon import Lexicon

TINY = """
version: 1
classes: {c: {zh: 类, en: C}}
kinds:
  first: {class: c, zh: 一, en: First, words: {甲: 3, 甲乙: 1, 长的词: 4}}
  second: {class: c, zh: 二, en: Second, words: {乙: 3, 丙: 4, 丁丁: 2}}
  other: {class: c, zh: 其他, en: Other}
"""


KINDS = frozenset(load_taxonomy().kinds)


@cache
def lexicon() -> Lexicon:
    return Lexicon(load_taxonomy())


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("楼下有浓烈煤气味", "gas_leak"),
        ("电动车在楼道充电时起火", "ebike_fire"),
        ("楼道飞线充电", "fire_hazard"),
        ("仓库存放危化品", "hazmat"),
        ("工人在污水井中毒", "confined_space"),
        ("房屋倾斜墙体开裂", "building_danger"),
        ("有人被困电梯", "elevator_trap"),
        ("小区停水一天", "water_outage"),
        ("整栋楼停电", "power_outage"),
        ("燃气停供", "gas_outage"),
        ("路面塌陷出现大坑", "road_collapse"),
        ("井盖缺失", "manhole"),
        ("井盖被盗", "manhole"),
        ("电线掉落路面", "wire_down"),
        ("水管爆裂", "pipe_burst"),
        ("路灯不亮", "streetlight"),
        ("路口积水严重，水深30cm", "waterlogging"),
        ("大树倒了压到车", "tree_fall"),
        ("山体滑坡", "landslide"),
        ("聚餐后多人上吐下泻", "food_poisoning"),
        ("班里多名学生发烧", "cluster_illness"),
        ("自来水发黄", "tap_water"),
        ("小孩被狗咬", "animal"),
        ("化工厂飘来刺鼻气味，恶臭", "odor"),
        ("工地夜间施工噪音大", "noise"),
        ("拖欠工人工资", "wage_arrears"),
        ("健身房跑路，会员卡退费难", "prepaid"),
        ("楼盘延期交房", "housing_delivery"),
        ("有人扬言跳楼", "threat"),
        ("老人走失", "missing"),
        ("违章停车", "parking"),
        ("停车挡路，堵车库门", "parking"),
        ("有人占道停车", "parking"),
        ("在市场手机被扒", "theft"),
        ("商家不肯退货", "consumer"),
        ("幼儿园多收取费用", "consumer"),
        ("商家虚假宣传", "consumer"),
        ("物业公司不理人", "property"),
        ("办了会员卡，店家跑路", "prepaid"),
        ("培训机构停课，预付的学费不退", "prepaid"),
        ("行道树倾倒", "tree_fall"),
        ("对方扬言要砍人", "threat"),
        ("水管爆了", "pipe_burst"),
        ("违章搭建", "illegal_build"),
        ("河里水体发黑，有异味", "water_pollution"),
        ("今天天气不错", "other"),
        ("Gas leak at home", "other"),
        ("", "other"),
    ],
)
def test_a_text_gives_its_kind_away(text: str, kind: str) -> None:
    assert lexicon().read(text)[0] == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("开展消防演练，模拟燃气泄漏", "other"),
        ("咨询停水通知", "other"),
        ("咨询停水通知，路灯不亮", "streetlight"),
        ("咨询家里有煤气味怎么办", "gas_leak"),
        ("井盖破损已修复", "other"),
        ("停电已恢复，但路面积水", "waterlogging"),
        ("未发现路面塌陷", "other"),
        ("燃气泄漏报警器坏了", "other"),
        ("家里的猫走失", "other"),
        ("猫走失，老人走失", "missing"),
        ("被打扰", "other"),
        ("宣传退款政策", "other"),
        ("房子被扒了", "other"),
        ("没有信号灯的路口", "traffic"),
        ("招标会", "other"),
        ("最多收三元", "other"),
        ("咨询危房改造政策", "other"),
    ],
)
def test_drills_questions_and_settled_matters_do_not_count(text: str, kind: str) -> None:
    assert lexicon().read(text)[0] == kind


def test_a_closing_record_may_say_that_it_is_repaired() -> None:
    assert lexicon().read("井盖破损已修复", settled=True)[0] == "manhole"


def test_a_drill_is_marked_as_one_and_has_no_other_tag() -> None:
    assert lexicon().read("爆炸演练，多人受伤") == ("other", ("exercise",))


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("发生爆炸，两人受伤送医", ("danger", "injury")),
        ("持刀扬言报复", ("threat", "weapon")),
        ("路面下沉，管道渗水", ("seeping", "sinking")),
        ("人群拥挤堵住出入口", ("blocked", "crowd")),
        ("多次反映无果", ("repeated",)),
        ("天气不错", ()),
    ],
)
def test_a_text_is_tagged(text: str, tags: tuple[str, ...]) -> None:
    assert lexicon().read(text)[1] == tags


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("甲丙", "second"),  # 3 against 4
        ("甲乙", "first"),  # 3 + 1 against 3
        ("丙长的词", "first"),  # 4 against 4: the longer word
        ("甲，乙", "first"),  # 3 against 3, as long: the earlier in the file
        ("乙乙乙甲", "first"),  # a word counts once
        ("甲甲乙", "first"),
    ],
)
def test_the_heaviest_kind_wins_then_the_longest_word_then_the_file_order(text: str, kind: str) -> None:
    assert Lexicon(read_taxonomy(TINY)).read(text)[0] == kind


def test_a_hint_alone_decides_nothing() -> None:
    assert Lexicon(read_taxonomy(TINY.replace("甲: 3", "甲: 1"))).read("甲")[0] == "other"


@given(
    st.lists(st.sampled_from(["停水", "已恢复", "，", "煤气味", "咨询", "演练", "猫走失", "x", "积水"]), max_size=12)
)
def test_reading_does_not_depend_on_what_was_read_before(parts: list[str]) -> None:
    warm = Lexicon(load_taxonomy())
    warm.read("".join(reversed(parts)))
    assert warm.read("".join(parts)) == lexicon().read("".join(parts))


@given(st.text(max_size=200))
def test_any_printable_text_can_be_read(text: str) -> None:
    kind, tags = lexicon().read("".join(char for char in text if char.isprintable()))
    assert kind in KINDS
    assert list(tags) == sorted(set(tags))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("近岸看到背鳍", "近岸看到背鳍"),
        ("应急演练，近岸看到背鳍", ""),
        ("路面破损已修复，近岸看到背鳍", "近岸看到背鳍"),
        ("近岸看到背鳍，咨询浴场是否开放", "近岸看到背鳍"),
        ("请问如何办理？", ""),
        ("近岸看到背鳍，", "近岸看到背鳍，"),
        ("", ""),
    ],
)
def test_what_a_word_takes_back_is_left_out_and_the_rest_stands(text: str, left: str) -> None:
    assert lexicon().standing(text) == left


def test_a_settled_record_does_not_take_itself_back() -> None:
    assert lexicon().standing("路面破损已修复", settled=True) == "路面破损已修复"
