"""Turns episodes into alerts, and alerts into versions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, TypeVar

import msgspec

from detectors.areas import AreaTree
from detectors.event import Place
from detectors.localtime import LocalDays
from detectors.norms import Norms
from detectors.taxonomy import Taxonomy
from rules.alert import GRADES, Alert, AlertPlace, Change, Finding, Grade, GradeStep, Revision, RuleRef, Text
from rules.book import CompiledRule
from rules.episode import Episode
from rules.feedback import Feedback
from rules.grading import rank_of
from rules.phrases import duration
from rules.rule import Rule, seconds
from rules.surroundings import Surroundings
from rules.wording import by_area, not_higher, per_day, source_list

SIGN_WITHIN_S = {Grade.RED: 900.0, Grade.ORANGE: 1_800.0, Grade.YELLOW: 3_600.0}
ON_SITE_WITHIN_S = {Grade.RED: 7_200.0, Grade.ORANGE: 14_400.0, Grade.YELLOW: 28_800.0, Grade.BLUE: 172_800.0}
_LEAST_BLUE_S = 2 * 3_600.0
_MOST_PLACES = 10_000
_FIRST = Revision(version=1, change="new")
_A = TypeVar("_A", bound=Alert)


@dataclass(frozen=True, slots=True)
class City:
    """What is known of the city an alert is about."""

    areas: AreaTree
    taxonomy: Taxonomy
    days: LocalDays
    around: Surroundings
    norms: Norms
    book: str
    feedback: Feedback = field(default_factory=Feedback)
    _places: dict[tuple[str, Place], AlertPlace] = field(default_factory=dict, compare=False, repr=False)

    def place(self, level: str, place: Place) -> AlertPlace:
        """Return the place of an alert grouped at `level` around `place`; see `alert_place`."""
        found = self._places.get((level, place))
        if found is None:
            if len(self._places) >= _MOST_PLACES:
                self._places.clear()
            found = self._places[level, place] = alert_place(self.areas, level, place)
        return found


def instant(t: float) -> datetime:
    """Return epoch seconds as an aware UTC datetime."""
    return datetime.fromtimestamp(t, UTC)


def deadlines(rule: Rule, grade: Grade, graded: float, days: LocalDays) -> tuple[datetime, datetime]:
    """Return until when an alert graded at `graded` has to be signed and somebody be on site.

    By grade: 15, 30, 60 minutes or the same day; 2, 4, 8, 48 hours; the rule's own clocks come first.
    """
    sign, on_site = rule.clocks.sign, rule.clocks.on_site
    within_s = seconds(sign) if sign is not None else SIGN_WITHIN_S.get(grade)
    by = graded + within_s if within_s is not None else max(days.start(days.of(graded) + 1), graded + _LEAST_BLUE_S)
    return instant(by), instant(graded + (seconds(on_site) if on_site is not None else ON_SITE_WITHIN_S[grade]))


def owner_of(rule: Rule, kind: str, place: Place) -> Text:
    """Return who is responsible for a kind at a place: the first of the rule's owners that fits, or the rule's own."""
    areas = {"", place.district, place.street, place.community, place.grid}
    for owner in rule.owners:
        if (not owner.kinds or kind in owner.kinds) and (not owner.areas or not areas.isdisjoint(owner.areas)):
            return Text(owner.zh, owner.en)
    return rule.owner


def alert_place(areas: AreaTree, level: str, place: Place) -> AlertPlace:
    """Return the place of an alert grouped at `level` around `place`: nothing smaller than the level is named."""
    levels = ("district", "street", "community", "grid", "spot")
    known = levels[: levels.index(level) + 1] if level in levels else levels
    cut = {name: place.at(name) if name in known else "" for name in levels}
    exact = level == "spot"
    narrowed = place if exact else msgspec.structs.replace(place, name="", **cut)
    return AlertPlace(
        level=level,
        key=next((cut[name] for name in reversed(levels) if cut[name]), areas.city),
        district=cut["district"],
        street=cut["street"],
        community=cut["community"],
        grid=cut["grid"],
        name=areas.path_name(narrowed),
        lon=place.lon if exact else None,
        lat=place.lat if exact else None,
    )


def rule_ref(rule: Rule, book: str) -> RuleRef:
    """Return the stamp of `rule`."""
    status: Literal["active", "shadow"] = "shadow" if rule.status == "shadow" else "active"
    return RuleRef(id=rule.id, number=rule.number, version=rule.version, book=book, status=status)


def event_alert(
    city: City, compiled: CompiledRule, level: str, episode: Episode, status: Literal["open", "closed"]
) -> Finding:
    """Return the alert an episode of events amounts to, as its first version."""
    rule, kind = compiled.rule, episode.anchor.kind
    place = city.place("spot" if rule.radius_m else level, episode.anchor.place)
    grade = GRADES[episode.rank]
    steps, higher = _reasons(compiled, rule.grade or Grade.BLUE, episode)
    norm = city.norms.per_day(place.district, place.street, kind, episode.start)
    sources = tuple(sorted(episode.by_source))
    evidence = episode.evidence()
    sign_by, on_site_by = deadlines(rule, grade, episode.graded, city.days)
    return Finding(
        id=episode.id,
        rule=rule_ref(rule, city.book),
        kind=kind,
        category=city.taxonomy.category_of(kind),
        grade=grade,
        status=status,
        pending_check=rule.check,
        title=_title(city, rule, kind, place.name),
        why=_why(city, rule, kind, place.name, episode, per_day(norm), source_list(sources)),
        steps=steps,
        not_higher=higher,
        advice=rule.advice,
        owner=owner_of(rule, kind, episode.anchor.place),
        plan=rule.plan,
        gate=rule.gate,
        restricted=rule.restricted,
        place=place,
        first_at=instant(episode.first),
        last_at=instant(episode.latest),
        raised_at=instant(episode.start),
        graded_at=instant(episode.graded),
        sign_by=sign_by,
        on_site_by=on_site_by,
        events=episode.events,
        reporters=episode.n_reporters,
        sources=sources,
        evidence=tuple([item.id for item in evidence]),
        observed=episode.peak,
        threshold=episode.threshold,
        expected=norm,
        expected_high=None,
        p_value=None,
        window_s=episode.window_s,
        revision=_FIRST,
        voices=tuple([item.who for item in evidence]),
        districts=(place.district,) if place.district else (),
    )


def _title(city: City, rule: Rule, kind: str, place: str) -> Text:
    known = city.taxonomy.kinds.get(kind)
    if known is None:
        return Text(f"{rule.name.zh}｜{place}", f"{rule.name.en} | {place}")
    if rule.kinds:  # a rule about these kinds has nothing to add to the kind's own name
        return Text(f"{known.zh}｜{place}", f"{known.en} | {place}")
    return Text(f"{rule.name.zh}·{known.zh}｜{place}", f"{rule.name.en}: {known.en} | {place}")


def _why(city: City, rule: Rule, kind: str, place: str, episode: Episode, norm: Text, sources: Text) -> Text:
    known = city.taxonomy.kinds.get(kind)
    window = duration(episode.window_s)
    values = {
        "n": episode.peak,
        "threshold": episode.threshold,
        "events": episode.events,
        "reporters": episode.n_reporters,
        "spots": episode.spots,
        "place": place,
    }
    zh = rule.why.zh.format(
        **values, window=window.zh, kind=known.zh if known else kind, expected=norm.zh, sources=sources.zh
    )
    en = rule.why.en.format(
        **values, window=window.en, kind=known.en if known else kind, expected=norm.en, sources=sources.en
    )
    judged = _judged_by_area(rule, episode)
    return Text(zh + judged.zh, en + judged.en)


def _judged_by_area(rule: Rule, episode: Episode) -> Text:
    """Return what has to be said of reports without coordinates that count as near others; nothing without any."""
    if rule.radius_m is None or episode.kept < 2:  # noqa: PLR2004 - one report is near nothing
        return Text()
    missing = sum(item.place.lon is None for item in episode.log[: episode.kept])
    return by_area(missing, rule.radius_m) if missing else Text()


def _reasons(compiled: CompiledRule, base: Grade, episode: Episode) -> tuple[tuple[GradeStep, ...], Text]:
    """Return why the grade is what it is, and what it would have taken to be one higher."""
    met = tuple(index for _, index in sorted((t, i) for i, t in enumerate(episode.reached) if t is not None))
    known = compiled.reasons.get(met)
    if known is None:
        known = _steps(compiled, base, met), not_higher(episode.rank, base.rank, compiled.raises, met)
        compiled.reasons[met] = known
    return known


def _steps(compiled: CompiledRule, base: Grade, met: tuple[int, ...]) -> tuple[GradeStep, ...]:
    rule = compiled.rule
    because = [*(step.because for step in compiled.raises), *(step.because for step in compiled.lowers)]
    steps = [GradeStep(grade=base, because=Text(f"规则：{rule.name.zh}", f"rule: {rule.name.en}"))]
    for n, index in enumerate(met, 1):
        steps.append(GradeStep(grade=GRADES[rank_of(compiled, met[:n])], because=because[index]))
    return tuple(steps)


def next_version(new: _A, last: _A | None) -> _A | None:
    """Return `new` as the version after `last`, ``None`` when nothing but the version would differ."""
    if last is None:
        return new
    if _says_the_same(new, last):
        return None
    rank, before = new.grade.rank, last.grade.rank
    change: Change = "update"
    if last.status == "withdrawn":
        change = "new"
    elif new.status == "closed":
        change = "closed"
    elif rank != before:
        change = "upgrade" if rank > before else "downgrade"
    revision = Revision(version=last.revision.version + 1, change=change, previous_grade=last.grade)
    return msgspec.structs.replace(new, revision=revision)


def _says_the_same(new: Alert, last: Alert) -> bool:
    if new.events != last.events:  # mostly: spares the rest
        return False
    return msgspec.structs.replace(new, revision=last.revision, rule=_of_book(new.rule, last.rule.book)) == last


def _of_book(rule: RuleRef, book: str) -> RuleRef:
    """Return the stamp of the same rule in another book: that alone makes no new version."""
    return rule if rule.book == book else msgspec.structs.replace(rule, book=book)


def withdrawn(last: _A) -> _A:
    """Return the version that takes `last` back."""
    revision = Revision(version=last.revision.version + 1, change="withdrawn", previous_grade=last.grade)
    return msgspec.structs.replace(last, status="withdrawn", revision=revision)
