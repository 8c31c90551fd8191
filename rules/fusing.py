"""What the findings of one incident come to together: one alert, its grade, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Literal

import msgspec

from detectors.areas import AreaTree
from detectors.event import Source
from rules.alert import GRADES, Alert, AlertPlace, Finding, FindingRef, Grade, GradeStep, Text, alert_of
from rules.episode import EVIDENCE
from rules.incidents import order
from rules.issue import ON_SITE_WITHIN_S, SIGN_WITHIN_S
from rules.joining import Certainty, Joining, Urgency
from rules.linking import is_local
from rules.wording import source_list

_ON_DUTY: frozenset[Source] = frozenset({"grid", "police"})
_UNLIKELY_P = 1e-4
_HOURS_S, _DAY_S = 7_200.0, 86_400.0
_SIGN_BLUE_S = 4 * 3_600.0

_SEVERITIES: tuple[Literal["minor", "moderate", "severe", "extreme"], ...] = ("minor", "moderate", "severe", "extreme")


def fuse(findings: Sequence[Finding], joining: Joining, areas: AreaTree) -> Alert:
    """Return the alert that findings of one incident amount to, with the revision of the finding that leads.

    Parameters
    ----------
    findings
        At least one, in any order; all of one incident.
    joining
        What they come to together.
    areas
        To find the districts it touches.

    """
    findings = sorted(findings, key=order)
    standing = [finding for finding in findings if finding.status == "open"] or findings
    lead = max(standing, key=lambda finding: finding.grade.rank)  # of equals the first
    sources = tuple(sorted({source for finding in findings for source in finding.sources}))
    reporters = _reporters(findings)
    evidence = _evidence(lead, findings)
    certainty = _certainty(lead, sources, reporters)
    urgency = _urgency(lead)
    grade, graded_at, steps = _grade(lead, standing, joining)
    step = joining.matrix[certainty][urgency]
    if step:
        grade = GRADES[min(max(grade.rank + step, 0), 3)]
        steps = (*steps, GradeStep(grade=grade, because=_BY_MATRIX[certainty, urgency]))
    districts = _districts(lead, findings, areas, border=joining.border)
    sign_by, on_site_by = lead.sign_by, lead.on_site_by
    if grade.rank > lead.grade.rank:
        sign_by = min(sign_by, graded_at + timedelta(seconds=SIGN_WITHIN_S.get(grade, _SIGN_BLUE_S)))
        on_site_by = min(on_site_by, graded_at + timedelta(seconds=ON_SITE_WITHIN_S[grade]))
    return msgspec.structs.replace(
        alert_of(lead),
        id=findings[0].id,
        grade=grade,
        steps=steps,
        pending_check=any(one.pending_check for one in standing if one.grade is lead.grade),
        first_at=min(finding.first_at for finding in findings),
        last_at=max(finding.last_at for finding in findings),
        raised_at=findings[0].raised_at,
        graded_at=graded_at,
        sign_by=sign_by,
        on_site_by=on_site_by,
        events=_events(findings, evidence),
        reporters=reporters,
        sources=sources,
        evidence=tuple(evidence)[:EVIDENCE],
        findings=tuple(_ref(finding) for finding in sorted(findings, key=lambda one: (one is not lead, order(one)))),
        why=_across_districts(lead.why, districts, areas),
        districts=districts,
        severity=_SEVERITIES[lead.grade.rank],
        certainty=certainty,
        urgency=urgency,
    )


def _ref(finding: Finding) -> FindingRef:
    return FindingRef(
        id=finding.id,
        rule=finding.rule,
        kind=finding.kind,
        grade=finding.grade,
        status="open" if finding.status == "open" else "closed",
        title=finding.title,
        events=finding.events,
    )


def _evidence(lead: Finding, findings: Sequence[Finding]) -> dict[str, None]:
    """Return the evidence of all, that of the one that leads first."""
    return dict.fromkeys(chain(lead.evidence, *(finding.evidence for finding in findings)))


def _events(findings: Sequence[Finding], evidence: dict[str, None]) -> int:
    """Return how many events there are: exact while no finding has more than it can name, and never too many."""
    return max(len(evidence), *(finding.events for finding in findings))


def _reporters(findings: Sequence[Finding]) -> int:
    """Return how many distinct reporters there are: exact while all are known, and never too many."""
    return max(len(set(chain(*(finding.voices for finding in findings)))), *(finding.reporters for finding in findings))


def _districts(lead: Finding, findings: Sequence[Finding], areas: AreaTree, *, border: bool) -> tuple[str, ...]:
    """Return the districts it touches, those of the one that leads first."""
    named = dict.fromkeys(chain(lead.districts, *(finding.districts for finding in findings)))
    if border:
        named |= dict.fromkeys(chain(*(_across(finding.place, areas) for finding in findings)))
    return tuple(named)


def _across_districts(why: Text, districts: Sequence[str], areas: AreaTree) -> Text:
    """Return the sentence that says why, with all districts named where there are several."""
    if len(districts) < 2:  # noqa: PLR2004 - several
        return why
    names = [areas.name_of(district) for district in districts]
    return Text(f"{why.zh}；涉及{'、'.join(names)}", f"{why.en}; concerns {', '.join(names)}")


def _across(place: AlertPlace, areas: AreaTree) -> Iterator[str]:
    """Yield the districts next to the community a place is in."""
    community = areas.get(place.community) if is_local(place) else None
    if community is None:
        return
    for neighbour in community.neighbours:
        area = areas.get(neighbour)
        while area is not None and area.level != "district":
            area = areas.get(area.parent)
        if area is not None and area.id != place.district:
            yield area.id


def _certainty(lead: Finding, sources: Sequence[Source], reporters: int) -> Certainty:
    if len(sources) > 1 or not _ON_DUTY.isdisjoint(sources):
        return "observed"
    likely = reporters > 1 or (lead.p_value is not None and lead.p_value <= _UNLIKELY_P)
    return "likely" if likely else "possible"


def _urgency(lead: Finding) -> Urgency:
    if lead.window_s <= _HOURS_S:
        return "immediate"
    return "expected" if lead.window_s <= _DAY_S else "future"


def _grade(
    lead: Finding, standing: Sequence[Finding], joining: Joining
) -> tuple[Grade, datetime, tuple[GradeStep, ...]]:
    """Return the grade of findings that stand, since when, and why: the highest of them, or one more."""
    reached = min(finding.graded_at for finding in standing if finding.grade is lead.grade)
    if lead.grade is Grade.RED:
        return lead.grade, reached, lead.steps
    grade = lead.grade.raised()
    for last, because in _outweighing(standing, grade, joining):
        return grade, max(reached, last.raised_at), (*lead.steps, GradeStep(grade=grade, because=because))
    return lead.grade, reached, lead.steps


def _outweighing(findings: Sequence[Finding], higher: Grade, joining: Joining) -> Iterator[tuple[Finding, Text]]:
    """Yield the findings with which they, and those before, are worth a higher grade together, and why."""
    weigh = joining.weigh
    sums: dict[str, float] = defaultdict(float)
    most: dict[str, float] = defaultdict(float)
    known: set[str] = set()
    sources: set[Source] = set()
    single = 0
    for finding in findings:
        if _on_its_own(finding, known):
            points = weigh.points[finding.grade]
            sums[finding.rule.id] += points
            most[finding.rule.id] = max(most[finding.rule.id], points)
        known.update(finding.evidence)
        sources.update(finding.sources)
        single = max(single, len(finding.sources))
        together = sum(min(own, weigh.cap * most[rule]) for rule, own in sums.items())
        if finding is findings[0] or together < weigh.factor * weigh.points[higher]:
            continue
        if len(sources) >= weigh.sources and single < weigh.sources:
            said = source_list(tuple(sorted(sources)))
            yield (
                finding,
                Text(
                    f"不同规则由不同来源分别发现（{said.zh}）",
                    f"found by different rules from different sources ({said.en})",
                ),
            )
        elif len(sums) >= weigh.rules:
            yield finding, Text(f"{len(sums)}条规则同时指向", f"{len(sums)} rules point to it at once")


def _on_its_own(finding: Finding, known: set[str]) -> bool:
    """Tell whether a finding rests on events of its own: several rules may count the same five calls."""
    return 2 * len(known.intersection(finding.evidence)) < max(len(finding.evidence), 1)


_SURE = {
    "observed": Text("多源或在岗人员证实", "seen by two kinds of source or by people on duty"),
    "likely": Text("多人反映或统计上极不可能是偶然", "told by several people, or hardly chance"),
    "possible": Text("仅一人反映", "told by one person"),
}
_SOON = {
    "immediate": Text("正在发生", "happening now"),
    "expected": Text("一日之内", "within a day"),
    "future": Text("较长时间累积", "built up over a longer time"),
}
_BY_MATRIX = {
    (sure, soon): Text(f"确定性与紧迫性：{a.zh}，{b.zh}", f"certainty and urgency: {a.en}, {b.en}")
    for sure, a in _SURE.items()
    for soon, b in _SOON.items()
}
