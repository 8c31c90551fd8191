"""The live terminal view as a picture of one moment: what is open, the most serious first, and what changed last."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.panel import Panel
from rich.table import Table
from rich.text import Text as Styled

from rules.alert import GRADES, Alert, Grade
from streams.bulletin import advice, duty, facts, grading, happened_at, headline, reason
from streams.language import INKS, STYLES, Voice, due_by

WIDE = 120
_TALL = 32
_TICKER = 40
_LEAST_ROWS = 3
_TITLE_ROOM = 6
_BAR = "on grey19"


@dataclass(frozen=True)
class Progress:
    """How far a run has come.

    Parameters
    ----------
    rows
        Records read or sent.
    events, duplicates, late, dead
        What became of them so far.
    reached
        Event time reached, epoch seconds; ``None`` before the first event.
    rows_per_s
        Of wall time, lately.
    lag
        Records on their way.

    """

    rows: int = 0
    events: int = 0
    duplicates: int = 0
    late: int = 0
    dead: int = 0
    reached: float | None = None
    rows_per_s: float = 0.0
    lag: int = 0

    @property
    def reached_at(self) -> datetime | None:
        """Event time reached."""
        return None if self.reached is None else datetime.fromtimestamp(self.reached, UTC)


@dataclass
class Change:
    """A version in the ticker; `at` is when it came about, ``None`` until event time has been told after it."""

    alert: Alert
    at: datetime | None


@dataclass
class Screen:
    """Everything on the screen; rich draws it as large as the terminal is.

    Parameters
    ----------
    voice
        Language and city.
    city
        Its name.
    speed
        Multiple of real time, ``None`` for as fast as it goes.
    board
        Address of the board, empty while there is none.
    note
        What the viewer should know now.

    """

    voice: Voice
    city: str
    speed: float | None = None
    board: str = ""
    note: str = ""
    progress: Progress = field(default_factory=Progress)
    latency: tuple[float, float] | None = None
    alerts: dict[str, Alert] = field(default_factory=dict)
    before: dict[str, int] = field(default_factory=dict)
    ticker: deque[Change] = field(default_factory=lambda: deque(maxlen=_TICKER))

    def take(self, alert: Alert) -> None:
        """Take in the next version of an alert."""
        former = self.alerts.pop(alert.id, None)
        self.before[alert.id] = former.events if former is not None else alert.events
        self.ticker.append(Change(alert, alert.last_at if alert.status == "open" else None))
        if alert.status == "withdrawn":
            self.before.pop(alert.id)
        else:
            self.alerts[alert.id] = alert

    def reach(self, progress: Progress) -> None:
        """Take in how far the run has come; what was closed since the last time is dated by it."""
        self.progress = progress
        for change in self.ticker:
            change.at = change.at or happened_at(change.alert, self.now)

    @property
    def now(self) -> datetime | None:
        """Event time reached."""
        return self.progress.reached_at

    def ranked(self) -> list[Alert]:
        """Return the open alerts, the most serious first, of these the newest first; false alarms after all others."""
        standing = [alert for alert in self.alerts.values() if alert.status == "open"]
        return sorted(standing, key=lambda a: (a.is_false_alarm, -a.grade.rank, -a.graded_at.timestamp(), a.id))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        height = options.height or options.max_height
        ranked = self.ranked()
        yield self._header()
        left = height - 2
        if ranked:
            top = self._top(ranked, console, options)
            left -= len(console.render_lines(top, options.update(height=None), pad=False))
            yield top
        changes = min(len(self.ticker), 8 if height >= _TALL else 4, max(0, left - _LEAST_ROWS - 2))
        rows = left - (changes + 1 if changes else 0)
        yield from self._table(ranked, rows, options.max_width)
        if changes:
            yield self._rule(options.max_width)
            yield from self._changes(changes)
        yield self._footer(options.max_width)

    def _header(self) -> Table:
        voice, progress = self.voice, self.progress
        bar = Table.grid(expand=True, padding=(0, 1))
        bar.add_column(no_wrap=True)
        bar.add_column(no_wrap=True, justify="right", ratio=1)
        clock = voice.moment(self.now) if self.now else voice.pick("等待首个事件", "waiting for the first event")
        speed = f"{self.speed:g}×" if self.speed else voice.pick("全速", "full speed")
        rate = voice.pick(f"{progress.rows_per_s:,.0f} 条/秒", f"{progress.rows_per_s:,.0f} events/s")
        lag = voice.pick(f"积压 {progress.lag:,}", f"lag {progress.lag:,}")
        name = voice.pick(f" 烽火 {self.city}", f" Fenghuo {voice.named(self.city)}")
        right = "  ".join(part for part in (self.note, self.board, speed, rate, lag) if part)
        bar.add_row(Styled.assemble((name, "bold dark_orange"), "  ", (clock, "bold")), Styled(f"{right} "), style=_BAR)
        return bar

    def _top(self, ranked: list[Alert], console: Console, options: ConsoleOptions) -> Panel | Table:
        """Return the most serious alert whole; side by side with the next where there is room."""
        width = options.max_width
        if width < WIDE or len(ranked) == 1:
            return self._whole(ranked[0], width)
        pair = [self._whole(alert, width // 2) for alert in ranked[:2]]
        half = options.update(width=width // 2, height=None)
        tall = max(len(console.render_lines(panel, half, pad=False)) for panel in pair)
        grid = Table.grid(expand=True, padding=0)
        for panel in pair:
            panel.height = tall
            grid.add_column(ratio=1)
        grid.add_row(*pair)
        return grid

    def _whole(self, alert: Alert, width: int) -> Panel:
        voice = self.voice
        title = headline(alert, voice)
        lines = [
            facts(alert, voice, self.now),
            reason(alert, voice),
            grading(alert, voice, higher=True),
            advice(alert, voice),
            duty(alert, voice, self.now),
        ]
        if title.cell_len > width - _TITLE_ROOM:
            title = headline(alert, voice, place=False)
            lines.insert(0, Styled(voice.where(alert), style="bold"))
        body = Styled("\n").join([line for line in lines if line is not None])
        return Panel(body, title=title, title_align="left", border_style=INKS[alert.grade], padding=(0, 1))

    def _table(self, ranked: list[Alert], rows: int, width: int) -> Iterator[Table | Styled]:
        """Yield the open alerts in exactly `rows` lines."""
        if not ranked:
            yield Styled(self.voice.pick("\n  暂无预警", "\n  no alerts yet"), style="dim")
            yield from (Styled("") for _ in range(rows - 2))
            return
        fit = rows - 1
        shown = ranked if len(ranked) <= fit else ranked[: fit - 1]
        table = self._columns(wide=width >= WIDE)
        for alert in shown:
            table.add_row(*self._cells(alert, wide=width >= WIDE))
        yield table
        if len(shown) < len(ranked):
            yield self._others(ranked[len(shown) :])
        yield from (Styled("") for _ in range(fit - len(ranked)))

    def _columns(self, *, wide: bool) -> Table:
        pick = self.voice.pick
        table = Table(box=None, expand=True, padding=(0, 1, 0, 0), header_style="dim", show_edge=False)
        table.add_column(pick(" 等级·状态", " grade, state"), no_wrap=True)
        table.add_column(pick("事由", "what"), no_wrap=True, overflow="ellipsis", ratio=4)
        table.add_column(pick("地点", "where"), no_wrap=True, overflow="ellipsis", ratio=5)
        table.add_column(pick("起数", "no."), no_wrap=True, justify="right")
        table.add_column(pick("人数", "by"), no_wrap=True, justify="right")
        table.add_column(pick("来源", "from"), no_wrap=True, overflow="ellipsis", max_width=13)
        if wide:
            table.add_column(pick("常态", "normal"), no_wrap=True, overflow="ellipsis", max_width=14)
            table.add_column(pick("触发原因", "why"), no_wrap=True, overflow="ellipsis", ratio=8)
            table.add_column(pick("主责", "owner"), no_wrap=True, overflow="ellipsis", max_width=20)
        table.add_column(pick("签收", "sign by"), no_wrap=True, justify="right")
        return table

    def _cells(self, alert: Alert, *, wide: bool) -> list[Styled]:
        voice = self.voice
        colour = voice.colour(alert.grade)
        colour += " " * (voice.pick(2, 6) - cell_len(colour))
        state = Styled.assemble((f" {colour} ", STYLES[alert.grade]), " ")
        state.append(voice.change(alert.revision.change), style=INKS[alert.grade])
        grown = alert.events > self.before.get(alert.id, alert.events)
        sign_by = voice.clock(due_by(alert), self.now)
        overdue = self.now is not None and due_by(alert) < self.now
        cells = [
            state,
            Styled(voice.what(alert), style=INKS[alert.grade]),
            Styled(voice.place(alert)),
            Styled(f"{alert.events}{'↑' if grown else ' '}"),
            Styled(str(alert.reporters)),
            Styled(voice.sources(alert), style="dim"),
        ]
        if wide:
            cells += [
                Styled(voice.norm_briefly(alert), style="dim"),
                Styled(voice.why(alert)),
                Styled(voice.say(alert.owner), style="dim"),
            ]
        return [*cells, Styled().append(sign_by, style="dim strike" if overdue else "bold")]

    def _others(self, alerts: list[Alert]) -> Styled:
        counts = " ".join(
            f"{self.voice.colour(grade)} {n}"
            for grade in reversed(GRADES)
            if (n := sum(alert.grade is grade for alert in alerts))
        )
        return Styled(
            self.voice.pick(f" … 另有 {len(alerts)} 条：{counts}", f" … {len(alerts)} more: {counts}"), style="dim"
        )

    def _rule(self, width: int) -> Styled:
        title = self.voice.pick("─ 最新动态 ", "─ latest ")
        line = Styled(title, style="grey42")
        return line.append("─" * max(0, width - line.cell_len))

    def _changes(self, count: int) -> Iterator[Styled]:
        voice = self.voice
        for change in list(self.ticker)[: -count - 1 : -1]:
            alert, at = change.alert, change.at or happened_at(change.alert, self.now)
            ink = "dim" if alert.status != "open" else ""
            yield Styled.assemble(
                (f" {voice.clock(at, self.now)} ", "cyan"),
                (f"{voice.colour(alert.grade)}·{voice.change(alert.revision.change)} ", INKS[alert.grade]),
                (f"{voice.what(alert)} ", ink),
                (voice.place(alert), "dim"),
                no_wrap=True,
                overflow="ellipsis",
            )

    def _footer(self, width: int) -> Table:
        voice, progress = self.voice, self.progress
        counts = {
            voice.pick("接收", "in"): progress.rows,
            voice.pick("事件", "events"): progress.events,
            voice.pick("重复", "dup"): progress.duplicates,
            voice.pick("迟到", "late"): progress.late,
            voice.pick("死信", "dead"): progress.dead,
        }
        left = " ".join(f"{name} {count:,}" for name, count in counts.items())
        if self.latency is not None and width >= WIDE:
            left += voice.pick("  延迟", "  latency") + f" p50 {self.latency[0]:.2f} s p99 {self.latency[1]:.2f} s"

        def name(grade: Grade) -> str:  # English names need more room than a narrow terminal has
            return "" if voice.lang == "en" and width < WIDE else f"{voice.colour(grade)} "

        grades = Styled(" ").join(
            Styled(
                f" {voice.colour(grade)} {sum(a.grade is grade for a in self.alerts.values())} ", style=STYLES[grade]
            )
            for grade in reversed(GRADES)
        )
        bar = Table.grid(expand=True)
        bar.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        bar.add_column(no_wrap=True, justify="right")
        bar.add_row(Styled(f" {left}"), grades, style=_BAR)
        return bar
