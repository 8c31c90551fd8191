"""Metrics: labels that cannot grow without end, children that vanish, counters from zero on, times that are right."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from prometheus_client import CollectorRegistry, Gauge

from rules.alert import Alert
from rules.census import Census
from rules.handling import Handling, Reached
from streams.delivery.record import Delivery, instant
from streams.delivery.sender import Standing
from streams.metrics import BoardMetrics, DeliveryMetrics, Metrics
from streams.metrics.parts import Bound, Registry, Spans, Told
from tests.builders import T0, a_taxonomy, an_alert, an_area_tree

LABELS = """
action answer area change channel clock detector digest district grade kind level name name_en outcome partition
process python reason roster rule source stage state topic verdict version
"""


def value(metrics: Registry, name: str, /, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def series(metrics: Registry, name: str) -> list[dict[str, str]]:
    return [one.labels for family in metrics.registry.collect() for one in family.samples if one.name == name]


def handled(change: Any, **times: float) -> Alert:
    reached = tuple(Reached(state=state, at=instant(T0 + s)) for state, s in times.items())  # type: ignore[arg-type]
    handling = Handling(level="city", area="test", sign_by=instant(T0), times=reached)
    alert = an_alert("a", "red", change)
    return msgspec.structs.replace(alert, revision=msgspec.structs.replace(alert.revision, handling=handling))


def test_what_comes_in_cannot_make_labels_without_end() -> None:
    metrics = Metrics()
    metrics.report({(f"d{n}", f"k{n}"): 1 for n in range(1_000)})
    assert len(series(metrics, "fenghuo_reported_events_total")) <= 201
    assert value(metrics, "fenghuo_reported_events_total", district="other", kind="other") == 800
    delivery = DeliveryMetrics(lambda: {f"r{n}": 1 for n in range(1_000)})
    delivery.text()
    assert len(series(delivery, "fenghuo_oncall_on_duty")) == 501
    board = BoardMetrics()
    for n in range(1_000):
        board.refused_sign_in(f"reason {n}")
    assert len(series(board, "fenghuo_board_sign_in_failures_total")) == 41


def test_a_value_that_was_let_through_is_let_through_again() -> None:
    bound = Bound(2)
    assert [bound(one) for one in "abcab"] == ["a", "b", "other", "a", "b"]


def test_what_an_owner_tells_no_more_is_gone_and_others_stay() -> None:
    registry = CollectorRegistry()
    told = Told(Gauge("g", "h", ["x"], registry=registry))
    told.tell("one", {("a",): 1, ("b",): 2})
    told.tell("two", {("c",): 3})
    told.tell("one", {("b",): 4})
    found = {one.labels["x"]: one.value for family in registry.collect() for one in family.samples}
    assert found == {"b": 4, "c": 3}


def test_the_lag_of_a_partition_that_went_to_another_worker_is_gone() -> None:
    metrics = Metrics()
    metrics.tell_lag("detect", {("p-events", 0): 3, ("p-events", 1): 4}, "p-")
    metrics.tell_lag("detect", {("p-events", 1): 5}, "p-")
    assert series(metrics, "fenghuo_lag_records") == [{"topic": "events", "partition": "1"}]


def test_a_histogram_filled_in_batches_is_as_one_filled_one_by_one() -> None:
    registry = CollectorRegistry()
    spans = Spans("s", "h", "x", (1.0, 10.0), registry)
    spans.add("a", [float("-inf"), 0.5, 1.0])
    spans.add("a", [5.0, 100.0])
    found = {(one.name, one.labels.get("le")): one.value for family in registry.collect() for one in family.samples}
    buckets = {("s_bucket", "1.0"): 3, ("s_bucket", "10.0"): 4, ("s_bucket", "+Inf"): 5}
    assert found == {**buckets, ("s_count", None): 5, ("s_sum", None): 106.5}


@pytest.mark.parametrize(
    ("change", "times", "name", "seconds"),
    [
        ("signed", {"raised": 0, "signed": 90}, "fenghuo_sign_seconds_sum", 90),
        ("signed", {"candidate": 0, "raised": 60, "signed": 90}, "fenghuo_sign_seconds_sum", 30),
        ("signed", {"signed": 90}, "fenghuo_sign_seconds_sum", 0),
        ("arrived", {"raised": 0, "signed": 90, "on_site": 600}, "fenghuo_on_site_seconds_sum", 600),
        ("noted", {"raised": 0, "signed": 90}, "fenghuo_sign_seconds_sum", 0),
    ],
)
def test_the_time_people_took_runs_from_when_the_alert_was_raised(
    change: str, times: dict[str, float], name: str, seconds: float
) -> None:
    metrics = Metrics()
    metrics.issue(handled(change, **times), 0.1)
    assert value(metrics, name, grade="red") == seconds


def test_the_first_red_alert_is_a_step_from_zero() -> None:
    metrics, delivery = Metrics(), DeliveryMetrics()
    assert value(metrics, "fenghuo_alerts_graded_total", grade="red") == 0
    assert value(delivery, "fenghuo_delivery_sent_total", grade="red") == 0
    delivery.stand([("wecom", Standing(0, 0, None))], T0)
    assert value(delivery, "fenghuo_deliveries_total", channel="wecom", outcome="GIVEN_UP") == 0
    metrics.issue(an_alert("a", "red"), 0.1)
    assert value(metrics, "fenghuo_alerts_graded_total", grade="red") == 1


def test_an_alert_for_the_duty_desk_is_counted_and_its_kind_is_not_told() -> None:
    metrics, standing = Metrics(), Counter({("orange", "d1", "threat", True): 2})
    nothing: Counter[Any] = Counter()
    census = Census(standing, Counter(), nothing, nothing, Counter(), {})
    metrics.handling.take(census)
    assert series(metrics, "fenghuo_alerts_open") == [{"grade": "orange", "district": "d1", "kind": "restricted"}]
    metrics.handling.take(None)
    assert series(metrics, "fenghuo_alerts_open") == []


def test_a_receipt_is_measured_from_the_version_on_and_that_of_a_digest_is_not() -> None:
    delivery, alert = DeliveryMetrics(), an_alert("a", "red")
    delivery.note(alert, T0)
    delivery.sent("wecom", alert, 1.0, T0 + 7.0, digest=False)
    delivery.sent("wecom", alert, 1.0, T0 + 300.0, digest=True)
    delivery.sent("wecom", an_alert("unknown", "red"), 1.0, T0 + 300.0, digest=False)
    assert value(delivery, "fenghuo_delivery_from_version_seconds_sum", channel="wecom", grade="red") == 7.0
    assert value(delivery, "fenghuo_delivery_sent_total", grade="red") == 3


def test_why_a_message_did_not_go_out_is_counted() -> None:
    delivery = DeliveryMetrics()
    said = {"key": "k", "alert": "a", "version": 1, "channel": "sms", "recipient": "r", "attempt": 1}
    one = Delivery(outcome="RETRY", at=instant(T0), **said)  # type: ignore[arg-type]
    delivery.tell([msgspec.structs.replace(one, reason="TIMEOUT"), msgspec.structs.replace(one, outcome="SENT")])
    assert series(delivery, "fenghuo_delivery_reasons_total") == [{"outcome": "RETRY", "reason": "TIMEOUT"}]


def test_districts_and_kinds_are_introduced_by_name() -> None:
    metrics = Metrics()
    tree = an_area_tree()
    metrics.introduce(tree, a_taxonomy(), ["hotline.calls"])
    names = {one["district"]: one["name"] for one in series(metrics, "fenghuo_district_info")}
    assert names[tree.city] == tree.name
    assert len(names) == 1 + len(tree.children(tree.city))
    assert {"kind": "restricted", "name": "仅限值班室", "name_en": "duty desk only"} in series(
        metrics, "fenghuo_kind_info"
    )
    assert len(series(metrics, "fenghuo_kind_info")) == 1 + len(a_taxonomy().kinds)
    assert value(metrics, "fenghuo_records_total", topic="hotline.calls", outcome="DEAD") == 0


def test_no_label_holds_an_id_or_a_person() -> None:
    processes = (Metrics(), DeliveryMetrics(), BoardMetrics())
    labels = {label for metrics in processes for one in metrics.described for label in one.labels}
    assert labels == set(LABELS.split())


def test_the_newest_record_of_a_topic_is_that_of_all_its_partitions() -> None:
    board = BoardMetrics()
    for newest_ms in (5_000, 3_000):
        board.read("alerts", 2, newest_ms)
    assert value(board, "fenghuo_board_newest_record_timestamp_seconds", topic="alerts") == 5.0
    assert value(board, "fenghuo_board_records_total", topic="alerts") == 4


def test_what_ran_out_is_counted_by_the_clock_that_did() -> None:
    metrics = Metrics()
    alert = handled("escalated", raised=0)
    assert alert.revision.handling is not None
    signed = msgspec.structs.replace(alert.revision.handling, state="signed", signed_at=alert.raised_at + timedelta(1))
    again = msgspec.structs.replace(alert, revision=msgspec.structs.replace(alert.revision, handling=signed))
    metrics.issue(alert, 0.1)
    metrics.issue(again, 0.1)
    assert value(metrics, "fenghuo_clocks_missed_total", clock="sign", grade="red") == 1
    assert value(metrics, "fenghuo_clocks_missed_total", clock="on_site", grade="red") == 1
