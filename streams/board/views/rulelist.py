"""The rule book as a list: what each rule says, and how it did in the last weeks. Pure."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from detectors.taxonomy import Taxonomy
from rules.alert import GRADES, Grade, Text
from rules.book import Book
from rules.chance import limits
from rules.feedback import NO_DETECTOR
from rules.rule import Example, Rule
from rules.sentence import sentence
from rules.wording import GRADE_NAMES, source_list
from streams.board.ledger import Record
from streams.precision import Precision
from streams.report.lengths import length

STATUS_WORDS = {
    "active": Text("启用", "active"),
    "shadow": Text("试运行", "on trial"),
    "draft": Text("草稿", "draft"),
    "retired": Text("停用", "retired"),
}
NO_RECORD = Record(Counter(), 0, 0, 0, ())

PRECISION = Text(
    "查准率＝属实÷（属实＋误报），近30天报出的预警，以最后一次结论为准；括号为95%区间（Jeffreys）。未核实的不计。",
    "Precision: true of true and false, of alerts raised in the last 30 days, by the last verdict on each; in brackets "
    "Jeffreys' interval of 95 %. Those nobody judged do not count.",
)
LEAD = Text(
    "领先＝预警首次发出，到有人到场或核实属实（取先者）的时间，近30天的中位数：系统比人确知早多少。"
    "相对于有关部门另行获知的提前量只有回测知道（见回测报告）。",
    "Lead: from when the alert was first issued to when somebody was on site or called it true, whichever was first; "
    "median of 30 days: how much earlier than people knew for sure. How much earlier than the city knew by other means "
    "only a backtest can tell (see the reports).",
)
HITS = Text(
    "命中＝该规则参与的预警数（一条预警可由几条规则的发现合成，各计一次）；发现＝单条规则自己说的次数。撤销的和演练的不计。",
    "Hits: alerts the rule had a part in; one made of several rules' findings counts for each. Findings: what the rule "
    "said by itself. Those withdrawn and of exercises are left out.",
)
TRIAL = Text(
    "试运行规则不产生预警，不通知任何人；其发现单独记录，供启用前评估。",
    "Rules on trial make no alerts and notify nobody; what they find is kept apart, to be judged before they become "
    "active.",
)


class Hits(NamedTuple):
    """How a rule did in 7 and in 30 days."""

    week: Record
    month: Record


class Shown(NamedTuple):
    """An example of a rule: what it shows, whether the rule has to fire, and with which grade."""

    name: str
    fires: bool
    grade: Grade | None


class Item(NamedTuple):
    """A rule as the page shows it.

    Parameters
    ----------
    id, number, name, version, status
        The rule.
    status_word
        Its status in words.
    says
        What it does, in a sentence.
    grades
        The grades it can give, the highest first.
    hits
        How it did.
    precision
        By verdicts of 30 days; ``None`` when none was given.
    lead
        Median lead in words, and of how many alerts; a dash where there were none.
    facts
        What else there is to know, name by name.
    examples
        What it has to fire at, and what not.

    """

    id: str
    number: int
    name: Text
    version: int
    status: str
    status_word: Text
    says: Text
    grades: tuple[Grade, ...]
    hits: Hits
    precision: Precision | None
    lead: Text
    facts: tuple[tuple[Text, Text], ...]
    examples: tuple[Shown, ...]


def items(book: Book, taxonomy: Taxonomy, records: Mapping[str, Hits]) -> list[Item]:
    """Return the rules of a book in their order.

    Parameters
    ----------
    book
        The book in force.
    taxonomy
        What kinds are called.
    records
        How rules did, by id.

    """
    return [_item(rule, taxonomy, records.get(rule.id, Hits(NO_RECORD, NO_RECORD))) for rule in book.rules]


def _item(rule: Rule, taxonomy: Taxonomy, hits: Hits) -> Item:
    month = hits.month
    judged = month.true + month.false
    return Item(
        id=rule.id,
        number=rule.number,
        name=rule.name,
        version=rule.version,
        status=rule.status,
        status_word=STATUS_WORDS[rule.status],
        says=sentence(rule, taxonomy),
        grades=grades_of(rule),
        hits=hits,
        precision=Precision(rule.signal or NO_DETECTOR, rule.id, month.true, month.false) if judged else None,
        lead=_lead(month.lead_s),
        facts=tuple(_facts(rule)),
        examples=tuple(_examples(rule)),
    )


def grades_of(rule: Rule) -> tuple[Grade, ...]:
    """Return the grades a rule gives by itself, the highest first; a modifier gives none."""
    if rule.modifies:
        return ()
    if rule.signal is not None:
        tail = rule.tail
        if tail is not None and tail.budget is not None:
            budget = tail.budget
            found = {grade for grade in GRADES if getattr(budget, grade.value)}
        else:
            found = {grade for grade, _ in limits(tail)} if tail is not None else set()
    else:
        base = rule.grade if rule.grade is not None else GRADES[0]
        most = rule.maximum if rule.maximum is not None else GRADES[-1]
        found = {base, *(step.to or base.raised(step.by or 0) for step in rule.raises)}
        found = {grade for grade in found if grade.rank <= most.rank}
    return tuple(grade for grade in reversed(GRADES) if grade in found)


def _lead(lead_s: tuple[float, ...]) -> Text:
    if not lead_s:
        return Text("–", "–")
    said = length(statistics.median(lead_s))
    return Text(f"{said.zh}（{len(lead_s)}条）", f"{said.en} (of {len(lead_s)})")


def _facts(rule: Rule) -> Iterator[tuple[Text, Text]]:
    yield Text("标识与版本", "id and version"), Text(f"{rule.id} v{rule.version}", f"{rule.id} v{rule.version}")
    if not rule.modifies:
        yield Text("来源", "sources"), source_list(rule.sources)
    if rule.signal is not None:
        yield Text("检测器", "detector"), Text(rule.signal, rule.signal)
    owners = [Text(one.zh, one.en) for one in rule.owners] + [rule.owner]
    zh = dict.fromkeys(one.zh for one in owners if one.zh)
    en = dict.fromkeys(one.en for one in owners if one.en)
    if zh:
        yield Text("主责", "owner"), Text("；".join(zh), "; ".join(en))
    if rule.plan.zh:
        yield Text("预案", "plan"), rule.plan
    for n, advice in enumerate(rule.advice, start=1):
        yield Text(f"建议{n}", f"advice {n}"), advice


def _examples(rule: Rule) -> Iterator[Shown]:
    wanted: tuple[tuple[bool, tuple[Example, ...]], ...] = ((True, rule.examples.fires), (False, rule.examples.silent))
    for fires, found in wanted:
        for one in found:
            yield Shown(one.name, fires, one.grade)


def precision_words(one: Precision | None) -> str:
    """Return a share with its interval and how many it is of: ``67% (42–85) 8/12``; a dash for none."""
    if one is None:
        return "–"
    low, high = one.interval
    return f"{one.share:.0%} ({100 * low:.0f}–{100 * high:.0f}) {one.true}/{one.true + one.false}"


def grade_counts(record: Record) -> list[tuple[Grade, int]]:
    """Return alerts by grade, the highest first, without those there are none of."""
    return [(grade, record.alerts[grade]) for grade in reversed(GRADES) if record.alerts[grade]]


def grade_word(grade: Grade) -> Text:
    """Return 红, or red."""
    name = GRADE_NAMES[grade]
    return Text(name.zh.removesuffix("色"), name.en)
