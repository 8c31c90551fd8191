"""Makes a history of what was found about an alert. Pure: the order in which it was found does not matter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from rules.alert import FindingRef, Text
from rules.book import Book
from streams.commanding import read_command
from streams.course import Clock, Stay, Version, clocks, missing, ordered, reopened, stays
from streams.dossier.answering import answer_to
from streams.dossier.history import ClockKept, Decision, Given, History, Issued, Related, StayFor, Told
from streams.dossier.material import Material
from streams.errors import BadInput


def compose(material: Material, book: Book | None, now: datetime) -> History:
    """Return the history of an alert.

    Parameters
    ----------
    material
        What was found; at least one version, or the one that stands.
    book
        A rule book to look detectors up in, if there is one.
    now
        Until when clocks and steps run, aware.

    """
    found = list(material.versions)
    if material.current is not None:
        found.append(material.current)
    versions = ordered(found)
    lacking = missing(versions)
    findings = _findings(versions)
    return History(
        id=material.id,
        now=now,
        versions=tuple(Issued(at=version.at, alert=version.alert) for version in versions),
        missing=tuple(lacking),
        commands=tuple(sorted(_commands(material, versions), key=lambda one: (one.heard_at, one.at, one.action))),
        deliveries=tuple(
            sorted(
                (_of(one, material.id) for one in material.deliveries),
                key=lambda one: (one.at, one.key, one.attempt, one.outcome),
            )
        ),
        seen=tuple(sorted(material.seen, key=lambda one: (one.at, one.action))),
        decisions=tuple(_decisions(versions, book)),
        findings=findings,
        stays=tuple(_stay(one) for one in stays(versions)),
        clocks=tuple(ClockKept(clock=clock, kept=clock.kept(now)) for clock in _clocks(versions)),
        reopened=len(reopened(versions)),
        related=tuple(_related(material, findings)),
        notes=(*_gaps(lacking), *material.notes),
    )


def _of(told: Told, id_: str) -> Told:
    """Return what was told of one alert: a digest is on record under the first it lists, with that one's version."""
    named = (one.rpartition("/") for one in told.digest)
    version = next((int(version) for alert, _, version in named if alert == id_), told.version)
    return msgspec.structs.replace(told, alert=id_, version=version)


def _clocks(versions: Sequence[Version]) -> list[Clock]:
    return sorted([*clocks(versions), *clocks(versions, "on_site")], key=lambda clock: (clock.version, clock.what))


def _findings(versions: Sequence[Version]) -> tuple[FindingRef, ...]:
    """Return the findings an alert was made of, as the last version that names any does."""
    named = [version.alert.findings for version in versions if version.alert.findings]
    return named[-1] if named else ()


def _commands(material: Material, versions: Sequence[Version]) -> Iterator[Given]:
    for heard_at, key, value in set(material.commands):
        try:
            command = read_command(key, value)
        except BadInput as fault:
            about = (key or b"").decode(errors="replace")
            reason = f"{fault.reason} {fault.path}"
            yield Given(
                at=heard_at, heard_at=heard_at, action="?", by="?", alert=about, answer="refused", reason=reason
            )
            continue
        own = versions if command.alert == material.id else ()
        answered = answer_to(command, heard_at, own, material.answers.get(command.id))
        yield Given(
            at=command.at,
            heard_at=heard_at,
            action=command.action,
            by=command.by,
            alert=command.alert,
            answer=answered.answer,
            why=command.why,
            reason=answered.reason,
            says=answered.says,
            version=answered.version,
            to=command.to,
            other=command.other or command.finding,
        )


def _decisions(versions: Sequence[Version], book: Book | None) -> Iterator[Decision]:
    """Yield who decided, whenever the grade, or the rule that gave it, is another than before."""
    before = None
    detectors = {rule.id: rule.signal or "" for rule in book.rules} if book is not None else {}
    for version in versions:
        alert = version.alert
        if (alert.grade, alert.rule) == before:
            continue
        before = alert.grade, alert.rule
        yield Decision(
            version=alert.revision.version,
            grade=alert.grade.value,
            rule=alert.rule,
            detector=detectors.get(alert.rule.id),
            same_book=book is not None and book.digest == alert.rule.book,
            observed=alert.observed,
            threshold=alert.threshold,
            expected=alert.expected,
            p_value=alert.p_value,
            because=alert.steps[-1].because if alert.steps else Text(),
        )


def _stay(stay: Stay) -> StayFor:
    length_s = None if stay.until is None else (stay.until - stay.since).total_seconds()
    return StayFor(state=stay.state, since=stay.since, until=stay.until, length_s=length_s)


def _related(material: Material, findings: Sequence[FindingRef]) -> Iterator[Related]:
    own = {finding.id for finding in findings} | {material.id}
    for id_, alert in sorted(material.others.items()):
        if id_ != material.id and not own.isdisjoint({id_, *(finding.id for finding in alert.findings)}):
            yield Related(id=id_, title=alert.title, status=alert.status)


def _gaps(lacking: Sequence[int]) -> Iterator[Text]:
    if not lacking:
        return
    told = spans(lacking)
    yield Text(
        f"缺少第{told}版：已过保存期限，或在仅限值班台的主题上（--restricted）",
        f"versions {told} are not on record: past retention, or on the duty desk's own topics (--restricted)",
    )


def spans(numbers: Sequence[int]) -> str:
    """Return numbers in order as a person writes them: ``1–3, 7``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
