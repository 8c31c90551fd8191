"""Since when detectors learn: from the first event they were given, in whatever order events come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.modelage import ModelAges
from tests.builders import T0, a_pipeline, an_event

TIMES = st.lists(st.floats(0.0, 1e9), min_size=1)


@given(TIMES)
def test_the_order_of_events_does_not_matter(times: list[float]) -> None:
    ages = ModelAges()
    ages.begin("surge")
    for t in times:
        ages.observe(t)
    assert ages.since == {"surge": min(times)}


def test_a_detector_that_comes_later_is_younger() -> None:
    ages = ModelAges()
    ages.begin("surge")
    ages.observe(100.0)
    ages.begin("scan")
    assert ages.since == {"surge": 100.0}
    ages.observe(200.0)
    ages.observe(150.0)
    ages.begin("surge")
    assert ages.since == {"surge": 100.0, "scan": 150.0}


def test_the_age_lasts_over_a_restart_and_is_written_only_when_it_changed() -> None:
    before, after = a_pipeline(), a_pipeline()
    before.process(an_event("1", 500.0))
    written = before.dirty()
    before.process(an_event("2", 600.0))
    assert "ages/since" not in before.dirty()
    after.restore({key: data for key, data in written.items() if data}, 0.0)
    after.process(an_event("3", 700.0))
    assert after.learning_since == before.learning_since
    assert set(after.learning_since.values()) == {T0 + 500.0}
