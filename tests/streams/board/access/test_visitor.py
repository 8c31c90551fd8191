"""What a visitor may see and do is what the worker lets him do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.alert import AlertPlace
from rules.command import ACTIONS, Command
from rules.roles import ROLES, Account, People, authorise
from streams.board.access.visitor import Visitor, visitor_of
from tests.builders import T0, an_alert, an_alert_place

AREAS = st.sampled_from(["city", "d1", "d2", "st1", "c1", "g1", "spot1", "elsewhere"])
PLACES = st.builds(
    AlertPlace,
    level=st.just("spot"),
    key=st.sampled_from(["spot1", "c1", ""]),
    district=st.sampled_from(["d1", "d2", ""]),
    street=st.sampled_from(["st1", ""]),
    community=st.sampled_from(["c1", ""]),
    grid=st.sampled_from(["g1", ""]),
    name=st.just("x"),
    lon=st.none(),
    lat=st.none(),
)


@given(
    roles=st.lists(st.sampled_from(ROLES), max_size=3),
    areas=st.lists(AREAS, max_size=3),
    action=st.sampled_from(ACTIONS),
    place=PLACES,
    districts=st.lists(st.sampled_from(["d1", "d2", "d3"]), max_size=2),
)
def test_the_board_permits_exactly_what_the_worker_does(
    roles: list[str], areas: list[str], action: str, place: AlertPlace, districts: list[str]
) -> None:
    account = Account(roles=tuple(roles), areas=tuple(areas))  # type: ignore[arg-type]
    visitor = visitor_of("a", account, "city", "zh")
    command = Command(id="1", action=action, alert="a1", by="a", at=datetime.fromtimestamp(T0, UTC))  # type: ignore[arg-type]
    alert = an_alert(place=place, districts=tuple(districts))
    refused = authorise(command, People(people={"a": account}), alert, "city")
    assert (visitor.may(action) and visitor.sees(place, districts)) == (refused is None)  # type: ignore[arg-type]


def test_where_there_are_no_accounts_everybody_may_see_and_do_everything() -> None:
    visitor = Visitor(anybody=True)
    assert all(visitor.may(action) for action in ACTIONS)  # type: ignore[arg-type]
    assert visitor.sees(an_alert_place(), ())
    assert visitor.restricted


@pytest.mark.parametrize(
    ("role", "sees"), [("viewer", False), ("analyst", False), ("duty", True), ("commander", True), ("admin", True)]
)
def test_only_the_duty_desk_sees_what_is_restricted(role: str, *, sees: bool) -> None:
    assert visitor_of("a", Account(roles=(role,)), "city", "zh").restricted == sees  # type: ignore[arg-type]


def test_a_visitor_without_a_name_is_called_by_his_account() -> None:
    assert visitor_of("li", Account(roles=("duty",)), "city", "zh").name == "li"
    assert visitor_of("li", Account(roles=("duty",), name="李"), "city", "zh").name == "李"
