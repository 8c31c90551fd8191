"""`fenghuo explain` and `fenghuo why-not`: finds what was asked about, and works the answer out."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Named
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import SequenceMatcher, get_close_matches
from pathlib import Path
from zoneinfo import ZoneInfo

from detectors.areas import AreaTree
from detectors.event import Place
from detectors.taxonomy import Taxonomy
from rules.alert import Alert
from rules.book import Book, scope_of
from rules.explaining import EventsGone, explain
from rules.explanation import Explanation, WhyNot
from rules.question import HALF_DAY_S, Question
from rules.rule import Rule
from rules.sifting import UnknownRule, compiled_of, rule_of
from rules.whynot import why_not
from streams.assembly import Parts
from streams.bars import progress
from streams.context import load_declarations
from streams.errors import ConfigurationError, Fault
from streams.explain_book import BookUsed, assemble_with_book
from streams.explain_material import Desk, replay_noted
from streams.explain_places import Places
from streams.settings import Settings
from streams.sources.mapping import Mapping

_LISTED = 3
_MARGIN_S = 3_600.0
_NOT_ALL = "; with --restricted also those for the duty desk only are looked at"


@dataclass(frozen=True)
class Source:
    """Where events come from.

    Parameters
    ----------
    files
        Mappings and files; the live topics when there are none.
    settings
        Rule book, cluster, allowed lateness.
    areas
        Area tree, instead of the one the mappings name.
    context
        File of what was declared, one JSON object a line; the live topics hold it themselves.
    lessons
        File of what was taught of kinds; with files.
    restricted
        Of the live topics, also alerts that only the duty desk may see.
    own_book
        Go by the book of the settings also where another one was published on the live topics.

    """

    files: list[tuple[Mapping, Path]]
    settings: Settings
    areas: str | None = None
    context: Path | None = None
    lessons: Path | None = None
    own_book: bool = False
    restricted: bool = False


@dataclass(frozen=True)
class Answer:
    """What came out, and what it takes to say it.

    Parameters
    ----------
    said
        The explanation, or why there is none.
    areas, taxonomy
        Names of places and kinds.
    book
        The book it was worked out with.
    learned
        Events whose kind was learned from corrections, with how sure that was.

    """

    said: Explanation | WhyNot
    areas: AreaTree
    taxonomy: Taxonomy
    book: BookUsed
    learned: Named[str, float] = field(default_factory=dict)

    @property
    def told(self) -> frozenset[str]:
        """Ids of the events that are shown as evidence."""
        groups = [self.said] if isinstance(self.said, Explanation) else self.said.groups
        return frozenset(event.id for group in groups for event in group.events)


def explain_alert(id_: str, source: Source) -> Answer:
    """Explain the alert whose id begins with `id_`: of a replay of files, or of the live topics when there are none.

    Raises
    ------
    ConfigurationError
        When no alert, or several, have such an id, or its rule or its events are not there any more.
    BrokerUnavailable
        When the broker does not answer.

    """
    (parts, book), settings = _parts(source), source.settings
    if source.files:
        desk = _replayed(parts, source)
        alert = pick(id_, desk.notes.alerts)
    else:
        from streams.explain_topics import alerts_on_topics, read_desks  # noqa: PLC0415 - files need no Kafka

        known = alerts_on_topics(settings, id_, restricted=source.restricted)
        alert = pick(id_, known, "" if source.restricted else _NOT_ALL)
        since = _since(parts.book, alert.rule.id, alert.first_at.timestamp())
        wide = _wide(parts.book, alert.rule.id)
        desk = read_desks(settings, parts, district=alert.place.district, since=since, wide=wide)[0]
    try:
        district = None if _wide(parts.book, alert.rule.id) else alert.place.district
        said = explain(parts.book, desk.city, alert, desk.notes.heard(district), desk.lens)
    except UnknownRule as error:
        message = (
            f"its rule {alert.rule.id!r} is not in book {book.digest} ({book.origin.en}): give its own with --book"
        )
        raise _fault(alert.id, message) from error
    except EventsGone as error:
        raise _fault(alert.id, "none of the events it rests on is there any more") from error
    return Answer(said, parts.areas, parts.taxonomy, book, desk.notes.learned())


def why_no_alert(rule_id: str, place: str, at: str, kind: str, source: Source) -> Answer:
    """Say why a rule said nothing of a place at a time; see `explain_alert` for the rest.

    Raises
    ------
    ConfigurationError
        When there is no such rule, place, kind or time, with the closest.
    BrokerUnavailable
        When the broker does not answer.

    """
    parts, book = _parts(source)
    rule = _rule(parts.book, rule_id)
    t = moment(at, parts.areas.zone).timestamp()
    _check_kind(kind, parts.taxonomy)
    places = Places(parts.areas)
    if source.files:
        desk = _replayed(parts, source)
        places.learn(desk.notes.accepted)
        where = places.find(place)
    else:
        where, desk = _live(parts, source.settings, places, place, rule.id, t - HALF_DAY_S)
    asked = Question(rule.id, where, t, kind)
    heard = desk.notes.heard(None if _wide(parts.book, rule.id) else where.district)
    said = why_not(parts.book, desk.city, asked, heard, desk.lens)
    return Answer(said, parts.areas, parts.taxonomy, book, desk.notes.learned())


def _parts(source: Source) -> tuple[Parts, BookUsed]:
    named = sorted({mapping.areas for mapping, _ in source.files})
    if source.areas is None and len(named) > 1:
        message = f"mappings of different cities ({', '.join(named)}): say which area tree to use with --areas"
        raise ConfigurationError([Fault("SOURCE", "", message)])
    areas = source.areas or (named[0] if named else source.settings.areas)
    published = not (source.files or source.own_book)
    return assemble_with_book(areas, source.settings, published=published, lessons=source.lessons)


def _replayed(parts: Parts, source: Source) -> Desk:
    declarations = load_declarations(source.context) if source.context is not None else []
    with progress("replaying", None):
        return replay_noted(parts, source.files, source.settings.lateness_s, declarations)


def _wide(book: Book, id_: str) -> bool:
    """Tell whether a rule has to see the events of all districts."""
    return any(rule.id == id_ and scope_of(rule) == "city" for rule in book.rules)


def _live(parts: Parts, settings: Settings, places: Places, asked: str, rule: str, t: float) -> tuple[Place, Desk]:
    """Find the place, in the area tree or else in the events, and read what a rule needs at epoch second `t`."""
    from streams.explain_topics import read_desks  # noqa: PLC0415 - files need no Kafka

    since = _since(parts.book, rule, t)
    if _wide(parts.book, rule):
        desk = read_desks(settings, parts, district=None, since=since, wide=True)[0]
        places.learn(desk.notes.accepted)
        return places.find(asked), desk
    try:
        where = places.find(asked)
    except ConfigurationError:
        desks = read_desks(settings, parts, district=None, since=since)
        for desk in desks:
            places.learn(desk.notes.accepted)
        where = places.find(asked)
        here = [d for d in desks if any(e.place.district == where.district for e in d.notes.accepted)]
        return where, (here or desks)[0]
    desk = read_desks(settings, parts, district=where.district, since=since)[0]
    places.learn(desk.notes.accepted)
    return places.find(asked), desk  # events may know another place of this name


def _since(book: Book, id_: str, t: float) -> float | None:
    """Return from when on events matter to a rule at epoch second `t`, ``None`` for all there ever were."""
    try:
        compiled = compiled_of(book, rule_of(book, id_))
    except UnknownRule:
        return t - _MARGIN_S
    if compiled.rule.signal is not None:
        return None
    return t - compiled.keep_s - compiled.quiet_s - _MARGIN_S


def pick(id_: str, alerts: Named[str, Alert], hint: str = "") -> Alert:
    """Return the alert whose id is, or alone begins with, `id_`; where there is none, `hint` ends what is said.

    Raises
    ------
    ConfigurationError
        When there is none, with those that come closest; or several, with all of them.

    """
    found = [alerts[id_]] if id_ in alerts else [alert for key, alert in alerts.items() if key.startswith(id_)]
    if len(found) == 1:
        return found[0]
    if found:
        raise _fault(id_, f"{len(found)} alerts begin so: {_listed(found)}")
    if not alerts:
        raise _fault(id_, f"there are no alerts at all{hint}")

    def unlike(alert: Alert) -> float:
        return -SequenceMatcher(a=id_, b=alert.id).ratio()

    close = sorted(alerts.values(), key=unlike)
    raise _fault(id_, f"no alert has this id; of the {len(alerts):,} there are, the closest: {_listed(close)}{hint}")


def _listed(alerts: list[Alert]) -> str:
    listed = ", ".join(f"{alert.id} ({alert.title.zh})" for alert in alerts[:_LISTED])
    return listed + (" …" if len(alerts) > _LISTED else "")


def _rule(book: Book, id_: str) -> Rule:
    if id_.isdigit():
        numbered = [rule for rule in book.rules if rule.number == int(id_)]
        if len(numbered) == 1:
            return numbered[0]
        if numbered:
            message = f"{len(numbered)} rules have the number {id_}: give an id, one of {_ids(numbered)}"
            raise ConfigurationError([Fault("RULE", "", message)])
    try:
        return rule_of(book, id_)
    except UnknownRule as error:
        ids = [rule.id for rule in book.rules]
        close = get_close_matches(id_, ids, 2, 0.5)
        hint = f"; do you mean {' or '.join(close)}?" if close else f"; there are {_ids(book.rules)}"
        raise ConfigurationError([Fault("RULE", "", f"no rule has the id {id_!r}{hint}")]) from error


def _ids(rules: Iterable[Rule]) -> str:
    return ", ".join(rule.id for rule in rules)


def _check_kind(kind: str, taxonomy: Taxonomy) -> None:
    if kind and kind not in taxonomy.kinds:
        close = get_close_matches(kind, taxonomy.kinds, 2, 0.5)
        hint = f"; do you mean {' or '.join(close)}?" if close else ""
        raise ConfigurationError([Fault("--kind", "", f"no kind has the id {kind!r}{hint}")])


def moment(at: str, zone: ZoneInfo) -> datetime:
    """Read a local date and time of the city, or one with an offset; of a date alone its noon.

    Raises
    ------
    ConfigurationError
        When it is neither.

    """
    try:
        read = datetime.fromisoformat(at.strip())
    except ValueError as error:
        message = f"{at!r} is no time: write 2026-01-15T14:31 (local time of the city), or only the date"
        raise ConfigurationError([Fault("--at", "", message)]) from error
    if len(at.strip()) <= len("2026-01-15"):
        read += timedelta(hours=12)
    return read if read.tzinfo is not None else read.replace(tzinfo=zone)


def _fault(id_: str, message: str) -> ConfigurationError:
    return ConfigurationError([Fault("alert", id_, message)])
