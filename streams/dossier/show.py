"""Prints a history: what it is, what became of it in order, how long each step took, who decided, what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Styled

from rules.alert import Alert, Grade
from rules.life import OVER
from rules.refusals import STATE_NAMES
from streams.audit import AuditEntry
from streams.bulletin import headline
from streams.dossier.history import Decision, Given, History, Told
from streams.dossier.words import (
    ACTIONS,
    ALLOWED,
    ANSWERS,
    KEPT,
    LEVELS,
    OUTCOMES,
    WHATS,
    length,
    plain,
    word,
)
from streams.language import INKS, Voice

_ANSWER_STYLES = {"obeyed": "green", "repeated": "dim", "refused": "red", "unconfirmed": "yellow"}
_OUTCOME_STYLES = {"SENT": "green", "RETRY": "yellow", "FAILED": "red", "GIVEN_UP": "bold red", "SUPPRESSED": "dim"}
_KEPT_STYLES = {"in_time": "green", "late": "yellow", "overdue": "bold red", "stopped": "dim", "running": "cyan"}
_TELLS_WHO = frozenset({"signed", "assigned", "arrived", "resolved", "escalated", "raised", "confirmed"})


class Line(NamedTuple):
    """One line of what became of an alert: when, in which order at one instant, what kind of thing, and what."""

    at: datetime
    order: int
    mark: Styled
    said: Styled


class Dossier:
    """Writes one history.

    Parameters
    ----------
    history
        What to tell.
    voice
        Language, time zone and names.

    """

    def __init__(self, history: History, voice: Voice) -> None:
        self._history = history
        self._voice = voice

    def show(self, console: Console) -> None:
        """Print it."""
        for block in self._blocks():
            console.print(block, soft_wrap=isinstance(block, Styled))

    def _blocks(self) -> Iterator[Styled | Padding | Table]:
        voice, history = self._voice, self._history
        last = history.versions[-1].alert
        desk = voice.pick("  仅限值班台", "  duty desk only") if last.restricted else ""
        exercise = voice.pick("  演练", "  exercise") if last.exercise else ""
        yield Styled.assemble(
            headline(last, voice), (f"  {history.id}", "dim"), (desk, "bold magenta"), (exercise, "reverse")
        )
        yield from self._notes()
        yield self._titled(voice.pick("经过", "What became of it"))
        yield self._course()
        yield self._titled(voice.pick("各环节用时", "Time in each step"))
        yield self._steps()
        if history.clocks:
            yield self._titled(voice.pick("时限", "Clocks"))
            yield self._clocks()
        yield self._titled(voice.pick("定级依据", "Who decided on the grade"))
        yield self._decisions()
        if history.findings:
            yield self._titled(voice.pick("由哪些发现合成", "The findings it was made of"))
            yield self._findings()
        for related in history.related:
            part = voice.pick("相关预警", "see also")
            yield Styled.assemble((f"{part}  ", "dim"), voice.say(related.title), (f"  {related.id}", "dim"))

    def _notes(self) -> Iterator[Styled]:
        for note in self._history.notes:
            yield Styled(f"⚠ {self._voice.say(note)}", "yellow")

    def _titled(self, title: str) -> Padding:
        return Padding(Styled(title, "bold"), (1, 0, 0, 0))

    def course(self) -> list[Line]:
        """Return everything in the order it came: at one instant commands before the versions they led to."""
        history, before = self._history, None
        lines = [*map(self._command, history.commands), *map(self._delivery, history.deliveries)]
        lines += map(self._entry, history.seen)
        for issued in history.versions:
            lines.append(Line(issued.at, 1, *self._version(issued.alert, before)))
            before = issued.alert
        return sorted(lines, key=lambda one: one[:2])

    def _course(self) -> Table:
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        table.add_column(no_wrap=True, style="cyan")
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        day: str = ""
        for line in self.course():
            local = line.at.astimezone(self._voice.zone)
            on = f"{local:%Y-%m-%d}"
            table.add_row(f"{on if on != day else '':10} {local:%H:%M:%S}", line.mark, line.said)
            day = on
        return table

    def _version(self, alert: Alert, before: Alert | None) -> tuple[Styled, Styled]:
        """Return what a version says that the one before did not."""
        voice, revision = self._voice, alert.revision
        mark = Styled.assemble(
            (f"v{revision.version} ", "dim"), (voice.change(revision.change), f"bold {INKS[alert.grade]}")
        )
        said = Styled.assemble((voice.grade(alert.grade), INKS[alert.grade]))
        if before is not None and before.grade is not alert.grade:
            said = Styled.assemble((f"{voice.grade(before.grade)} → ", "dim"), said)
        if before is None or (before.events, before.reporters) != (alert.events, alert.reporters):
            said.append(f"  {voice.sources(alert)} {voice.how_many(alert)}")
        if before is None:
            said.append(f"  {voice.why(alert)}", "italic")
        if revision.change in _TELLS_WHO or before is None:
            said.append(f"  {plain(voice.handled(alert)) or self._to_sign(alert)}")
        if revision.change in {"verified", "false_alarm"}:
            said.append(f"  {plain(voice.judged(alert))}")
        handling = revision.handling
        if handling is not None and handling.moved_to:
            said.append(voice.pick(f"  并入 {handling.moved_to}", f"  became part of {handling.moved_to}"), "yellow")
        return mark, said

    def _to_sign(self, alert: Alert) -> str:
        voice, handling = self._voice, alert.revision.handling
        if handling is None:
            return ""
        until = voice.clock(handling.sign_by, alert.graded_at)
        who = voice.named(voice.name_of(handling.area))
        return voice.pick(f"{who}须在{until}前签收", f"{who} has to sign by {until}")

    def _command(self, given: Given) -> Line:
        voice = self._voice
        said = Styled.assemble((plain(given.by), "bold"), "  ")
        said.append(voice.say(ANSWERS[given.answer]), _ANSWER_STYLES[given.answer])
        if given.reason:
            reason = plain(voice.say(given.says) or given.reason)
            said.append(voice.pick(f"（{reason}）", f" ({reason})"), "red")
        if given.version:
            said.append(f" → v{given.version}", "dim")
        if given.to or given.other:
            said.append(f"  → {plain(given.to or given.other)}")
        if given.why:
            said.append(f"  “{plain(given.why)}”", "italic")
        if given.alert != self._history.id:
            said.append(f"  {plain(given.alert)}", "dim")
        mark = Styled.assemble((voice.pick("指令 ", "command "), "dim"), plain(voice.say(word(ACTIONS, given.action))))
        return Line(given.heard_at, 0, mark, said)

    def _delivery(self, told: Told) -> Line:
        voice = self._voice
        said = Styled.assemble(
            f"v{told.version} → {plain(told.recipient) or '–'}", (f" ({plain(told.channel) or '–'})  ", "dim")
        )
        said.append(plain(voice.say(word(OUTCOMES, told.outcome))), _OUTCOME_STYLES.get(told.outcome, ""))
        if told.reason:
            said.append(f"  {plain(told.reason)}", "red")
        if told.attempt > 1:
            said.append(voice.pick(f"  第{told.attempt}次", f"  attempt {told.attempt}"))
        if told.took_ms is not None:
            said.append(f"  {told.took_ms:,.0f} ms", "dim")
        if told.again:
            said.append(voice.pick("  可能重复", "  may be a repetition"), "yellow")
        if told.digest:
            said.append(voice.pick(f"  汇总{len(told.digest)}条", f"  in a digest of {len(told.digest)}"), "dim")
        return Line(told.at, 2, Styled(voice.pick("推送", "message"), "dim"), said)

    def _entry(self, entry: AuditEntry) -> Line:
        said = Styled.assemble((plain(entry.by), "bold"), f"  {plain(self._voice.say(word(ALLOWED, entry.outcome)))}")
        if entry.subject != self._history.id:
            said.append(f"  {plain(entry.subject)}", "dim")
        said.append(f"  “{plain(entry.why)}”", "italic")
        mark = Styled.assemble(
            (self._voice.pick("审计 ", "audit "), "dim"), self._voice.say(word(ACTIONS, entry.action))
        )
        return Line(entry.at, 0, mark, said)

    def _steps(self) -> Table:
        voice = self._voice
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        for stay in self._history.stays:
            taken = voice.say(length(stay.length_s)) if stay.length_s is not None else ""
            if stay.until is None and stay.state not in OVER:
                so_far = voice.say(length((self._history.now - stay.since).total_seconds()))
                taken = voice.pick(f"已{so_far}", f"{so_far} so far")
            table.add_row(self._moment(stay.since), voice.say(STATE_NAMES[stay.state]), Styled(taken, "bold"))
        return table

    def _clocks(self) -> Table:
        voice = self._voice
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        for one in self._history.clocks:
            clock = one.clock
            cells = [Styled(voice.grade(Grade(clock.grade)), INKS[Grade(clock.grade)])]
            cells.append(Styled(voice.say(WHATS[clock.what])))
            cells.append(Styled(voice.say(word(LEVELS, clock.level))))
            due = voice.pick(f"应于{self._moment(clock.due_at)}前", f"due {self._moment(clock.due_at)}")
            cells += [Styled(due), Styled(voice.say(KEPT[one.kept]), _KEPT_STYLES[one.kept])]
            took = voice.say(length(clock.took_s)) if clock.took_s is not None else ""
            cells.append(Styled(voice.pick(f"用时{took}", f"took {took}") if took else ""))
            up = voice.pick(f"提级{clock.missed}次", f"went up {clock.missed} ×") if clock.missed else ""
            cells.append(Styled(up, "red"))
            table.add_row(*cells)
        return table

    def _decisions(self) -> Table:
        voice = self._voice
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        for one in self._history.decisions:
            grade = Grade(one.grade)
            shadow = voice.pick("  试运行", "  shadow") if one.rule.status == "shadow" else ""
            rule = f"{one.rule.id} (#{one.rule.number}, v{one.rule.version}){shadow}"
            book = voice.pick(f"规则库 {one.rule.book}", f"book {one.rule.book}")
            table.add_row(
                Styled(f"v{one.version}", "dim"),
                Styled(voice.grade(grade), INKS[grade]),
                Styled(rule),
                Styled(book),
                self._detector(one),
                Styled(voice.say(one.because), "dim"),
            )
        return table

    def _detector(self, one: Decision) -> Styled:
        """Return which detector spoke, as far as the book at hand can tell."""
        voice = self._voice
        if one.detector is None:
            return Styled(voice.pick("现有规则库中已无此规则", "not a rule of the book at hand"), "yellow")
        said = Styled(
            voice.pick(f"检测器 {one.detector}", f"detector {one.detector}")
            if one.detector
            else voice.pick("规则计数", "counts events")
        )
        said.append(f"  {one.observed}/{one.threshold}" if not one.detector else f"  {one.observed}")
        if one.detector and one.expected is not None:
            said.append(voice.pick(f"，预期{one.expected:.1f}", f", expected {one.expected:.1f}"))
        if one.p_value is not None:
            said.append(f"，p={one.p_value:.2g}" if voice.lang == "zh" else f", p={one.p_value:.2g}")
        if not one.same_book:
            said.append(voice.pick("（按现有规则库）", " (by the book at hand)"), "yellow")
        return said

    def _findings(self) -> Table:
        voice = self._voice
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        for one in self._history.findings:
            events = voice.pick(f"{one.events}起", f"{one.events} events")
            closed = "" if one.status == "open" else voice.say(STATE_NAMES["closed"])
            rule = f"{one.rule.id} (#{one.rule.number}, v{one.rule.version}, {one.rule.book})"
            cells = map(Styled, (plain(voice.say(one.title)), rule, events, closed, one.id))
            table.add_row(Styled(voice.grade(one.grade), INKS[one.grade]), *cells)
        return table

    def _moment(self, at: datetime) -> str:
        return f"{at.astimezone(self._voice.zone):%m-%d %H:%M:%S}"
