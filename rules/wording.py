"""Sentences an operator reads, in Chinese and English."""

from __future__ import annotations

from collections.abc import Collection

from detectors.geometry import COMMUNITY_M, GRID_M
from rules.alert import Grade, Text
from rules.phrases import MATCHING, SOURCE_NAMES, condition_text
from rules.rule import Raise

GRADE_NAMES = {
    Grade.BLUE: Text("蓝色", "blue"),
    Grade.YELLOW: Text("黄色", "yellow"),
    Grade.ORANGE: Text("橙色", "orange"),
    Grade.RED: Text("红色", "red"),
}
_AROUND = {"street": Text("街道", "street"), "district": Text("区县", "district")}


def not_higher(rank: int, base: int, raises: tuple[Raise, ...], met: Collection[int]) -> Text:
    """Return what it would have taken to be one grade higher."""
    if rank == Grade.RED.rank:
        return Text("已是最高等级", "already the highest grade")
    for index, step in enumerate(raises):
        to = step.to.rank if step.to is not None else min(3, base + (step.by or 0))
        if index not in met and (step.by is not None or to > rank):
            name = GRADE_NAMES[step.to or _grade(rank + (step.by or 0))]
            wanted = condition_text(step.when)
            if MATCHING in wanted.zh:
                wanted = step.because
            return Text(f"升为{name.zh}需：{wanted.zh}", f"{name.en} would need: {wanted.en}")
    return Text("本规则不再升级", "this rule goes no higher")


def per_day(norm: float | None) -> Text:
    """Return the normal value in words."""
    if norm is None:
        return Text("常态未知（历史不足7天）", "normal value unknown (under 7 days of history)")
    return Text(f"常态{norm:.1f}起/日", f"normally {norm:.1f} a day")


def by_area(n: int, radius_m: float) -> Text:
    """Return that `n` reports have no coordinates, and which areas stood for a distance of `radius_m` metres."""
    areas = (Text("点位", "spot"), Text("网格", "grid"), Text("社区", "community"))
    known = areas[: 1 + (radius_m >= GRID_M) + (radius_m >= COMMUNITY_M)]
    zh, en = "、".join(area.zh for area in known), ", ".join(area.en for area in known)
    return Text(f"（{n}起坐标缺失，以同一{zh}为近）", f" (coordinates missing: {n}; near is the same {en})")


def source_list(sources: tuple[str, ...]) -> Text:
    """Return the source types in words."""
    names = [SOURCE_NAMES[source] for source in sources]
    return Text("、".join(name.zh for name in names), ", ".join(name.en for name in names))


def also_up(levels: tuple[str, ...]) -> Text:
    """Return that the areas around are up as well, and leave it to this one to say so."""
    if not levels:
        return Text("", "")
    names = [_AROUND[level] for level in levels]
    zh, en = "、".join(name.zh for name in names), " and ".join(name.en for name in names)
    verb = "is" if len(names) == 1 else "are"
    return Text(f"；所在{zh}随之偏高，主要在此", f"; the {en} around it {verb} up as well, mostly because of it")


def _grade(rank: int) -> Grade:
    return list(GRADE_NAMES)[min(rank, 3)]
