from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import get_args

import msgspec
import pytest

from rules.alert import FindingRef, Grade, RuleRef, Text
from rules.command import Action
from rules.life import OVER, Step
from rules.refusals import state_of
from rules.roles import MAY
from streams.board.views.alert_acts import Act, acts_of, doing, lacking, others_of, whom
from streams.language import Voice
from tests.builders import an_alert, an_alert_place, an_area_tree
from tests.lives import MINUTE, Life, at

ZH, EN = Voice("zh"), Voice("en")


def everything(_: Action) -> bool:
    return True


def offered(life: Life, may: Callable[[Action], bool] = everything) -> list[str]:
    return [act.action for act in acts_of(life.last, may, ZH)]


def test_what_is_waited_for_comes_first() -> None:
    life, seen = Life().issue(0), []
    for step in ("sign", "arrive", "resolve", "close"):
        (first, *rest) = acts_of(life.last, everything, ZH)
        seen.append(first.action)
        assert first.is_next
        assert not any(act.is_next for act in rest)
        life.command(60.0 * len(seen), step, "李")  # type: ignore[arg-type]
    assert seen == ["sign", "arrive", "resolve", "close"]


def test_a_viewer_is_offered_nothing_and_everybody_else_only_what_the_role_may() -> None:
    life = Life().issue(0)
    for role, actions in MAY.items():
        found = offered(life, lambda action, actions=actions: action in actions)
        assert set(found) <= actions
        assert bool(found) is (role != "viewer")


def _asked(life: Life, t: float, step: str, said: dict[str, str]) -> object:
    return life.command(t, step, "b", **said)  # type: ignore[arg-type]


@pytest.mark.parametrize("step", get_args(Step))
def test_each_step_is_offered_exactly_where_it_would_be_obeyed(step: str) -> None:
    said = {"why": "w", "to": "x"}
    for before in ([], ["sign"], ["sign", "assign"], ["sign", "arrive"], ["sign", "resolve"], ["false"], ["close"]):
        life, t = Life().issue(0), 0.0
        for deed in before:
            t += MINUTE
            life.command(t, deed, "a", **said)  # type: ignore[arg-type]
        is_offered = step in offered(life)
        done = _asked(life, t + MINUTE, step, said)
        assert is_offered is (isinstance(done, list) and bool(done)), f"{step} after {before}"


def test_what_an_action_has_to_be_told_is_asked_for() -> None:
    life = Life().issue(0)
    acts = {act.action: act for act in acts_of(life.last, everything, ZH)}
    assert acts["sign"].needs == ()
    assert acts["close"].needs == (("why", True),)
    assert acts["upgrade"].needs == (("grade", True), ("why", True))
    assert acts["upgrade"].grades == ("red",)
    assert acts["downgrade"].grades == ("yellow", "blue")
    life.command(MINUTE, "sign", "李")
    life.command(2 * MINUTE, "resolve", "李")
    acts = {act.action: act for act in acts_of(life.last, everything, ZH)}
    assert acts["close"].needs == (("why", False),)
    assert acts["reopen"].needs == (("why", True),)


def test_what_was_not_told_and_has_to_be_is_named() -> None:
    act = Act("assign", "", "", (("to", True), ("why", False)), is_next=False)
    assert lacking(act, {"to": " "}) == ("to",)
    assert lacking(act, {"to": "值班组"}) == ()


def test_what_is_over_can_be_reopened_and_remarked_on_and_is_not_merged() -> None:
    life = Life().issue(0)
    life.command(MINUTE, "close", "李", why="w")
    assert state_of(life.last) in OVER
    assert "merge" not in offered(life)
    assert {"reopen", "note"} <= set(offered(life))


def test_alerts_to_merge_with_are_the_open_ones_of_the_same_sort_the_nearest_first() -> None:
    alert = an_alert("a")
    near = an_alert("n", raised_at=at(0) + timedelta(hours=5))
    far = an_alert("f", place=an_alert_place(district="d2", street="s9", community="c9"))
    hidden = an_alert("h", restricted=True)
    found = others_of(alert, [far, hidden, alert, near], ZH)
    assert [one.id for one in found] == ["n", "f"]
    assert found[0].says.startswith("橙色 ")


def test_who_could_be_sent_are_the_offices_of_the_place_the_nearest_first() -> None:
    streets = [{"id": "s", "name": "河东街道", "owner": "河东综治中心", "emergency_unit": "河东消防站"}]
    areas = an_area_tree(districts=[{"id": "d", "name": "龙湖区", "owner": "区综治中心", "streets": streets}])
    place = an_alert_place(district="d", street="s", community="", grid="")
    assert whom(an_alert(place=place), areas, ZH) == ("区城管局", "河东综治中心", "河东消防站", "区综治中心")


def test_it_says_at_once_that_it_is_being_done() -> None:
    assert doing("sign", ZH) == "正在签收…"
    assert doing("sign", EN) == "Sign: being sent …"


def test_an_alert_of_several_findings_can_be_split_by_all_but_the_one_that_leads() -> None:
    ref = RuleRef(id="gas-leak", number=7, version=1, book="b")
    one = FindingRef(
        id="f1", rule=ref, kind="gas_leak", grade=Grade.RED, status="open", title=Text("甲", "A"), events=2
    )
    two = msgspec.structs.replace(one, id="f2", title=Text("乙", "B"))
    (split,) = [act for act in acts_of(an_alert(findings=(one, two)), everything, ZH) if act.action == "split"]
    assert split.needs[0] == ("finding", True)
    assert split.findings == (("f2", "红色 乙 · gas-leak"),)
    assert "split" not in [act.action for act in acts_of(an_alert(findings=(one,)), everything, ZH)]
