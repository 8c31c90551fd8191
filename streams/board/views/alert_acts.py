"""What somebody can do about an alert as it stands, and what each of these needs to be told. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Literal, NamedTuple, cast

from detectors.areas import AreaTree
from rules.alert import GRADES, Alert, Text
from rules.command import Action, Command
from rules.life import OVER, TRANSITIONS, State, Step, is_reason
from rules.refusals import refusal, state_of
from streams.language import Voice

Asks = Literal["why", "to", "grade", "other", "finding"]

ORDER: tuple[Action, ...] = (
    "confirm",
    "sign",
    "arrive",
    "assign",
    "resolve",
    "close",
    "true",
    "false",
    "upgrade",
    "downgrade",
    "merge",
    "split",
    "reopen",
    "note",
)
NAMES: dict[Action, Text] = {
    "confirm": Text("核实发出", "Confirm"),
    "sign": Text("签收", "Sign"),
    "assign": Text("派单", "Assign"),
    "arrive": Text("到场", "On site"),
    "resolve": Text("办结", "Resolved"),
    "close": Text("解除", "Close"),
    "true": Text("属实", "It is true"),
    "false": Text("误报", "False alarm"),
    "upgrade": Text("升级", "Upgrade"),
    "downgrade": Text("降级", "Downgrade"),
    "merge": Text("并案", "Merge"),
    "split": Text("拆分", "Split"),
    "reopen": Text("重开", "Reopen"),
    "note": Text("备注", "Note"),
}
_EXPLAINS: dict[Action, Text] = {
    "confirm": Text("确认情况属实，预警随即发出给责任单位。", "It is so: the alert goes out to those responsible."),
    "assign": Text("派给谁去处置？", "Who has to go?"),
    "resolve": Text("现场已处置完毕。", "It has been dealt with."),
    "close": Text("不再需要任何人处置，预警就此了结。", "Nobody has to do anything any more: the alert is over."),
    "true": Text("记为属实：规则的查准率据此计算。", "Put down as true: the precision of its rules counts it."),
    "false": Text(
        "记为误报：计时停止，同类规则会因此更严。",
        "Put down as a false alarm: its clocks stop, and rules like it become stricter.",
    ),
    "upgrade": Text("人工升级，直到人工降回或了结。", "Holds until somebody lowers it again, or to the end."),
    "downgrade": Text("人工降级，直到人工升回或了结。", "Holds until somebody raises it again, or to the end."),
    "merge": Text("与哪一条是同一件事？合并后只留一条。", "Which alert is the same matter? One of the two remains."),
    "split": Text(
        "哪一项其实是另一件事？它将单独成为一条预警。",
        "Which of its findings is another matter? It becomes an alert of its own.",
    ),
    "reopen": Text("事情并未办妥，重新计时。", "It is not dealt with after all: its clocks begin anew."),
    "note": Text("记入本预警的经过，所有人可见。", "Goes on record with this alert, for everybody to see."),
}
_NEEDS: dict[Action, tuple[tuple[Asks, bool], ...]] = {
    "assign": (("to", True), ("why", False)),
    "resolve": (("why", False),),
    "close": (("why", False),),
    "true": (("why", False),),
    "false": (("why", False),),
    "upgrade": (("grade", True), ("why", True)),
    "downgrade": (("grade", True), ("why", True)),
    "merge": (("other", True), ("why", False)),
    "split": (("finding", True), ("why", False)),
    "reopen": (("why", True),),
    "note": (("why", True),),
    "confirm": (("why", False),),
}
_NEXT: dict[State, Action] = {
    "candidate": "confirm",
    "raised": "sign",
    "signed": "arrive",
    "assigned": "arrive",
    "on_site": "resolve",
    "resolved": "close",
}


class Act(NamedTuple):
    """Something to do.

    Parameters
    ----------
    action
        The command.
    name
        What its button says.
    explains
        What comes of it; empty where the button says it all.
    needs
        What it has to be told, each with whether it cannot do without.
    is_next
        It is what is waited for now.
    grades
        Grades to choose from, the nearest first.
    findings
        Findings to choose from, each as (id, title).

    """

    action: Action
    name: str
    explains: str
    needs: tuple[tuple[Asks, bool], ...]
    is_next: bool
    grades: tuple[str, ...] = ()
    findings: tuple[tuple[str, str], ...] = ()


class Other(NamedTuple):
    """An alert that this one could be one with."""

    id: str
    says: str


def acts_of(alert: Alert, may: Callable[[Action], bool], voice: Voice) -> tuple[Act, ...]:
    """Return what somebody can do, what is waited for first.

    Parameters
    ----------
    alert
        Its last version.
    may
        What the one who asks may do.
    voice
        In which language.

    """
    state = state_of(alert)
    possible = [action for action in ORDER if may(action) and _is_possible(alert, action, state)]
    acts = [_act(alert, action, state, voice) for action in possible]
    return tuple(sorted(acts, key=lambda act: not act.is_next))


def _is_possible(alert: Alert, action: Action, state: State) -> bool:
    """Tell whether an action that says all it has to would be obeyed, and would change something."""
    handling = alert.revision.handling
    if action in {"merge", "split"}:
        return state not in OVER and (action == "merge" or len(alert.findings) > 1)
    if is_reason(TRANSITIONS[state][cast("Step", action)]):
        return False
    if action in {"true", "false"} and handling is not None and handling.verdict == action:
        return False
    at = datetime.max.replace(tzinfo=UTC)  # later than any verdict there is
    return refusal(alert, Command(id="-", action=action, alert=alert.id, by="-", at=at, why="-", to="-")) is None


def _act(alert: Alert, action: Action, state: State, voice: Voice) -> Act:
    needs = _NEEDS.get(action, ())
    if action == "close":  # before it is resolved only with a reason
        bare = Command(id="-", action="close", alert=alert.id, by="-", at=datetime.max.replace(tzinfo=UTC))
        needs = (("why", refusal(alert, bare) is not None),)
    return Act(
        action=action,
        name=voice.say(NAMES[action]),
        explains=voice.say(_EXPLAINS[action]) if action in _EXPLAINS else "",
        needs=needs,
        is_next=_NEXT.get(state) == action,
        grades=_grades(alert, action),
        findings=_parts(alert, voice) if action == "split" else (),
    )


def _grades(alert: Alert, action: Action) -> tuple[str, ...]:
    rank = alert.grade.rank
    if action == "upgrade":
        return tuple(grade.value for grade in GRADES[rank + 1 :])
    if action == "downgrade":
        return tuple(grade.value for grade in reversed(GRADES[:rank]))
    return ()


def _parts(alert: Alert, voice: Voice) -> tuple[tuple[str, str], ...]:
    """Return the findings that can be split off: all but the one that leads."""
    return tuple(
        (one.id, f"{voice.grade(one.grade)} {voice.say(one.title)} · {one.rule.id}") for one in alert.findings[1:]
    )


def whom(alert: Alert, areas: AreaTree, voice: Voice) -> tuple[str, ...]:
    """Return who could be sent: the offices of the place, from the nearest up."""
    place = alert.place
    found = [voice.say(alert.owner)] if alert.owner.zh else []
    for id_ in (place.grid, place.community, place.street, place.district):
        area = areas.get(id_) if id_ else None
        if area is not None:
            found += [area.owner, area.emergency_unit, area.police_owner]
    return tuple(dict.fromkeys(name for name in found if name))


def others_of(alert: Alert, open_alerts: Iterable[Alert], voice: Voice, most: int = 50) -> tuple[Other, ...]:
    """Return the alerts this one could be merged with, the likeliest first: place, kind, time."""

    def distance(other: Alert) -> tuple[bool, bool, bool, float, str]:
        one, its = alert.place, other.place
        apart_s = abs((alert.raised_at - other.raised_at).total_seconds())
        away = one.community != its.community or one.street != its.street
        return one.district != its.district, away, alert.kind != other.kind, apart_s, other.id

    known = [one for one in open_alerts if one.id != alert.id and one.restricted == alert.restricted]
    return tuple(
        Other(one.id, f"{voice.grade(one.grade)} {voice.clock(one.raised_at)} {voice.say(one.title)} · {one.id[:8]}")
        for one in sorted(known, key=distance)[:most]
    )


def lacking(act: Act, given: dict[str, str]) -> tuple[Asks, ...]:
    """Return what an action has to be told and was not."""
    return tuple(name for name, needed in act.needs if needed and not given.get(name, "").strip())


def doing(action: Action, voice: Voice) -> str:
    """Return that something is being done."""
    name = voice.say(NAMES[action])
    return voice.pick(f"正在{name}…", f"{name}: being sent …")
