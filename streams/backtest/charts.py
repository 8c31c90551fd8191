"""Charts as inline SVG. Colours come from the style sheet of the page, so that they fit a dark screen and paper."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from rules.alert import Text
from streams.backtest.figures import Ratio
from streams.backtest.load import Day, ShiftLoad
from streams.backtest.markup import both

_WIDTH = 960
_MOST_LABELS = 16
_TICKS = 4
_LABELS_W, _ROW_H = 270, 28


class Dots(NamedTuple):
    """One row of `dot_chart`: a name, and for each panel the share now and before."""

    name: Text
    panels: tuple[tuple[Ratio | None, Ratio | None], ...]


def day_chart(new: Sequence[Day], old: Sequence[Day] | None) -> str:
    """Return stacked bars of the alerts a day by grade, the old book's paler on the left of the new one's."""
    height, left, bottom = 250, 44, 28
    most = max([day.total for days in (new, old or ()) for day in days] + [1])
    top = nice(most)
    pitch = (_WIDTH - left) / len(new)
    before = {day.on: day for day in old or ()}
    scale = (height - bottom - 10) / top
    parts = levels(top, scale, left, height - bottom)
    every = max(1, math.ceil(len(new) / _MOST_LABELS))
    for n, day in enumerate(new):
        x = left + n * pitch
        beside = before.get(day.on)
        width = pitch * (0.36 if old is not None else 0.7)
        begin = x + pitch * (0.12 if old is not None else 0.15)
        if beside is not None:
            parts.append(_stack(beside, begin, width, scale, height - bottom, "old"))
        parts.append(
            _stack(day, begin + (width + pitch * 0.04 if old is not None else 0), width, scale, height - bottom)
        )
        if n % every == 0:
            parts.append(text_at(x + pitch / 2, height - 8, f"{day.on:%m-%d}", "middle"))
    return svg(height, parts)


def shift_chart(new: Sequence[ShiftLoad], old: Sequence[ShiftLoad] | None) -> str:
    """Return for every shift its mean as a bar, its 95th percentile as a mark and its maximum as a dot."""
    rows = [(new[n], old[n] if old else None) for n in range(len(new))]
    top = nice(max([load.most for row in rows for load in row if load is not None] + [1]))
    scale = (_WIDTH - _LABELS_W - 30) / top
    row_h = _ROW_H + (14 if old else 0)
    height = row_h * len(rows) + 26
    parts = [_down(_LABELS_W + tick * scale, height - 20, f"{tick:g}") for tick in _ticks(top)]
    for n, (load, before) in enumerate(rows):
        y = n * row_h + 6
        parts.append(both(Text(load.name or "全部", load.name or "all"), "text", f' x="0" y="{y + 14}"'))
        for beside, offset, kind in ((before, 0, " old"), (load, 14 if before else 0, "")):
            if beside is not None:
                parts.append(_load(beside, y + offset, scale, kind))
    return svg(height, parts)


def dot_chart(rows: Sequence[Dots], heads: Sequence[Text]) -> str:
    """Return shares as dots on their 95 % intervals, one panel for each of `heads`; those before as rings."""
    height = _ROW_H * len(rows) + 44
    width = (_WIDTH - _LABELS_W) / len(heads)
    parts: list[str] = []
    for p, head in enumerate(heads):
        left, scale = _LABELS_W + p * width, width - 40
        parts.append(both(head, "text", f' x="{left:.0f}" y="12" class="head"'))
        parts += [_down(left + share * scale, height - 20, f"{share:.0%}", 20) for share in (0, 0.25, 0.5, 0.75, 1)]
        for n, row in enumerate(rows):
            y = 20 + n * _ROW_H + _ROW_H / 2
            now, before = row.panels[p]
            parts += [_dot(before, left, scale, y - 5, "ring")] if before and before != now else []
            parts += [_dot(now, left, scale, y, "dot")] if now else []
    for n, row in enumerate(rows):
        parts.append(both(row.name, "text", f' x="0" y="{20 + n * _ROW_H + _ROW_H / 2 + 4}"'))
    return svg(height, parts)


def _stack(day: Day, x: float, width: float, scale: float, floor: float, kind: str = "") -> str:
    bars, y = "", floor
    for grade, count in reversed(day.alerts.items()):
        if count:
            y -= count * scale
            bars += rect(x, y, width, count * scale, grade)
    said = ", ".join(f"{grade} {count}" for grade, count in day.alerts.items())
    return f'<g class="{kind}"><title>{day.on}: {said}</title>{bars}</g>'


def _load(load: ShiftLoad, y: float, scale: float, kind: str) -> str:
    said = f"mean {load.mean:.1f}, 95 % {load.p95:g}, max {load.most}"
    middle = y + 8
    return (
        f'<g class="load{kind}"><title>{said}</title>{rect(_LABELS_W, y + 2, load.mean * scale, 12, "bar")}'
        f'<line x1="{_LABELS_W + load.mean * scale:.1f}" x2="{_LABELS_W + load.most * scale:.1f}" y1="{middle}" '
        f'y2="{middle}" class="range"/>'
        f'<line x1="{_LABELS_W + load.p95 * scale:.1f}" x2="{_LABELS_W + load.p95 * scale:.1f}" y1="{y + 2}" '
        f'y2="{y + 14}" class="range"/>'
        f'<circle cx="{_LABELS_W + load.most * scale:.1f}" cy="{middle}" r="3.5" class="dot"/></g>'
    )


def _dot(one: Ratio, left: float, scale: float, y: float, kind: str) -> str:
    low, high, at = (left + share * scale for share in (one.low, one.high, one.share))
    said = f"{one.hits}/{one.of}: {one.share:.0%} ({one.low:.0%} to {one.high:.0%})"
    return (
        f'<g class="{kind}s"><title>{said}</title>'
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" class="range"/>'
        f'<circle cx="{at:.1f}" cy="{y}" r="4.5" class="{kind}"/></g>'
    )


def levels(top: float, scale: float, left: float, floor: float) -> list[str]:
    """Return level lines with their values on the left, from `floor` up to `top` at `scale` units a one."""
    return [
        f'<line x1="{left}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>'
        + text_at(left - 6, y + 4, f"{tick:g}", "end")
        for tick, y in ((tick, floor - tick * scale) for tick in _ticks(top))
    ]


def _down(x: float, floor: float, label: str, top: float = 0) -> str:
    return f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{floor}" class="grid"/>' + text_at(
        x, floor + 15, label, "middle"
    )


def rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    """Return a rectangle; its colour is that of its class."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(0.0, width):.1f}" height="{height:.1f}" class="{kind}"/>'


def text_at(x: float, y: float, said: str, anchor: str) -> str:
    """Return text at a point."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(said)}</text>'


def svg(height: float, parts: Sequence[str]) -> str:
    """Return a chart as wide as the page."""
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height:g}" role="img" xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )


def _ticks(top: float) -> list[float]:
    return [top * n / _TICKS for n in range(_TICKS + 1)]


def nice(most: float) -> float:
    """Return the least round number not below `most` that `_TICKS` parts divide into round ones."""
    size = 10 ** math.floor(math.log10(max(most, _TICKS) / _TICKS))
    step = next(factor for factor in (1, 2, 2.5, 5, 10) if factor * size * _TICKS >= most)
    return max(1.0, step) * size * _TICKS if size >= 1 else float(_TICKS)
