"""What an alert about a detector's signals says of them: where from, why, and why that grade."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from detectors.event import Source
from detectors.odds import odds
from detectors.signal import Signal
from rules.alert import Grade, GradeStep, Text
from rules.chance import at_most, chance, limits, so_unlikely, stated, why_so_strict
from rules.episode import EVIDENCE
from rules.feedback import Strictness
from rules.phrases import duration
from rules.rule import Tail
from rules.wording import GRADE_NAMES, also_up, source_list


def sources_of(signals: Iterable[Signal]) -> tuple[Source, ...]:
    """Return the source types of signals, sorted."""
    return tuple(sorted({source for signal in signals for source in signal.sources}))


def evidence_of(signals: Iterable[Signal]) -> tuple[str, ...]:
    """Return the ids of the first events of signals."""
    return tuple(dict.fromkeys(id_ for signal in signals for id_ in signal.evidence))[:EVIDENCE]


def why(signal: Signal, kind: Text, window_s: float) -> Text:
    """Return what was seen and what was expected."""
    if signal.says is not None:
        return Text(signal.says.zh, signal.says.en)
    window = duration(window_s)
    sources = source_list(signal.sources)
    around, rare = also_up(signal.also), odds(signal.p_value)
    return Text(
        f"{window.zh}内{kind.zh}{signal.observed}起（{sources.zh}），预期{signal.expected:.1f}起，"
        f"99%上限{signal.expected_high:.0f}起，偶然出现的机会{rare.zh}{around.zh}",
        f"{signal.observed} {kind.en} in {window.en} ({sources.en}), {signal.expected:.1f} expected, "
        f"99% limit {signal.expected_high:.0f}, by chance {rare.en}{around.en}",
    )


def least_likely(signal: Signal) -> tuple[float, int, datetime, str]:
    """Return by what the least likely of signals is the first, of several the fullest."""
    return signal.p_value, -signal.observed, signal.starts_at, signal.id


def steps_of(signal: Signal, grade: Grade, tail: Tail, strictness: Strictness) -> tuple[GradeStep, ...]:
    """Return why a signal earns its grade, and why its rule is stricter than it says, or less strict, if it is."""
    figure = stated(dict(limits(tail, strictness.times))[grade], tail)
    said = so_unlikely(chance(signal, tail), tail)
    step = GradeStep(grade=grade, because=Text(f"{said.zh}≤{figure}", f"{said.en} ≤ {figure}"))
    return (step,) if strictness.times == 1.0 else (step, GradeStep(grade=grade, because=why_so_strict(strictness)))


def not_higher(grade: Grade, tail: Tail, times: float) -> Text:
    """Return what it would have taken to be one grade higher, where signals have to be `times` as rare as stated."""
    for higher, limit in limits(tail, times):
        if higher.rank > grade.rank:
            name, needed = GRADE_NAMES[higher], at_most(limit, tail)
            article = "a " if tail.budget is None else ""
            return Text(f"升为{name.zh}需{needed.zh}", f"{name.en} would need {article}{needed.en}")
    if grade is Grade.RED:
        return Text("已是最高等级", "already the highest grade")
    return Text("本规则不再升级", "this rule goes no higher")
