"""Kafka, the processes, how far they are, and how large their state is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from rules.alert import Text
from streams.board.cluster import STATES, Cluster, Member, Position, Sighting
from streams.board.views.system.verdicts import Line, Section, ago, section_of
from streams.dossier.words import length

SLOW_MS = 2_000.0
STUCK_S = 60.0
WAITING = 1_000
CATCHES_UP_S = 60.0
LARGE_BYTES = 2 * 1024**3

_KAFKA = Text("Kafka", "Kafka")
_START_WORKER = Text(
    "启动 fenghuo worker（systemctl start fenghuo-worker@1，或看编排平台），再看其日志最后几行；数据留在 Kafka，不会丢",
    "Start fenghuo worker (systemctl start fenghuo-worker@1, or look at the orchestrator), then read the end of its "
    "log; the data stay in Kafka, nothing is lost",
)


def kafka(
    sighting: Sighting, stale_since: float | None, wall: float, unreadable: Mapping[str, int] = MappingProxyType({})
) -> Section:
    """Return whether the cluster answers, has the topics, and holds what the board can read.

    Parameters
    ----------
    sighting
        What the cluster says of itself.
    stale_since
        Since when the board hears nothing; ``None`` while it does.
    wall
        What time it is, epoch seconds.
    unreadable
        Records the board had to pass over, by topic.

    """
    lines = [*_unreadable(unreadable), *_kafka(sighting, stale_since, wall)]
    return section_of("kafka", Text("消息集群", "Kafka"), lines, says=_answers(sighting.now))


def _unreadable(unreadable: Mapping[str, int]) -> Iterator[Line]:
    if unreadable:
        n, names = sum(unreadable.values()), ", ".join(sorted(unreadable))
        yield Line(
            "fault",
            Text("值班台", "board"),
            Text(
                f"有{n:,}条记录无法读取，已跳过（{names}）：此处所示可能不全",
                f"could not read {n:,} record{'s' * (n != 1)} and passed over them ({names}): something may be missing",
            ),
            Text(
                "核对值班台与处理节点的版本是否一致；值班台日志写明了位置",
                "See whether board and workers are of one release; the board's log tells where they are",
            ),
        )


def _answers(look: Cluster | None) -> Text:
    if look is None:
        return Text("正在询问", "being asked")
    return Text(
        f"{look.brokers}个节点，{look.took_ms:.0f}毫秒应答，{len(look.sizes)}个主题",
        f"{look.brokers} broker{'s' * (look.brokers != 1)}, answers in {look.took_ms:.0f} ms, {len(look.sizes)} topics",
    )


def _kafka(sighting: Sighting, stale_since: float | None, wall: float) -> Iterator[Line]:
    since = min((at for at in (sighting.failing_since, stale_since) if at is not None), default=None)
    look = sighting.now
    if since is not None:
        said = ago(wall - since)
        yield Line(
            "fault",
            _KAFKA,
            Text(f"未应答，最后一次应答在{said.zh}", f"does not answer; it last did {said.en}"),
            Text(
                "看 Kafka 进程和网络；此页其余内容停在那时，恢复后自动接上",
                "Look at the Kafka processes and the network; all else on this page is of that time, and goes on by "
                "itself once it is back",
            ),
        )
        return
    if look is None:
        yield Line("watch", _KAFKA, Text("正在询问", "being asked"))
        return
    slow = look.took_ms > SLOW_MS
    todo = Text("看 Kafka 主机的磁盘和负载", "Look at the discs and the load of the Kafka hosts") if slow else Text()
    yield Line("watch" if slow else "ok", _KAFKA, _answers(look), todo)
    if look.missing:
        names = ", ".join(look.missing)
        yield Line(
            "fault",
            Text("主题", "topics"),
            Text(f"缺少 {names}", f"there is no {names}"),
            Text(
                "运行 fenghuo topics create，已有的不受影响",
                "Run fenghuo topics create; those there are stay as they are",
            ),
        )


def workers(look: Cluster | None) -> Section:
    """Return who works, on what; and who delivers."""
    lines = [] if look is None else [*_workers(look), *_delivery(look)]
    n = 0 if look is None else len(look.workers.members)
    says = Text(f"{n}个处理节点，分区全部有主", f"{n} worker{'s' * (n != 1)}, every partition has an owner")
    return section_of("workers", Text("处理与推送节点", "Workers and delivery"), lines, says=says)


def _workers(look: Cluster) -> Iterator[Line]:
    group, unowned = look.workers, look.unowned()
    name = Text(f"消费组 {group.id}", f"group {group.id}")
    if not group.members:
        yield Line("fault", name, Text("没有处理节点在运行", "no worker is running"), _START_WORKER)
        return
    if group.state != "Stable":
        yield Line(
            "watch",
            name,
            Text(f"正在重新分配分区（{group.state}）", f"partitions are being handed out anew ({group.state})"),
            Text(
                "通常几秒内完成；超过一分钟看节点日志",
                "Done within seconds as a rule; after a minute look at the workers' logs",
            ),
        )
    elif unowned:
        listed = _listed(unowned)
        yield Line("fault", name, Text(f"{listed} 无人处理", f"nobody works off {listed}"), _START_WORKER)
    for member in group.members:
        yield Line("ok", Text(f"处理节点 {member.id}", f"worker {member.id}"), _owns(member))


def _delivery(look: Cluster) -> Iterator[Line]:
    group, name = look.delivery, Text("推送", "delivery")
    if not group.members:
        ever = any(one.committed is not None for one in look.notices)
        yield Line(
            "fault" if ever else "watch",
            name,
            Text("已停止，没有人会收到消息", "has stopped: nobody is told of anything")
            if ever
            else Text("未运行，预警只在值班台上可见", "does not run: alerts are seen on the board only"),
            Text(
                "启动 fenghuo deliver（要 FENGHUO_CHANNELS、FENGHUO_ONCALL）",
                "Start fenghuo deliver (it needs FENGHUO_CHANNELS and FENGHUO_ONCALL)",
            ),
        )
        return
    spare = len(group.members) - 1
    said = Text(f"1个在岗，{spare}个备用", f"1 on duty, {spare} standing by")
    yield Line("ok", name, said)


def _owns(member: Member) -> Text:
    owned = "；".join(f"{topic} {_numbers(numbers)}" for topic, numbers in member.partitions.items())
    return Text(f"{member.host}，负责 {owned}", f"{member.host}, owns {owned.replace('；', '; ')}")


def _numbers(numbers: Sequence[int]) -> str:
    """Return numbers briefly: ``0-3``, ``0 2``."""
    if len(numbers) > 1 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{numbers[0]}-{numbers[-1]}"
    return " ".join(map(str, numbers))


def _listed(partitions: Iterable[tuple[str, int]]) -> str:
    by_topic: dict[str, list[int]] = {}
    for topic, number in partitions:
        by_topic.setdefault(topic, []).append(number)
    return ", ".join(f"{topic} {_numbers(sorted(numbers))}" for topic, numbers in by_topic.items())


def lag(sighting: Sighting) -> Section:
    """Return what waits to be worked off, by topic."""
    look = sighting.now
    lines = [] if look is None else list(_lag(look, sighting.before))
    return section_of(
        "lag",
        Text("积压", "Lag"),
        lines,
        says=Text("没有积压", "nothing waits"),
        note=Text(
            "积压＝主题末尾与消费组已确认位置之差。处理节点每几秒确认一次，所以几秒的数据量是正常的。",
            "Lag: from the offset the group has confirmed to the end of the topic. Workers confirm every few seconds, "
            "so that a few seconds' worth is normal.",
        ),
    )


def _lag(look: Cluster, before: Cluster | None) -> Iterator[Line]:
    by_topic: dict[str, list[Position]] = {}
    for one in (*look.positions, *look.notices):
        by_topic.setdefault(one.topic, []).append(one)
    known = {} if before is None else {(o.topic, o.partition): o for o in (*before.positions, *before.notices)}
    apart_s = 0.0 if before is None else look.at - before.at
    for topic, positions in by_topic.items():
        if topic == "notices" and all(one.committed is None for one in positions):
            continue  # delivery has never run
        waiting = sum(one.lag for one in positions)
        stuck = [one.partition for one in positions if _is_stuck(one, known.get((topic, one.partition)), apart_s)]
        done = sum((one.committed or 0) - (known[topic, one.partition].committed or 0)
                   for one in positions if (topic, one.partition) in known)  # fmt: skip
        yield _lag_line(topic, waiting, stuck, done / apart_s if apart_s else None)


def _is_stuck(now: Position, before: Position | None, apart_s: float) -> bool:
    """Tell whether what waits was waiting a while ago, and nothing was confirmed since."""
    if before is None or apart_s < STUCK_S or not before.lag:
        return False
    return now.committed == before.committed


def _lag_line(topic: str, waiting: int, stuck: Sequence[int], a_second: float | None) -> Line:
    name = Text(topic, topic)
    said = Text(f"{waiting:,}条等待", f"{waiting:,} waiting")
    if stuck:
        numbers = _numbers(stuck)
        return Line(
            "fault",
            name,
            Text(f"{said.zh}，分区 {numbers} 没有进展", f"{said.en}, no progress on partition {numbers}"),
            Text(
                "看该分区所属节点的日志，必要时重启它",
                "Look at the log of the worker that owns it; restart it if need be",
            ),
        )
    if waiting > WAITING:
        left_s = waiting / a_second if a_second else None
        if left_s is None or left_s > CATCHES_UP_S:
            eta = length(left_s) if left_s is not None else None
            more = (
                Text(f"，按当前速度约{eta.zh}处理完", f", about {eta.en} at this rate") if eta is not None else Text()
            )
            return Line(
                "watch",
                name,
                Text(said.zh + more.zh, said.en + more.en),
                Text(
                    "持续增加就加处理节点（不超过分区数）",
                    "Add workers if it keeps growing (up to the number of partitions)",
                ),
            )
    return Line("ok", name, said)


def states(look: Cluster | None) -> Section:
    """Return how large the topics of the state are."""
    sizes = {} if look is None else {one.topic: one for one in look.sizes}
    lines = [_state(name, sizes[name].records, sizes[name].bytes) for name in STATES if name in sizes]
    every = [one.bytes for one in sizes.values() if one.bytes is not None]
    total = _size(sum(every)) if every else "–"
    says = Text(f"全部主题共 {total}", f"all topics together {total}")
    note = Text(
        "状态主题是压缩主题，节点接手分区时全部读回；越大，接手越慢。",
        "Topics of state are compacted, and read back when a worker takes a partition over: the larger, the slower.",
    )
    return section_of("states", Text("状态大小", "State"), lines, says=says, note=note)


def _state(name: str, records: int, stored: int | None) -> Line:
    large = stored is not None and stored > LARGE_BYTES
    size = "–" if stored is None else _size(stored)
    todo = (
        Text("看压缩是否在进行，或增加分区", "See whether it is being compacted, or use more partitions")
        if large
        else Text()
    )
    said = Text(f"{size}，{records:,}条", f"{size}, {records:,} records")
    return Line("watch" if large else "ok", Text(name, name), said, todo)


def _size(stored: float) -> str:
    for unit in ("B", "KB", "MB"):
        if stored < 1024:  # noqa: PLR2004 - a kilobyte
            return f"{stored:.0f} {unit}" if unit == "B" else f"{stored:.1f} {unit}"
        stored /= 1024
    return f"{stored:.1f} GB"
