"""What a backtest is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path

from rules.alert import Text
from streams.backtest.load import SHIFTS
from streams.backtest.matching import Tolerance
from streams.language import Lang
from streams.sources.mapping import Mapping


@dataclass(frozen=True)
class Order:
    """What a backtest is asked for.

    Parameters
    ----------
    book, against
        Folders of the new and the old book, or ``shipped``; no old one when ``None``.
    inputs
        Mappings and files to read.
    topic
        Read the recorded ``events`` topic.
    events
        Read this file of events.
    simulated_days, seed, daily, scenarios
        Simulate so many days with so many reports of plain life a day, and these scenarios on each.
    truth
        File of what really happened; a simulation knows by itself.
    context
        File of what was declared of areas; the recorded topic holds it itself.
    feedback
        File of verdicts on alerts.
    lessons
        File of what was taught of kinds; events that are recorded or saved have theirs.
    areas
        Area tree, instead of the one the mappings name.
    json, html, save_events
        Files to write.
    tolerance, shifts
        For matching alerts with the truth; when shifts begin.
    lang
        Language of the page as it opens.

    """

    book: str
    against: str | None = None
    inputs: list[tuple[Mapping, Path]] = field(default_factory=list)
    topic: bool = False
    events: Path | None = None
    simulated_days: float | None = None
    seed: int = 1
    daily: float = 3_000.0
    scenarios: Sequence[str] = ("demo-day",)
    truth: Path | None = None
    context: Path | None = None
    feedback: Path | None = None
    lessons: Path | None = None
    areas: str | None = None
    json: Path | None = None
    html: Path | None = None
    save_events: Path | None = None
    tolerance: Tolerance = field(default_factory=Tolerance)
    shifts: Sequence[time] = SHIFTS
    lang: Lang = "zh"

    @property
    def source(self) -> Text:
        """What is read, in words."""
        if self.simulated_days is not None:
            staged, days, daily = ", ".join(self.scenarios), f"{self.simulated_days:g}", f"{self.daily:g}"
            return Text(
                f"模拟{days}天，日常每日{daily}件，种子{self.seed}，情景 {staged}",
                f"{days} simulated days, {daily} reports of plain life a day, seed {self.seed}, scenarios {staged}",
            )
        if self.topic:
            return Text("Kafka 主题 events", "Kafka topic events")
        files = str(self.events) if self.events else ", ".join(str(path) for _, path in self.inputs)
        return Text(files, files)
