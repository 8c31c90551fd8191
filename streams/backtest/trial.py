"""Runs the books under trial side by side over the same events, in one pass."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import msgspec

from detectors.detector import Scope
from detectors.event import Event
from rules.book import Book
from rules.surroundings import Declaration
from streams.assembly import Parts
from streams.backtest.ledger import Ledger
from streams.pipeline import Outcome, Pipeline
from streams.replay import ADVANCE_S
from streams.watermarks import NEVER, ChannelClock


class Account(msgspec.Struct, kw_only=True):
    """What became of every row.

    Parameters
    ----------
    rows
        Rows, records or reports read.
    verdicts
        ACCEPTED, DUPLICATE, LATE and DEAD: they add up to the rows.
    dead
        Dead letters by reason.
    first, last
        Earliest and latest event time accepted, epoch seconds.
    declared
        Declarations of a file that were taken in; ``None`` without a file.

    """

    rows: int = 0
    verdicts: Counter[str] = msgspec.field(default_factory=Counter)
    dead: Counter[str] = msgspec.field(default_factory=Counter)
    first: float = float("inf")
    last: float = float("-inf")
    declared: int | None = None

    def bury(self, reason: str) -> None:
        """Count a row that cannot become an event."""
        self.rows += 1
        self.verdicts["DEAD"] += 1
        self.dead[reason] += 1


class Trial:
    """One pipeline for each book over one and the same events; as far as a shell goes it is a pipeline.

    Parameters
    ----------
    pipelines
        One for each book.
    ledgers
        Where what each says is written down.
    account
        Where the span of event time is.

    """

    def __init__(self, pipelines: Sequence[Pipeline], ledgers: Sequence[Ledger], account: Account) -> None:
        self._benches = list(zip(pipelines, ledgers, strict=True))
        self._lead = pipelines[0]
        self._account = account
        self._reached = NEVER

    @property
    def watermark(self) -> float:
        """Event time reached, epoch seconds."""
        return self._lead.watermark

    def process(self, event: Event) -> Outcome:
        """Take in one event; the verdict is the same for every book."""
        t, outcome = event.occurred_at.timestamp(), _NOTHING
        self._reached = max(self._reached, t)
        for pipeline, ledger in self._benches:
            outcome = pipeline.process(event)
            self._note(outcome, ledger)
        if outcome.verdict == "ACCEPTED" and not self._account.first <= t <= self._account.last:
            self._account.first = min(self._account.first, t)
            self._account.last = max(self._account.last, t)
        return outcome

    def advance(self, watermark: float) -> Outcome:
        """Move event time on."""
        outcome = _NOTHING
        self._reached = max(self._reached, watermark)
        for pipeline, ledger in self._benches:
            outcome = pipeline.advance(watermark)
            self._note(outcome, ledger)
        return outcome

    def declare(self, declaration: Declaration) -> Outcome:
        """Take in what is declared of an area."""
        outcome = _NOTHING
        for pipeline, ledger in self._benches:
            outcome = pipeline.declare(declaration)
            self._note(outcome, ledger)
        return outcome

    def _note(self, outcome: Outcome, ledger: Ledger) -> None:
        if outcome.alerts or outcome.shadow:
            ledger.note((*outcome.alerts, *outcome.shadow), self._reached, self.watermark)


_NOTHING = Outcome()


@dataclass(frozen=True)
class TrialParts(Parts):
    """Parts whose pipelines are trials of several books; every one writes to the same ledgers.

    Parameters
    ----------
    books
        The books, the one of interest first.
    ledgers
        One for each book.
    account
        What became of the events.

    """

    books: tuple[Book, ...] = ()
    ledgers: tuple[Ledger, ...] = ()
    account: Account = field(default_factory=Account)

    @classmethod
    def of(cls, parts: Parts, books: Sequence[Book]) -> TrialParts:
        """Return the parts of a trial of `books` in the city of `parts`."""
        ledgers = tuple(Ledger() for _ in books)
        return cls(parts.areas, parts.taxonomy, books[0], parts.intake, tuple(books), ledgers)

    def trial(self, scope: Scope | None = None) -> Trial:
        """Return a trial that has seen nothing yet."""
        each = [replace(self.single(), book=book).new_pipeline(scope) for book in self.books]
        return Trial(each, self.ledgers, self.account)

    def single(self) -> Parts:
        """Return the parts for a pipeline of one book."""
        return Parts(self.areas, self.taxonomy, self.book, self.intake)

    def new_pipeline(self, scope: Scope | None = None) -> Pipeline:
        """Return a trial in the place of a pipeline: a replay only processes, advances and asks for the watermark."""
        return cast("Pipeline", self.trial(scope))


def run(
    events: Iterable[Event],
    trial: Trial,
    account: Account,
    lateness_s: float,
    declarations: Sequence[Declaration] | None = None,
) -> None:
    """Take events through a trial as `streams.replay` takes them through a pipeline.

    Parameters
    ----------
    events
        As they arrive: an event more than `lateness_s` behind the newest is late.
    trial
        A fresh one.
    account
        Filled with the verdicts on the events.
    lateness_s
        Allowed lateness, seconds.
    declarations
        What was declared of areas, in the order of `issued_at`; each is known before the events at or after it.

    """
    clock, verdicts, due = ChannelClock(), account.verdicts, deque(declarations or ())
    account.declared = None if declarations is None else 0
    next_advance = NEVER
    for event in events:
        account.rows += 1
        t = event.occurred_at.timestamp()
        while due and due[0].issued_at <= event.occurred_at:
            trial.declare(due.popleft())
            account.declared = (account.declared or 0) + 1
        if not clock.accepts(t, lateness_s):
            verdicts["LATE"] += 1
            continue
        if t >= next_advance:
            next_advance = t + ADVANCE_S
            trial.advance(t - lateness_s)
        verdicts[trial.process(event).verdict] += 1
    if clock.newest > NEVER:
        trial.advance(clock.watermark(lateness_s))
