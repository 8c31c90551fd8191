"""Reads what a report needs: from the topics, or from a file that a replay wrote."""

from __future__ import annotations

from collections.abc import Iterator
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
from streams.report.compose import Material
from streams.report.counting import Names
from streams.report.period import Period
from streams.settings import Settings
from streams.tail import Tail

_decode = msgspec.json.Decoder(Alert).decode


def read_topics(settings: Settings, period: Period, *, restricted: bool) -> Material:
    """Read all versions since the period before began, and what stands or stood last of every alert there was before.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    names = names_of(current=False, restricted=restricted)
    with Tail(settings, names, since=period.before().begins_at) as tail:
        versions = list(_versions(tail))
        begins_at = None if tail.leaves_out else min((version.at for version in versions), default=None)
    with Tail(settings, names_of(current=True, restricted=restricted), from_beginning=True) as tail:
        versions += _versions(tail)
    source = Text("预警主题", "the alert topics")
    return Material(versions=versions, source=source, restricted=restricted, begins_at=begins_at)


def _versions(tail: Tail) -> Iterator[Version]:
    with progress("reading alerts", None) as bar:
        for record in tail.to_end(lambda read, total: bar.update(bar.task_ids[0], completed=read, total=total)):
            if record.value is not None:
                yield Version(_decode(record.value), instant(record.timestamp))


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
