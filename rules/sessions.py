"""A detector's signals on one key joined into episodes: windows close to each other are one incident."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import msgspec

from detectors.event import Source
from detectors.signal import Sentence, Signal
from detectors.surge import SurgeDetector
from rules.alert import Alert, Grade, GradeStep, Revision, Text
from rules.book import CompiledRule
from rules.chance import at_most, chance, limits, so_unlikely
from rules.episode import EVIDENCE, episode_id
from rules.issue import City, deadlines, instant, owner_of, rule_ref
from rules.phrases import duration
from rules.rule import Rule, Tail
from rules.wording import GRADE_NAMES, source_list

_HOUR_S, _DAY_S = 3_600.0, 86_400.0


def key_of(signal: Signal) -> str:
    """Return what signals are joined by: their thread; or area, kind and, for surges, the length of the window."""
    if signal.thread:
        return signal.thread
    place = signal.place
    area = f"{place.district}|{place.at(signal.level)}|{signal.kind}"
    if signal.detector != SurgeDetector.name:
        return area
    return f"{area}|{'day' if (signal.ends_at - signal.starts_at).total_seconds() > _HOUR_S else 'hour'}"


def tail_grade(signal: Signal, tail: Tail) -> Grade | None:
    """Return the grade `signal` earns, ``None`` when it earns none."""
    if signal.observed < tail.min_observed or signal.observed < tail.min_ratio * signal.expected:
        return None
    unlikely = chance(signal, tail)
    return next((grade for grade, limit in reversed(limits(tail)) if unlikely <= limit), None)


@dataclass(frozen=True)
class Session:
    """Windows that earned a grade, each within the quiet time of the one before."""

    signals: tuple[Signal, ...]

    @property
    def start(self) -> float:
        """Epoch seconds at which the first window begins to count."""
        return self.signals[0].counts_from.timestamp()

    @property
    def counts(self) -> tuple[int, int]:
        """Events and reporters: of all windows together; in a thread, whose windows overlap, of the fullest."""
        combined = max if self.signals[0].thread else sum
        return combined(one.observed for one in self.signals), combined(one.reporters for one in self.signals)

    @property
    def end(self) -> float:
        """Epoch seconds at which the last window ends."""
        return max(signal.ends_at.timestamp() for signal in self.signals)


class SignalState(msgspec.Struct, array_like=True):
    """A `SignalFold` as explicit data."""

    signals: dict[str, Signal]
    issued: dict[str, Alert]
    pending: bool


class SignalFold:
    """The signals of one rule on one key and one length of window, and the sessions they amount to.

    Parameters
    ----------
    compiled
        The rule: its `tail` grades, its `quiet` time joins.
    key
        Area, kind and window.

    """

    __slots__ = ("compiled", "due", "issued", "key", "pending", "signals", "tail")

    def __init__(self, compiled: CompiledRule, key: str) -> None:
        self.compiled = compiled
        self.tail = compiled.rule.tail or Tail()
        self.key = key
        self.signals: dict[str, Signal] = {}
        self.issued: dict[str, Alert] = {}
        self.pending = False
        self.due = float("inf")

    def add(self, signal: Signal) -> None:
        """Take in a signal, or take back the one it replaces; with a thread all that is not over by then."""
        if signal.withdrawn and signal.thread:
            for session in self._sessions().values():
                if session.end + self._patience(session) >= signal.ends_at.timestamp():
                    self.signals = {id_: one for id_, one in self.signals.items() if one not in session.signals}
        elif signal.withdrawn or tail_grade(signal, self.tail) is None:
            self.signals.pop(signal.id, None)
        else:
            self.signals[signal.id] = signal

    def ranks(self) -> dict[str, int]:
        """Return id and rank of every open session."""
        return {id_: self._grade(session).rank for id_, session in self._sessions().items()}

    def windows(self, id_: str) -> tuple[Signal, ...]:
        """Return the signals of the session with this id; none when there is no such session."""
        session = self._sessions().get(id_)
        return session.signals if session is not None else ()

    def alert(self, city: City, id_: str, status: Literal["open", "closed"]) -> Alert:
        """Return what the session with this id amounts to, as a first version."""
        return session_alert(city, self, id_, self._sessions()[id_], status)

    def close(self, watermark: float, city: City) -> list[Alert]:
        """Forget the sessions that no window can join any more; return them, closed."""
        closed = []
        for id_, session in self._sessions().items():
            if session.end + self._patience(session) < watermark:
                closed.append(session_alert(city, self, id_, session, "closed"))
                for signal in session.signals:
                    del self.signals[signal.id]
        return closed

    def ring(self, watermark: float) -> bool:
        """Wait for nothing."""
        del watermark
        return False

    def idle(self, watermark: float) -> bool:
        """Tell whether nothing is left."""
        del watermark
        return not self.signals and not self.issued

    def next_due(self, watermark: float) -> float | None:
        """Return the watermark beyond which a session closes, ``None`` when nothing is left."""
        del watermark
        return min((s.end + self._patience(s) for s in self._sessions().values()), default=None)

    def seal(self, watermark: float) -> None:
        """Do nothing: signals are few and leave with their session."""

    def state(self) -> bytes:
        """Return everything there is to know, as MessagePack."""
        return msgspec.msgpack.encode(SignalState(self.signals, self.issued, self.pending))

    def load(self, data: bytes) -> None:
        """Take over what `state` returned."""
        state = msgspec.msgpack.decode(data, type=SignalState)
        self.signals, self.issued, self.pending = state.signals, state.issued, state.pending

    def _patience(self, session: Session) -> float:
        longest = max(s.ends_at.timestamp() - s.starts_at.timestamp() for s in session.signals)
        return self.compiled.quiet_s + min(longest, _DAY_S)  # further on no window of hours or days can join

    def _grade(self, session: Session) -> Grade:
        return max((tail_grade(s, self.tail) or Grade.BLUE for s in session.signals), key=lambda grade: grade.rank)

    def _sessions(self) -> dict[str, Session]:
        found: list[list[Signal]] = []
        end = 0.0
        for signal in sorted(self.signals.values(), key=lambda s: (s.counts_from, s.id)):
            start = signal.counts_from.timestamp()
            if found and start - end <= self.compiled.quiet_s:
                found[-1].append(signal)
            else:
                found.append([signal])
            end = signal.ends_at.timestamp()
        sessions = [Session(tuple(signals)) for signals in found]
        quiet_s = self.compiled.quiet_s
        return {episode_id(self.compiled.rule.id, self.key, "", s.start, quiet_s): s for s in sessions}


def session_alert(city: City, fold: SignalFold, id_: str, session: Session, status: Literal["open", "closed"]) -> Alert:
    """Return the alert a session of signals amounts to, as its first version."""
    rule = fold.compiled.rule
    tail = fold.tail
    graded = [(tail_grade(signal, tail) or Grade.BLUE, signal) for signal in session.signals]
    grade = max((grade for grade, _ in graded), key=lambda g: g.rank)
    reached = min(signal.counts_from.timestamp() for g, signal in graded if g is grade)
    worst = min(session.signals, key=lambda s: (s.p_value, -s.observed, s.starts_at, s.id))
    place = city.place(worst.level, worst.place)
    known = city.taxonomy.kinds.get(worst.kind)
    window_s = (worst.ends_at - worst.starts_at).total_seconds()
    sources = _sources(session.signals)
    sign_by, on_site_by = deadlines(rule, grade, reached, city.days)
    kind_name = Text(known.zh, known.en) if known else Text(worst.kind, worst.kind)
    events, reporters = session.counts
    return Alert(
        id=id_,
        rule=rule_ref(rule, city.book),
        kind=worst.kind,
        category=city.taxonomy.category_of(worst.kind),
        grade=grade,
        status=status,
        pending_check=rule.check,
        title=_title(rule, worst.headline, kind_name, place.name),
        why=_why(worst, kind_name, window_s),
        steps=(GradeStep(grade=grade, because=_because(worst, grade, tail)),),
        not_higher=_not_higher(grade, tail),
        advice=rule.advice,
        owner=owner_of(rule, worst.kind, worst.place),
        plan=rule.plan,
        gate=rule.gate,
        restricted=rule.restricted,
        place=place,
        first_at=min(signal.starts_at for signal in session.signals),
        last_at=instant(session.end),
        raised_at=instant(session.start),
        graded_at=instant(reached),
        sign_by=sign_by,
        on_site_by=on_site_by,
        events=events,
        reporters=reporters,
        sources=sources,
        evidence=_evidence(session.signals),
        observed=worst.observed,
        threshold=tail.min_observed,
        expected=worst.expected,
        expected_high=worst.expected_high,
        p_value=worst.p_value,
        window_s=window_s,
        revision=Revision(version=1, change="new"),
    )


def _title(rule: Rule, headline: Sentence | None, kind: Text, place: str) -> Text:
    zh, en = (headline.zh, headline.en) if headline else (f"{kind.zh}｜{place}", f"{kind.en} | {place}")
    return Text(f"{rule.name.zh}·{zh}", f"{rule.name.en}: {en}")


def _sources(signals: Iterable[Signal]) -> tuple[Source, ...]:
    return tuple(sorted({source for signal in signals for source in signal.sources}))


def _evidence(signals: Iterable[Signal]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(id_ for signal in signals for id_ in signal.evidence))[:EVIDENCE]


def _why(signal: Signal, kind: Text, window_s: float) -> Text:
    if signal.says is not None:
        return Text(signal.says.zh, signal.says.en)
    window = duration(window_s)
    sources = source_list(signal.sources)
    return Text(
        f"{window.zh}内{kind.zh}{signal.observed}起（{sources.zh}），预期{signal.expected:.1f}起，"
        f"99%上限{signal.expected_high:.0f}起，偶然概率{signal.p_value:.1g}",
        f"{signal.observed} {kind.en} in {window.en} ({sources.en}), {signal.expected:.1f} expected, "
        f"99% limit {signal.expected_high:.0f}, chance probability {signal.p_value:.1g}",
    )


def _because(signal: Signal, grade: Grade, tail: Tail) -> Text:
    limit = dict(limits(tail))[grade]
    said = so_unlikely(chance(signal, tail), tail)
    figure = f"{limit:g}" if tail.budget is None else f"{limit:.2g}"
    return Text(f"{said.zh}≤{figure}", f"{said.en} ≤ {figure}")


def _not_higher(grade: Grade, tail: Tail) -> Text:
    for higher, limit in limits(tail):
        if higher.rank > grade.rank:
            name, needed = GRADE_NAMES[higher], at_most(limit, tail)
            article = "a " if tail.budget is None else ""
            return Text(f"升为{name.zh}需{needed.zh}", f"{name.en} would need {article}{needed.en}")
    if grade is Grade.RED:
        return Text("已是最高等级", "already the highest grade")
    return Text("本规则不再升级", "this rule goes no higher")
