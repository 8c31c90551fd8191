"""Dashboards: the JSON is what the code says, asks only for what there is, and fits Grafana's types and screen."""

from __future__ import annotations

import json
from itertools import combinations
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from tests.deploy.measured import (
    asked_by_dashboards,
    asked_by_rules,
    asked_by_the_way,
    dashboards,
    described,
    names_in,
    panels,
    series,
)

MODELS = dashboards()


def test_the_json_is_what_the_code_says() -> None:
    from dashboards import FOLDER, written  # type: ignore[import-not-found]  # noqa: PLC0415 - a script beside its JSON

    files = dict(written())
    assert sorted(FOLDER.glob("*.json")) == sorted(files)
    stale = [path.name for path, text in files.items() if path.read_text(encoding="utf-8") != text]
    assert not stale, "run `python deploy/grafana/dashboards.py`"


def test_there_are_the_six_that_were_asked_for() -> None:
    wanted = {"operations", "alerts", "city", "rules", "pipeline", "delivery"}
    assert set(MODELS) == {f"fenghuo-{name}" for name in wanted} == {model["uid"] for model in MODELS.values()}


def test_dashboards_and_rules_ask_only_for_what_is_measured() -> None:
    known = series()
    asked = [*asked_by_dashboards(), *asked_by_the_way(), *asked_by_rules()]
    assert [(one.where, names_in(one.expr) - known) for one in asked if not names_in(one.expr) <= known] == []
    assert all(names_in(one.expr) for one in asked)


def test_a_metric_that_does_not_exist_would_be_noticed() -> None:
    expr = 'sum by (le, grade) (rate(fenghuo_nothing_bucket{le="1"}[5m])) / on (area) group_left (name) fenghuo:none:x'
    assert names_in(expr) == {"fenghuo_nothing_bucket", "fenghuo:none:x"}


def test_nearly_everything_that_is_measured_is_shown_or_watched() -> None:
    asked = [*asked_by_dashboards(), *asked_by_the_way(), *asked_by_rules()]
    shown = frozenset().union(*(names_in(one.expr) for one in asked))
    unseen = {
        one.name
        for metrics in described().values()
        for one in metrics
        if not shown & {*one.series()} and one.name != "fenghuo_ready"
    }
    assert unseen == {
        "fenghuo_verdicts_total",  # the verdicts held say more
        "fenghuo_snapshots_total",
        "fenghuo_delivery_seconds",  # from the version on says more
        "fenghuo_delivery_write_seconds",
        "fenghuo_delivery_write_timestamp_seconds",
        "fenghuo_notices_total",
        "fenghuo_board_records_total",
        "fenghuo_board_push_seconds",
        "fenghuo_board_sign_ins_total",
    }


@pytest.mark.parametrize("name", MODELS)
def test_a_dashboard_is_of_grafanas_types(name: str) -> None:
    register_default_plugins()
    there_and_back = json.loads(JSONEncoder().encode(Dashboard.from_json(MODELS[name])))
    assert _without_nothing(there_and_back) == _without_nothing(MODELS[name])


def _without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: kept for key, one in value.items() if (kept := _without_nothing(one)) not in (None, [], {})}
    return [_without_nothing(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", MODELS)
def test_panels_lie_beside_each_other_within_the_screen(name: str) -> None:
    places = [one["gridPos"] for one in MODELS[name]["panels"]]
    assert all(one["w"] > 0 and one["h"] > 0 and one["x"] + one["w"] <= 24 for one in places)
    apart = [
        a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"] or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        for a, b in combinations(places, 2)
    ]
    assert all(apart)


@pytest.mark.parametrize("name", MODELS)
def test_everything_says_what_it_is_in_both_languages(name: str) -> None:
    model = MODELS[name]
    titles = [model["title"], *(one["title"] for one in model["panels"])]
    texts = [model["description"], *(one["description"] for one in panels(model))]
    assert len(set(titles)) == len(titles)
    for said in (*titles, *texts):
        assert any("\u4e00" <= letter <= "\u9fff" for letter in said), said
        assert any(letter.isascii() and letter.isalpha() for letter in said), said


@pytest.mark.parametrize("name", MODELS)
def test_a_dashboard_leads_to_the_others_and_to_the_board(name: str) -> None:
    board, others = MODELS[name]["links"]
    assert (board["type"], board["url"]) == ("link", "${board}")
    assert (others["type"], others["tags"], others["includeVars"]) == ("dashboards", MODELS[name]["tags"], True)


@pytest.mark.parametrize("name", MODELS)
def test_variables_that_queries_name_are_there_and_are_used(name: str) -> None:
    there = {one["name"] for one in MODELS[name]["templating"]["list"]} - {"datasource", "board"}
    text = " ".join(target["expr"] for panel in panels(MODELS[name]) for target in panel["targets"])
    used = {word.strip('"}') for word in text.replace("$__", "").split("$")[1:] for word in [word.split('"')[0]]}
    assert used - {"1"} == there
