"""`fenghuo alerts precision` and `verdicts`: what people found out about the alerts that stand or stood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from rich.table import Table
from rich.text import Text as Styled
from scipy.special import betaincinv

from rules.alert import Alert
from rules.book import Book
from rules.feedback import NO_DETECTOR
from streams.alerttail import names_of, read_alerts
from streams.language import Voice
from streams.settings import Settings
from streams.tail import Tail

GONE = "?"
_HALF, _EDGES = 0.5, (0.025, 0.975)


class Precision(NamedTuple):
    """How many alerts turned out true.

    Parameters
    ----------
    detector
        Whose signals the rule grades, ``rules`` when none's, ``?`` for a rule that the book does not have any more.
    rule
        Id; empty for all rules of the detector together.
    true, false
        Alerts by verdict.

    """

    detector: str
    rule: str
    true: int
    false: int

    @property
    def share(self) -> float:
        """The share that turned out true."""
        return self.true / (self.true + self.false)

    @property
    def interval(self) -> tuple[float, float]:
        """Jeffreys' interval of 95 % (Brown, Cai, DasGupta 2001, "Interval estimation for a binomial proportion")."""
        low, high = (float(betaincinv(self.true + _HALF, self.false + _HALF, edge)) for edge in _EDGES)
        return low if self.true else 0.0, high if self.false else 1.0

    def as_dict(self) -> dict[str, object]:
        """Return it for programs."""
        figures = {"precision": round(self.share, 4), "interval": [round(edge, 4) for edge in self.interval]}
        return {**self._asdict(), **figures}


def judged_alerts(settings: Settings, *, restricted: bool = False) -> list[Alert]:
    """Return the alerts somebody gave a verdict on, in their last versions; those withdrawn are not among them.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    with Tail(settings, names_of(current=True, restricted=restricted), from_beginning=True) as tail:
        standing = read_alerts(tail, follow=False, standing=True)
        return [one for one in standing if one.revision.handling is not None and one.revision.handling.verdict]


def since(alerts: Iterable[Alert], at: datetime) -> list[Alert]:
    """Return the alerts that were judged at `at` or later."""
    found = ((alert, alert.revision.handling) for alert in alerts)
    return [alert for alert, said in found if said is not None and said.judged_at is not None and said.judged_at >= at]


def precision_of(alerts: Iterable[Alert], book: Book) -> list[Precision]:
    """Return the precision of every detector, and below it that of each of its rules, by name."""
    detectors = {rule.id: rule.signal or NO_DETECTOR for rule in book.rules}
    counts: Counter[tuple[str, str, str]] = Counter()
    for alert in alerts:
        verdict = alert.revision.handling.verdict if alert.revision.handling is not None else ""
        rules = {ref.rule.id for ref in alert.findings} or {alert.rule.id}
        counts.update((detectors.get(rule, GONE), rule, verdict) for rule in rules)
        counts.update((detector, "", verdict) for detector in {detectors.get(rule, GONE) for rule in rules})
    keys = sorted({(detector, rule) for detector, rule, verdict in counts if verdict})
    return [Precision(*key, counts[(*key, "true")], counts[(*key, "false")]) for key in keys]


def precision_table(found: Iterable[Precision], voice: Voice) -> Table:
    """Return it as a person reads it."""
    pick = voice.pick
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(pick("探测器·规则", "detector, rule"))
    heads = (pick("属实", "true"), pick("误报", "false"), pick("查准率", "precision"), pick("95%区间", "95% interval"))
    for head in heads:
        table.add_column(head, justify="right")
    for one in found:
        low, high = one.interval
        name = Styled(f"  {one.rule}") if one.rule else Styled(one.detector, style="bold")
        cells = (f"{one.true}", f"{one.false}", f"{one.share:.0%}", f"{low:.0%}–{high:.0%}")
        table.add_row(name, *cells)
    return table


def verdict_lines(alerts: Iterable[Alert]) -> Iterator[Mapping[str, object]]:
    """Yield the verdicts as `fenghuo backtest --feedback` reads them: one for everything a single rule found."""
    for alert in alerts:
        said = alert.revision.handling
        if said is not None and said.verdict and said.judged_at is not None:
            for id_ in [ref.id for ref in alert.findings] or [alert.id]:
                yield {"alert": id_, "verdict": said.verdict, "by": said.judged_by, "at": said.judged_at.isoformat()}
