"""Shows explanations on a terminal: the verdict first, then conditions, events, and what was left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Styled

from rules.explanation import ConditionView, DroppedView, EventView, Explanation, GroupView, PartView, Reason, WhyNot
from streams.explain import Answer
from streams.explain_book import warnings
from streams.explain_words import PARTS, ROLES, by_reason, figure, kind_name, lacking, needed, reason_text, source_name
from streams.language import STYLES, Voice

MOST_EVENTS = 20
MOST_GROUPS = 3
_MOST_KINDS = 4


class Page:
    """Writes one answer.

    Parameters
    ----------
    answer
        What to say.
    voice
        Language, time zone and names.

    """

    def __init__(self, answer: Answer, voice: Voice) -> None:
        self._answer = answer
        self._voice = voice

    def show(self, console: Console) -> None:
        """Print it."""
        said = self._answer.said
        blocks = self._explanation(said) if isinstance(said, Explanation) else self._why_not(said)
        for block in blocks:
            console.print(block)

    def _book(self) -> Iterable[RenderableType]:
        """Say which book it was worked out with, and why that may not be what happened."""
        voice, used = self._voice, self._answer.book
        said = f"{used.digest} " + voice.pick(f"（{used.origin.zh}）", f"({used.origin.en})").strip()
        yield self._line(voice.pick("规则库", "book"), said)
        for warning in warnings(self._answer.said, used):
            yield Styled(f"⚠ {voice.say(warning)}", "bold yellow")

    def _explanation(self, said: Explanation) -> Iterable[RenderableType]:
        voice, alert = self._voice, said.alert
        badge = f"【{voice.grade(alert.grade)}·{voice.change(alert.revision.change)}】"
        desk = voice.pick("  仅限值班台", "  duty desk only") if alert.restricted else ""
        where = f" {voice.what(alert)}｜{voice.where(alert)}"
        yield Styled.assemble((badge, STYLES[alert.grade]), (where, "bold"), f"  {alert.id}", (desk, "bold magenta"))
        yield self._line(voice.pick("为何", "why"), voice.why(alert))
        steps = " → ".join(
            voice.pick(f"{voice.grade(one.grade)}（{one.because.zh}）", f"{voice.grade(one.grade)} ({one.because.en})")
            for one in alert.steps
        )
        yield self._line(voice.pick("定级", "grade"), steps)
        cap = voice.pick("；已被规则的最高等级封顶", "; the rule's maximum holds it down") if said.capped else ""
        yield self._line(voice.pick("未再升", "not higher"), voice.say(alert.not_higher) + cap)
        yield self._line(voice.pick("规则", "rule"), self._rule(said))
        yield from self._book()
        yield Padding(self._conditions(said.conditions, then=False), (1, 0, 0, 0))
        total = f"{alert.events}{voice.pick('起', '')}"
        head = voice.pick(f"计入 {total}，{alert.reporters}人", f"{total} counted, by {alert.reporters} reporters")
        yield from self._evidence(head, said.events, said.repeats, alert.events)
        yield from self._left_out(said.dropped)

    def _rule(self, said: Explanation) -> Styled:
        voice, rule = self._voice, said.alert.rule
        text = Styled(f"{rule.id} (#{rule.number}, v{rule.version})  ")
        if rule.status == "shadow":
            text.append(voice.say(reason_text(Reason.RULE_SHADOW)) + "  ", "magenta")
        if not said.differs:
            return text.append(voice.pick("按事件重算，结果一致", "worked out anew from the events: the same"), "green")
        if said.alert.status == "withdrawn":
            return text.append(voice.pick("该预警已撤销", "this alert was withdrawn"), "yellow")
        names = ", ".join(said.differs)
        what = voice.pick(
            f"按现有事件重算，有出入：{names}", f"worked out anew from the events there are: {names} differ"
        )
        return text.append(what, "yellow")

    def _why_not(self, said: WhyNot) -> Iterable[RenderableType]:
        voice = self._voice
        fired = said.reason is Reason.ALREADY_OPEN
        at = voice.moment(said.at)
        yield Styled.assemble(
            (f" {voice.say(said.said)} ", "bold black on green" if fired else "bold white on grey37"),
            (f" {voice.say(said.name)} ({said.rule})｜{self._place(said.place)}｜{at}", "bold"),
        )
        yield from self._book()
        notes = [voice.say(reason_text(note)) for note in said.notes]
        if notes:
            yield self._line(voice.pick("假如运行", "if it ran"), "; ".join(notes))
        if said.groups and not said.groups[0].fired:
            yield self._line(voice.pick("最接近", "closest"), self._closest(said.groups[0]))
        for n, group in enumerate(said.groups[:MOST_GROUPS]):
            yield from self._group(group, evidence=n == 0)
        more = len(said.groups) - MOST_GROUPS
        if more > 0:
            what = f"另有 {more} 组离触发更远"
            yield Styled(voice.pick(what, f"{more} more groups were further from firing"), "dim")
        yield from self._left_out(said.dropped)

    def _closest(self, group: GroupView) -> str:
        """Return what the group that came closest lacked."""
        voice = self._voice
        condition = max((c for c in group.conditions if c.role == "fires"), key=_met_share)
        lacked = [
            f"{voice.say(part.what)}: {voice.say(figure(part, part.value if part.value is not None else part.then))}"
            for part in condition.parts
            if not part.met
        ]
        kind = voice.say(kind_name(group.kind, self._answer.taxonomy))
        return f"{self._place(group.name)} {kind}  " + voice.pick("；", "; ").join(lacked)

    def _group(self, group: GroupView, *, evidence: bool) -> Iterable[RenderableType]:
        voice = self._voice
        kind = (
            voice.say(kind_name(group.kind, self._answer.taxonomy)) if group.kind else voice.pick("合并计", "together")
        )
        head = Styled.assemble(("▸ ", "cyan"), (f"{self._place(group.name)}·{kind}", "bold"))
        if group.starts_at is not None and group.ends_at is not None:
            head.append(f"  {voice.clock(group.starts_at)}–{voice.clock(group.ends_at, group.starts_at)}")
            if not group.fired:
                head.append(f"  {voice.say(reason_text(group.reason))}", "yellow")
        for alert in group.fired:
            head.append(f"  {voice.pick('已触发', 'fired')} {alert.id} ", "green")
            head.append(f"{voice.clock(alert.raised_at)} {voice.grade(alert.grade)}", "green")
        yield Padding(head, (1, 0, 0, 0))
        told = [one for one in group.conditions if group.fired or one.role == "fires"]
        yield self._conditions(told, then=group.starts_at is None)
        if not evidence:
            return
        head_line = voice.pick(f"看到 {len(group.events)} 起", f"{len(group.events)} seen")
        yield from self._evidence(head_line, group.events, group.repeats, len(group.events))

    def _conditions(self, conditions: Sequence[ConditionView], *, then: bool) -> Table:
        voice = self._voice
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        names = [
            ("", "left"),
            (voice.pick("条件", "condition"), "left"),
            (voice.pick("最接近" if then else "实际", "closest" if then else "value"), "right"),
            (voice.pick("需要", "needed"), "right"),
            (voice.pick("差距", "short by"), "right"),
        ]
        if then:
            names.append((voice.pick("当时", "at that time"), "right"))
        names.append((voice.pick("时刻", "when"), "left"))
        for name, side in names:
            table.add_column(name, justify="right" if side == "right" else "left")
        for condition in sorted(conditions, key=lambda one: (one.role != "fires", one.role == "fires" and not one.met)):
            role, effect = voice.say(ROLES[condition.role]), voice.say(condition.effect)
            says = voice.say(condition.says) if condition.role != "fires" else ""
            table.add_row(_mark(met=condition.met), Styled(f"{role} {effect} {says}".rstrip(), "cyan"))
            for part in condition.parts:
                row = [f"  {voice.say(part.what)}", voice.say(figure(part, part.value)), voice.say(needed(part))]
                row.append(voice.say(lacking(part)))
                if then:
                    row.append(voice.say(figure(part, part.then)))
                row.append(self._clock(condition.at))
                table.add_row(_mark(met=part.met), *(Styled(cell) for cell in row))
        return table

    def _clock(self, at: datetime | None) -> str:
        return "" if at is None else self._voice.clock(at)

    def _evidence(self, head: str, events: Sequence[EventView], repeats: int, total: int) -> Iterable[RenderableType]:
        voice = self._voice
        if not events:
            return
        if repeats:
            head += voice.pick(f"（{repeats}起为同一人重复，只计一次）", f" ({repeats} by a reporter counted before)")
        yield Padding(Styled(head, "bold"), (1, 0, 0, 0))
        table = Table(box=None, padding=(0, 2, 0, 2), show_header=False)
        for name in ("at", "source", "kind", "place", "who", "id", "mark"):
            table.add_column(no_wrap=name != "place", overflow="fold")
        for event in events[:MOST_EVENTS]:
            known = voice.pick("同一人", "again") if event.again else ""
            mark = voice.say(PARTS[event.part]) if event.part != "counted" else known
            kind = voice.say(kind_name(event.kind, self._answer.taxonomy))
            if (sure := self._answer.learned.get(event.id)) is not None:
                kind += voice.pick(f"（学习所得 {sure:.2f}）", f" (learned {sure:.2f})")
            who = event.reporter or "—"
            source = voice.say(source_name(event.source))
            cells = (voice.clock(event.at), source, kind, event.place, who, event.id, mark)
            table.add_row(*map(Styled, cells), style="dim" if mark else "")
        yield table
        more = max(total, len(events)) - min(len(events), MOST_EVENTS)
        if more > 0:
            yield Styled(voice.pick(f"  另有 {more} 起", f"  and {more} more"), "dim")

    def _left_out(self, dropped: Sequence[DroppedView]) -> Iterable[RenderableType]:
        voice = self._voice
        if not dropped:
            return
        yield Padding(Styled(voice.pick(f"未计入 {len(dropped)} 起", f"{len(dropped)} left out"), "bold"), (1, 0, 0, 0))
        table = Table(box=None, padding=(0, 2, 0, 2), show_header=False)
        shown = 0
        for reason, events in by_reason(dropped):
            table.add_row(Styled(f"{len(events)}", "yellow"), voice.say(reason_text(reason)), reason.value)
            if reason is Reason.KIND_NOT_COVERED:
                table.add_row("", Styled(self._kinds(events), "dim"))
                continue
            for event in events[: max(0, MOST_EVENTS - shown)]:
                shown += 1
                kind = voice.say(kind_name(event.kind, self._answer.taxonomy))
                what = f"{voice.clock(event.at)} {voice.say(source_name(event.source))} {kind} {event.place}"
                table.add_row("", Styled(what, "dim"), Styled(event.id, "dim"))
        yield table

    def _kinds(self, events: Sequence[DroppedView]) -> str:
        counts: dict[str, int] = {}
        for event in events:
            counts[event.kind] = counts.get(event.kind, 0) + 1
        most = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        named = [f"{self._voice.say(kind_name(kind, self._answer.taxonomy))} {n}" for kind, n in most[:_MOST_KINDS]]
        more = len(most) - _MOST_KINDS
        if more > 0:
            named.append(self._voice.pick(f"另{more}类", f"{more} more kinds"))
        return self._voice.pick("、", ", ").join(named)

    def _place(self, name: str) -> str:
        return "·".join(map(self._voice.named, name.split("·")))

    def _line(self, name: str, said: str | Styled) -> RenderableType:
        return Styled.assemble((f"{name}  ", "dim"), said)


def _mark(*, met: bool) -> Styled:
    return Styled("✓", "green") if met else Styled("✗", "red")


def _met_share(condition: ConditionView) -> float:
    return sum(_part_share(part) for part in condition.parts) / max(1, len(condition.parts))


def _part_share(part: PartView) -> float:
    value = part.value if part.value is not None else part.then
    if part.met or value is None or part.threshold <= 0:
        return float(part.met)
    return 0.0 if part.at_most else min(0.99, value / part.threshold)
