"""`fenghuo context`: what a person declares of areas, and what is declared of them now."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import msgspec
from rich.console import Console
from rich.table import Table

from detectors.areas import AreaTree
from rules.reading import nearest
from rules.surroundings import Declaration
from rules.weather import known_warnings
from streams import topics
from streams.codec import encode
from streams.context import declares, read_declaration
from streams.errors import BadInput, ConfigurationError, Fault
from streams.intake.places import load_areas
from streams.publishing import publish
from streams.settings import Settings
from streams.tail import Tail


def instant_of(text: str, areas: AreaTree, option: str) -> datetime:
    """Read an instant; without an offset it is the city's time.

    Raises
    ------
    ConfigurationError
        When it is none.

    """
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo is not None else at.replace(tzinfo=areas.zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        message = f"{text!r} is no instant such as 2026-08-03T06:20 or 2026-08-03T06:20:00+08:00"
        raise ConfigurationError([Fault(option, "", message)]) from error


def declare(
    settings: Settings,
    console: Console,
    id_: str,
    *,
    area: str = "",
    weather: Sequence[str] = (),
    mode: str | None = None,
    event: str = "",
    at: str | None = None,
    until: str | None = None,
) -> None:
    """Declare something of an area, in place of what was declared under the same id; nothing at all ends that.

    Raises
    ------
    ConfigurationError
        When an instant is none, or the city has no such area.
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    areas = load_areas(settings.areas)
    if not id_.strip():
        raise ConfigurationError([Fault("ID", "", "is empty: say what is declared, as in weather/440507")])
    strange = [one for one in weather if one not in known_warnings()]
    if strange:
        faults = [f"no warning is called {one!r}{nearest(one, known_warnings())}" for one in strange]
        raise ConfigurationError([Fault("--weather", "", said) for said in faults])
    if area and not areas.open and areas.get(area) is None:
        raise ConfigurationError([Fault("--area", "", f"{areas.name} has no area {area!r}{_closest(area, areas)}")])
    ends = None if until is None else instant_of(until, areas, "--until")
    issued = datetime.now(UTC) if at is None else instant_of(at, areas, "--at")
    if ends is not None and ends <= issued:
        raise ConfigurationError([Fault("--until", "", "lies before the declaration begins")])
    given = {"weather": tuple(weather), "mode": mode, "event": event}
    declaration = msgspec.convert(
        {"id": id_, "issued_at": issued, "until_at": ends, "area": area, **given}, Declaration, strict=False
    )
    where = publish(settings, topics.CONTEXT, id_, encode(declaration))
    what = ", ".join(declares(declaration))
    place = f"{areas.name_of(area)} ({area})" if area else areas.name
    console.print(f"{id_}: {what} in {place}" if what else f"{id_}: ended", markup=False, soft_wrap=True)
    console.print(f"on {where}", style="dim", markup=False)


def declared(settings: Settings) -> Iterator[Declaration]:
    """Yield the latest declaration of every id, unless it only ended the one before.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer, or there is no such topic.

    """
    yield from (one for one in latest_records(settings) if any(declares(one)))


def latest_records(settings: Settings) -> list[Declaration]:
    """Return the latest declaration of every id, also of those that only ended the one before.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer, or there is no such topic.

    """
    latest: dict[str, Declaration] = {}
    with Tail(settings, [topics.CONTEXT], from_beginning=True) as tail:
        for record in tail.to_end():
            with suppress(BadInput):  # workers passed it over as well: it is among the dead letters
                declaration = read_declaration(record.key, record.value, record.timestamp)
                latest[declaration.id] = declaration
    return [latest[id_] for id_ in sorted(latest)]


def declared_before(settings: Settings, timestamp_ms: float) -> list[Declaration]:
    """Return what was declared by records written before `timestamp_ms`, as far as nothing replaced it since.

    Whoever reads ``events`` from such a record on does not meet these there.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer, or there is no such topic.

    """
    with Tail(settings, [topics.CONTEXT], from_beginning=True) as tail:
        newest = {record.key: record for record in tail.to_end()}
    told = []
    for record in newest.values():
        if record.timestamp < timestamp_ms:
            with suppress(BadInput):  # intake has told of it
                told.append(read_declaration(record.key, record.value, record.timestamp))
    return sorted(told, key=lambda one: (one.issued_at, one.id))


def list_declared(settings: Settings, console: Console, now: datetime, *, as_json: bool) -> None:
    """Print what is declared and has not ended by `now`."""
    areas = load_areas(settings.areas)
    found = [one for one in declared(settings) if one.until_at is None or one.until_at > now]
    if as_json:
        console.print(msgspec.json.encode(found).decode(), soft_wrap=True, markup=False)
        return
    if not found:
        console.print("nothing is declared")
        return
    table = Table("id", "area", "what", "from", "until", box=None, padding=(0, 2, 0, 0), header_style="bold")
    for one in found:
        until = "further notice" if one.until_at is None else f"{one.until_at.astimezone(areas.zone):%Y-%m-%d %H:%M}"
        since = f"{one.issued_at.astimezone(areas.zone):%Y-%m-%d %H:%M}"
        area = areas.name_of(one.area) if one.area else areas.name
        table.add_row(one.id, area, ", ".join(declares(one)), since, until)
    console.print(table)


def _closest(area: str, areas: AreaTree) -> str:
    known = {one.name: one.id for one in areas.districts()} | {one.id: one.id for one in areas.districts()}
    found = difflib.get_close_matches(area, known, 1)
    return f": do you mean {known[found[0]]}?" if found else ""
