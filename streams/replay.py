"""The replay shell: the same intake and pipeline without Kafka, over files or over what was recorded on Kafka."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from detectors.event import Event
from detectors.signal import Signal
from rules.alert import Alert, Finding
from rules.fusion import Fusion
from rules.surroundings import Declaration
from streams.assembly import Parts
from streams.errors import BadInput
from streams.pipeline import Outcome
from streams.sources.mapping_row import Row, RowOk
from streams.watermarks import NEVER, ChannelClock

ADVANCE_S = 300.0


@dataclass
class Tally:
    """What became of every row, and the latest version of every alert.

    Parameters
    ----------
    rows
        Rows read.
    verdicts
        ACCEPTED, DUPLICATE, LATE and DEAD: they add up to the rows.
    dead
        Dead letters by reason.
    final
        Latest version of every alert that was not withdrawn, by id.
    versions
        Versions issued.
    newest
        Latest event time, epoch seconds.
    shadow
        Latest version of every alert of shadow rules that was not withdrawn, by id.
    findings
        Latest version of what every single rule found and did not withdraw, by id: the alerts are made of it.

    """

    rows: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)
    final: dict[str, Alert] = field(default_factory=dict)
    versions: int = 0
    newest: float = float("-inf")
    shadow: dict[str, Alert] = field(default_factory=dict)
    findings: dict[str, Alert] = field(default_factory=dict)

    def note(self, alerts: Iterable[Alert], shadow: Iterable[Alert] = (), findings: Iterable[Alert] = ()) -> None:
        """Take in versions in the order they were issued."""
        for found, latest in ((alerts, self.final), (shadow, self.shadow), (findings, self.findings)):
            for alert in found:
                self.versions += latest is self.final
                if alert.status == "withdrawn":
                    latest.pop(alert.id, None)
                else:
                    latest[alert.id] = alert

    def adds_up(self) -> bool:
        """Tell whether every row is an event, a duplicate, a late event or a dead letter."""
        return self.rows == sum(self.verdicts.values())


class Told(NamedTuple):
    """What one row led to: of detectors, of single rules, alerts made of that, and of rules that are tried out."""

    signals: list[Signal]
    findings: list[Finding]
    alerts: list[Alert]
    shadow: list[Finding]


class Replay:
    """One replay of rows in event-time order.

    Parameters
    ----------
    parts
        The city, the rules and the intake.
    lateness_s
        Allowed lateness, seconds.
    now
        Wall-clock time rows may not lie beyond, epoch seconds.
    bury
        Called with every row that cannot become an event and its fault.
    declarations
        What was declared of areas, in the order of `issued_at`; each is known before the events at or after it.

    """

    def __init__(
        self,
        parts: Parts,
        *,
        lateness_s: float,
        now: float,
        bury: Callable[[Row, BadInput], None] | None = None,
        declarations: Sequence[Declaration] = (),
    ) -> None:
        self._intake = parts.intake
        self._pipeline = parts.new_pipeline()
        self._fusion = Fusion(parts.areas)
        self._clock = ChannelClock()
        self._lateness_s = lateness_s
        self._now = now
        self._bury = bury
        self._declarations = deque(declarations)
        self._next_advance = float("-inf")
        self.tally = Tally()

    def run(self, rows: Iterable[Row]) -> Iterator[Told]:
        """Take in `rows`; yield whatever says something, and at the end what the last watermark brings."""
        for row in rows:
            self.tally.rows += 1
            event = self._event(row)
            if event is None:
                continue
            t = event.occurred_at.timestamp()
            while self._declarations and self._declarations[0].issued_at <= event.occurred_at:
                yield from self._told(self._pipeline.declare(self._declarations.popleft()))
            if not self._clock.accepts(t, self._lateness_s):
                self.tally.verdicts["LATE"] += 1
                continue
            if t >= self._next_advance:
                self._next_advance = t + ADVANCE_S
                yield from self._told(self._pipeline.advance(t - self._lateness_s))
            outcome = self._pipeline.process(event)
            self.tally.verdicts[outcome.verdict] += 1
            yield from self._told(outcome)
        self.tally.newest = self._clock.newest
        if self._clock.newest > NEVER:
            yield from self._told(self._pipeline.advance(self._clock.watermark(self._lateness_s)))

    def _event(self, row: Row) -> Event | None:
        if isinstance(row, RowOk):
            try:
                return self._intake.normalise(row.report, self._now)
            except BadInput as bad:
                fault = bad
        else:
            fault = BadInput(row.reason, row.path, row.message)
        self.tally.verdicts["DEAD"] += 1
        self.tally.dead[fault.reason] += 1
        if self._bury is not None:
            self._bury(row, fault)
        return None

    def _told(self, outcome: Outcome) -> Iterator[Told]:
        if outcome.alerts or outcome.signals or outcome.shadow:
            findings = outcome.alerts
            alerts = [version for finding in findings for version in self._fusion.note(finding).alerts]
            self.tally.note(alerts, outcome.shadow, findings)
            yield Told(outcome.signals, findings, alerts, outcome.shadow)


def drain(outcomes: Iterator[Told]) -> None:
    """Run a replay for its tally only."""
    deque(outcomes, maxlen=0)
