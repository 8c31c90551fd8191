"""Charts of a report as inline SVG; their colours come from the style sheet, so that they fit a screen and paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from streams.backtest.charts import levels, nice, rect, svg, text_at
from streams.backtest.figures import Ratio
from streams.report.figures import Deadlines, Slot

_WIDTH, _HEIGHT = 960, 210
_LEFT, _BOTTOM, _TOP = 44, 26, 10
_MINI_W, _MINI_H = 180, 14
_KEPT = (("in_time", "good"), ("late", "yellow"), ("overdue", "red"), ("stopped", "idle"), ("running", "wait"))


def slot_chart(now: Sequence[Slot], before: Sequence[Slot]) -> str:
    """Return stacked bars of the alerts an hour or a day by grade, those of the period before paler on their left."""
    floor = _HEIGHT - _BOTTOM
    top = nice(max([sum(slot.grades.values()) for slot in (*now, *before)] + [1]))
    scale = (floor - _TOP) / top
    pitch = (_WIDTH - _LEFT) / len(now)
    parts = levels(top, scale, _LEFT, floor)
    for n, slot in enumerate(now):
        x = _LEFT + n * pitch
        if n < len(before):
            parts.append(_stack(before[n], x + pitch * 0.1, pitch * 0.3, scale, floor, "old"))
        parts.append(_stack(slot, x + pitch * 0.42, pitch * 0.48, scale, floor, ""))
        parts.append(text_at(x + pitch * 0.5, _HEIGHT - 8, slot.label, "middle"))
    return svg(_HEIGHT, parts)


def _stack(slot: Slot, x: float, width: float, scale: float, floor: float, kind: str) -> str:
    bars, y = "", floor
    for grade, count in reversed(slot.grades.items()):
        if count:
            y -= count * scale
            bars += rect(x, y, width, count * scale, grade)
    said = ", ".join(f"{grade} {count}" for grade, count in slot.grades.items())
    return f'<g class="{kind}"><title>{escape(slot.label)}: {said}</title>{bars}</g>'


def bar(grades: Mapping[str, int], most: int) -> str:
    """Return one bar of alerts by grade, as long as they are of `most`."""
    return _bar([(grade, count) for grade, count in grades.items() if count], max(most, 1), _said(grades))


def kept_bar(line: Deadlines) -> str:
    """Return what became of clocks as parts of one bar; an empty one without any."""
    counts = {name: getattr(line, name) for name, _ in _KEPT}
    parts = [(kind, counts[name]) for name, kind in _KEPT if counts[name]]
    return _bar(parts, max(line.clocks, 1), _said(counts))


def interval(one: Ratio | None) -> str:
    """Return a share as a dot on its interval, between nought and one."""
    if one is None:
        return ""
    y = _MINI_H / 2
    low, high, at = (4 + (_MINI_W - 8) * share for share in (one.low, one.high, one.share))
    ends = f'<line x1="4" x2="{_MINI_W - 4}" y1="{y}" y2="{y}" class="grid"/>'
    line = f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" class="range"/>'
    dot = f'<circle cx="{at:.1f}" cy="{y}" r="4" class="dot"/>'
    return _mini(f"{ends}{line}{dot}", f"{one.hits}/{one.of}: {one.share:.0%} ({one.low:.0%}–{one.high:.0%})")


def _bar(parts: Sequence[tuple[str, int]], most: int, said: str) -> str:
    bars, x = "", 0.0
    for kind, count in parts:
        width = _MINI_W * count / most
        bars += rect(x, 1, width, _MINI_H - 2, kind)
        x += width
    return _mini(bars, said)


def _mini(content: str, said: str) -> str:
    return (
        f'<svg class="mini" viewBox="0 0 {_MINI_W} {_MINI_H}" role="img" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(said)}</title>{content}</svg>"
    )


def _said(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items())
