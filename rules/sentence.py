"""A rule in one Chinese and one English sentence, made from what it asks: nobody has to read YAML to know a rule."""

from __future__ import annotations

from collections.abc import Iterable

from detectors.surge import SurgeDetector
from detectors.taxonomy import Taxonomy
from rules.alert import GRADES, Text
from rules.book import scope_of
from rules.chance import limits
from rules.clocks import CONFIRM_WITHIN_S
from rules.condition import Condition, Count
from rules.phrases import condition_text, duration, selector_text
from rules.rule import Rule, Tail, seconds
from rules.wording import GRADE_NAMES, source_list

_PER = {
    "spot": Text("同一点位", "at one spot"),
    "grid": Text("同一网格", "in one grid"),
    "community": Text("同一社区", "in one community"),
    "street": Text("同一街道", "in one street"),
    "district": Text("同一区县", "in one district"),
}
_GATES = {
    "source": Text("源头关", "at the source"),
    "monitoring": Text("监测关", "in monitoring"),
    "containment": Text("管控关", "in containment"),
}
STATUS = {
    "draft": Text("草稿，不运行", "a draft, does not run"),
    "shadow": Text("试运行，不通知", "a shadow rule, notifies nobody"),
    "active": Text("启用", "active"),
    "retired": Text("停用", "retired"),
}
_SINGLE = Text("单起即报", "one report is enough")
_SINGLES = (Condition(count=Count(at_least=1)), Condition(count=Count(at_least=1, of="events")))
_UNSIGNED = Text(
    "到时限仍无人签收或到场的，责任上提一级（社区→街道→区→市），重新计时，到顶后反复督办，直至签收、到场",
    "what nobody has signed, or been on site for, in time goes one level up (community, street, district, city), with "
    "as much time again, and is called out again and again at the top, until somebody is",
)
_MANY = 4
_UNITS = {"day": "天", "week": "周", "month": "月", "year": "年"}


def sentence(rule: Rule, taxonomy: Taxonomy) -> Text:
    """Return what `rule` does, in Chinese and English."""
    if rule.modifies:
        body = [_modifier(rule), *([_UNSIGNED] if rule.unsigned is not None else [])]
    elif rule.signal is not None:
        body = [_about(rule, taxonomy), _signal(rule)]
    else:
        body = [_about(rule, taxonomy), _fires(rule)]
    body += [*_changes(rule), *_remarks(rule)]
    zh, en = "；".join(part.zh for part in body), "; ".join(part.en for part in body)
    return Text(f"{rule.name.zh}：{zh}。", f"{rule.name.en}: {en}.")


def _about(rule: Rule, taxonomy: Taxonomy) -> Text:
    """Return which events the rule looks at, and how it groups them."""
    sources, kinds = source_list(rule.sources), _kinds(rule, taxonomy)
    how, only = _grouping(rule), Text()
    if rule.where is not None:
        asked = selector_text(rule.where)
        only = Text(f"（限{asked.zh}）", f", those that are {asked.en},")
    return Text(f"{how.zh}的{kinds.zh}（{sources.zh}）{only.zh}", f"{kinds.en} ({sources.en}){only.en} {how.en}")


def _kinds(rule: Rule, taxonomy: Taxonomy) -> Text:
    if not rule.kinds:
        left = _named(rule.not_kinds, taxonomy)
        return Text(f"各类事项（{left.zh}除外）", f"all kinds but {left.en}") if rule.not_kinds else _ANY
    return _named(rule.kinds, taxonomy)


def _named(kinds: Iterable[str], taxonomy: Taxonomy) -> Text:
    names = [taxonomy.kinds[kind] for kind in kinds if kind in taxonomy.kinds]
    shown, more = names[:_MANY], max(0, len(names) - _MANY)
    zh, en = "、".join(kind.zh for kind in shown), ", ".join(kind.en.lower() for kind in shown)
    return Text(f"{zh}等{len(names)}类", f"{en} and {more} more") if more else Text(zh, en)


_ANY = Text("各类事项", "all kinds")


def _grouping(rule: Rule) -> Text:
    """Return what makes events one group."""
    how = _PER[rule.per] if scope_of(rule) == "district" else Text("全市", "in the whole city")
    if rule.radius_m is not None:
        how = Text(f"{rule.radius_m:g}米内", f"within {rule.radius_m:g} m")
    if rule.together:
        how = Text(f"{how.zh}、各类合计", f"{how.en}, all kinds together")
    if rule.alike is not None:
        how = Text(f"{how.zh}、内容相似", f"{how.en}, with texts alike")
    return how


def _fires(rule: Rule) -> Text:
    either = [_SINGLE if condition in _SINGLES else condition_text(condition) for condition in rule.fires]
    zh, en = "，或".join(part.zh for part in either), ", or ".join(part.en for part in either)
    grade = GRADE_NAMES[rule.grade or GRADES[0]]
    return Text(f"{zh}，{grade.zh}", f"{en}: {grade.en}")


def _signal(rule: Rule) -> Text:
    tail = rule.tail or Tail()
    zh, en = (
        "、".join(f"≤{p:g}报{GRADE_NAMES[grade].zh}" for grade, p in limits(tail)),
        ", ".join(f"≤{p:g} {GRADE_NAMES[grade].en}" for grade, p in limits(tail)),
    )
    if rule.signal != SurgeDetector.name:
        return Text(
            f"由{rule.signal}检测器按偶然概率定级：{zh}",
            f"graded by the {rule.signal} detector's chance probability: {en}",
        )
    least = tail.min_observed, tail.min_ratio
    if tail.budget is not None:
        rates = [(GRADE_NAMES[grade], rate) for grade in GRADES if (rate := getattr(tail.budget, grade.value))]
        zh = "、".join(f"{name.zh}{_in_chinese(rate)}" for name, rate in rates)
        en = ", ".join(f"{name.en} {rate}" for name, rate in rates)
        return Text(
            f"至少{least[0]}起且达预期{least[1]:g}倍时按全市偶然预警预算定级：{zh}",
            f"at least {least[0]} and {least[1]:g} times what is expected, "
            f"graded by the city's budget of chance alerts: {en}",
        )
    return Text(
        f"至少{least[0]}起且达预期{least[1]:g}倍时按偶然概率定级：{zh}",
        f"at least {least[0]} and {least[1]:g} times what is expected, graded by chance probability: {en}",
    )


def _in_chinese(rate: str) -> str:
    number, _, unit = rate.partition("/")
    return f"{number.strip()}/{_UNITS[unit.strip()]}"


def _modifier(rule: Rule) -> Text:
    if "all" in rule.modifies:
        return Text("作用于全部规则的预警", "works on the alerts of all rules")
    listed = ", ".join(rule.modifies)
    return Text(f"作用于规则 {listed} 的预警", f"works on the alerts of {listed}")


def _changes(rule: Rule) -> list[Text]:
    """Return what makes the grade higher or lower."""
    found = []
    for step in rule.raises:
        asked = condition_text(step.when)
        if step.to is not None:
            name = GRADE_NAMES[step.to]
            found.append(Text(f"{asked.zh}时升为{name.zh}", f"{name.en} when {asked.en}"))
        else:
            found.append(Text(f"{asked.zh}时升{step.by}级", f"up by {step.by} when {asked.en}"))
    for lower in rule.lowers:
        asked = condition_text(lower.when)
        found.append(Text(f"{asked.zh}时降{lower.by}级", f"down by {lower.by} when {asked.en}"))
    if rule.maximum is not None:
        name = GRADE_NAMES[rule.maximum]
        found.append(Text(f"最高{name.zh}", f"at most {name.en}"))
    return found


def _remarks(rule: Rule) -> list[Text]:
    """Return what holds of its alerts besides the grade."""
    found = []
    if rule.check:
        within = duration(seconds(rule.clocks.confirm) if rule.clocks.confirm is not None else CONFIRM_WITHIN_S)
        found.append(
            Text(
                f"橙色、红色须人工核实，{within.zh}内无人核实即注明未经核实发出",
                f"orange and red wait for a human to confirm them, {within.en} at most; then they go out unconfirmed",
            )
        )
    if rule.restricted:
        found.append(Text("仅限值班席", "for the duty desk only"))
    for length, zh, en in ((rule.clocks.sign, "签收", "signed"), (rule.clocks.on_site, "到场", "on site")):
        if length is not None:
            within = duration(seconds(length))
            found.append(Text(f"{within.zh}内{zh}", f"{en} within {within.en}"))
    if not rule.modifies:
        quiet, gate = duration(seconds(rule.quiet)), _GATES[rule.gate]
        found.append(Text(f"{quiet.zh}无新情况即解除", f"over after {quiet.en} without more"))
        found.append(gate)
    if rule.status != "active":
        found.append(STATUS[rule.status])
    return found
