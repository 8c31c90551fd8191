"""What comes in: feeds alive or silent, what came too late, what could not be read. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from rules.alert import Text
from rules.phrases import SOURCE_NAMES
from streams.board.feeds import Feed, FeedName, Feeds
from streams.board.letters import Letter, Letters, Why
from streams.board.silences import Silence, Silences
from streams.board.views.system.verdicts import Cell, Grid, Line, Section, ago, section_of
from streams.dossier.words import length, word
from streams.sources import source_types

DAY_S, HOUR_S = 86_400.0, 3_600.0
TIMES_USUAL = 20.0
LATE_WATCH, LATE_FAULT, LATE_LEAST = 0.01, 0.1, 10
DEAD_FAULT, DEAD_LEAST = 0.2, 10
HEARTBEAT_S = 60.0

NameOf = Callable[[str], Text]
SOURCES = ("hotline", "grid", "police", "sos")
_CHECK_FEED = Text("先查接口与推送，再问属地", "Look at the feed first, then ask the district")
_TOPICS = {kind.topic: source for source, kind in source_types().items()}
_REASONS = {
    "SCHEMA": Text("字段不符合约定", "fields not as agreed"),
    "NOT_JSON": Text("不是 JSON", "no JSON"),
    "NOT_CSV": Text("不是 CSV", "no CSV"),
    "NOT_XML": Text("不是 XML", "no XML"),
    "DOCTYPE": Text("XML 带 DOCTYPE", "XML with a DOCTYPE"),
    "ENCODING": Text("编码不是 UTF-8", "not UTF-8"),
    "FUTURE": Text("时间在未来", "a time in the future"),
    "ANCIENT": Text("时间过于久远", "a time too long ago"),
    "TIME": Text("时间无法理解", "a time that is none"),
    "TOO_LARGE": Text("超过长度限制", "too large"),
    "PACKED": Text("压缩包无法解开或解开后过大", "cannot be unpacked, or becomes too large"),
    "TOO_DEEP": Text("嵌套过深", "nested too deeply"),
    "MALFORMED": Text("格式损坏", "malformed"),
    "UNKNOWN_KIND": Text("没有此类别", "a kind there is not"),
    "UNKNOWN_EVENT": Text("没有此事件", "an event there is not"),
    "KEY": Text("键与内容不符", "a key that is not that of its content"),
    "BOOK": Text("规则库有误", "a faulty rule book"),
    "FORGED": Text("签名不符", "a signature that does not fit"),
}  # fmt: skip
_CLOCKS = frozenset({"FUTURE", "ANCIENT", "TIME"})


def feeds(
    known: Feeds, silences: Silences, districts: Sequence[str], name_of: NameOf, now: float, wall: float
) -> Section:
    """Return which sources speak of which district.

    Parameters
    ----------
    known, silences
        What was heard, and what the detector says of what was not.
    districts
        Their ids, in their order.
    name_of
        Says what one is called.
    now, wall
        The city's clock, and that of the wall; epoch seconds.

    """
    dead = {FeedName(one.sources[0], one.place.district): one for one in silences.standing("feed") if one.sources}
    names = sorted(known.feeds, key=lambda name: (SOURCES.index(name.source), name.district))
    lines = [_feed(name, known.feeds[name], dead.get(name), name_of, now) for name in names]
    beats = _heartbeat(known, wall)
    alive = sum(line.verdict == "ok" for line in lines)
    says = Text(f"{alive}路数据来源均有数据", f"all {alive} feeds speak")
    verdicts = {name: line.verdict for name, line in zip(names, lines, strict=True)}
    order = [*districts, *sorted({name.district for name in names} - set(districts))]
    rows = tuple(
        (
            name_of(district),
            tuple(
                _cell(known.feeds.get(FeedName(source, district)), verdicts.get(FeedName(source, district)), now)
                for source in SOURCES
            ),
        )
        for district in order
        if any(FeedName(source, district) in known.feeds for source in SOURCES)
    )
    heads = tuple(SOURCE_NAMES[source] for source in SOURCES)
    grid = Grid(Text("最后一条距今", "last one ago"), heads, rows) if rows else None
    if not lines:
        lines = [
            Line(
                "watch", Text("数据来源", "feeds"), Text("近8天没有收到任何数据", "nothing came in 8 days"), _CHECK_FEED
            )
        ]
    return section_of("feeds", Text("数据来源", "Feeds"), [*beats, *lines], says=says, grid=grid, note=_FEED_NOTE)


_FEED_NOTE = Text(
    "「故障」由静默检测器判定：它学会每路数据一周以上的节律后，这样的静默在一天里偶然出现的概率不足万分之一。"
    "「注意」只是比以往都久，检测器尚未判定（学习不足一周，或夜间本来就少）。",
    "It is the silence detector that finds a feed dead: by a rhythm learned over a week or more, a day holds such a "
    "silence by chance less than once in ten thousand. Attention only means longer than ever lately, and that the "
    "detector has not said so: under a week learned, or an hour at which there is little.",
)


def _heartbeat(known: Feeds, wall: float) -> Iterator[Line]:
    if known.intake_heard is not None and wall - known.intake_heard > HEARTBEAT_S:
        said = ago(wall - known.intake_heard)
        yield Line(
            "fault",
            Text("接入", "intake"),
            Text(f"最后一次心跳在{said.zh}", f"its last sign of life was {said.en}"),
            Text("看处理节点是否在运行", "See whether workers are running"),
        )


def _feed(name: FeedName, feed: Feed, dead: Silence | None, name_of: NameOf, now: float) -> Line:
    source, district = word(SOURCE_NAMES, name.source), name_of(name.district)
    called = Text(f"{source.zh}·{district.zh}", f"{source.en} · {district.en}")
    silent_s, usual_s, longest_s = max(0.0, now - feed.last), feed.usual_s(), feed.longest_s()
    since, last = length(silent_s), ago(silent_s)
    if dead is not None:
        return Line(
            "fault",
            called,
            Text(
                f"数据中断：静默{since.zh}，期间应有{dead.expected:.0f}起，偶然概率{dead.p_value:.1g}",
                f"a dead feed: silent for {since.en}, {dead.expected:.0f} were due, chance {dead.p_value:.1g}",
            ),
            _CHECK_FEED,
        )
    if usual_s is None or longest_s is None:
        said = Text(f"最后一条{last.zh}；数据太少，尚不知常态", f"last one {last.en}; too few to know what is usual")
        return Line("ok", called, said)
    usual = length(usual_s)
    said = Text(f"最后一条{last.zh}；通常每{usual.zh}一条", f"last one {last.en}; usually one every {usual.en}")
    if silent_s > max(TIMES_USUAL * usual_s, longest_s, HOUR_S):
        longest = length(longest_s)
        more = Text(
            f"，近来最久{longest.zh}；静默检测器尚未判定中断",
            f", at most {longest.en} lately; the silence detector has not called it dead",
        )
        return Line("watch", called, Text(said.zh + more.zh, said.en + more.en), _CHECK_FEED)
    return Line("ok", called, said)


def _cell(feed: Feed | None, verdict: object, now: float) -> Cell:
    if feed is None:
        return Cell(None, Text("–", "–"))
    return Cell(verdict, _briefly(max(0.0, now - feed.last)))  # type: ignore[arg-type]


def _briefly(length_s: float) -> Text:
    """Return a length of time in one unit."""
    for size, zh, en in ((DAY_S, "天", "d"), (HOUR_S, "小时", "h"), (60.0, "分", "min")):
        if length_s >= size:
            return Text(f"{length_s / size:.0f}{zh}", f"{length_s / size:.0f} {en}")
    return Text(f"{length_s:.0f}秒", f"{length_s:.0f} s")


def quiet_places(silences: Silences, name_of: NameOf) -> Section:
    """Return the places that went quiet while their feed speaks: no fault of a feed."""
    found = sorted(silences.standing("place"), key=lambda one: one.p_value)
    lines = [_quiet(one, name_of) for one in found]
    says = Text("没有反常安静的地方", "no place is unusually quiet")
    if found:
        says = Text(
            f"{len(found)}处反常安静，接口正常；由属地了解，不是故障",
            f"unusually quiet, though their feeds speak: {len(found)}; for the districts to look into, no fault",
        )
    return section_of("quiet", Text("安静的地方", "Quiet places"), lines, says=says)


def _quiet(one: Silence, name_of: NameOf) -> Line:
    place, source = one.place, word(SOURCE_NAMES, one.sources[0] if one.sources else "")
    district = name_of(place.district)
    called = Text(f"{place.name or district.zh}·{source.zh}", f"{place.name or district.en} · {source.en}")
    said = Text(
        f"该区同来源有数据，此处应有{one.expected:.0f}起而一起也没有，偶然概率{one.p_value:.1g}",
        f"its district speaks by the same source; {one.expected:.0f} were due from here and none came, "
        f"chance {one.p_value:.1g}",
    )
    return Line("ok", called, said)


def late(known: Feeds, name_of: NameOf, wall: float) -> Section:
    """Return what came too late to be counted, of the last day."""
    counts, events = known.late.since(wall - DAY_S), known.counts.since(wall - DAY_S)
    lines = [
        _late(source, {n.district: k for n, k in counts.items() if n.source == source}, events[source], name_of)
        for source in SOURCES
        if events[source] or any(name.source == source for name in counts)
    ]
    note = Text(
        "迟到：比同一分区最新事件早得超过允许乱序（FENGHUO_LATENESS_S）的，不再改变已作出的判断，存于 events.late。",
        "Late: earlier than the newest of its partition by more than what is allowed (FENGHUO_LATENESS_S). It changes "
        "nothing that was said, and is kept on events.late.",
    )
    return section_of(
        "late",
        Text("迟到事件（24小时）", "Late events (24 h)"),
        lines,
        says=Text("很少或没有", "few or none"),
        note=note,
    )


def _late(source: str, by_district: Mapping[str, int], events: int, name_of: NameOf) -> Line:
    n = sum(by_district.values())
    share = n / (n + events) if n else 0.0
    said = Text(f"{n:,}条，占{share:.1%}", f"{n:,}, {share:.1%} of all")
    if n < LATE_LEAST or share < LATE_WATCH:
        return Line("ok", SOURCE_NAMES[source], said)
    most = max(by_district, key=lambda district: by_district[district])
    district = name_of(most)
    more = Text(f"，最多的是{district.zh}", f", most of them of {district.en}")
    todo = Text(
        "查来源系统的时钟与补传；必要时加大 FENGHUO_LATENESS_S",
        "Look at the clock of the source and at what it sends later; raise FENGHUO_LATENESS_S if need be",
    )
    verdict: str = "fault" if share >= LATE_FAULT else "watch"
    return Line(verdict, SOURCE_NAMES[source], Text(said.zh + more.zh, said.en + more.en), todo)  # type: ignore[arg-type]


def dead_letters(letters: Letters, known: Feeds, wall: float, say_at: Callable[[float], str]) -> Section:
    """Return what could not be read, by reason, of the last day and week; and where the last ones are."""
    hour, day, week = (letters.counts.since(wall - back) for back in (HOUR_S, DAY_S, 7 * DAY_S))
    events = known.counts.since(wall - HOUR_S)
    lines = [_dead(why, hour[why], day[why], n, events, wall) for why, n in week.most_common()]
    last = tuple(_where(letter, say_at) for letter in letters.last()[:5])
    n = sum(day.values())
    says = Text("近24小时没有死信", "no dead letters in 24 h") if not n else count_of(day)
    note = Text(
        "死信保留原始字节14天。修好原因后用 fenghuo dead-letters resend 重送；查看内容须说明用途并留痕。"
        + ("最近几条：" + "；".join(one.zh for one in last) if last else ""),
        "Dead letters keep the original bytes for 14 days. Mend the cause, then fenghuo dead-letters resend; to see "
        "what they hold one has to say what for, on record."
        + (" The last ones: " + "; ".join(one.en for one in last) if last else ""),
    )
    return section_of("dead", Text("死信", "Dead letters"), lines, says=says, note=note)


def count_of(counts: Counter[Why]) -> Text:
    """Return how many there are for which reasons."""
    n = sum(counts.values())
    return Text(f"近24小时{n:,}条", f"{n:,} in 24 h")


def _dead(why: Why, hour: int, day: int, week: int, events: Mapping[str, int], wall: float) -> Line:
    del wall
    reason = word(_REASONS, why.reason)
    name = Text(f"{why.topic}：{reason.zh}（{why.reason}）", f"{why.topic}: {reason.en} ({why.reason})")
    said = Text(f"24小时{day:,}条，7天{week:,}条", f"{day:,} in 24 h, {week:,} in 7 days")
    share = hour / (hour + events.get(_TOPICS.get(why.topic, ""), 0)) if hour else 0.0
    if hour >= DEAD_LEAST and share >= DEAD_FAULT:
        more = Text(f"；近1小时占该来源的{share:.0%}", f"; {share:.0%} of what its source sent in the last hour")
        return Line("fault", name, Text(said.zh + more.zh, said.en + more.en), _mend(why))
    return Line("watch", name, said, _mend(why)) if day else Line("ok", name, said)


def _mend(why: Why) -> Text:
    if why.topic == "rules":
        return Text(
            "发布前先 fenghuo rules check；在用的规则库没有变",
            "fenghuo rules check before publishing; the book in force has not changed",
        )
    if why.reason in _CLOCKS:
        return Text("查来源系统的时钟和时区", "Look at the clock and the time zone of the source")
    return Text(
        "fenghuo dead-letters list 看位置，改来源或映射，再 resend",
        "fenghuo dead-letters list tells where; mend the source or the mapping, then resend",
    )


def _where(letter: Letter, say_at: Callable[[float], str]) -> Text:
    at = say_at(letter.received_at.timestamp())
    reason = word(_REASONS, letter.reason)
    return Text(f"{at} {letter.where} {reason.zh}", f"{at} {letter.where} {reason.en}")


def speaking(names: Iterable[FeedName]) -> set[str]:
    """Return the sources that speak of any district."""
    return {name.source for name in names}
