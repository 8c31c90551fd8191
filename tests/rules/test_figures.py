"""Figures that look back over a group's events, and those that wait: what fires them, what does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.builders import T0, a_place, an_event
from tests.rules.tried import DAY, HOUR, MIN, WIRE, a_rule, in_order, noises, others, told, trial


def test_a_share_needs_its_smallest_number() -> None:
    share = {"match": {"tags": ["danger"]}, "at_least": 0.5, "least": 4, "within": "1d"}
    rule = a_rule(fires=[{"share": share}])
    marked = an_event("m", 5 * HOUR, reporter="m", tags=("danger",))
    second = an_event("m2", 6 * HOUR, reporter="m2", tags=("danger",))
    assert told([rule], [*noises(1, 2), second]) == []  # one of three: too few to say
    assert told([rule], [*noises(1, 2, 3), marked]) == []  # one of four
    (alert,) = told([rule], [*noises(1, 2), marked, second])
    assert alert.grade.value == "yellow"


def test_a_ratio_holds_one_sort_of_event_against_another() -> None:
    ratio = {"match": {"kinds": ["noise"]}, "to": {"kinds": ["dust"]}, "at_least": 3, "least": 1, "within": "1d"}
    rule = a_rule(fires=[{"ratio": ratio}])
    assert told([rule], noises(1, 2, 3)) == []  # nothing to hold it against
    assert told([rule], in_order(*noises(1, 2, 3), *others("dust", 0.5, 0.6))) == []
    assert len(told([rule], in_order(*noises(1, 2, 3), *others("dust", 0.5)))) == 1


def test_a_spike_is_held_against_the_groups_own_past() -> None:
    rule = a_rule(fires=[{"change": {"within": "1d", "against": "4d", "times": 3, "least": 3}}])
    usual = noises(2, 26, 50, 74)  # one a day
    burst = [an_event(f"b{i}", (97 + i) * HOUR, reporter=f"b{i}") for i in range(3)]
    assert told([rule], [*usual, *burst[:2]]) == []
    (alert,) = told([rule], [*usual, *burst])
    assert alert.raised_at == burst[2].occurred_at


def test_a_drop_is_seen_when_nothing_comes_any_more() -> None:
    rule = a_rule(fires=[{"change": {"within": "6h", "against": "24h", "down_to": 0, "least": 2}}], quiet="12h")
    steady = noises(*[h / 2 for h in range(60)])  # two an hour for thirty hours
    assert told([rule], steady, until=5 * HOUR) == []
    (alert,) = told([rule], steady, until=6 * HOUR)
    assert alert.raised_at == steady[-1].occurred_at + timedelta(hours=6)


def test_a_new_kind_is_new_once() -> None:
    rule = a_rule(kinds=["noise", "dust"], together=True, fires=[{"fresh": {"of": "kinds", "within": "7d"}}])
    first = told([rule], [*noises(0), *others("dust", 30), *others("dust", 60)])
    assert [alert.raised_at for alert in first] == [
        datetime.fromtimestamp(T0, UTC),
        datetime.fromtimestamp(T0 + 30 * HOUR, UTC),
    ]


def test_cardinality_counts_places() -> None:
    rule = a_rule(per="street", fires=[{"count": {"at_least": 3, "within": "1d", "of": "communities"}}])
    somewhere = [
        an_event(f"c{i}", i * HOUR, place=a_place(f"s{i}", community=f"c{i % 3}"), reporter="same") for i in range(4)
    ]
    assert told([rule], somewhere[:2]) == []
    (alert,) = told([rule], somewhere)
    assert (alert.observed, alert.reporters) == (3, 1)


def test_a_sequence_is_in_order_and_in_time() -> None:
    after = [{"match": {"kinds": ["dust"]}, "within": "4h"}, {"match": {"kinds": ["odor"]}, "within": "1h"}]
    rule = a_rule(fires=[{"after": after}])
    dust, odor = others("dust", 1), others("odor", 4)
    assert len(told([rule], [*dust, *odor, *noises(4.5)])) == 1
    assert told([rule], [*dust, *odor, *noises(5.5)]) == []  # too late after the second step
    assert told([rule], [*others("odor", 1), *others("dust", 2), *noises(2.5)]) == []  # the wrong way round
    assert told([rule], [*dust, *others("odor", 5.5), *noises(6)]) == []  # too late after the first step


def test_reopened_means_reported_again_after_it_was_closed() -> None:
    rule = a_rule(per="spot", fires=[{"after": [{"match": {"status": "closed"}, "within": "7d"}]}])
    closed = an_event("x", 10 * HOUR, status="closed")
    assert told([rule], [*noises(0), closed]) == []
    assert told([rule], [*noises(0, 5)]) == []
    (alert,) = told([rule], [*noises(0), closed, an_event("again", 20 * HOUR, reporter="z")])
    assert alert.raised_at.timestamp() == T0 + 20 * HOUR
    assert told([rule], [closed, an_event("late", 10 * HOUR + 7 * DAY + 1)]) == []


def test_what_does_not_follow_fires_when_the_wait_is_over() -> None:
    rule = a_rule(fires=[{"then_not": {"match": {"kinds": ["dust"]}, "within": "30min"}}])
    assert told([rule], noises(1), until=29 * MIN) == []
    (alert,) = told([rule], noises(1), until=31 * MIN)
    assert (alert.raised_at.timestamp(), alert.evidence) == (T0 + HOUR + 1800, ("hotline:n0",))
    assert told([rule], in_order(*noises(1), *others("dust", 1.4)), until=60 * MIN) == []
    assert len(told([rule], in_order(*noises(1), *others("dust", 0.9)), until=60 * MIN)) == 1  # came before


def test_a_wait_that_ends_just_at_the_watermark_ends_after_it() -> None:
    pipeline = trial(a_rule(fires=[{"then_not": {"match": {"kinds": ["dust"]}, "within": "1h"}}]))
    (event,) = noises(0)
    pipeline.process(event)
    assert pipeline.advance(T0 + HOUR).alerts == []
    (alert,) = pipeline.advance(T0 + HOUR + 1).alerts
    assert alert.evidence == (event.id,)


def test_a_chain_asks_whether_another_rule_fired_here() -> None:
    wire = a_rule(
        id="wire", kinds=["fire_hazard"], per="spot", quiet="1d", fires=[{"count": {"at_least": 3, "within": "30d"}}]
    )
    fire = a_rule(
        kinds=["ebike_fire"],
        per="spot",
        fires=[{"count": {"at_least": 1}}],
        raises=[
            {
                "to": "red",
                "when": {"fired": {"rule": "wire", "within": "90d"}},
                "because": {"zh": WIRE[1], "en": WIRE[0]},
            }
        ],
    )
    reports = others("fire_hazard", 0, 24, 48)
    burning = others("ebike_fire", 48 + 60 * 24)
    (alert,) = [a for a in told([wire, fire], [*reports, *burning]) if a.rule.id == "tried"]
    assert alert.grade.value == "red"
    assert alert.steps[-1].because.en == WIRE[0]
    for unlike in (reports[:2], [*reports[:2], an_event("o2", 48 * HOUR, "fire_hazard", place=a_place("other"))]):
        (alert,) = [a for a in told([wire, fire], [*unlike, *burning]) if a.rule.id == "tried"]
        assert alert.grade.value == "yellow"
    (alert,) = [a for a in told([wire, fire], [*reports, *others("ebike_fire", 48 + 91 * 24)]) if a.rule.id == "tried"]
    assert alert.grade.value == "yellow"


def test_only_texts_that_are_alike_are_one_matter() -> None:
    rule = a_rule(alike=0.3, fires=[{"count": {"at_least": 3, "within": "30d"}}], quiet="7d")
    same = [
        "楼下烧烤店油烟扰民，夜里十二点还在营业",
        "烧烤店油烟很大，夜里十二点还在营业，扰民",
        "楼下烧烤店夜里十二点还在营业，油烟扰民严重",
    ]
    unlike = ["广场舞音响太吵", "装修电钻从早响到晚", "学校喇叭周末还响"]
    speak = [an_event(f"s{i}", i * HOUR, text=text, reporter=f"r{i}") for i, text in enumerate(same)]
    others_ = [an_event(f"u{i}", (i + 5) * HOUR, text=text, reporter=f"u{i}") for i, text in enumerate(unlike)]
    assert told([rule], others_) == []
    assert told([rule], [*speak[:2], *others_]) == []
    (alert,) = told([rule], [*speak, *others_])
    assert alert.evidence == tuple(event.id for event in speak)
