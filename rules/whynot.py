"""Says why a rule said nothing of a place at a time: how close it came, or why it could not even look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from detectors.event import Event
from detectors.surge import SurgeDetector
from rules.alert import Alert, Grade, Text
from rules.book import Book
from rules.closeness import closeness, closest, part_views
from rules.compiling import CompiledRule
from rules.explanation import REASONS, ConditionView, DroppedView, GroupView, Reason, WhyNot
from rules.issue import City
from rules.phrases import condition_text
from rules.question import Question
from rules.rule import Rule
from rules.selector import seconds
from rules.sifting import (
    Heard,
    Sieve,
    compiled_of,
    dropped_view,
    event_views,
    inside,
    instant,
    level_of,
    moved,
    rule_of,
)
from rules.signalwhy import signals_at
from rules.surgelens import Lens
from rules.surgewhy import windows_at
from rules.tracing import Look, Traced, trace
from rules.window import COUNTED, TIMER, Item, order
from rules.wording import GRADE_NAMES

_STATUS = {"draft": Reason.RULE_DRAFT, "retired": Reason.RULE_RETIRED, "shadow": Reason.RULE_SHADOW}
_OTHERS = Text("该地点只有其他类别的事件", "there were only events of other kinds at that place")
_PRECEDENCE = (
    Reason.LATE,
    Reason.PLACE_UNKNOWN,
    Reason.WHERE_NOT_MET,
    Reason.CLOSED,
    Reason.SOURCE_NOT_COUNTED,
    Reason.DUPLICATE,
    Reason.KIND_NOT_COVERED,
)
"""Of the reasons for which events were left out, the one that came closest to being counted first."""


def why_not(book: Book, city: City, asked: Question, heard: Heard, lens: Lens) -> WhyNot:
    """Say why a rule said nothing of a place at a time, or that it did.

    Parameters
    ----------
    book
        The rules.
    city
        Names, calendar and declarations.
    asked
        Rule, place and time.
    heard
        At least the events of the place's district over that time and the rule's longest window before; for a rule of
        signals all there were before.
    lens
        What the surge detector is run with.

    Raises
    ------
    UnknownRule
        When the book has no such rule.

    """
    rule = rule_of(book, asked.rule)
    status = _STATUS.get(rule.status)
    if rule.modifies:
        notes = (Reason.MODIFIER, *([status] if status else []))
        return _answer(rule, city, asked, Reason.MODIFIER, notes=notes[1:])
    compiled = compiled_of(book, rule)
    if asked.kind and not rule.covers(asked.kind):
        return _answer(rule, city, asked, Reason.KIND_NOT_COVERED)
    dropped: list[DroppedView] = []
    if rule.signal not in {None, SurgeDetector.name}:
        groups = signals_at(compiled, city, asked, heard)
    elif rule.signal is not None:
        groups = windows_at(book, compiled, city, asked, heard, lens)
    else:
        sieve = Sieve(compiled, city.around)
        groups = list(_groups(compiled, sieve, city, asked, heard))
        dropped = list(_left_out(compiled, sieve, city, asked, heard))
    if groups:
        fired = any(group.fired for group in groups)
        reason = Reason.ALREADY_OPEN if fired else groups[0].reason
    else:
        left = Counter(one.reason for one in dropped)
        reason = next((one for one in _PRECEDENCE if left[one]), Reason.NO_EVENTS)
    notes = tuple(one for one in (reason,) if status is not None)
    return _answer(rule, city, asked, status or reason, notes=notes, groups=groups, dropped=dropped)


def _answer(
    rule: Rule,
    city: City,
    asked: Question,
    reason: Reason,
    *,
    notes: Iterable[Reason] = (),
    groups: Iterable[GroupView] = (),
    dropped: Iterable[DroppedView] = (),
) -> WhyNot:
    return WhyNot(
        rule=rule.id,
        name=rule.name,
        status=rule.status,
        place=city.areas.path_name(asked.place),
        at=instant(asked.t),
        reason=reason,
        said=_OTHERS if reason is Reason.KIND_NOT_COVERED and not asked.kind else REASONS[reason],
        notes=tuple(notes),
        groups=tuple(groups),
        dropped=tuple(dropped),
    )


def _groups(compiled: CompiledRule, sieve: Sieve, city: City, asked: Question, heard: Heard) -> Iterator[GroupView]:
    """Yield the rule's groups at the place, the one that came closest to firing first."""
    members: dict[tuple[str, str], list[Event]] = {}
    wanted: set[tuple[str, str]] = set()
    for event in heard.events:
        group = sieve.group(event)
        if group is None or (asked.kind and event.kind != asked.kind):
            continue
        members.setdefault(group, []).append(event)
        if _matters(event, compiled, asked) and (
            inside(event.place, asked.place, compiled.rule.radius_m or 0.0)
            or compiled.grouping.group(moved(event, asked.place)) == group
        ):
            wanted.add(group)
    found = []
    for level, key in sorted(wanted):
        items = [sieve.item(event) for event in members[level, key]]
        fold = trace(compiled, level, key, items, city.around, heard.watermark)
        found.append(_group(fold, compiled, city, asked))
    found.sort(key=lambda pair: (not pair[1].fired, -pair[0], pair[1].key))
    yield from (view for _, view in found)


def _matters(event: Event, compiled: CompiledRule, asked: Question) -> bool:
    """Tell whether an event lies in the neighbourhood, or in a window that reaches into it."""
    t = event.occurred_at.timestamp()
    return asked.t - asked.around_s - compiled.keep_s <= t <= asked.t + asked.around_s


def _group(fold: Traced, compiled: CompiledRule, city: City, asked: Question) -> tuple[float, GroupView]:
    """Return how close a group came, in [0, 1], and the group."""
    radius_m = compiled.rule.radius_m or 0.0
    here = [
        look
        for look in fold.looks
        if look.moment.item.roles & (COUNTED | TIMER)
        and (not radius_m or inside(look.moment.item.place, asked.place, radius_m))
    ]
    near = [look for look in here if asked.near(look.t)]
    now = _as_of(fold, compiled, asked)
    views, best, decisive = [], -1.0, None
    for n, condition in enumerate(compiled.fires):
        look = closest(condition, near, lambda look, n=n: look.fires[n])  # type: ignore[misc]
        readings = look.fires[n] if look is not None else None
        then = now.fires[n]
        close = closeness(condition, readings or then)
        if close > best:
            best, decisive = close, look or now
        views.append(
            ConditionView(
                role="fires",
                says=condition_text(condition.condition),
                effect=_base(compiled),
                met=readings is not None and all(reading.met for reading in readings),
                at=instant(look.t) if look is not None else None,
                parts=part_views(condition, readings, then),
            )
        )
    items = _seen(decisive, compiled) if decisive is not None else []
    events = event_views(items, city.areas)
    anchor = (near or here or fold.looks)[-1].moment.item
    view = GroupView(
        key=fold.key,
        name=city.place(fold.level if not radius_m else "spot", anchor.place).name,
        kind=anchor.kind if not compiled.rule.together else "",
        conditions=tuple(views),
        fired=tuple(_fired(fold, here, compiled, city, asked)),
        events=events,
        repeats=sum(event.again for event in events),
    )
    return best, view


def _base(compiled: CompiledRule) -> Text:
    name = GRADE_NAMES[compiled.rule.grade or Grade.BLUE]
    return Text(f"至{name.zh}", f"to {name.en}")


def _as_of(fold: Traced, compiled: CompiledRule, asked: Question) -> Look:
    """Return what the conditions read at the moment asked about: at an item there that counts for nothing."""
    before = [item for item in fold.items if item.t <= asked.t and not item.roles & TIMER]
    last = (before or fold.items)[-1]
    place = asked.place if level_of(asked.place) == "spot" or compiled.rule.radius_m is not None else last.place
    probe = Item(asked.t, "~", last.source, "~", place, 0, last.kind, gist=last.gist)
    return trace(compiled, fold.level, fold.key, [*before, probe], fold.around, float("-inf")).looks[-1]


def _seen(look: Look, compiled: CompiledRule) -> list[Item]:
    """Return the items within the longest window of the conditions to fire, up to a look."""
    lengths = [length_s for count, length_s in zip(compiled.counts, compiled.windows_s, strict=True) if count]
    wide = max([0.0, *lengths, *_reaches(compiled)])
    found = [item for item in look.moment.since(wide) if item.id != "~"]
    return sorted(found, key=order)


def _reaches(compiled: CompiledRule) -> Iterator[float]:
    for one in compiled.fires:
        condition = one.condition
        for part in (condition.share, condition.ratio, condition.change, condition.then_not, condition.fired):
            if part is not None:
                yield seconds(part.within)
        if condition.after:
            yield sum(seconds(step.within) for step in condition.after)
        if condition.sources is not None:
            yield seconds(condition.within)


def _fired(fold: Traced, here: list[Look], compiled: CompiledRule, city: City, asked: Question) -> Iterator[Alert]:
    """Yield the alerts of the group that were open at the moment asked about, or began in its neighbourhood."""
    for id_ in fold.ranks():
        hits = [look for look in fold.looks_of(id_) if look.fired is not None]
        began, over = hits[0].t, hits[-1].t + compiled.quiet_s
        touches = began <= asked.t <= over or asked.near(began)
        if touches and any(look in here for look in hits):
            yield fold.alert(city, id_, "open" if over >= asked.t else "closed")


def _left_out(compiled: CompiledRule, sieve: Sieve, city: City, asked: Question, heard: Heard) -> Iterator[DroppedView]:
    """Yield the events at the place that the rule did not look at, by time."""
    left: list[tuple[Event, Reason]] = []
    for event in heard.events:
        if _matters(event, compiled, asked) and _here(event, asked):
            reason = sieve.reason(event)
            if reason is not None:
                left.append((event, reason))
    left += [(one.event, one.reason) for one in heard.dropped if _matters(one.event, compiled, asked)]
    left.sort(key=lambda pair: (pair[0].occurred_at, pair[0].id))
    yield from (dropped_view(event, reason, city.areas) for event, reason in left if _here(event, asked))


def _here(event: Event, asked: Question) -> bool:
    return inside(event.place, asked.place) and (not asked.kind or event.kind == asked.kind)
