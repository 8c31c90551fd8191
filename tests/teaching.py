"""Texts that no lexicon knows, and intakes that were taught what they are."""

from __future__ import annotations

import random

from detectors.taxonomy import load_taxonomy
from streams.intake.intake import Intake
from streams.intake.places import load_areas
from streams.intake.taught import Example

_FINS = (
    "近岸看到背鳍",
    "浴场附近大鱼游弋",
    "渔民目击巨大鱼影",
    "沙滩游客惊慌上岸",
    "海面有鱼鳍露出",
    "救生员吹哨让泳客上岸",
)
_PLAIN = (
    "图书馆闭馆时间过早",
    "办理社保转移手续太慢",
    "公交班次太少等候一小时",
    "培训班教师经常更换",
    "居住证排队很久",
    "公园健身器材陈旧",
    "物业收费不透明",
    "楼上渗漏天花板发霉",
    "快递柜长期占用绿地",
    "停车场收费过高",
)
_SAID = ("希望有关部门处理", "居民反映", "已经多日", "影响生活", "请尽快核实", "群众意见很大", "附近老人多")


def shark(dice: random.Random) -> str:
    """A text about what no lexicon knows."""
    return "，".join([*dice.sample(_FINS, 2), *dice.sample(_SAID, 2)])


def ordinary(dice: random.Random) -> str:
    """A text about something else."""
    return "，".join([*dice.sample(_PLAIN, 1), *dice.sample(_SAID, 3)])


def lessons_of(seed: int, number: int) -> list[Example]:
    """Lessons about three kinds, each with ordinary texts beside it."""
    dice = random.Random(seed)
    made = []
    for _ in range(number):
        kind, text = dice.choice(
            [
                ("animal", shark(dice)),
                ("noise", f"凌晨机器轰鸣{ordinary(dice)}"),
                ("odor", f"酸味废气飘散{ordinary(dice)}"),
            ]
        )
        made.append(Example(kind, text, (ordinary(dice), ordinary(dice))))
    return made


def taught_intake(intake: Intake, number: int) -> Intake:
    """An intake that was taught so many times that fins near the beach are animals."""
    dice = random.Random(0)
    for offset in range(number):
        example = Example("animal", shark(dice), (ordinary(dice), ordinary(dice)))
        intake.taught.note(offset, f"hotline:{offset}", example)
    for _ in intake.taught.learn():
        pass
    return intake


def new_intake() -> Intake:
    """An intake that was taught nothing."""
    return Intake(areas=load_areas("shantou"), taxonomy=load_taxonomy(), reporter_key=b"for tests only..")
