"""Books side by side over the same events: what each says is what a replay of it says."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from rules.book import Book
from rules.loader import BOOK
from streams.assembly import Parts, assemble, read_book
from streams.backtest.material import kept, of_events_file, of_rows, staged_days
from streams.backtest.trial import TrialParts, run
from streams.errors import ConfigurationError
from streams.outputs import open_output
from streams.replay import Replay, drain
from streams.simulate import load_scenarios
from streams.sources.mapping_row import RowBad, RowOk
from tests.builders import a_taxonomy

LATENESS_S = 600.0


@pytest.fixture(scope="module")
def parts() -> Parts:
    return assemble(areas="shantou", book="", hazards="", reporter_key=b"a key for tests only")


@pytest.fixture(scope="module")
def rows(parts: Parts) -> list[RowOk]:
    """A small day with everything in it, in order of arrival."""
    start = datetime(2025, 9, 17, tzinfo=ZoneInfo("Asia/Shanghai"))
    scenarios = load_scenarios(["demo-day"])
    simulation = staged_days(scenarios, areas=parts.areas, start=start, days=1, seed=1, daily=300, late_s=LATENESS_S)
    return [RowOk(report, report.occurred_at.timestamp(), 0) for _, report in simulation.reports]


def two_rules(folder: Path) -> Book:
    """The shipped book's rules about gas and outages."""
    for stem in ("07-gas-leak", "16-outage"):
        (folder / f"{stem}.yaml").write_bytes((BOOK / f"{stem}.yaml").read_bytes())
    return read_book(str(folder), a_taxonomy())


def test_each_book_says_what_a_replay_of_it_says(parts: Parts, rows: list[RowOk], tmp_path: Path) -> None:
    books = [parts.book, two_rules(tmp_path)]
    trial = TrialParts.of(parts, books)
    events = of_rows(rows, parts.intake, trial.account, time.time())
    run(events, trial.trial(), trial.account, LATENESS_S)
    for book, ledger in zip(books, trial.ledgers, strict=True):
        single = Parts(parts.areas, parts.taxonomy, book, parts.intake)
        replay = Replay(single, lateness_s=LATENESS_S, now=time.time())
        drain(replay.run(rows))
        assert ledger.final == replay.tally.findings
        assert trial.account.verdicts == replay.tally.verdicts
        assert trial.account.rows == replay.tally.rows
    assert 0 < len(trial.ledgers[1].final) < len(trial.ledgers[0].final)


def test_saved_events_are_the_same_events(parts: Parts, rows: list[RowOk], tmp_path: Path) -> None:
    trial = TrialParts.of(parts, [parts.book])
    for name in ("events.jsonl", "events.jsonl.gz"):
        with open_output(tmp_path / name) as file:
            made = list(kept(of_rows(rows, parts.intake, trial.account, time.time()), file))
        assert list(of_events_file(tmp_path / name, lambda _: None)) == made


def test_rows_that_cannot_become_events_are_counted_with_their_reason(parts: Parts, rows: list[RowOk]) -> None:
    trial = TrialParts.of(parts, [parts.book])
    bad = RowBad("hotline", b"x", "NOT_JSON", "$", "no JSON", 1)
    old = rows[-1].t - 86_400
    run(of_rows([bad, *rows[:50]], parts.intake, trial.account, old), trial.trial(), trial.account, LATENESS_S)
    assert trial.account.dead["NOT_JSON"] == 1
    assert trial.account.dead["FUTURE"] > 0
    assert trial.account.rows == 51 == sum(trial.account.verdicts.values())


def test_a_watermark_nobody_knows_yet_is_borne(parts: Parts) -> None:
    trial = TrialParts.of(parts, [parts.book]).trial()
    assert trial.advance(float("-inf")).alerts == []
    assert trial.watermark == float("-inf")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", b'{"id": 1}\n', r"a\.jsonl:1: .*is no event .*--save-events"),
        ("b.jsonl", b"\xff\n", r"b\.jsonl:1: .*is no event"),
        ("c.jsonl.gz", b"no gzip", "is not gzip, or was cut off"),
    ],
)
def test_a_file_that_holds_no_events_is_refused_with_line_and_remedy(
    name: str, content: bytes, said: str, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(ConfigurationError, match=said):
        list(of_events_file(file, lambda _: None))
