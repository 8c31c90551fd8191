"""Values and thresholds of conditions in words."""

from __future__ import annotations

from collections.abc import Iterable

from detectors.taxonomy import Taxonomy
from rules.alert import Text
from rules.explanation import REASONS, DroppedView, PartView, Reason
from rules.phrases import SOURCE_NAMES, duration

_YES_NO = frozenset({"match", "tags", "scenes", "holiday", "context", "fresh", "after", "then_not", "fired"})
_CHANCE = frozenset({"p_value", "by_chance"})
_PERCENT = frozenset({"share"})
_TIMES = frozenset({"change", "ratio", "ratio_to_expected"})
_MINUTE_S = 60
PARTS = {
    "counted": Text("计入", "counted"),
    "witness": Text("佐证", "witness"),
    "compared": Text("对照", "compared"),
}
ROLES = {"fires": Text("触发", "fires"), "raises": Text("升级", "raises"), "lowers": Text("降级", "lowers")}


def figure(part: PartView, value: float | None) -> Text:
    """Return a value of a part in words."""
    if value is None:
        return Text("—", "—")
    if part.part in _YES_NO:
        return Text("是", "yes") if value >= 1 else Text("否", "no")
    if part.part == "lasting":
        return duration(round(value / _MINUTE_S) * _MINUTE_S if value >= _MINUTE_S else value)
    if part.part in _PERCENT:
        return _same(f"{value:.0%}")
    if part.part in _TIMES:
        return _same(f"{value:.2f}".rstrip("0").rstrip("."))
    return _same(f"{value:.2g}" if part.part in _CHANCE else f"{value:g}")


def needed(part: PartView) -> Text:
    """Return what a part takes."""
    if part.part in _YES_NO:
        return Text("是", "yes")
    said = figure(part, part.threshold)
    sign = "≤" if part.at_most else "≥"
    return Text(f"{sign}{said.zh}", f"{sign}{said.en}")


def lacking(part: PartView) -> Text:
    """Return how much a part lacked; empty when it is met, or is a matter of yes and no."""
    missing = part.missing
    if part.met or missing is None or part.part in _YES_NO or part.part in _CHANCE:
        return Text()
    said = figure(part, missing)
    return Text(f"超{said.zh}", f"{said.en} over") if part.at_most else Text(f"差{said.zh}", f"{said.en} short")


def kind_name(kind: str, taxonomy: Taxonomy) -> Text:
    """Return the name of a kind."""
    known = taxonomy.kinds.get(kind)
    return Text(known.zh, known.en) if known is not None else _same(kind)


def source_name(source: str) -> Text:
    """Return the name of a kind of source."""
    return SOURCE_NAMES[source]


def by_reason(dropped: Iterable[DroppedView]) -> list[tuple[Reason, list[DroppedView]]]:
    """Return what was left out by reason, the most frequent last: it says least."""
    found: dict[Reason, list[DroppedView]] = {}
    for one in dropped:
        found.setdefault(one.reason, []).append(one)
    return sorted(found.items(), key=lambda pair: len(pair[1]))


def reason_text(reason: Reason) -> Text:
    """Return a reason in words."""
    return REASONS[reason]


def _same(text: str) -> Text:
    return Text(text, text)
