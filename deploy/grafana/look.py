"""How dashboards look: panels as data, made into Grafana's own types by its SDK."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.models import common as looks
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    GridPos,
    MatcherConfig,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

RED, ORANGE, YELLOW, BLUE, CALM = "#ff4d4f", "#ff9a3c", "#ffd43b", "#4aa8ff", "#9aa7b4"
GRADES = {"red": ("红色 red", RED), "orange": ("橙色 orange", ORANGE), "yellow": ("黄色 yellow", YELLOW)}
GRADES["blue"] = ("蓝色 blue", BLUE)
SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
WIDTH = 24

Steps = tuple[tuple[float, str], ...]
Shape = Literal["stat", "lines", "bars", "table"]

BAD_ABOVE_ZERO: Steps = ((1, RED),)
WARN_ABOVE_ZERO: Steps = ((1, ORANGE),)


@dataclass(frozen=True)
class Query:
    """A query in PromQL, and what its series are called."""

    expr: str
    legend: str = ""


@dataclass(frozen=True)
class Panel:
    """One panel.

    Parameters
    ----------
    shape
        ``stat``: the newest value, big; ``lines``: over time; ``bars``: the newest values beside each other.
    title, about
        In Chinese and in English; `about` says what to make of it.
    queries
        What it shows.
    unit
        Grafana's name of the unit.
    steps
        From which value on it has which colour; below the first it is calm, or `base`.
    w, h
        Width (of 24) and height.
    low, high
        Limits of the axis.
    says
        Words for values.
    columns
        Of a table: labels to be shown, with their headings, the value last (``Value``).
    stacked
        Lines are stacked.
    least
        Of the colour below the first step.

    """

    shape: Shape
    title: tuple[str, str]
    about: tuple[str, str]
    queries: tuple[Query, ...]
    unit: str = "short"
    steps: Steps = ()
    w: int = 8
    h: int = 8
    low: float | None = 0.0
    high: float | None = None
    says: Mapping[str, tuple[str, str]] | None = None
    columns: Mapping[str, str] | None = None
    stacked: bool = False
    least: str = CALM


@dataclass(frozen=True)
class Row:
    """Panels under a heading."""

    title: tuple[str, str]
    panels: Sequence[Panel]


def both(said: tuple[str, str]) -> str:
    """Return Chinese with English beside."""
    return f"{said[0]} · {said[1]}"


def built(panel: Panel) -> Any:  # noqa: ANN401 - builders of four kinds
    """Return the SDK's builder of a panel."""
    builder = _SHAPES[panel.shape](panel)
    builder.title(both(panel.title)).description(f"{panel.about[0]}\n\n{panel.about[1]}").datasource(SOURCE)
    builder.unit(panel.unit).grid_pos(GridPos(h=panel.h, w=panel.w)).thresholds(_thresholds(panel))
    if panel.low is not None and panel.shape != "table":
        builder.min(panel.low)
    if panel.high is not None:
        builder.max(panel.high)
    if panel.says is not None:
        words = {value: ValueMappingResult(text=text, color=colour) for value, (text, colour) in panel.says.items()}
        builder.mappings([ValueMap(options=words)])
    for letter, query in zip("ABCDEFGH", panel.queries, strict=False):
        builder.with_target(_target(letter, query, at_once=panel.shape != "lines", as_table=panel.shape == "table"))
    return builder


def _target(letter: str, query: Query, *, at_once: bool, as_table: bool) -> prometheus.Dataquery:
    target = prometheus.Dataquery().ref_id(letter).expr(query.expr).legend_format(query.legend or "__auto")
    target.datasource(SOURCE).format(PromQueryFormat.TABLE if as_table else PromQueryFormat.TIME_SERIES)
    return target.instant() if at_once else target.range()


def _thresholds(panel: Panel) -> dashboard.ThresholdsConfig:
    steps = [Threshold(value=None, color=panel.least), *(Threshold(value=v, color=colour) for v, colour in panel.steps)]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


def _by_grade(builder: Any, panel: Panel) -> None:  # noqa: ANN401 - builders of three kinds
    """Have the series of a grade its colour and its name, where there are any."""
    if not any("{{grade}}" in query.legend or query.legend in GRADES for query in panel.queries):
        return
    for grade, (name, colour) in GRADES.items():
        fixed = {"mode": FieldColorModeId.FIXED.value, "fixedColor": colour}
        for pattern in (f"/^{grade}$/", f"/ {grade}$/"):
            properties = [DynamicConfigValue(id_val="color", value=fixed)]
            if pattern == f"/^{grade}$/":
                properties.append(DynamicConfigValue(id_val="displayName", value=name))
            builder.with_override(MatcherConfig(id_val="byRegexp", options=pattern), properties)


def _newest() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).fields("").values(False)


def _stat(panel: Panel) -> stat.Panel:
    builder = stat.Panel().reduce_options(_newest()).graph_mode(looks.BigValueGraphMode.NONE)
    builder.color_mode(looks.BigValueColorMode.VALUE)
    _by_grade(builder, panel)
    return builder


def _lines(panel: Panel) -> timeseries.Panel:
    builder = timeseries.Panel().line_width(2).fill_opacity(30 if panel.stacked else 6)
    builder.show_points(looks.VisibilityMode.NEVER)
    legend = common.VizLegendOptions().display_mode(looks.LegendDisplayMode.LIST).show_legend(True)
    builder.legend(legend.placement(looks.LegendPlacement.BOTTOM).calcs([]))
    builder.tooltip(common.VizTooltipOptions().mode(looks.TooltipDisplayMode.MULTI).sort(looks.SortOrder.DESCENDING))
    if panel.steps:
        style = common.GraphThresholdsStyleConfig().mode(looks.GraphTresholdsStyleMode.DASHED)
        builder.thresholds_style(style)
    if panel.stacked:
        builder.stacking(common.StackingConfig().mode(looks.StackingMode.NORMAL).group("A"))
    _by_grade(builder, panel)
    return builder


def _bars(panel: Panel) -> bargauge.Panel:
    builder = bargauge.Panel().reduce_options(_newest()).orientation(looks.VizOrientation.HORIZONTAL)
    builder.display_mode(looks.BarGaugeDisplayMode.BASIC)
    _by_grade(builder, panel)
    return builder


def _table(panel: Panel) -> table.Panel:
    columns = panel.columns or {}
    builder = table.Panel().show_header(True)
    order = {name: position for position, name in enumerate(columns)}
    kept = {"include": {"names": list(columns)}}
    builder.with_transformation(DataTransformerConfig(id_val="filterFieldsByName", options=kept))
    renamed = {"indexByName": order, "renameByName": dict(columns)}
    builder.with_transformation(DataTransformerConfig(id_val="organize", options=renamed))
    return builder


def quantile(share: float, metric: str, by: str = "", where: str = "") -> str:
    """Return the query of a quantile of a histogram over the last moments, by labels."""
    by = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({by}) (rate({metric}_bucket{{{where}}}[$__rate_interval])))"


def pace(counter: str, by: str, per_s: int = 60) -> str:
    """Return the query of how fast a counter grows, by labels; nothing is a zero."""
    return f"{per_s} * (sum by ({by}) (rate({counter}[$__rate_interval])) or on () vector(0))"


_SHAPES: dict[Shape, Callable[[Panel], Any]] = {"stat": _stat, "lines": _lines, "bars": _bars, "table": _table}
