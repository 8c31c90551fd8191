"""What is said to people: the rule book in force, the channels, and how many alerts of chance there are. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from scipy.special import pdtr

from detectors.budget import Budget
from rules.alert import GRADES, Grade, Text
from rules.book import Book
from rules.rule import Rule
from rules.wording import GRADE_NAMES
from streams.board.adoption import Adoption
from streams.board.books import Books
from streams.board.cluster import Cluster
from streams.board.views.system.verdicts import Line, Section, ago, section_of
from streams.board.ways import Told, Way, Ways
from streams.dossier.words import word

DAY_S = 86_400.0
ADOPTED_WITHIN_S = 120.0
DOWN_IN_A_ROW = 3
CHANCE = 0.99

_REASONS = {
    "TIMEOUT": Text("超时", "no answer in time"),
    "RATE_LIMITED": Text("被限流", "told to slow down"),
    "BREAKER_OPEN": Text("连续失败，暂停使用", "left alone after failures in a row"),
    "UNREACHABLE": Text("连不上", "cannot be reached"),
    "NO_CHANNEL": Text("没有配置此通道", "no such channel"),
    "OVERFLOW": Text("排队过长", "too many waiting"),
    "SUPERSEDED": Text("已有更新的消息", "something newer is to be told"),
}  # fmt: skip


class BookInForce(NamedTuple):
    """What is known of the rule book.

    Parameters
    ----------
    books
        The one published last, and what was refused.
    adoption
        Where it stands among what workers work off; ``None`` while that is being looked for, or none is published.
    stamped
        Digest on the newest alert; empty when there is none.

    """

    books: Books
    adoption: Adoption | None
    stamped: str


def book(known: BookInForce, look: Cluster | None, wall: float, say_at: Callable[[float], str]) -> Section:
    """Return which rule book holds where, since when, and by whom."""
    books = known.books
    lines = list(_published(known, look, wall, say_at))
    if books.refused is not None:
        at = say_at(books.refused.timestamp / 1000)
        lines.append(
            Line(
                "fault",
                Text("最后一次发布", "last publication"),
                Text(
                    f"{at} 发布的规则库有误，未被采用；仍用前一本",
                    f"the book sent at {at} is faulty and was refused; the one before holds",
                ),
                Text("fenghuo rules check 改好后重新发布", "fenghuo rules check, then publish it again"),
            )
        )
    return section_of("book", Text("规则库", "Rule book"), lines, says=lines[0].says)


def _published(known: BookInForce, look: Cluster | None, wall: float, say_at: Callable[[float], str]) -> Iterator[Line]:
    books, published = known.books, known.books.published
    rules = f"{len(books.book.rules)}"
    name = Text(f"规则库 {books.book.digest}", f"book {books.book.digest}")
    if published is None or books.origin is None:
        said = Text(
            f"没有发布过，各节点用各自设置的（FENGHUO_BOOK）；值班台读到的有{rules}条规则",
            f"none was published: workers go by that of their settings (FENGHUO_BOOK); the board's has {rules} rules",
        )
        differs = bool(known.stamped) and known.stamped != books.book.digest
        if differs:
            yield Line(
                "watch",
                name,
                Text(
                    f"最新预警出自 {known.stamped}，与值班台的不是同一本",
                    f"the newest alert is by {known.stamped}, which is not the board's",
                ),
                Text("fenghuo rules publish 统一为一本", "fenghuo rules publish, so that all go by one"),
            )
        yield Line("ok", name, said)
        return
    at, by = say_at(published.published_at.timestamp()), published.by or "?"
    yield Line("ok", name, Text(f"{at} 由 {by} 发布，{rules}条规则", f"published at {at} by {by}, {rules} rules"))
    if known.adoption is not None and look is not None:
        age_s = wall - published.published_at.timestamp()
        yield from _by_partition(known.adoption.by_partition(look), age_s)


def _by_partition(past: Mapping[tuple[str, int], bool | None], age_s: float) -> Iterator[Line]:
    behind = sorted(place for place, is_past in past.items() if is_past is False)
    unknown = sum(is_past is None for is_past in past.values())
    ahead = len(past) - len(behind) - unknown
    name = Text("各分区", "partitions")
    if behind:
        listed = ", ".join(f"{topic}/{number}" for topic, number in behind)
        late = age_s > ADOPTED_WITHIN_S
        yield Line(
            "fault" if late else "watch",
            name,
            Text(f"{ahead}个已切换，{listed} 尚未", f"{ahead} go by it, {listed} not yet"),
            Text("看积压：处理到发布处才切换", "Look at the lag: they switch once they are there") if late else Text(),
        )
    elif unknown:
        said = Text(
            f"{ahead}个已切换；{unknown}个无记录可查（发布已久，或尚未分发）",
            f"{ahead} go by it; of {unknown} no record tells (long ago, or not handed on yet)",
        )
        yield Line("ok" if ahead or age_s > ADOPTED_WITHIN_S else "watch", name, said)
    else:
        yield Line("ok", name, Text(f"{ahead}个全部已切换", f"all {ahead} go by it"))


def channels(ways: Ways, wall: float) -> Section:
    """Return which channels are up."""
    day = ways.counts.since(wall - DAY_S)
    lines = [_channel(name, way, day, wall) for name, way in sorted(ways.ways.items())]
    lost = [one for one in ways.lost if wall - one.at.timestamp() < DAY_S]
    if lost:
        last = lost[-1]
        lines.append(
            Line(
                "fault",
                Text("无人收到的消息", "messages nobody got"),
                Text(
                    f"24小时{len(lost)}条，最后一条：预警 {last.alert}，{word(_REASONS, last.reason).zh}",
                    f"{len(lost)} in 24 h, the last: alert {last.alert}, {word(_REASONS, last.reason).en}",
                ),
                Text("请电话通知责任人，再查通道", "Call who is in charge, then look at the channel"),
            )
        )
    says = Text("近7天没有发过消息", "nothing was sent in 7 days")
    if lines:
        says = Text(f"{len(lines)}个通道畅通", f"all {len(lines)} get through")
    return section_of("channels", Text("推送通道", "Channels"), lines, says=says)


def _channel(name: str, way: Way, day: Counter[Told], wall: float) -> Line:
    called = Text(name, name)
    sent = day[Told(name, "SENT")]
    failed = day[Told(name, "RETRY")] + day[Told(name, "FAILED")]
    counts = Text(f"24小时送达{sent:,}，失败{failed:,}", f"{sent:,} sent and {failed:,} failed in 24 h")
    if way.failed_at is None:
        return Line("ok", called, counts)
    reason, last = word(_REASONS, way.reason), ago(wall - way.failed_at)
    said = Text(f"{counts.zh}；{last.zh}：{reason.zh}", f"{counts.en}; {last.en}: {reason.en}")
    if way.shut or way.in_a_row >= DOWN_IN_A_ROW:
        return Line(
            "fault",
            called,
            Text(f"连续失败{way.in_a_row}次；{said.zh}", f"{way.in_a_row} failures in a row; {said.en}"),
            Text(
                "查对方服务、密钥和网络；其间消息改走其他通道",
                "Look at the other side, the key and the network; messages take other channels meanwhile",
            ),
        )
    recent = wall - way.failed_at < DAY_S / 24
    return Line("watch" if recent and way.in_a_row else "ok", called, said)


class Spent(NamedTuple):
    """Findings of a detector's rules by grade, in the last week and in the last 30 days."""

    week: Counter[Grade]
    month: Counter[Grade]


def budgets(rules: Book) -> dict[str, tuple[Rule, ...]]:
    """Return the rules with a budget of chance alerts by their detector: those of one share it."""
    found: dict[str, tuple[Rule, ...]] = {}
    for rule in rules.rules:
        if (
            rule.signal
            and rule.tail is not None
            and rule.tail.budget is not None
            and rule.status in {"active", "shadow"}
        ):
            found[rule.signal] = (*found.get(rule.signal, ()), rule)
    return found


def budget(rules: Book, spent: Mapping[str, Spent] | None) -> Section:
    """Return how many alerts there were of what chance alone may make.

    Parameters
    ----------
    rules
        The book.
    spent
        By detector; ``None`` while it is being read.

    """
    lines: list[Line] = []
    if spent is not None:
        for signal, own in budgets(rules).items():
            lines += _spent(own, spent.get(signal, Spent(Counter(), Counter())))
    says = Text("正在读取", "being read") if spent is None else Text("在预算之内", "within the budget")
    return section_of("budget", Text("预警预算", "Alert budget"), lines, says=says, note=_BUDGET_NOTE)


_BUDGET_NOTE = Text(
    "预算是规则库允许全市因偶然产生的突增预警数；真实的突增不占预算。超出偶然所能解释的范围（99%）时，"
    "要么确有其事，要么基线失准：看这些预警的核实结论。",
    "The budget is how many surges the book lets chance alone make in the whole city; real ones come on top. More than "
    "chance explains (99 %) means that something is going on, or that the baseline is off: see how they were judged.",
)


def _spent(own: Sequence[Rule], spent: Spent) -> Iterator[Line]:
    """Yield a line for every grade that rules of one budget may give, the highest first."""
    rates = _rates(own)
    shadow = all(rule.status == "shadow" for rule in own)
    zh = " + ".join(f"{rule.number} {rule.name.zh}" for rule in own) + "（试运行）" * shadow
    en = " + ".join(f"{rule.number} {rule.name.en}" for rule in own) + " (on trial)" * shadow
    for grade in reversed(GRADES):
        week, month, a_day = spent.week[grade], spent.month[grade], rates[grade]
        if not a_day and not month:
            continue
        over = not shadow and month > 0 and float(pdtr(month - 1, a_day * 30)) >= CHANCE
        colour, of_week, of_month = GRADE_NAMES[grade], f"{a_day * 7:.2g}", f"{a_day * 30:.2g}"
        said = Text(
            f"7天{week}条（预算{of_week}），30天{month}条（预算{of_month}）",
            f"{week} in 7 days (budget {of_week}), {month} in 30 days (budget {of_month})",
        )
        name = Text(f"{colour.zh}：{zh}", f"{colour.en}: {en}")
        yield Line("watch" if over else "ok", name, said, _CALIBRATE if over else Text())


_CALIBRATE = Text(
    "看规则页的核实结论；误报居多则请研判员校准",
    "See the verdicts on the rules page; if most are false, have the rule calibrated",
)


def _rates(own: Sequence[Rule]) -> dict[Grade, float]:
    """Return alerts a day by grade; of rules that share a budget the highest that any states."""
    found = dict.fromkeys(GRADES, 0.0)
    for rule in own:
        stated = rule.tail.budget if rule.tail is not None else None
        if stated is not None:
            texts = {grade.value: rate for grade in GRADES if (rate := getattr(stated, grade.value))}
            for grade, rate in zip(GRADES, Budget.of(texts).rates(), strict=True):
                found[grade] = max(found[grade], rate)
    return found
