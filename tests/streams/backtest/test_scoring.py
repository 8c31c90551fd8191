"""Figures of rules and books."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.alert import Alert, RuleRef, Text
from streams.backtest.ledger import Ledger
from streams.backtest.matching import Matcher, Tolerance
from streams.backtest.scoring import RuleLine, RuleName, rule_lines
from streams.backtest.truth import Happening, Truths, Where
from tests.builders import T0, an_alert, an_alert_place, an_area_tree

NAMES = [RuleName("gas-leak", 7, Text("燃气", "Gas")), RuleName("same-spot", 1, Text("同点位", "Same spot"))]


def an_alert_of(id: str, rule: str = "gas-leak", t: float = 0, spot: str = "x", **over: Any) -> Alert:  # noqa: A002
    at = datetime.fromtimestamp(T0 + t, UTC)
    ref = RuleRef(id=rule, number=7 if rule == "gas-leak" else 1, version=1, book="b")
    place = an_alert_place(key=spot)
    return an_alert(id, rule=ref, place=place, raised_at=at, first_at=at, last_at=at, **over)


def happening(id: str, spot: str = "x", rules: tuple[int, ...] = (), *, expected: bool = True) -> Happening:  # noqa: A002
    where = Where((spot,), spot)
    return Happening(id, ("gas_leak",), where, T0, T0 + 3_600, rules=rules, expected=expected)


def scored(alerts: list[Alert], *happenings: Happening, days: float = 2.0) -> dict[str, RuleLine]:
    ledger = Ledger()
    for alert in alerts:
        ledger.note([alert], alert.raised_at.timestamp(), alert.raised_at.timestamp())
    truths = Truths(happenings, complete=True)
    judged = Matcher(truths, an_area_tree(), Tolerance()).judge(ledger.alerts())
    return {line.id: line for line in rule_lines(NAMES, ledger, judged, truths.happenings, days, scored=True)}


def test_precision_counts_alerts_and_recall_happenings() -> None:
    alerts = [an_alert_of("a"), an_alert_of("b", t=60), an_alert_of("c", spot="elsewhere")]
    hits = scored(alerts, happening("h1"), happening("h2", "y"))["gas-leak"].hits
    assert hits is not None
    assert hits.precision is not None
    assert hits.recall is not None
    assert (hits.precision.hits, hits.precision.of, hits.recall.hits, hits.recall.of) == (2, 3, 1, 2)
    assert hits.false_a_day == 0.5


def test_lead_and_delay_are_those_of_the_first_alert_about_a_happening() -> None:
    hits = scored([an_alert_of("late", t=1_800), an_alert_of("early", t=600)], happening("h"))[""].hits
    assert hits is not None
    assert hits.delay_s is not None
    assert hits.lead_s is not None
    assert (hits.delay_s.median, hits.lead_s.median) == (600, 3_000)


def test_a_rule_is_held_to_the_happenings_that_name_it_when_the_truth_names_rules() -> None:
    lines = scored([an_alert_of("a")], happening("h1", rules=(7,)), happening("h2", "y", rules=(1,)))
    gas, same, whole = lines["gas-leak"].hits, lines["same-spot"].hits, lines[""].hits
    assert gas is not None
    assert same is not None
    assert whole is not None
    assert gas.recall is not None
    assert same.recall is not None
    assert whole.recall is not None
    assert (gas.recall.share, same.recall.share, whole.recall.share) == (1.0, 0.0, 0.5)


def test_what_only_one_rule_found_is_counted_as_found_alone() -> None:
    alerts = [an_alert_of("a"), an_alert_of("b", "same-spot"), an_alert_of("c", spot="y")]
    hits = scored(alerts, happening("h1"), happening("h2", "y"))["gas-leak"].hits
    assert hits is not None
    assert (hits.found, hits.alone) == (2, 1)


def test_what_must_stay_silent_is_nothing_to_be_found() -> None:
    hits = scored([an_alert_of("a")], happening("drill", expected=False))[""].hits
    assert hits is not None
    assert (hits.recall, hits.true, hits.false) == (None, 0, 1)


def test_withdrawn_alerts_count_only_as_withdrawn() -> None:
    line = scored([an_alert_of("a"), an_alert_of("a", change="withdrawn"), an_alert_of("b")])["gas-leak"]
    assert (line.total, line.withdrawn, line.withdrawn_share) == (1, 1, 0.5)


def test_a_rule_that_said_nothing_has_a_line() -> None:
    assert scored([])["same-spot"].total == 0


def test_a_shadow_rule_has_a_line_and_does_not_count_for_the_book() -> None:
    ref = RuleRef(id="gas-leak", number=7, version=1, book="b", status="shadow")
    lines = scored([an_alert("a", rule=ref), an_alert_of("b", "same-spot")])
    assert (lines["gas-leak"].total, lines[""].total) == (1, 1)


def test_how_long_an_alert_was_open_is_told_by_when_it_was_closed() -> None:
    ledger, opened, closed = Ledger(), an_alert_of("a"), an_alert_of("a", change="closed")
    ledger.note([opened], T0, T0 - 600)
    ledger.note([closed], T0 + 8_000, T0 + 7_200)
    assert ledger.open_s(closed) == 7_200


def test_an_alert_of_a_detector_is_raised_when_it_could_be_said() -> None:
    ledger = Ledger()
    ledger.note([an_alert_of("a", t=0)], T0 + 2_400, T0)
    assert ledger.alerts()[0].raised_at.timestamp() == T0 + 2_400
    assert ledger.final["a"].raised_at.timestamp() == T0


days = st.lists(
    st.builds(
        an_alert_of,
        id=st.text("abcdef", min_size=1, max_size=3),
        rule=st.sampled_from(["gas-leak", "same-spot"]),
        t=st.integers(-9_000, 9_000),
        spot=st.sampled_from("xyz"),
    ),
    unique_by=lambda alert: alert.id,
    max_size=15,
)
truths = st.lists(
    st.builds(
        happening, id=st.text("uvw", min_size=1, max_size=3), spot=st.sampled_from("xyz"), expected=st.booleans()
    ),
    unique_by=lambda one: one.id,
    max_size=8,
)


@settings(deadline=None)
@given(days, truths)
def test_figures_keep_within_their_bounds(alerts: list[Alert], happenings: list[Happening]) -> None:
    lines = scored(alerts, *happenings)
    whole = lines.pop("")
    assert whole.total == sum(line.total for line in lines.values()) == len(alerts)
    for line in (whole, *lines.values()):
        hits = line.hits
        assert hits is not None
        assert hits.true + hits.false + hits.unjudged == line.total
        assert hits.alone <= hits.found <= sum(one.expected for one in happenings)
        for share in (hits.precision, hits.recall):
            assert share is None or 0 <= share.low <= share.share <= share.high <= 1
        assert (hits.delay_s is None) == (hits.found == 0)


@settings(deadline=None)
@given(days, truths, st.randoms())
def test_the_order_of_alerts_and_truths_does_not_matter(
    alerts: list[Alert], happenings: list[Happening], random: Any
) -> None:
    before = scored(alerts, *happenings)
    random.shuffle(alerts)
    random.shuffle(happenings)
    assert scored(alerts, *happenings) == before
