"""What a run came to: every row accounted for, alerts by grade, latency and speed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from rich.table import Table
from rich.text import Text as Styled

from rules.alert import GRADES
from streams.language import INKS, Voice
from streams.replay import Tally


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a run.

    Parameters
    ----------
    rows
        Records read or sent.
    events, duplicates, late, dead
        What became of them: accepted, known already, too late, dead letters by reason.
    alerts
        Alerts that were not withdrawn, by final grade.
    still_open
        Those of them that are open.
    versions
        Alert versions issued.
    latency_p50_s, latency_p99_s
        From the raw record's Kafka timestamp to the alert's arrival, seconds; ``None`` where there is no Kafka.
    elapsed_s
        Wall time, seconds.
    dead_file
        File the dead rows were written to, ``None`` when they were not.
    kept_back
        Lines for the duty desk only that were not written, because no file of their own was named.
    without_rows
        What was read and had not a single row: files, or the topic.

    """

    rows: int
    events: int
    duplicates: int
    late: int
    dead: dict[str, int]
    alerts: dict[str, int]
    still_open: int
    versions: int
    latency_p50_s: float | None
    latency_p99_s: float | None
    elapsed_s: float
    dead_file: str | None = None
    kept_back: int = 0
    without_rows: tuple[str, ...] = ()

    @property
    def dead_letters(self) -> int:
        """Dead letters for whatever reason."""
        return sum(self.dead.values())

    @property
    def missing(self) -> int:
        """Rows of which nothing is known: 0 when all is accounted for, below 0 when more came out than went in."""
        return self.rows - self.events - self.duplicates - self.late - self.dead_letters

    @property
    def events_per_s(self) -> float:
        """Rows a second of wall time."""
        return self.rows / self.elapsed_s if self.elapsed_s > 0 else 0.0

    def adds_up(self) -> bool:
        """Tell whether every row is an event, a duplicate, a late event or a dead letter."""
        return self.missing == 0

    def as_dict(self) -> dict[str, Any]:
        """Return the figures for a program, as JSON takes them."""
        derived = {"events_per_s": round(self.events_per_s, 1), "adds_up": self.adds_up()}
        return {**msgspec.to_builtins(self), **derived}


def summarise(tally: Tally, elapsed_s: float, latencies: Sequence[float] = ()) -> Summary:
    """Return the summary of a tally.

    Parameters
    ----------
    tally
        What was counted.
    elapsed_s
        Wall time, seconds.
    latencies
        Of every alert version, seconds.

    """
    grades = Counter(alert.grade for alert in tally.final.values())
    return Summary(
        rows=tally.rows,
        events=tally.verdicts["ACCEPTED"],
        duplicates=tally.verdicts["DUPLICATE"],
        late=tally.verdicts["LATE"],
        dead=dict(sorted(tally.dead.items())),
        alerts={grade.value: grades[grade] for grade in reversed(GRADES)},
        still_open=sum(alert.status == "open" for alert in tally.final.values()),
        versions=tally.versions,
        latency_p50_s=quantile(latencies, 0.50),
        latency_p99_s=quantile(latencies, 0.99),
        elapsed_s=elapsed_s,
    )


def quantile(values: Sequence[float], q: float) -> float | None:
    """Return the smallest value that at least the share `q` of `values` does not exceed; ``None`` without values."""
    if not values:
        return None
    ordered = sorted(values)
    rank = -(-len(ordered) * q // 1)  # rounded up
    return ordered[max(0, int(rank) - 1)]


def summary_table(summary: Summary, voice: Voice) -> Table:
    """Return the summary as a person reads it."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, title_justify="left")
    table.title = Styled(voice.pick("小结", "Summary"), style="bold not italic")
    table.add_column(style="dim")
    table.add_column(justify="right")
    table.add_column()
    for row in _accounts(summary, voice) + _outcomes(summary, voice):
        table.add_row(*row)
    return table


def _accounts(summary: Summary, voice: Voice) -> list[tuple[str, str, str | Styled]]:
    reasons = " · ".join(f"{reason} {count:,}" for reason, count in summary.dead.items())
    if summary.adds_up():
        parts = (summary.events, summary.duplicates, summary.late, summary.dead_letters)
        equation = f"{summary.rows:,} = " + " + ".join(f"{part:,}" for part in parts)
        verdict = Styled(f"✓ {equation}", style="green")
    else:
        verdict = Styled(
            voice.pick(f"✗ 对不上，差 {summary.missing:,}", f"✗ {summary.missing:,} missing"), style="bold red"
        )
    return [
        (voice.pick("接收", "rows in"), f"{summary.rows:,}", verdict),
        (voice.pick("事件", "events"), f"{summary.events:,}", ""),
        (voice.pick("重复", "duplicates"), f"{summary.duplicates:,}", ""),
        (voice.pick("迟到", "late"), f"{summary.late:,}", ""),
        (voice.pick("死信", "dead letters"), f"{summary.dead_letters:,}", reasons),
    ]


def _outcomes(summary: Summary, voice: Voice) -> list[tuple[str, str, str | Styled]]:
    grades = Styled("  ").join(
        Styled(f"■ {voice.colour(grade)} {summary.alerts[grade.value]:,}", style=INKS[grade])
        for grade in reversed(GRADES)
    )
    rows: list[tuple[str, str, str | Styled]] = [
        (voice.pick("预警", "alerts"), f"{sum(summary.alerts.values()):,}", grades),
        (voice.pick("其中未解除", "still open"), f"{summary.still_open:,}", ""),
        (voice.pick("累计发布", "versions"), f"{summary.versions:,}", voice.pick("含续报、升级、解除等各次更新", "")),
    ]
    if summary.latency_p50_s is not None and summary.latency_p99_s is not None:
        what = voice.pick("事件到预警时延 p50 / p99", "event to alert, p50 / p99")
        rows.append((what, f"{summary.latency_p50_s:.2f} s", f"{summary.latency_p99_s:.2f} s"))
    spent = voice.pick(f"用时 {summary.elapsed_s:.1f} 秒", f"in {summary.elapsed_s:.1f} s")
    rows.append((voice.pick("每秒处理", "rows a second"), f"{summary.events_per_s:,.0f}", spent))
    return rows
