"""`fenghuo index`: the area index of every area and day, from files by the same intake, pipeline and rules."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from detectors.detector import Scope
from detectors.event import Event
from rules.index import AreaIndexer
from rules.index_record import AreaIndex
from streams.assembly import Parts, tune_the_process
from streams.codec import encode
from streams.context import load_declarations
from streams.errors import ConfigurationError, Fault
from streams.index import read_index_config
from streams.language import Lang
from streams.outputs import open_output, output_faults
from streams.pipeline import Outcome, Pipeline
from streams.replay import Replay
from streams.replay_cli import areas_of, assemble_for
from streams.settings import Settings, reason
from streams.sources.mapping import Mapping, read_ordered
from streams.sources.mapping_row import Row

_STYLES = {"green": "green", "yellow": "gold1", "orange": "dark_orange", "red": "bold red"}


class IndexedPipeline(Pipeline):
    """A pipeline whose accepted events an index counts."""

    index: AreaIndexer

    def process(self, event: Event) -> Outcome:
        """Take in one event; count it when it is accepted."""
        outcome = super().process(event)
        if outcome.verdict == "ACCEPTED":
            self.index.count(event)
        return outcome


@dataclass(frozen=True)
class IndexedParts(Parts):
    """Parts whose pipelines an index listens to."""

    pipeline: IndexedPipeline

    def new_pipeline(self, scope: Scope | None = None) -> Pipeline:
        """Return the one pipeline the index listens to."""
        del scope
        return self.pipeline


@dataclass(frozen=True)
class Asked:
    """Which scores are asked for.

    Parameters
    ----------
    day
        One day; the last one that is final when ``None``.
    level
        Level of the area tree to show.
    out
        File for all scores, one JSON object a line.
    as_json
        Print JSON, one object a line.

    """

    day: date | None
    level: str
    out: Path | None
    as_json: bool


def index_of(
    rows: Iterable[Row],
    parts: Parts,
    config: Path | None,
    *,
    lateness_s: float,
    now: float,
    context: Path | None = None,
) -> Iterator[AreaIndex]:
    """Yield the final scores of every day of rows in event-time order, then those of the last day as it stands.

    Raises
    ------
    ConfigurationError
        When the configuration of the index, or the file of declarations, cannot be used.

    """
    pipeline = IndexedPipeline(book=parts.book, areas=parts.areas, taxonomy=parts.taxonomy)
    pipeline.index = AreaIndexer(read_index_config(config), parts.areas, parts.taxonomy)
    listening = IndexedParts(parts.areas, parts.taxonomy, parts.book, parts.intake, pipeline)
    declarations = load_declarations(context) if context is not None else []
    replay = Replay(listening, lateness_s=lateness_s, now=now, declarations=declarations)
    for outcome in replay.run(rows):
        pipeline.index.note(outcome.alerts, pipeline.watermark)
        yield from (one for one in pipeline.index.advance(pipeline.watermark) if one.final)
    yield from (one for one in pipeline.index.advance(pipeline.watermark) if one.final)
    yield from pipeline.index.current()


def index_files(
    inputs: list[tuple[Mapping, Path]],
    settings: Settings,
    console: Console,
    asked: Asked,
    *,
    areas: str | None = None,
    config: Path | None = None,
    context: Path | None = None,
    lang: Lang = "zh",
) -> None:
    """Work out the index of files; show what is asked for.

    Raises
    ------
    ConfigurationError
        When a file cannot be read or written, or nothing is known of what is asked for.

    """
    if faults := output_faults({"--out": asked.out}, [path for _, path in inputs]):
        raise ConfigurationError(faults)
    read_index_config(config)
    parts = assemble_for(areas_of(inputs, areas, "index"), settings)
    tune_the_process()
    rows = list(read_ordered(inputs, None))
    found = list(index_of(rows, parts, config, lateness_s=settings.lateness_s, now=time.time(), context=context))
    if asked.out is not None:
        _write(asked.out, found)
    _show(console, found, asked, lang)


def _write(path: Path, found: Iterable[AreaIndex]) -> None:
    try:
        with open_output(path) as file:
            file.writelines(encode(one) + b"\n" for one in found)
    except OSError as error:
        raise ConfigurationError([Fault(str(path), "--out", f"cannot be written: {reason(error)}")]) from error


def _show(console: Console, found: list[AreaIndex], asked: Asked, lang: Lang) -> None:
    finals = [one.day for one in found if one.final]
    day = asked.day or max(finals, default=None) or max((one.day for one in found), default=None)
    shown = sorted((one for one in found if one.day == day and one.level == asked.level), key=lambda one: one.score)
    if not shown:
        days = (
            f": there are scores from {min(one.day for one in found)} to {max(finals or [found[-1].day])}"
            if found
            else ""
        )
        what = (
            f"no {asked.level} has a score on {day}" if day is not None else "there is no score: nine days come first"
        )
        raise ConfigurationError([Fault("--day" if asked.day else "index", "", f"{what}{days}")])
    if asked.as_json:
        for one in shown:
            print(msgspec.json.encode(one).decode())  # noqa: T201 - the product
        return
    console.print(_table(shown, lang))


def _table(shown: list[AreaIndex], lang: Lang) -> Table:
    heads = ("日期", "区域", "指数", "事件", "常态", "预警", "主要因素") if lang == "zh" else ()
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for head in heads or ("day", "area", "index", "events", "normally", "alerts", "mostly"):
        table.add_column(head, overflow="fold")
    for one in shown:
        mostly = "；".join(part.text.zh for part in one.contributors)
        if lang == "en":
            mostly = "; ".join(part.text.en for part in one.contributors)
        table.add_row(
            one.day.isoformat() + ("" if one.final else "*"),
            one.name.zh if lang == "zh" else one.name.en,
            f"[{_STYLES[one.colour]}]{one.score:.1f}[/]",
            str(one.events),
            "" if one.norm.expected is None else f"{one.norm.expected:.1f}",
            str(one.alerts),
            mostly,
        )
    return table
