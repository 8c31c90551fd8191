"""What the parts of a condition ask for, in Chinese and English."""

from __future__ import annotations

from functools import lru_cache

from rules.alert import Text
from rules.condition import Change, Condition, Context, Count
from rules.selector import Selector, TextMatch, seconds
from rules.weather import warnings_text

SOURCE_NAMES = {
    "hotline": Text("12345", "hotline"),
    "grid": Text("网格", "grid"),
    "police": Text("110", "police"),
    "sos": Text("一键呼援", "SOS"),
}
NUMBERS = {
    "people": Text("涉及人数", "people"),
    "injured": Text("受伤人数", "injured"),
    "depth_cm": Text("水深（厘米）", "depth in cm"),
}
_COUNTED = {
    "reporters": Text("人", "reporters"),
    "events": Text("起", "events"),
    "spots": Text("处", "spots"),
    "grids": Text("个网格", "grids"),
    "communities": Text("个社区", "communities"),
    "streets": Text("个街道", "streets"),
    "kinds": Text("类问题", "kinds"),
    "sources": Text("类来源", "kinds of source"),
}
_DAYS = {
    "holiday": Text("法定节假日", "on public holidays"),
    "weekend": Text("周末", "on weekends"),
    "workday": Text("工作日", "on workdays"),
    "day_off": Text("休息日", "on days off"),
}
_MODES = {"normal": Text("平时状态", "normal mode"), "emergency": Text("应急状态", "emergency mode")}
_UNITS = ((86_400.0, "天", "d"), (3_600.0, "小时", "h"), (60.0, "分钟", "min"), (1.0, "秒", "s"))


@lru_cache(maxsize=1024)
def duration(length_s: float) -> Text:
    """Return a length of time in words, in the largest unit that divides it."""
    for size, zh, en in _UNITS:
        if length_s >= size and length_s % size == 0:
            return Text(f"{length_s / size:.0f}{zh}", f"{length_s / size:.0f} {en}")
    return Text(f"{length_s:.0f}秒", f"{length_s:.0f} s")


MATCHING = "文中匹配"
"""What a condition on a text by a regular expression says: nothing for those who read alerts."""


def condition_text(condition: Condition) -> Text:
    """Return what `condition` asks for."""
    return both(*part_texts(condition).values())


def both(*texts: Text) -> Text:
    """Join what all has to hold."""
    return Text("且".join(text.zh for text in texts), " and ".join(text.en for text in texts))


def part_texts(condition: Condition) -> dict[str, Text]:
    """Return what every part of `condition` asks for, by the part's name."""
    texts: dict[str, Text] = {}
    if condition.count is not None:
        texts["count"] = _count(condition.count)
    if condition.match is not None:
        texts["match"] = selector_text(condition.match)
    if condition.sources is not None:
        within = duration(seconds(condition.within))
        n = condition.sources
        texts["sources"] = Text(f"{within.zh}内≥{n}类来源", f"≥{n} kinds of source in {within.en}")
    texts |= {name: _number(name, least) for name, least in condition.number.items()}
    return texts | _course(condition) | _figures(condition)


def _course(condition: Condition) -> dict[str, Text]:
    """Return the parts on how the episode goes and on what is around it."""
    texts: dict[str, Text] = {}
    if condition.lasting is not None:
        length = duration(seconds(condition.lasting))
        texts["lasting"] = Text(f"持续≥{length.zh}", f"lasting ≥{length.en}")
    if condition.spots is not None:
        texts["spots"] = Text(f"≥{condition.spots}个点位同时达到", f"met at ≥{condition.spots} spots at once")
    if condition.tags:
        texts["tags"] = Text("文中提到险情", "danger words: " + ", ".join(condition.tags))
    if condition.scenes:
        texts["scenes"] = Text("重点场所", "at " + ", ".join(condition.scenes))
    if condition.holiday:
        texts["holiday"] = Text("法定节假日", "a public holiday")
    if condition.context is not None:
        texts["context"] = context_text(condition.context)
    return texts


def _number(name: str, least: float) -> Text:
    return Text(f"{NUMBERS[name].zh}≥{least:g}", f"{NUMBERS[name].en} ≥{least:g}")


def selector_text(selector: Selector) -> Text:
    """Return which events `selector` means; kinds by their ids."""
    parts: list[Text] = []
    if selector.status == "closed":
        parts.append(Text("已办结", "closed"))
    if selector.sources:
        names = [SOURCE_NAMES[source] for source in selector.sources]
        parts.append(Text("、".join(name.zh for name in names), " or ".join(name.en for name in names)))
    for zh, values in (("类别", selector.kinds), ("场所", selector.scenes), ("标记", selector.tags)):
        if values:
            parts.append(Text(f"{zh}为{'、'.join(values)}", " or ".join(values)))
    parts += _match_texts(selector.text) if selector.text is not None else []
    parts += [_number(name, least) for name, least in selector.number.items()]
    if selector.hours:
        parts.append(Text(f"{selector.hours}时段", f"at {selector.hours}"))
    if selector.days:
        parts.append(_DAYS[selector.days])
    if selector.expr:
        parts.append(Text(selector.expr, selector.expr))
    return both(*parts) if parts else Text("任何事件", "any event")


def _match_texts(match: TextMatch) -> list[Text]:
    asked = (
        ("文中有", "text with", match.any),
        ("文中同时有", "text with all of", match.all),
        ("文中无", "text without", match.none),
        (MATCHING, "text matching", (match.regex,) if match.regex else ()),
    )
    return [Text(f"{zh}{'、'.join(words)}", f"{en} {', '.join(words)}") for zh, en, words in asked if words]


def context_text(context: Context) -> Text:
    """Return what has to be in force."""
    parts: list[Text] = []
    if context.weather:
        asked = warnings_text(context.weather)
        parts.append(Text(f"气象预警（{asked.zh}）", f"weather warning ({asked.en})"))
    if context.mode is not None:
        parts.append(_MODES[context.mode])
    if context.event:
        parts.append(Text(f"重大活动（{'、'.join(context.event)}）", f"declared event ({', '.join(context.event)})"))
    return both(*parts)


def _count(count: Count) -> Text:
    unit = _COUNTED[count.of]
    if seconds(count.within) <= 0:
        return Text(f"≥{count.at_least}{unit.zh}", f"≥{count.at_least} {unit.en}")
    within = duration(seconds(count.within))
    return Text(f"{within.zh}内≥{count.at_least}{unit.zh}", f"≥{count.at_least} {unit.en} in {within.en}")


def _figures(condition: Condition) -> dict[str, Text]:
    """Return the parts that look back over the group's events, and those that wait."""
    texts: dict[str, Text] = {}
    if (share := condition.share) is not None:
        within, what = duration(seconds(share.within)), selector_text(share.match)
        texts["share"] = Text(
            f"{within.zh}内{what.zh}占比≥{share.at_least:.0%}（至少{share.least}起）",
            f"{what.en} are ≥{share.at_least:.0%} in {within.en} (of {share.least} or more)",
        )
    if (ratio := condition.ratio) is not None:
        within, one, other = duration(seconds(ratio.within)), selector_text(ratio.match), selector_text(ratio.to)
        texts["ratio"] = Text(
            f"{within.zh}内{one.zh}与{other.zh}之比≥{ratio.at_least:g}",
            f"≥{ratio.at_least:g} {one.en} for each {other.en} in {within.en}",
        )
    if condition.change is not None:
        texts["change"] = _change(condition.change)
    if (fresh := condition.fresh) is not None:
        within, unit = duration(seconds(fresh.within)), _COUNTED[fresh.of]
        texts["fresh"] = Text(f"{within.zh}内首次（按{unit.zh}）", f"the first in {within.en}, by {unit.en}")
    if condition.after:
        steps = [(selector_text(step.match), duration(seconds(step.within)), step.at_least) for step in condition.after]
        texts["after"] = Text(
            "，".join(f"此前{length.zh}内有{what.zh}" + (f"≥{n}起" if n > 1 else "") for what, length, n in steps),
            ", then ".join(
                f"within {length.en} of " + (f"{n} times " if n > 1 else "") + what.en for what, length, n in steps
            ),
        )
    if (unless := condition.then_not) is not None:
        within, what = duration(seconds(unless.within)), selector_text(unless.match)
        texts["then_not"] = Text(f"{within.zh}内未见{what.zh}", f"no {what.en} within {within.en}")
    if (fired := condition.fired) is not None:
        within = duration(seconds(fired.within))
        texts["fired"] = Text(f"{within.zh}内曾触发规则{fired.rule}", f"rule {fired.rule} fired within {within.en}")
    return texts


def _change(change: Change) -> Text:
    within, against = duration(seconds(change.within)), duration(seconds(change.against))
    if change.times is not None:
        return Text(
            f"{within.zh}内数量≥前{against.zh}均值的{change.times:g}倍（至少{change.least}起）",
            f"≥{change.times:g} times the mean of the {against.en} before in {within.en} (≥{change.least})",
        )
    return Text(
        f"{within.zh}内数量≤前{against.zh}均值的{change.down_to or 0:.0%}",
        f"≤{change.down_to or 0:.0%} of the mean of the {against.en} before in {within.en}",
    )
