"""A detector's signals on one key joined into episodes: windows close to each other are one incident."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from detectors.signal import Sentence, Signal
from detectors.surge import SurgeDetector
from detectors.surge_city import CitySurge
from rules.alert import Finding, Grade, Revision, Text
from rules.book import CompiledRule
from rules.chance import chance, limits
from rules.episode import episode_id
from rules.feedback import AS_STATED, LEAST, Feedback, Strictness
from rules.growth import LONGEST_EPISODE_S
from rules.issue import City, deadlines, instant, owner_of, rule_ref
from rules.rule import Rule, Tail
from rules.signalwords import evidence_of, least_likely, not_higher, sources_of, steps_of, why
from rules.subject import strictness_of

_HOUR_S, _DAY_S = 3_600.0, 86_400.0
_OF_WINDOWS = (SurgeDetector.name, CitySurge.name)


def key_of(signal: Signal) -> str:
    """Return what signals are joined by: their thread; or area, kind and, for surges, the length of the window."""
    if signal.thread:
        return signal.thread
    place = signal.place
    area = f"{place.district}|{place.at(signal.level)}|{signal.kind}"
    if signal.detector not in _OF_WINDOWS:
        return area
    return f"{area}|{'day' if (signal.ends_at - signal.starts_at).total_seconds() > _HOUR_S else 'hour'}"


def tail_grade(signal: Signal, tail: Tail, times: float = 1.0) -> Grade | None:
    """Return the grade `signal` earns where it has to be `times` as rare, ``None`` when it earns none."""
    if signal.observed < tail.min_observed or signal.observed < tail.min_ratio * signal.expected:
        return None
    unlikely = chance(signal, tail)
    return next((grade for grade, limit in reversed(limits(tail, times)) if unlikely <= limit), None)


@dataclass(frozen=True)
class Session:
    """Windows that earned a grade, each within the quiet time of the one before, for a month at most."""

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
    issued: dict[str, Finding]
    pending: bool
    waiting: dict[str, Signal] = {}
    strict: dict[str, Strictness] = {}


class SignalFold:
    """The signals of one rule on one key and one length of window, and the sessions they amount to.

    Parameters
    ----------
    compiled
        The rule: its `tail` grades, its `quiet` time joins.
    key
        Area, kind and window.
    feedback
        What people found out about the rule's alerts.

    """

    __slots__ = ("compiled", "due", "feedback", "issued", "key", "pending", "signals", "strict", "tail", "waiting")

    def __init__(self, compiled: CompiledRule, key: str, feedback: Feedback | None = None) -> None:
        self.compiled = compiled
        self.tail = compiled.rule.tail or Tail()
        self.key = key
        self.feedback = feedback or Feedback()
        self.signals: dict[str, Signal] = {}
        self.waiting: dict[str, Signal] = {}  # for a verdict that loosens, as long as their windows are open
        self.strict: dict[str, Strictness] = {}
        self.issued: dict[str, Finding] = {}
        self.pending = False
        self.due = float("inf")

    def add(self, signal: Signal) -> None:
        """Take in a signal, or take back the one it replaces; with a thread all that is not over by then."""
        if signal.withdrawn and signal.thread:
            self._take_back(signal.ends_at.timestamp())
            return
        for part in (self.signals, self.waiting, self.strict):
            part.pop(signal.id, None)
        if signal.withdrawn or tail_grade(signal, self.tail, LEAST) is None:
            return
        strictness = strictness_of(self.feedback, self.compiled, signal)
        if strictness.times != 1.0:
            self.strict[signal.id] = strictness
        (self.waiting if self.grade(signal) is None else self.signals)[signal.id] = signal

    def _take_back(self, until: float) -> None:
        """Forget what is not over by `until`, epoch seconds."""
        self.waiting.clear()
        for session in self._sessions().values():
            if session.end + self._patience(session) >= until:
                self.signals = {id_: one for id_, one in self.signals.items() if one not in session.signals}
        self.strict = {id_: one for id_, one in self.strict.items() if id_ in self.signals}

    def regrade(self, since: float) -> bool:
        """Grade the windows that end after `since` (epoch seconds) anew; tell whether there are any."""
        found = [s for s in (*self.signals.values(), *self.waiting.values()) if s.ends_at.timestamp() > since]
        for signal in found:
            self.add(signal)
        return bool(found)

    def strictness(self, signal: Signal) -> Strictness:
        """Return how strict the rule is with a signal it holds."""
        return self.strict.get(signal.id, AS_STATED)

    def grade(self, signal: Signal) -> Grade | None:
        """Return the grade a signal earns, ``None`` when it earns none."""
        return tail_grade(signal, self.tail, self.strictness(signal).times)

    def ranks(self) -> dict[str, int]:
        """Return id and rank of every open session."""
        return {id_: self._grade(session).rank for id_, session in self._sessions().items()}

    def windows(self, id_: str) -> tuple[Signal, ...]:
        """Return the signals of the session with this id; none when there is no such session."""
        session = self._sessions().get(id_)
        return session.signals if session is not None else ()

    def alert(self, city: City, id_: str, status: Literal["open", "closed"]) -> Finding:
        """Return what the session with this id amounts to, as a first version."""
        return session_alert(city, self, id_, self._sessions()[id_], status)

    def close(self, watermark: float, city: City) -> list[Finding]:
        """Forget the sessions that no window can join any more; return them, closed."""
        closed = []
        for id_, session in self._sessions().items():
            if session.end + self._patience(session) < watermark:
                closed.append(session_alert(city, self, id_, session, "closed"))
                for signal in session.signals:
                    del self.signals[signal.id]
                    self.strict.pop(signal.id, None)
        for signal in [one for one in self.waiting.values() if one.ends_at.timestamp() < watermark]:
            del self.waiting[signal.id]
            self.strict.pop(signal.id, None)
        return closed

    def ring(self, watermark: float) -> bool:
        """Wait for nothing."""
        del watermark
        return False

    def idle(self, watermark: float) -> bool:
        """Tell whether nothing is left."""
        del watermark
        return not self.signals and not self.waiting and not self.issued

    def next_due(self, watermark: float) -> float | None:
        """Return the watermark beyond which a session closes or a signal waits in vain, ``None`` when none is left."""
        del watermark
        waiting = (signal.ends_at.timestamp() for signal in self.waiting.values())
        return min((*(s.end + self._patience(s) for s in self._sessions().values()), *waiting), default=None)

    def seal(self, watermark: float) -> None:
        """Do nothing: signals are few and leave with their session."""

    def state(self) -> bytes:
        """Return everything there is to know, as MessagePack."""
        return msgspec.msgpack.encode(SignalState(self.signals, self.issued, self.pending, self.waiting, self.strict))

    def load(self, data: bytes) -> None:
        """Take over what `state` returned."""
        state = msgspec.msgpack.decode(data, type=SignalState)
        self.signals, self.issued, self.pending = state.signals, state.issued, state.pending
        self.waiting, self.strict = state.waiting, state.strict

    def _patience(self, session: Session) -> float:
        longest = max(s.ends_at.timestamp() - s.starts_at.timestamp() for s in session.signals)
        return self.compiled.quiet_s + min(longest, _DAY_S)  # further on no window of hours or days can join

    def _grade(self, session: Session) -> Grade:
        return max((self.grade(s) or Grade.BLUE for s in session.signals), key=lambda grade: grade.rank)

    def _sessions(self) -> dict[str, Session]:
        found: list[list[Signal]] = []
        begun = end = 0.0
        for signal in sorted(self.signals.values(), key=lambda s: (s.counts_from, s.id)):
            start = signal.counts_from.timestamp()
            if found and start - end <= self.compiled.quiet_s and start - begun <= LONGEST_EPISODE_S:
                found[-1].append(signal)
            else:
                found.append([signal])
                begun = start
            end = signal.ends_at.timestamp()
        sessions = [Session(tuple(signals)) for signals in found]
        quiet_s = self.compiled.quiet_s
        return {episode_id(self.compiled.rule.id, self.key, "", s.start, quiet_s): s for s in sessions}


def session_alert(
    city: City, fold: SignalFold, id_: str, session: Session, status: Literal["open", "closed"]
) -> Finding:
    """Return the alert a session of signals amounts to, as its first version."""
    rule = fold.compiled.rule
    tail = fold.tail
    graded = [(fold.grade(signal) or Grade.BLUE, signal) for signal in session.signals]
    grade = max((grade for grade, _ in graded), key=lambda g: g.rank)
    reached = min(signal.counts_from.timestamp() for g, signal in graded if g is grade)
    worst = min(session.signals, key=least_likely)
    decisive = min((signal for g, signal in graded if g is grade), key=least_likely)
    strictness = fold.strictness(decisive)
    place = city.place(worst.level, worst.place)
    known = city.taxonomy.kinds.get(worst.kind)
    window_s = (worst.ends_at - worst.starts_at).total_seconds()
    sources = sources_of(session.signals)
    sign_by, on_site_by = deadlines(rule, grade, reached, city.days)
    kind_name = Text(known.zh, known.en) if known else Text(worst.kind, worst.kind)
    events, reporters = session.counts
    return Finding(
        id=id_,
        rule=rule_ref(rule, city.book),
        kind=worst.kind,
        category=city.taxonomy.category_of(worst.kind),
        grade=grade,
        status=status,
        pending_check=rule.check,
        title=_title(rule, worst.headline, kind_name, place.name),
        why=why(worst, kind_name, window_s),
        steps=steps_of(decisive, grade, tail, strictness),
        not_higher=not_higher(grade, tail, strictness.times),
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
        evidence=evidence_of(session.signals),
        observed=worst.observed,
        threshold=tail.min_observed,
        expected=worst.expected,
        expected_high=worst.expected_high,
        p_value=worst.p_value,
        window_s=window_s,
        revision=Revision(version=1, change="new"),
        districts=worst.cluster.districts if worst.cluster else (place.district,) if place.district else (),
    )


def _title(rule: Rule, headline: Sentence | None, kind: Text, place: str) -> Text:
    zh, en = (headline.zh, headline.en) if headline else (f"{kind.zh}｜{place}", f"{kind.en} | {place}")
    return Text(f"{rule.name.zh}·{zh}", f"{rule.name.en}: {en}")
