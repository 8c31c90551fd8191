"""Draw deploy/screen.svg: the demo on a terminal, in English, in the afternoon of its day.

Run from the root of the repository: ``.venv/bin/python deploy/make_screen.py``. It takes as long as the demo takes to
come so far, a minute and a half: the figures on the picture are those of a real run.
"""

from __future__ import annotations

import html
import io
import os
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, groupby
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console

from streams.assembly import assemble
from streams.demo import Stopwatch, progress_of
from streams.demo_day import BEGINS, Day, Plan, as_rows, stage
from streams.language import voice_of
from streams.replay import Replay, Tally
from streams.screen import Screen
from streams.settings import Settings
from streams.sources.mapping_row import RowOk

PLAN = Plan(lang="en")
MOMENT = timedelta(hours=16, minutes=20)
COLUMNS, LINES = 120, 36
TITLE = "deploy/demo.sh --lang en --no-kafka"
CELL = 12.2  # width of a column in rich's picture, pixels
TEXT = re.compile(
    r'<text class="(?P<ink>[^"]+)" x="(?P<x>[^"]+)" (?P<y>y="[^"]+") textLength="[^"]+" (?P<clip>[^>]+)>'
    "(?P<said>[^<]+)<"
)


class Film:
    """The demo without Kafka, up to a moment.

    Parameters
    ----------
    settings
        City, rules and allowed lateness.

    """

    def __init__(self, settings: Settings) -> None:
        parts = assemble(
            areas=settings.areas, book=settings.book, hazards=settings.hazards, reporter_key=os.urandom(32)
        )
        self._day = stage(parts.areas, PLAN, settings.lateness_s)
        self._ends = BEGINS.replace(tzinfo=parts.areas.zone) + MOMENT
        self._replay = Replay(parts, lateness_s=settings.lateness_s, now=time.time())
        self._begun = False
        self.screen = Screen(voice_of(parts.areas, PLAN.lang), parts.areas.name, speed=PLAN.speed)

    def run(self) -> None:
        """Let the days before pass at once, and the day at the demo's speed."""
        for outcome in self._replay.run(chain(as_rows(self._day.history), self._paced(self._day))):
            for alert in outcome.alerts if self._begun else ():
                self.screen.take(alert)

    def _paced(self, day: Day) -> Iterator[RowOk]:
        self._begun = True
        tally = self._replay.tally = Tally()  # what comes now is the demo
        watch = Stopwatch(None)
        first, _ = day.reports[0]
        newest = first
        for (arrives, _), row in zip(day.reports, as_rows(day.reports), strict=True):
            if arrives > self._ends.timestamp():
                return
            time.sleep(max(0.0, (arrives - first) / PLAN.speed - watch.elapsed_s))
            newest = max(newest, row.t)
            self.screen.reach(progress_of(tally, newest, watch.rate(tally.rows), lag=0))
            yield row


def in_cells(svg: str) -> str:
    """Give Chinese characters the two columns they take on a terminal; rich's picture squeezes them into one."""

    def parted(text: re.Match[str]) -> str:
        x = float(text["x"])
        parts = []
        for _, run in groupby(html.unescape(text["said"]), cell_len):
            said = "".join(run)
            width = cell_len(said) * CELL
            parts.append(
                f'<text class="{text["ink"]}" x="{x:g}" {text["y"]} textLength="{width:g}" {text["clip"]}>'
                f"{html.escape(said).replace(chr(160), '&#160;')}<"
            )
            x += width
        return "/text>".join(parts)

    return TEXT.sub(parted, svg)


def main() -> None:
    """Draw the picture."""
    film = Film(Settings())
    film.run()
    console = Console(record=True, width=COLUMNS, height=LINES, file=io.StringIO(), force_terminal=True)
    console.print(film.screen)
    Path("deploy/screen.svg").write_text(in_cells(console.export_svg(title=TITLE)), encoding="utf-8")


if __name__ == "__main__":
    main()
