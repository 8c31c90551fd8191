"""Which topics alerts go to, and what happens when who may see them changes."""

from __future__ import annotations

import pytest

from streams import topics
from streams.sides import side_of, standing
from tests.builders import an_alert


@pytest.mark.parametrize(
    ("restricted", "names"),
    [(False, ("alerts", "alerts.current")), (True, ("alerts.restricted", "alerts.restricted.current"))],
)
def test_an_alert_goes_to_the_topics_of_its_side_and_to_no_others(restricted: bool, names: tuple[str, str]) -> None:  # noqa: FBT001
    alert = an_alert("a", version=2, restricted=restricted)
    assert side_of(alert) == names
    assert list(standing(alert, crossed=False)) == [(names[1], True)]
    withdrawn = an_alert("a", version=3, change="withdrawn", restricted=restricted)
    assert list(standing(withdrawn, crossed=False)) == [(names[1], False)]


def test_a_version_that_changes_sides_takes_away_what_stood_on_the_other() -> None:
    now = an_alert("a", version=2, restricted=True)
    assert list(standing(now, crossed=True)) == [(topics.RESTRICTED_CURRENT, True), (topics.CURRENT, False)]
    back = an_alert("a", version=3, restricted=False)
    assert list(standing(back, crossed=True)) == [(topics.CURRENT, True), (topics.RESTRICTED_CURRENT, False)]
