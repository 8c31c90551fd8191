"""`fenghuo replay`: files, or what a live run recorded, through the same pipeline; and where the results go."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from rules.alert import Alert
from streams.assembly import Parts, assembled, tune_the_process
from streams.bars import console, progress, rate
from streams.context import load_declarations
from streams.errors import BadInput, ConfigurationError, Fault
from streams.interrupt import Interrupt
from streams.language import Voice
from streams.lessons import load_lessons, teach
from streams.outputs import output_faults
from streams.recorded import replay_topic
from streams.replay import Replay, Tally
from streams.settings import Settings
from streams.sources.mapping import Mapping, read_ordered
from streams.sources.mapping_row import Row, RowOk
from streams.summary import Summary, summarise, summary_table
from streams.topicadmin import check_topics
from streams.topics import EVENTS

_TELL_S = 0.2
_FAULT = ("reason", "path", "message")


def assemble_for(areas: str, settings: Settings, lessons: Path | None = None) -> Parts:
    """Return the pure parts for a replay; its intake has learned what the file of `lessons` teaches.

    Reporters are hashed with the worker's key when there is one, else with one made up for this run: hashes never
    leave a replay, they only tell reporters apart.

    Raises
    ------
    ConfigurationError
        With every fault of every file.

    """
    given = settings.reporter_key or settings.reporter_key_file
    key = settings.secret if given else os.urandom(32)
    parts = assembled(msgspec.structs.replace(settings, areas=areas), key)
    if lessons is not None:
        teach(parts.intake, load_lessons(lessons, parts.taxonomy.kinds))
    return parts


def areas_of(inputs: list[tuple[Mapping, Path]], areas: str | None, command: str) -> str:
    """Return the area tree of files: `areas`, or else the one their mappings name.

    Raises
    ------
    ConfigurationError
        When these are of different cities; the fault names `command`.

    """
    named = sorted({mapping.areas for mapping, _ in inputs})
    if areas is None and len(named) > 1:
        message = f"mappings of different cities ({', '.join(named)}): say which area tree to use with --areas"
        raise ConfigurationError([Fault(command, "", message)])
    return areas or named[0]


def replay_files(
    inputs: list[tuple[Mapping, Path]],
    settings: Settings,
    *,
    areas: str | None = None,
    context: Path | None = None,
    lessons: Path | None = None,
    out: Path | None = None,
    out_restricted: Path | None = None,
    dead: Path | None = None,
    every_version: bool = False,
    interrupt: Interrupt | None = None,
) -> tuple[Summary, Tally]:
    """Replay files in the order of event time.

    Parameters
    ----------
    inputs
        Mappings and files.
    settings
        Rule book, hazard register and allowed lateness.
    areas
        Area tree, instead of the one the mappings name.
    context
        Declarations, one JSON object a line.
    lessons
        What was taught of kinds, one JSON object a line as on ``lessons``; nothing is by default.
    out
        Where alerts go, one JSON object a line: final ones by event time, or `every_version` as it was issued.
    out_restricted
        Where those go that only the duty desk may see: never to `out`, as live keeps them from the ordinary topics.
    dead
        Where rows go that cannot become events, with file, line and reason, one JSON object a line.

    Raises
    ------
    ConfigurationError
        When a file cannot be read or written, or the mappings are of different cities and no `areas` is given.

    """
    outputs = {"--out": out, "--out-restricted": out_restricted, "--dead": dead}
    _check_outputs(outputs, [*(path for _, path in inputs), *([lessons] if lessons else [])])
    declarations = load_declarations(context) if context is not None else []
    interrupt = interrupt or Interrupt()
    parts = assemble_for(areas_of(inputs, areas, "replay"), settings, lessons)
    began = time.monotonic()
    with progress("reading", None) as bar:
        rows = list(read_ordered(inputs, lambda n: bar.update(bar.task_ids[0], completed=n, rate=rate(n, began))))
    graves: list[bytes] = []

    def bury(row: Row, fault: BadInput) -> None:
        raw = msgspec.json.encode(row.report) if isinstance(row, RowOk) else row.raw
        entry = {"file": row.file, "line": row.line, **{name: getattr(fault, name) for name in _FAULT}}
        graves.append(msgspec.json.encode({**entry, "raw": raw.decode("utf-8", "replace")}))

    tune_the_process()
    replay = Replay(
        parts,
        lateness_s=settings.lateness_s,
        now=time.time(),
        bury=bury if dead else None,
        declarations=declarations,
    )
    versions: list[Alert] = []
    began = time.monotonic()
    with interrupt.heard():
        for outcome in replay.run(_with_bar(rows, interrupt)):
            if every_version:
                versions += outcome.alerts
    summary = summarise(replay.tally, time.monotonic() - began)
    kept = dead if not interrupt.came else None
    if not interrupt.came:
        summary = _write_alerts(summary, out, out_restricted, versions if every_version else _by_time(replay.tally))
        _write_lines(dead, graves)
    with_rows = {row.file for row in rows}
    empty = tuple(str(path) for _, path in inputs if str(path) not in with_rows)
    return msgspec.structs.replace(summary, dead_file=str(kept) if kept else None, without_rows=empty), replay.tally


def replay_recorded(
    settings: Settings,
    *,
    out: Path | None = None,
    out_restricted: Path | None = None,
    every_version: bool = False,
    published: bool = True,
    interrupt: Interrupt | None = None,
) -> tuple[Summary, Tally]:
    """Replay the recorded ``events`` topic; the versions are those that live issued.

    Unless they were `published`, books that came up while it was recorded are passed over for that of the settings.
    When `interrupt` ends it early nothing is written.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    interrupt = interrupt or Interrupt()
    _check_outputs({"--out": out, "--out-restricted": out_restricted}, [])
    check_topics(settings)
    parts = assemble_for(settings.areas, settings)
    tally, counts, versions = Tally(), Counter[str](), list[Alert]()
    began = time.monotonic()
    with progress("replaying", None) as bar, interrupt.heard(), suppress(KeyboardInterrupt):

        def told(done: int, total: int) -> None:
            bar.update(bar.task_ids[0], completed=done, total=total, rate=rate(done, began))
            interrupt.check()

        for said in replay_topic(settings, parts, counts=counts, progress=told, published=published):
            tally.note(said.alerts)
            if every_version:
                versions += said.alerts
    tally.verdicts = Counter({name: counts[name] for name in ("ACCEPTED", "DUPLICATE", "LATE")})
    tally.rows = sum(tally.verdicts.values())
    summary = summarise(tally, time.monotonic() - began)
    if not interrupt.came:
        summary = _write_alerts(summary, out, out_restricted, versions if every_version else _by_time(tally))
    empty = () if tally.rows or interrupt.came else (settings.topic(EVENTS),)
    return msgspec.structs.replace(summary, without_rows=empty), tally


def print_summary(summary: Summary, voice: Voice, *, as_json: bool, interrupted: bool = False) -> None:
    """Print the summary, as a table or as one JSON object; that of an interrupted replay says so."""
    if as_json:
        figures = summary.as_dict() | ({"interrupted": True} if interrupted else {})
        print(msgspec.json.encode(figures).decode())  # noqa: T201 - the product
        return
    if interrupted:
        what = voice.pick(
            "已中断：以下只到中断为止，未写任何文件", "Interrupted: as far as it came; no file was written"
        )
        console().print(what, style="bold yellow", soft_wrap=True)
    console().print(summary_table(summary, voice))
    for name in summary.without_rows:
        console().print(
            voice.pick(f"{name} 中没有任何记录", f"no rows in {name}"), style="yellow", soft_wrap=True, markup=False
        )
    if summary.kept_back:
        n = f"{summary.kept_back:,}"
        what = voice.pick(
            f"{n} 条仅限值班台的预警未写出：另加 --out-restricted 文件名",
            f"{n} for the duty desk only not written: give them a file with --out-restricted",
        )
        console().print(what, style="yellow", soft_wrap=True, markup=False)
    if said := where_dead(summary, voice, interrupted=interrupted):
        console().print(said, style="yellow", soft_wrap=True, markup=False)


def where_dead(summary: Summary, voice: Voice, *, interrupted: bool = False) -> str:
    """Return where the dead rows can be seen, or how; empty when there are none."""
    if not summary.dead_letters:
        return ""
    n, file = f"{summary.dead_letters:,}", summary.dead_file
    if file:
        return voice.pick(
            f"{n} 条死信，所在文件、行号和原因见 {file}", f"{n} dead: see {file} for file, line and reason"
        )
    if interrupted:
        return voice.pick(f"{n} 条死信：因中断而未写出", f"{n} dead: not written, because it was interrupted")
    return voice.pick(
        f"{n} 条死信未写出：加 --dead 文件名，可查看所在文件、行号和原因",
        f"{n} dead: write them with --dead FILE to see file, line and reason",
    )


def _with_bar(rows: list[Row], interrupt: Interrupt) -> Iterator[Row]:
    began = told = time.monotonic()
    with progress("replaying", len(rows)) as bar:
        for n, row in enumerate(rows):
            if interrupt.came:
                return
            yield row
            if n % 500 == 0 and time.monotonic() - told > _TELL_S:
                told = time.monotonic()
                bar.update(bar.task_ids[0], completed=n, rate=rate(n, began))


def _by_time(tally: Tally) -> list[Alert]:
    return sorted(tally.final.values(), key=lambda alert: (alert.raised_at, alert.id))


def _write_alerts(summary: Summary, out: Path | None, out_restricted: Path | None, alerts: list[Alert]) -> Summary:
    """Write alerts, each to the file of its side; return the summary with how many were kept back."""
    sides: dict[bool, list[Alert]] = {False: [], True: []}
    for alert in alerts:
        sides[alert.restricted].append(alert)
    _write_lines(out, map(msgspec.json.encode, sides[False]))
    _write_lines(out_restricted, map(msgspec.json.encode, sides[True]))
    kept_back = len(sides[True]) if out is not None and out_restricted is None else 0
    return msgspec.structs.replace(summary, kept_back=kept_back)


def _check_outputs(outputs: dict[str, Path | None], inputs: list[Path]) -> None:
    """See before a long run that what comes out of it has somewhere to go."""
    if faults := output_faults(outputs, inputs):
        raise ConfigurationError(faults)


def _write_lines(path: Path | None, lines: Iterable[bytes]) -> None:
    if path is None:
        return
    try:
        with path.open("wb") as file:
            file.writelines(line + b"\n" for line in lines)
    except OSError as error:
        raise ConfigurationError([Fault(str(path), "", f"cannot be written: {error.strerror}")]) from error
