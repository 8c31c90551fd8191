"""Writes an alert as a message of CAP 1.2: a pure function of the alert and of who sends it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Literal

import msgspec
from lxml import etree

from detectors.areas import AreaTree
from rules.alert import Alert, Text
from rules.wording import GRADE_NAMES
from streams.cap import axes as cap
from streams.cap.areas_out import AreaBlock, areas_of
from streams.cap.elements import add, instant, pair, qualified
from streams.cap.names import BELOW_DIVISION, CODE, DIVISION, DIVISION_DIGITS, NAMESPACE
from streams.language import Voice, voice_of

MsgType = Literal["Alert", "Update", "Cancel"]

RESTRICTION = "内部风险预警，不得对外发布 Internal risk warning, not for the public"
_DESK_ONLY = "；仅限值班台 duty desk only"
_NOTES = {
    "closed": "解除：现场已恢复正常 The situation is over",
    "expired": "失效：到期无人说明结果 Expired: nobody said in time how it ended",
    "false_alarm": "误报：经核实不属实 Found to be a false alarm",
    "withdrawn": "撤销：本预警已被收回 Taken back",
    "merged": "撤销：已并入另一预警 Became part of the alert named in incidents",
}
_BY_HAND = Text("人工定级。", "Graded by hand.")
_LEAST = timedelta(hours=1)
_MOST_REFERENCES = 200
_NOT_IN_IDENTIFIER = re.compile(r"[^\w.:@+-]", re.ASCII)


class Sender(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who sends, as every message says.

    Parameters
    ----------
    id
        ``<sender>``: unique, usually below a domain of one's own; no spaces, commas, ``<`` or ``&``.
    name
        ``<senderName>``, in Chinese and English.
    contact, web
        Whom to ask, and where to read on; left out when empty.
    prefix
        What identifiers begin with.

    """

    id: str
    name: Text
    contact: str = ""
    web: str = ""
    prefix: str = "fenghuo"


@dataclass(frozen=True)
class Wording:
    """How the city says places and instants, in both languages; and the official codes of its areas.

    Parameters
    ----------
    zh, en
        Voices.
    code_of
        Returns the code of an area id, empty when it has none.

    """

    zh: Voice
    en: Voice
    code_of: Callable[[str], str]

    @classmethod
    def of(cls, areas: AreaTree) -> Wording:
        """Return how a city says things."""

        def code_of(id_: str) -> str:
            area = areas.get(id_)
            return area.code if area is not None and area.code else id_

        return cls(voice_of(areas, "zh"), voice_of(areas, "en"), code_of)


def identifier(sender: Sender, alert_id: str, version: int) -> str:
    """Return the identifier of one version of an alert, the same for everybody who works it out."""
    return _NOT_IN_IDENTIFIER.sub("-", f"{sender.prefix}.{alert_id}.{version}")


def sent_at(alert: Alert, version: int) -> datetime:
    """Return ``<sent>`` of a version of `alert`: when it was raised, a second later for every version.

    So a later version knows what earlier messages said without anybody keeping it, and the versions of one alert are
    in order. ``<effective>`` says when the version came to be what it is.
    """
    return alert.raised_at.replace(microsecond=0) + timedelta(seconds=version - 1)


def message_type(alert: Alert) -> MsgType:
    """Return Alert for a first version, Cancel for what is over, else Update: also for a downgrade.

    An alert that is closed (解除), was found false or was taken back is cancelled: that ends it for receivers that know
    no response types, and 解除 is Cancel in GB/T 35965.1 as well; ``<note>`` tells which of the three it is, and
    AllClear that nothing is left to be done.
    """
    if alert.revision.version == 1:
        return "Alert"
    if cap.is_over(alert):
        return "Cancel"
    return "Alert" if alert.revision.change == "new" else "Update"


def compose(alert: Alert, sender: Sender, wording: Wording, *, exercise: bool = False) -> bytes:
    """Return the CAP 1.2 message of one version of an alert.

    Parameters
    ----------
    alert
        The version.
    sender
        Who sends it.
    wording
        How the city's places are called and in which time zone instants are told.
    exercise
        It is sent as part of an exercise (演练), whatever the alert says.

    """
    drill = exercise or alert.exercise
    kind, version = message_type(alert), alert.revision.version
    zone = wording.zh.zone
    root = etree.Element(qualified("alert"), nsmap={None: NAMESPACE})
    add(root, "identifier", identifier(sender, alert.id, version))
    add(root, "sender", sender.id)
    add(root, "sent", instant(sent_at(alert, version), zone))
    add(root, "status", "Exercise" if drill else "Actual")
    add(root, "msgType", kind)
    add(root, "source", f"Fenghuo {alert.rule.id}@{alert.rule.version}")
    add(root, "scope", "Restricted")
    add(root, "restriction", RESTRICTION + (_DESK_ONLY if alert.restricted else ""))
    add(root, "code", CODE)
    if kind == "Cancel":
        add(root, "note", _NOTES[_end(alert)])
    if kind != "Alert":
        add(root, "references", " ".join(_references(alert, sender, zone)))
    add(root, "incidents", " ".join(_NOT_IN_IDENTIFIER.sub("-", id_) for id_ in _incidents(alert)))
    for tag, voice in (("zh-CN", wording.zh), ("en", wording.en)):
        info = _info(root, tag, alert, sender, voice, drill=drill)
        for place in areas_of(alert, voice, wording.code_of):
            _area(info, place)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _end(alert: Alert) -> str:
    """Return how an alert that is over ended."""
    handling = alert.revision.handling
    if handling is not None and handling.moved_to:
        return "merged"
    if handling is not None and handling.state == "expired":
        return "expired"
    return "false_alarm" if alert.is_false_alarm else alert.status


def _incidents(alert: Alert) -> Iterator[str]:
    """Yield the id of an alert, the same in all its messages, and of the one it became part of."""
    yield alert.id or "-"
    handling = alert.revision.handling
    if handling is not None and handling.moved_to:
        yield handling.moved_to


def _references(alert: Alert, sender: Sender, zone: tzinfo) -> Iterator[str]:
    """Yield the earlier messages as sender,identifier,sent: of very many the latest, which replaced the others."""
    for version in range(max(1, alert.revision.version - _MOST_REFERENCES), alert.revision.version):
        yield f"{sender.id},{identifier(sender, alert.id, version)},{instant(sent_at(alert, version), zone)}"


def _info(root: Any, tag: str, alert: Alert, sender: Sender, voice: Voice, *, drill: bool) -> Any:  # noqa: ANN401 - lxml is untyped
    info = add(root, "info")
    said = cap.axes(alert)
    add(info, "language", tag)
    for category in cap.categories(alert):
        add(info, "category", category)
    add(info, "event", voice.what(alert))
    add(info, "responseType", cap.response(alert))
    for name, value in zip(said._fields, said, strict=True):
        add(info, name, value)
    pair(info, "eventCode", "fenghuo.kind", alert.kind)
    effective = _effective(alert)
    zone = voice.zone
    add(info, "effective", instant(effective, zone))
    add(info, "onset", instant(alert.first_at, zone))
    add(info, "expires", instant(max(_on_site_by(alert), effective + _LEAST), zone))
    add(info, "senderName", voice.say(sender.name))
    add(info, "headline", _headline(alert, voice, drill=drill))
    add(info, "description", _description(alert, voice, drill=drill))
    if instruction := "\n".join(f"{n}. {voice.say(one)}" for n, one in enumerate(alert.advice, 1)):
        add(info, "instruction", instruction)
    for name in ("web", "contact"):
        if text := getattr(sender, name):
            add(info, name, text)
    for name, value in _parameters(alert, voice):
        pair(info, "parameter", f"fenghuo.{name}", value)
    return info


def _area(info: Any, place: AreaBlock) -> None:  # noqa: ANN401 - lxml is untyped
    area = add(info, "area")
    add(area, "areaDesc", place.name)
    if place.circle:
        add(area, "circle", place.circle)
    if place.code:
        pair(area, "geocode", DIVISION if len(place.code) == DIVISION_DIGITS else BELOW_DIVISION, place.code)


def _effective(alert: Alert) -> datetime:
    """Return when this version came to be what it is: its latest evidence, grade or deed; never before it was sent."""
    handling = alert.revision.handling
    deeds: list[datetime | None] = []
    if handling is not None:
        deeds = [*(one.at for one in handling.times), handling.signed_at, handling.judged_at, handling.quiet_at]
    return max(sent_at(alert, alert.revision.version), alert.graded_at, alert.last_at, *(at for at in deeds if at))


def _on_site_by(alert: Alert) -> datetime:
    """Return until when somebody is to be on site: by the clock people are held to, where there is one."""
    handling = alert.revision.handling
    return handling.on_site_by or alert.on_site_by if handling is not None else alert.on_site_by


def _headline(alert: Alert, voice: Voice, *, drill: bool) -> str:
    marks = [voice.pick("演练", "Exercise")] if drill else []
    marks += [voice.say(GRADE_NAMES[alert.grade]), voice.change(alert.revision.change)]
    what, where = voice.what(alert), voice.place(alert)
    return voice.pick(f"【{'·'.join(marks)}】{what}｜{where}", f"[{' · '.join(marks)}] {what} | {where}")


def _description(alert: Alert, voice: Voice, *, drill: bool) -> str:
    lines = [voice.pick("本消息为演练，不是真实险情。", "This is an exercise, not a real incident.")] if drill else []
    if alert.pending_check:
        lines.append(voice.pick("待核实。", "Not yet confirmed."))
    lines.append(voice.say(alert.why))
    if cap.is_by_hand(alert):
        lines.append(voice.say(_BY_HAND))  # the step says who, and what for in their own words
    else:
        lines += [*(voice.say(step.because) for step in alert.steps), voice.say(alert.not_higher)]
    return "\n".join(line for line in lines if line)


def _parameters(alert: Alert, voice: Voice) -> Iterator[tuple[str, str]]:
    """Yield what has no element of its own."""
    yield "grade", alert.grade.value
    yield "change", alert.revision.change
    yield "version", str(alert.revision.version)
    yield "rule", f"{alert.rule.id}@{alert.rule.version}"
    yield "events", str(alert.events)
    yield "reporters", str(alert.reporters)
    yield "sources", " ".join(alert.sources)
    yield "window", f"{alert.window_s:g} s"
    handling = alert.revision.handling
    yield "signBy", instant(handling.sign_by if handling is not None else alert.sign_by, voice.zone)
    yield "onSiteBy", instant(_on_site_by(alert), voice.zone)
    if handling is not None:
        yield "state", handling.state
        yield "answers", f"{handling.level} {voice.named(voice.name_of(handling.area))}"
    if alert.expected is not None:
        yield "expected", f"{alert.expected:.3g}"
    if alert.findings:
        yield "findings", " ".join(dict.fromkeys(one.rule.id for one in alert.findings))
    if owner := voice.say(alert.owner):
        yield "owner", owner
