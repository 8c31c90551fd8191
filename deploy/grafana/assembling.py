"""A dashboard of rows: its variables, its links to the others and to the board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    VariableHide,
    VariableOption,
    VariableRefresh,
    VariableSort,
)
from look import ORANGE, SOURCE, Row, both, built

TAG = "fenghuo"
BOARD = "http://127.0.0.1:8080"
"""Where the board is, until somebody says otherwise at the top of a dashboard."""
_ALL = VariableOption(text="All", value="$__all")

Variable = Literal["district", "rule", "instance", "channel"]
_QUERIES: dict[Variable, tuple[str, str, str]] = {
    "district": (
        "区县 District",
        "query_result(max by (district, name) (fenghuo_district_info))",
        '/district="(?<value>[^"]+)".*name="(?<text>[^"]+)"/',
    ),
    "rule": ("规则 Rule", "label_values(fenghuo_finding_versions_total, rule)", ""),
    "instance": ("进程 Process", 'label_values(fenghuo_build_info{process="worker"}, instance)', ""),
    "channel": ("渠道 Channel", "label_values(fenghuo_deliveries_total, channel)", ""),
}


@dataclass(frozen=True)
class Sheet:
    """One dashboard.

    Parameters
    ----------
    uid
        Its id, and the name of its file.
    title, about
        In Chinese and in English.
    rows
        What is on it.
    variables
        What it can be narrowed down to.
    since
        How far it goes back when it is opened.

    """

    uid: str
    title: tuple[str, str]
    about: tuple[str, str]
    rows: Sequence[Row]
    variables: Sequence[Variable] = ()
    since: str = "now-6h"


def assembled(sheet: Sheet) -> dashboard.Dashboard:
    """Return the SDK's builder of a dashboard."""
    made = dashboard.Dashboard(both(sheet.title)).uid(sheet.uid).description(f"{sheet.about[0]}\n\n{sheet.about[1]}")
    made.tags([TAG]).editable().tooltip(DashboardCursorSync.CROSSHAIR).time(sheet.since, "now").refresh("30s")
    made.timezone("browser").with_variable(_datasource())
    for name in sheet.variables:
        made.with_variable(_variable(name))
    board = dashboard.TextBoxVariable("board").label("值班大屏 Board").default_value(BOARD)
    made.with_variable(board.current(VariableOption(text=BOARD, value=BOARD)))
    made.link(_to_the_board()).link(_to_the_others()).annotation(_switches())
    for row in sheet.rows:
        made.with_row(dashboard.Row(both(row.title)))
        for panel in row.panels:
            made.with_panel(built(panel))
    return made


def _datasource() -> Any:  # noqa: ANN401 - a builder of the SDK
    return (
        dashboard.DatasourceVariable("datasource")
        .type("prometheus")
        .label("数据源 Source")
        .hide(VariableHide.HIDE_LABEL)
    )


def _variable(name: Variable) -> Any:  # noqa: ANN401 - a builder of the SDK
    label, query, regex = _QUERIES[name]
    made = dashboard.QueryVariable(name).label(label).datasource(SOURCE).query(query).regex(regex)
    made.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED).sort(VariableSort.ALPHABETICAL_ASC)
    return made.multi(True).include_all(True).all_value(".*").current(_ALL)


def _to_the_board() -> dashboard.DashboardLink:
    link = dashboard.DashboardLink("值班大屏 Board").type(DashboardLinkType.LINK).url("${board}")
    return link.icon("external link").target_blank(True).tooltip("处置预警 · where alerts are dealt with")


def _to_the_others() -> dashboard.DashboardLink:
    link = dashboard.DashboardLink("烽火 Fenghuo").type(DashboardLinkType.DASHBOARDS).tags([TAG])
    return link.keep_time(True).include_vars(True).as_dropdown(False)


def _switches() -> dashboard.AnnotationQuery:
    """Mark where partitions went over to another rule book."""
    made = dashboard.AnnotationQuery().name("规则册切换 Rule book switched").datasource(SOURCE).icon_color(ORANGE)
    return made.enable(True).expr("sum(increase(fenghuo_book_switches_total[1m])) > 0")
