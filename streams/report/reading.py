"""Reads what a report needs: from the topics, or from a file that a replay wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from detectors.areas import AreaTree
from detectors.taxonomy import Taxonomy
from rules.alert import Alert, Text
from rules.book import Book
from streams.alerttail import names_of
from streams.bars import progress
from streams.course import Version
from streams.dossier.material import instant
from streams.intake.decoding import decode_json
from streams.jsonlines import load_lines
from streams.passing import legible
from streams.report.compose import Material
from streams.report.counting import Names
from streams.report.period import Period
from streams.settings import Settings
from streams.tail import Heard, Tail

_decode = msgspec.json.Decoder(Alert).decode


def read_topics(
    settings: Settings, period: Period, *, restricted: bool, told: Callable[[int, int], None] | None = None
) -> Material:
    """Read all versions since the period before began, and of alerts there were before the last one until then.

    Parameters
    ----------
    settings
        Cluster and prefix.
    period
        What the report is about.
    restricted
        Those that only the duty desk may see, too.
    told
        Called with the number of records read and of those there are, of each reading; else a bar is shown.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    names, since = names_of(current=False, restricted=restricted), period.before().begins_at
    with Tail(settings, names, since=since) as tail:
        versions = list(_versions(tail, told))
        begins_at = None if tail.leaves_out else min((version.at for version in versions), default=None)
    with Tail(settings, names_of(current=True, restricted=restricted), from_beginning=True) as tail:
        last = {(record.topic, record.key): record for record in tail.to_end()}
        standing = [version for record in last.values() if (version := _version(record)) is not None]
    begun = {version.alert.id for version in versions if version.alert.revision.version == 1}
    older = {version.alert.id for version in versions} - begun
    versions += _last_before(settings, names, older, since, told) if older else ()
    versions += standing
    source = Text("预警主题", "the alert topics")
    return Material(versions=versions, source=source, restricted=restricted, begins_at=begins_at)


def _last_before(
    settings: Settings, names: list[str], ids: set[str], since: datetime, told: Callable[[int, int], None] | None
) -> Iterable[Version]:
    """Return the last versions some alerts had before an instant, for what stands now is a later one."""
    keys = {id_.encode() for id_ in ids}
    found: dict[str, Version] = {}
    with Tail(settings, names, from_beginning=True) as tail, _told("reading what was before", told) as tell:
        for record in tail.to_end(tell):
            if record.key not in keys or instant(record.timestamp) >= since:
                continue
            if (version := _version(record)) is not None:
                known = found.setdefault(version.alert.id, version)
                if known.alert.revision.version < version.alert.revision.version:
                    found[version.alert.id] = version
    return found.values()


@contextmanager
def _told(what: str, told: Callable[[int, int], None] | None) -> Iterator[Callable[[int, int], None]]:
    """Give what is to be told of the progress: whoever asked for it, or a bar."""
    if told is not None:
        yield told
        return
    with progress(what, None) as bar:
        yield lambda read, total: bar.update(bar.task_ids[0], completed=read, total=total)


def _versions(tail: Tail, told: Callable[[int, int], None] | None) -> Iterator[Version]:
    with _told("reading alerts", told) as tell:
        for record in tail.to_end(tell):
            if (version := _version(record)) is not None:
                yield version


def _version(record: Heard) -> Version | None:
    alert = legible(record, _decode)
    return None if alert is None else Version(alert, instant(record.timestamp))


def read_file(path: Path) -> Material:
    """Read the alerts that ``fenghuo replay --out FILE`` wrote, best with ``--versions``.

    Raises
    ------
    ConfigurationError
        With every line that is no alert.

    """
    alerts = load_lines(path, lambda line: decode_json(_decode, line))
    versions = [Version(alert, max(alert.last_at, alert.graded_at)) for alert in alerts]
    source = Text(f"文件 {path.name}", f"the file {path.name}")
    return Material(versions=versions, source=source, restricted=any(alert.restricted for alert in alerts), live=False)


def names_for(areas: AreaTree, taxonomy: Taxonomy, book: Book) -> Names:
    """Return what classes, kinds, areas and rules are called; what nobody has named goes by its id."""
    rules = {rule.id: rule.name for rule in book.rules}

    def category(id_: str) -> Text:
        known = taxonomy.categories.get(id_)
        return Text(known.zh, known.en) if known is not None else Text(id_, id_)

    def kind(id_: str) -> Text:
        known = taxonomy.kinds.get(id_)
        return Text(known.zh, known.en) if known is not None else Text(id_, id_)

    def area(id_: str) -> Text:
        name = areas.name_of(id_) if id_ else areas.name
        return Text(name, areas.english.get(name, name))

    return Names(category, kind, area, lambda id_: rules.get(id_, Text(id_, id_)))
