"""Sentences an operator reads, in Chinese and English."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from rules.alert import Grade, Text
from rules.rule import Condition, Raise, seconds

GRADE_NAMES = {
    Grade.BLUE: Text("蓝色", "blue"),
    Grade.YELLOW: Text("黄色", "yellow"),
    Grade.ORANGE: Text("橙色", "orange"),
    Grade.RED: Text("红色", "red"),
}
SOURCE_NAMES = {
    "hotline": Text("12345", "hotline"),
    "grid": Text("网格", "grid"),
    "police": Text("110", "police"),
    "sos": Text("一键呼援", "SOS"),
}
_COUNTED = {"reporters": Text("人", "reporters"), "events": Text("起", "events"), "spots": Text("处", "spots")}
_UNITS = ((86_400.0, "天", "d"), (3_600.0, "小时", "h"), (60.0, "分钟", "min"), (1.0, "秒", "s"))
_NUMBERS = {
    "people": Text("涉及人数", "people"),
    "injured": Text("受伤人数", "injured"),
    "depth_cm": Text("水深（厘米）", "depth in cm"),
}


@lru_cache(maxsize=1024)
def duration(length_s: float) -> Text:
    """Return a length of time in words, in the largest unit that divides it."""
    for size, zh, en in _UNITS:
        if length_s >= size and length_s % size == 0:
            return Text(f"{length_s / size:.0f}{zh}", f"{length_s / size:.0f} {en}")
    return Text(f"{length_s:.0f}秒", f"{length_s:.0f} s")


def condition_text(condition: Condition) -> Text:
    """Return what `condition` asks for."""
    parts: list[Text] = []
    count = condition.count
    if count is not None:
        unit = _COUNTED[count.of]
        if seconds(count.within) > 0:
            within = duration(seconds(count.within))
            parts.append(
                Text(f"{within.zh}内≥{count.at_least}{unit.zh}", f"≥{count.at_least} {unit.en} in {within.en}")
            )
        else:
            parts.append(Text(f"≥{count.at_least}{unit.zh}", f"≥{count.at_least} {unit.en}"))
    if condition.sources is not None:
        within = duration(seconds(condition.within))
        parts.append(
            Text(f"{within.zh}内≥{condition.sources}类来源", f"≥{condition.sources} kinds of source in {within.en}")
        )
    for name, least in condition.number.items():
        parts.append(Text(f"{_NUMBERS[name].zh}≥{least:g}", f"{_NUMBERS[name].en} ≥{least:g}"))
    if condition.lasting is not None:
        length = duration(seconds(condition.lasting))
        parts.append(Text(f"持续≥{length.zh}", f"lasting ≥{length.en}"))
    if condition.spots is not None:
        parts.append(Text(f"≥{condition.spots}个点位同时达到", f"met at ≥{condition.spots} spots at once"))
    if condition.tags:
        parts.append(Text("文中提到险情", "danger words: " + ", ".join(condition.tags)))
    if condition.scenes:
        parts.append(Text("重点场所", "at " + ", ".join(condition.scenes)))
    if condition.holiday:
        parts.append(Text("法定节假日", "a public holiday"))
    return Text("且".join(part.zh for part in parts), " and ".join(part.en for part in parts))


def not_higher(rank: int, base: int, raises: tuple[Raise, ...], met: Collection[int]) -> Text:
    """Return what it would have taken to be one grade higher."""
    if rank == Grade.RED.rank:
        return Text("已是最高等级", "already the highest grade")
    for index, step in enumerate(raises):
        to = step.to.rank if step.to is not None else min(3, base + (step.by or 0))
        if index not in met and (step.by is not None or to > rank):
            name = GRADE_NAMES[step.to or _grade(rank + (step.by or 0))]
            wanted = condition_text(step.when)
            return Text(f"升为{name.zh}需：{wanted.zh}", f"{name.en} would need: {wanted.en}")
    return Text("本规则不再升级", "this rule goes no higher")


def per_day(norm: float | None) -> Text:
    """Return the normal value in words."""
    if norm is None:
        return Text("常态未知（历史不足7天）", "normal value unknown (under 7 days of history)")
    return Text(f"常态{norm:.1f}起/日", f"normally {norm:.1f} a day")


def source_list(sources: tuple[str, ...]) -> Text:
    """Return the source types in words."""
    names = [SOURCE_NAMES[source] for source in sources]
    return Text("、".join(name.zh for name in names), ", ".join(name.en for name in names))


def _grade(rank: int) -> Grade:
    return list(GRADE_NAMES)[min(rank, 3)]
