"""Weather warnings as declarations: replaced by updates, ended by cancels, the same however often they come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import permutations
from typing import Any

import msgspec
import pytest

from detectors.areas import AreaTree
from detectors.event import Place
from detectors.localtime import DayKinds, LocalDays
from rules.condition import Context
from rules.surroundings import Declaration, Surroundings
from streams.cap.ledger import Ledger, Taken
from streams.cap.reading import read_cap
from streams.errors import BadInput
from streams.intake.places import load_areas
from tests.builders import T0, a_pipeline, an_area_tree, an_event
from tests.streams.cap.messages import a_message, an_area, an_info, refers

SIX_TWENTY = datetime(2026, 8, 2, 22, 20, tzinfo=UTC)
LONGHU, JINPING = Place(district="440507"), Place(district="440511")


@cache
def shantou() -> AreaTree:
    return load_areas("shantou")


def taken(raw: bytes, ledger: Ledger | None = None) -> Taken:
    return (ledger or Ledger(shantou())).take(read_cap(raw))


def areas_of(raw: bytes) -> list[str]:
    return [one.area for one in taken(raw).declarations]


class City:
    """What rules see of the declarations a city was given."""

    def __init__(self) -> None:
        self.around = Surroundings(DayKinds("none", LocalDays(shantou().zone)))

    def hear(self, declarations: Any) -> City:
        for one in declarations:
            self.around.declare(one, float("-inf"))
        return self

    def warned(self, warning: str, place: Place, at: datetime) -> bool:
        return self.around.holds(Context(weather=(warning,)), place, at.timestamp())


def test_a_red_rainstorm_is_declared_of_its_district_until_it_expires() -> None:
    (one,) = taken(a_message()).declarations
    assert (one.area, one.weather) == ("440507", ("rainstorm_red",))
    assert one.issued_at == SIX_TWENTY
    assert one.until_at == datetime(2026, 8, 3, 10, tzinfo=UTC)


def test_two_languages_of_one_warning_are_one_declaration() -> None:
    english = an_info(language="en-US", event="Rainstorm", headline="Red warning of rainstorm")
    assert len(taken(a_message(an_info(), english)).declarations) == 1


def test_a_warning_without_an_end_holds_for_a_day() -> None:
    (one,) = taken(a_message(an_info(expires=""))).declarations
    assert one.until_at == SIX_TWENTY + timedelta(days=1)


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        ({"event": "暴雨", "headline": "", "severity": "Extreme"}, ("rainstorm_red",)),
        ({"event": "暴雨黄色预警", "headline": "", "severity": "Severe"}, ("rainstorm_yellow",)),
        (
            {"event": "台风", "code": "11B01", "headline": "发布台风蓝色预警信号", "severity": "Unknown"},
            ("typhoon_blue",),
        ),
        ({"event": "高温", "code": "", "headline": "", "severity": "Moderate"}, ("heat_yellow",)),
        (
            {"event": "雷雨大风", "code": "11B20", "headline": "", "severity": "Severe"},
            ("gale_orange", "lightning_orange"),
        ),
        ({"event": "", "code": "11B17", "headline": "", "severity": "ORANGE"}, ("fog_orange",)),
        ({"event": "Tropical cyclone", "code": "", "headline": "", "severity": "Minor"}, ("typhoon_blue",)),
        ({"event": "道路结冰", "code": "", "headline": "", "severity": "Minor"}, ("icy_road_blue",)),
        ({"event": "暴雪", "code": "11B04", "headline": "", "severity": "Extreme"}, ("snowstorm_red",)),
        ({"event": "山洪灾害气象", "code": "", "headline": "", "severity": "Severe"}, ("flood_orange",)),
    ],
)
def test_kind_and_colour_are_found(info: dict[str, str], expected: tuple[str, ...]) -> None:
    (one,) = taken(a_message(an_info(**info))).declarations
    assert one.weather == expected


@pytest.mark.parametrize(
    ("area", "expected"),
    [
        (an_area(("440507",)), ["440507"]),
        (an_area(("440511000000", "440507000000")), ["440507", "440511"]),
        (an_area(("440500",)), [""]),
        (an_area(("440000000000",)), [""]),
        (an_area(("440507004000",)), ["440507"]),
        (an_area((), "龙湖区、金平区"), ["440507", "440511"]),
        (an_area((), "汕头市龙湖区"), ["440507"]),
        (an_area((), "汕头市"), [""]),
        (an_area((), "金霞街道"), ["440507-01"]),
        (an_area((), "", "<circle>23.37046,116.71065 0.1</circle>"), ["440507-01-01"]),
        (an_area((), "", "<polygon>20,110 26,110 26,120 20,120 20,110</polygon>"), [""]),
        (an_area(("440300000000",), "深圳市"), []),
    ],
    ids=lambda value: str(value)[:60],
)
def test_areas_are_found_by_code_shape_and_name(area: str, expected: list[str]) -> None:
    assert areas_of(a_message(an_info(areas=area))) == expected


def test_all_communities_of_a_street_are_the_street() -> None:
    polygon = "<polygon>23.36,116.70 23.38,116.70 23.38,116.725 23.36,116.725 23.36,116.70</polygon>"
    found = areas_of(a_message(an_info(areas=an_area((), "", polygon))))
    streets = [id_ for id_ in found if len(id_) == len("440507-01")]
    assert "440507-01" in streets
    assert not any(id_.startswith("440507-01-") for id_ in found)


def test_a_warning_for_somewhere_else_is_not_taken_and_says_why() -> None:
    assert "none of its areas lies in 汕头市" in taken(a_message(an_info(areas=an_area(("440300",), "深圳市")))).why_not


@pytest.mark.parametrize("status", ["Test", "Exercise", "System", "Draft"])
def test_only_what_is_actual_is_taken_as_actual(status: str) -> None:
    found = taken(a_message(status=status))
    assert found.declarations == ()
    assert status in found.why_not


@pytest.mark.parametrize("msg_type", ["Ack", "Error"])
def test_acknowledgements_declare_nothing(msg_type: str) -> None:
    assert taken(a_message(msgType=msg_type)).declarations == ()


UPDATE = a_message(
    an_info(
        headline="降级为暴雨橙色预警信号", effective="2026-08-03T09:00:00+08:00", areas=an_area(("440507", "440511"))
    ),
    identifier="second",
    sent="2026-08-03T09:00:00+08:00",
    msgType="Update",
    references=refers("first"),
)
FIRST = a_message(identifier="first")
CANCEL = a_message(identifier="third", sent="2026-08-03T11:00:00+08:00", msgType="Cancel", references=refers("second"))


def in_force(city: City, at: datetime) -> set[tuple[str, str]]:
    places = {"龙湖": LONGHU, "金平": JINPING}
    names = ("rainstorm_red", "rainstorm_orange")
    return {(where, name) for where, place in places.items() for name in names if city.warned(name, place, at)}


def test_an_update_replaces_and_a_cancel_ends() -> None:
    ledger, city = Ledger(shantou()), City()
    for raw in (FIRST, UPDATE, CANCEL):
        city.hear(taken(raw, ledger).declarations)
    assert in_force(city, SIX_TWENTY + timedelta(hours=1)) == {("龙湖", "rainstorm_red")}
    later = in_force(city, SIX_TWENTY + timedelta(hours=3))
    assert later == {("龙湖", "rainstorm_orange"), ("金平", "rainstorm_orange")}
    assert in_force(city, SIX_TWENTY + timedelta(hours=5)) == set()


def test_the_same_messages_again_change_nothing() -> None:
    ledger, city = Ledger(shantou()), City()
    first = [one for raw in (FIRST, UPDATE, CANCEL) for one in taken(raw, ledger).declarations]
    city.hear(first)
    state = city.around.dirty()
    again = Ledger(shantou())
    again.note(first)
    city.hear(one for raw in (FIRST, UPDATE, CANCEL) for one in taken(raw, again).declarations)
    assert city.around.dirty() == {}
    assert state


@pytest.mark.parametrize("order", list(permutations((FIRST, UPDATE, CANCEL))))
def test_however_messages_arrive_nothing_is_left_in_force(order: tuple[bytes, ...]) -> None:
    said: list[Declaration] = []
    for raw in order:
        ledger = Ledger(shantou())  # another call of the command, which knows what is on the topic
        ledger.note(said)
        said += taken(raw, ledger).declarations
    assert in_force(City().hear(said), SIX_TWENTY + timedelta(hours=5)) == set()


def test_a_cancel_before_a_warning_takes_effect_ends_it_all_the_same() -> None:
    ledger, city = Ledger(shantou()), City()
    future = a_message(an_info(effective="2026-08-03T12:00:00+08:00"), identifier="first")
    cancel = a_message(identifier="c", sent="2026-08-03T07:00:00+08:00", msgType="Cancel", references=refers("first"))
    for raw in (future, cancel):
        city.hear(taken(raw, ledger).declarations)
    assert not city.warned("rainstorm_red", LONGHU, SIX_TWENTY + timedelta(hours=7))


def test_an_update_that_says_all_clear_only_ends() -> None:
    ledger = Ledger(shantou())
    taken(FIRST, ledger)
    clear = an_info(responseType="AllClear", urgency="Past")
    update = a_message(
        clear, identifier="u", sent="2026-08-03T09:00:00+08:00", msgType="Update", references=refers("first")
    )
    assert all(one.weather == () for one in taken(update, ledger).declarations)


def test_another_senders_message_with_the_same_identifier_is_another() -> None:
    ledger = Ledger(shantou())
    taken(FIRST, ledger)
    cancel = a_message(identifier="c", msgType="Cancel", references=refers("first", sender="somebody@else"))
    assert [one.id for one in taken(cancel, ledger).declarations] == ["cap/somebody@else/first"]


def test_an_identifier_that_begins_like_another_is_another() -> None:
    ledger = Ledger(shantou())
    taken(a_message(identifier="first/440507"), ledger)
    cancel = a_message(identifier="c", msgType="Cancel", references=refers("first"))
    assert len(taken(cancel, ledger).declarations) == 1


def test_long_names_make_ids_that_fit() -> None:
    (one,) = taken(a_message(identifier="x" * 500, sender="局" * 100)).declarations
    assert len(one.id) <= 200
    assert msgspec.json.decode(msgspec.json.encode(one), type=Declaration) == one


def test_a_red_rainstorm_in_cap_raises_what_rules_raise_for_it() -> None:
    begins = datetime.fromtimestamp(T0, UTC).isoformat()
    info = an_info(effective=begins, expires="", areas=an_area((), "Teststadt"))
    storm = Ledger(an_area_tree()).take(read_cap(a_message(info, sent=begins))).declarations
    grades = []
    for declared in ((), storm):
        pipeline, latest = a_pipeline(), {}
        for one in declared:
            pipeline.declare(one)
        for n in range(4):
            flood = an_event(str(n), 60 + n * 300, "waterlogging", reporter=f"r{n}", depth_cm=20.0)
            latest |= {alert.id: alert.grade.value for alert in pipeline.process(flood).alerts}
        latest |= {alert.id: alert.grade.value for alert in pipeline.advance(T0 + 2_000).alerts}
        grades.append(set(latest.values()))
    assert grades == [{"yellow"}, {"orange"}]


@pytest.mark.parametrize(
    ("raw", "path", "word"),
    [
        (a_message(an_info(event="疫情", code="", headline="")), "alert/info[1]/event", "'疫情'"),
        (a_message(an_info(severity="Unknown", headline="")), "alert/info[1]/severity", "Extreme"),
        (a_message(an_info(areas="")), "alert/info[1]/area", "geocode"),
        (a_message(an_info(expires="2026-08-03T06:20:00+08:00")), "alert/info[1]/expires", "effective"),
        (a_message(msgType="Update", identifier="u"), "alert/references", "replaces"),
    ],
)
def test_what_is_missing_is_named(raw: bytes, path: str, word: str) -> None:
    with pytest.raises(BadInput) as caught:
        taken(raw)
    assert caught.value.path == path
    assert word in caught.value.message
