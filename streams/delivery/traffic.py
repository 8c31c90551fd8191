"""Where every message is: in its line, waiting on a channel, on its way, on another way, or done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from heapq import heappop, heappush

from streams.channels.base import Message
from streams.delivery.archive import Archive
from streams.delivery.entry import Done, Entry
from streams.delivery.lane import NEVER, Lane
from streams.delivery.lines import Lines, line_of
from streams.delivery.policy import Policy
from streams.delivery.record import Delivery, Outcome, instant, told_of

_URGENT = 2
_PROBED_BY_OTHERS_S = 60.0
_SOON_S = 1.0


class Traffic:
    """The messages that are not done, and where they are.

    Parameters
    ----------
    limits
        Messages a minute of every channel.
    policy
        The figures.
    cost
        How many requests a message takes of those its channel allows a minute.

    """

    def __init__(self, limits: Mapping[str, int | None], policy: Policy, cost: Callable[[Message], int]) -> None:
        self.policy = policy
        self._cost = cost
        self.lanes = {name: Lane(name, per_minute, policy) for name, per_minute in limits.items()}
        self.archive = Archive(policy.remembered)
        self.entries: dict[str, Entry] = {}
        self.records: list[Delivery] = []
        self._lines = Lines()
        self._deadlines: list[tuple[float, int, str]] = []
        self._seq = 0
        self._flying: set[str] = set()

    def enter(self, entry: Entry) -> None:
        """Give a message its place in its line."""
        self._seq = max(self._seq, entry.seq) + 1
        self.entries[entry.key] = entry
        self._lines.add(line_of(entry.message), entry.key, entry.grade.rank)
        self.archive.touch(entry.key)
        self._remind(entry, self._ends_at(entry))

    @property
    def next_seq(self) -> int:
        """The place in the order of arrival of the next message."""
        return self._seq

    def lane_of(self, entry: Entry) -> Lane:
        """Return the channel a message is on."""
        return self.lanes[entry.recipient.channel]

    def queue(self, entry: Entry, now: float) -> None:
        """Let a message wait on its channel, unless it has to wait in its line or its channel is shut."""
        if self._lines.is_held(line_of(entry.message), entry.key):
            return
        if (why := self._shut(entry, now)) and self.move(entry, now, why):
            return
        self._put(entry)
        lane = self.lane_of(entry)
        if entry.others():
            self._remind(entry, self._moves_at(entry))
        if len(lane.waiting) > self.policy.waiting:
            least = min(lane.waiting.values(), key=lambda item: (item.rank, item.seq))
            self.give_up(self.entries[least.key], now, "OVERFLOW")

    def move(self, entry: Entry, now: float, why: str, *, at_any_rate: bool = False) -> bool:
        """Let a message take another way, or be if its recipient was told that way; tell whether either was done.

        Parameters
        ----------
        entry
            The message; not on its way.
        now
            Epoch seconds.
        why
            What is wrong with the way it is on.
        at_any_rate
            Also where the channel of the other way is shut for now.

        """
        for way in entry.others():
            key, lane = entry.key_on(way), self.lanes[entry.ways[way].channel]
            if self.archive.was_sent(key):
                self.finish(entry, now, "SUPPRESSED", "COVERED", sent=True)
                return True
            if key != entry.key and key in self.entries:  # about to be told that way, by a message of its own
                if at_any_rate:
                    self.finish(entry, now, "SUPPRESSED", "COVERED", sent=False)
                    return True
                continue
            if not at_any_rate and (lane.gate(now) != "closed" or lane.paused_until > now + _SOON_S):
                continue
            self.tell(entry, "FAILED", now, why)
            self.lane_of(entry).drop(entry.key)
            entry.way, entry.failures, entry.on_way_since, entry.due_at = way, 0, now, now
            self.archive.touch(entry.key)
            self._put(entry)
            self._remind(entry, self._moves_at(entry))
            return True
        return False

    def clear(self, lane: Lane, now: float) -> None:
        """Let what waits on a channel that was just shut take other ways."""
        for key in list(lane.waiting):
            entry = self.entries.get(key)
            if entry is not None and (why := self._shut(entry, now)):
                self.move(entry, now, why)

    def mind_deadlines(self, now: float) -> None:
        """Let messages take other ways whose time on theirs is over, and give up what is too old."""
        while self._deadlines and self._deadlines[0][0] <= now:
            entry = self.entries.get(heappop(self._deadlines)[2])
            if entry is None or entry.flying:
                continue  # done, or looked at when its answer comes
            if now >= self._ends_at(entry):
                self.give_up(entry, now, "DEADLINE")
            elif not self._moved_in_time(entry, now):
                self._remind(entry, now + self.policy.fallback_after_s.of(entry.grade))

    def _moved_in_time(self, entry: Entry, now: float) -> bool:
        """Let a message take another way if its time on this one is over; tell whether it could or need not."""
        overdue = entry.key in self.lane_of(entry).waiting and now >= self._moves_at(entry)
        return not overdue or self.move(entry, now, "TIME_LIMIT")

    def again(self, entry: Entry, now: float, after_s: float) -> None:
        """Try a message again on its way, or on another when its time on this one is over by then."""
        if now >= self._ends_at(entry):
            self.give_up(entry, now, "DEADLINE")
            return
        entry.failures += 1
        entry.due_at = now + max(after_s, self.policy.retry_s(entry.key, entry.failures))
        if entry.due_at < self._moves_at(entry) or not self.move(entry, now, "TIME_LIMIT"):
            self.queue(entry, now)

    def dead_end(self, entry: Entry, now: float, why: str) -> None:
        """Let a message take another way for good."""
        entry.dead = (*entry.dead, entry.way)
        if not self.move(entry, now, why) and not self.move(entry, now, why, at_any_rate=True):
            self.give_up(entry, now, why)

    def sent(self, entry: Entry, now: float) -> None:
        """Be done with a message that was sent, and with what it overtook."""
        for key in self._lines.ahead(line_of(entry.message), entry.key):
            earlier = self.entries[key]
            if earlier.flying:
                earlier.superseded = True
                self.archive.touch(key)
            else:
                self.finish(earlier, now, "SUPPRESSED", "SUPERSEDED", sent=True)
        self.finish(entry, now, None, sent=True)

    def give_up(self, entry: Entry, now: float, why: str) -> None:
        """Try no more."""
        self.finish(entry, now, "GIVEN_UP", why, sent=False)

    def finish(self, entry: Entry, now: float, outcome: Outcome | None, why: str = "", *, sent: bool) -> None:
        """Be done with a message; those behind it in its line may go."""
        if outcome is not None:
            self.tell(entry, outcome, now, why)
        done = Done(sent=sent, at=now, doubtful=entry.doubtful)
        del self.entries[entry.key]
        if entry.recipient.channel in self.lanes:
            self.lane_of(entry).drop(entry.key)
        told = {entry.key, entry.way_key} if sent else {entry.key}
        for key in told:
            self.archive.put(key, done)
        for key in self._lines.remove(line_of(entry.message), entry.key):
            behind = self.entries[key]
            if not behind.flying and key not in self.lane_of(behind).waiting:
                behind.on_way_since = now
                self.queue(behind, now)

    def begin(self, entry: Entry, now: float) -> bool:
        """Let a message be on its way now; tell whether it is: not if the same is, or was told, by another message.

        That happens when the other way of one message is what another one was meant to go.
        """
        key, lane = entry.way_key, self.lane_of(entry)
        self.archive.touch_lane(lane.name)
        if self.archive.was_sent(key):
            lane.flying.discard(entry.key)
            self.finish(entry, now, "SUPPRESSED", "COVERED", sent=True)
        elif key in self._flying:
            lane.flying.discard(entry.key)
            entry.due_at = now + _SOON_S
            self._put(entry)
        else:
            entry.doubtful = entry.doubtful or self.archive.is_doubtful(key)
            entry.flying, entry.attempts = True, entry.attempts + 1
            self._flying.add(key)
            self.archive.touch(entry.key)
        return entry.flying

    def end(self, entry: Entry, *, doubtful: bool) -> None:
        """Let a message be on its way no longer; in doubt, the one that was meant to go this way is in doubt too."""
        entry.flying = False
        self._flying.discard(entry.way_key)
        for one in {entry.key, entry.way_key} & self.entries.keys() if doubtful else ():
            self.entries[one].doubtful = True
            self.archive.touch(one)

    def tell(self, entry: Entry, outcome: Outcome, now: float, why: str = "", **more: object) -> None:
        """Record a step in the life of a message."""
        alert, version, digest = told_of(entry.message)
        told: dict[str, object] = {"channel": entry.recipient.channel, "recipient": entry.recipient.id, **more}
        self.records.append(
            Delivery(
                key=entry.key,
                alert=alert,
                version=version,
                attempt=entry.attempts,
                outcome=outcome,
                reason=why,
                at=instant(now),
                digest=digest,
                **told,  # type: ignore[arg-type]
            )
        )

    def next_at(self, now: float) -> float:
        """Return when something is to be done if nothing else happens, epoch seconds."""
        times = [lane.next_at(now) for lane in self.lanes.values()]
        if self._deadlines:
            times.append(max(now, self._deadlines[0][0]))
        return min(times, default=NEVER)

    def _shut(self, entry: Entry, now: float) -> str:
        """Say why a message should not wait on its channel if there is another way; empty if it may.

        A serious message does not try whether a channel has come back while others may, for that can take long.
        """
        lane = self.lane_of(entry)
        gate = lane.gate(now)
        probing = entry.grade.rank >= _URGENT and now < lane.breaker.until + _PROBED_BY_OTHERS_S
        if gate == "open" or (gate == "half-open" and probing):
            return "BREAKER_OPEN"
        return "RATE_LIMITED" if lane.paused_until > self._moves_at(entry) else ""

    def _put(self, entry: Entry) -> None:
        self.lane_of(entry).put(entry.item(self._cost(entry.addressed())), entry.due_at)

    def _moves_at(self, entry: Entry) -> float:
        return entry.on_way_since + self.policy.fallback_after_s.of(entry.grade) if entry.others() else NEVER

    def _ends_at(self, entry: Entry) -> float:
        return entry.taken_at + self.policy.give_up_after_s.of(entry.grade)

    def _remind(self, entry: Entry, at: float) -> None:
        if at < NEVER:
            heappush(self._deadlines, (at, entry.seq, entry.key))
