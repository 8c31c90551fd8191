"""What dashboards and rules ask Prometheus, and what there is to be asked for."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from streams.metrics import BoardMetrics, DeliveryMetrics, Metrics
from streams.metrics.parts import Described

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
DASHBOARDS = ROOT / "deploy" / "grafana" / "dashboards"
_QUOTED = re.compile(r'"[^"]*"')
_GROUPED = re.compile(r"\b(by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)")
_WORDS = {"by", "on", "or", "and", "unless", "bool", "offset", "group_left", "group_right", "without", "ignoring"}

sys.path.insert(0, str(ROOT / "deploy" / "grafana"))


class Asked(NamedTuple):
    """A query, and where it stands."""

    where: str
    expr: str


def described() -> dict[str, list[Described]]:
    """Return every metric of ours by the process that tells it."""
    return {
        "worker": Metrics().described,
        "deliver": DeliveryMetrics().described,
        "board": BoardMetrics().described,
    }


def series() -> frozenset[str]:
    """Return the names of everything there is to be asked for: ours, and what the library and Prometheus add."""
    ours = {name for metrics in described().values() for one in metrics for name in one.series()}
    of_library = {metric.name for metric in Metrics().registry.collect() if metric.name.startswith("process_")}
    return frozenset(ours | of_library | {"process_cpu_seconds_total", "up", "ALERTS"} | recorded())


def rules() -> Iterator[dict[str, Any]]:
    """Yield every recording and alert rule."""
    for name in ("recording.yml", "alerts.yml"):
        for group in yaml.safe_load((PROMETHEUS / name).read_text(encoding="utf-8"))["groups"]:
            yield from group["rules"]


def recorded() -> frozenset[str]:
    """Return what recording rules make."""
    return frozenset(rule["record"] for rule in rules() if "record" in rule)


def dashboards() -> dict[str, Any]:
    """Return the checked-in models by file."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(DASHBOARDS.glob("*.json"))}


def panels(model: Any) -> Iterator[Any]:
    """Yield the panels of a dashboard that ask something."""
    for panel in model["panels"]:
        if panel["type"] != "row":
            yield panel


def asked_by_dashboards() -> Iterator[Asked]:
    """Yield every query of every panel, variable and annotation."""
    for name, model in dashboards().items():
        for panel in panels(model):
            for target in panel["targets"]:
                yield Asked(f"{name}: {panel['title']} ({target['refId']})", target["expr"])


def asked_by_the_way() -> Iterator[Asked]:
    """Yield what variables and annotations ask."""
    for name, model in dashboards().items():
        for one in model["annotations"]["list"]:
            yield Asked(f"{name}: annotation {one['name']}", one["expr"])
        for one in model["templating"]["list"]:
            if one["type"] == "query":
                said = one["query"]
                inner = re.fullmatch(r"query_result\((.*)\)|label_values\((.*), \w+\)", said)
                assert inner, said
                yield Asked(f"{name}: variable {one['name']}", inner[1] or inner[2])


def asked_by_rules() -> Iterator[Asked]:
    """Yield the expression of every rule."""
    for rule in rules():
        yield Asked(rule.get("record") or rule["alert"], rule["expr"])


def names_in(expr: str) -> frozenset[str]:
    """Return the metrics a query is about."""
    bare = _GROUPED.sub(" ", _QUOTED.sub('""', re.sub(r"\{[^}]*\}", "", expr)))
    return frozenset(name for name in re.findall(r"[a-zA-Z_:][\w:]*(?!\s*\()(?![\w:(])", bare) if _is_metric(name))


def _is_metric(name: str) -> bool:
    return name not in _WORDS and not re.fullmatch(r"[smhdw]|__\w+|[A-Z]", name)
