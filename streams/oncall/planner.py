"""When who is told of which alert: the line from a version of an alert to messages."""

from __future__ import annotations

from collections.abc import Mapping

from rules.alert import Alert
from rules.silence import Silence
from streams.channels.base import Message
from streams.oncall.agenda import Agenda
from streams.oncall.case import Case
from streams.oncall.loading import OnCall
from streams.oncall.owing import Owing
from streams.oncall.quiet import NEVER, Mute, Quiet, Suppressed, is_candidate, is_over
from streams.oncall.wording import Item, message_of

_RED, _ORANGE = 3, 2
_MOST = 50_000


class Planner:
    """Takes every version of every alert in, and says what is to be sent to whom, and when.

    It knows no clock: `now` is given, epoch seconds, and never runs backwards. The same calls give the same messages
    with the same keys, also when the planner was restored in between. It remembers open alerts and, for a day, those
    that are over, 4.8 kB each with one recipient; beyond 50,000 alerts what is over and told is forgotten at once.

    Parameters
    ----------
    oncall
        People, rosters, routes and all else that stands in the file.

    """

    def __init__(self, oncall: OnCall) -> None:
        self._people = oncall.people
        self._pace = oncall.pace
        self._quiet: Quiet = oncall.quiet()
        self._owing = Owing(oncall.router, self._quiet, oncall.pace)
        self._agenda = Agenda()
        self._now = -NEVER
        self._suppressed: list[Suppressed] = []

    @property
    def next_due(self) -> float:
        """When `due` may next have something to say, epoch seconds; infinity without anything."""
        return self._agenda.next_due

    @property
    def silences(self) -> list[Silence]:
        """The silences that were said and are not over."""
        return self._quiet.said

    def note(self, alert: Alert, now: float) -> None:
        """Take a version in; one that is not newer than the newest known changes nothing."""
        self._now = now = max(self._now, now)
        case = self._agenda.cases.get(alert.id)
        if case is None:
            case = self._agenda.cases[alert.id] = Case(alert=alert, noted=now)
        elif alert.revision.version <= case.alert.revision.version:
            return
        else:
            self._changed(case, alert, now)
        case.alert, case.noted = alert, now
        if str(alert.revision.change) == "reminded":
            case.reminded = alert.revision.version
        self._agenda.wake_case(case, now)
        self._inhibit(alert, now)
        self._agenda.bound(_MOST)

    def due(self, now: float) -> list[Message]:
        """Return the messages that go out now, the most urgent first; each is returned once."""
        self._now = now = max(self._now, now)
        for id_ in self._quiet.forget(now):
            self._agenda.touch("silence", id_)
        messages: list[Message] = []
        while (ready := self._agenda.take_cases(now)) or self._agenda.next_due <= now:
            for case in sorted(ready, key=lambda one: (-one.alert.grade.rank, one.alert.id)):
                messages += self._tell(case, now)
            if not ready:
                for to in self._agenda.take_batches(now):
                    messages += self._flush(to, now)
                for person in self._agenda.take_rations(now):
                    messages += self._digest(person, now)
        return messages

    def suppressed(self) -> list[Suppressed]:
        """Return, once, which versions nobody was told of since the last call, and why."""
        found, self._suppressed = self._suppressed, []
        return found

    def silence(self, silence: Silence, now: float) -> None:
        """Take a silence in (one without faults); alerts that wait already are silenced too."""
        self._now = now = max(self._now, now)
        self._quiet.silence(silence)
        self._agenda.touch("silence", silence.id)
        self._agenda.wake_staying("SILENCED", now)

    def unsilence(self, id_: str, now: float) -> bool:
        """End a silence early: what still stands goes out. Tell whether there was one."""
        self._now = now = max(self._now, now)
        known = self._quiet.unsilence(id_)
        if known:
            self._agenda.touch("silence", id_)
            self._agenda.wake_staying("SILENCED", now)
        return known

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed since the last call: key to MessagePack, ``None`` for what is forgotten."""
        return self._agenda.dirty(self._now, self._suppressed, self._quiet.said)

    def state(self) -> dict[str, bytes]:
        """Return the whole state; `restore` goes on from there exactly."""
        return self._agenda.state(self._now, self._suppressed, self._quiet.said)

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Take over what `state` returned, or everything `dirty` did; into a planner that knows nothing yet."""
        self._now, self._suppressed, silences = self._agenda.restore(items)
        for silence in silences:
            self._quiet.silence(silence)
        for case in self._agenda.cases.values():
            self._stands(case.alert)
            unknown = [to for to in case.owed if self._people.reached(to) is None]
            for to in unknown:
                del case.owed[to]
            if unknown:
                self._agenda.wake_case(case, self._now)

    def reconsider(self, now: float) -> None:
        """Look at every alert again at the next `due`: after `restore` with another file."""
        self._now = self._agenda.reconsider(self._now, now)

    def _changed(self, case: Case, alert: Alert, now: float) -> None:
        """Count changes of grade and state; too many are said once, and no more for a while."""
        if alert.grade is case.alert.grade and is_over(alert) == is_over(case.alert):
            return
        pace = self._pace
        case.changes = [*(at for at in case.changes if at > now - pace.flap_within_s), now]
        if len(case.changes) == 1:
            case.top = max((told.rank for told in case.told.values()), default=-1)
        if len(case.changes) >= pace.flap_changes and now >= case.muted_until:
            case.muted_until, case.flaps_since = now + pace.flap_mute_s, alert.revision.version

    def _inhibit(self, alert: Alert, now: float) -> None:
        if self._stands(alert):
            self._agenda.wake_staying("INHIBITED", now)

    def _stands(self, alert: Alert) -> bool:
        """Tell the rules of inhibition of a version; return whether something may be free now."""
        stands = not is_over(alert) and not is_candidate(alert) and alert.rule.status != "shadow"
        free = [one.note(alert, stands=stands) for one in self._quiet.inhibitors]
        return any(free)

    def _tell(self, case: Case, now: float) -> list[Message]:
        """Decide about one alert, and send what is urgent."""
        if case.forget_at <= now and is_over(case.alert) and not case.owed:
            self._agenda.forget(case.alert.id)
            return []
        case.forget_at = NEVER
        mute = self._owing.decide(case, now)
        messages = []
        for to in self._owing.hearing(case, mute if case.stays else None, now):
            messages += self._dispatch(case, to, now)
        self._record(case, mute or self._unchanged(case), now)
        self._settle(case, now)
        return messages

    def _unchanged(self, case: Case) -> Mute | None:
        """Return that there is nothing to tell of the newest version: nobody was told of it, and nobody will be."""
        told = [one.version for one in case.told.values() if not one.system]
        if case.owed or not told or max(told) == case.alert.revision.version:
            return None
        return Mute("UNCHANGED")

    def _dispatch(self, case: Case, to: str, now: float) -> list[Message]:
        """Send one recipient what is urgent, let the rest wait for others or, when it is too much, for a digest."""
        if (item := self._item(case, to, now)) is None:
            return []
        person, rank = item.person, case.alert.grade.rank
        if self._people[person].system:
            return [self._send(to, [item], now)]
        if rank < _ORANGE:
            since = now if item.again else case.noted
            self._agenda.batch(to).add(case.alert.id, since, self._pace.group_wait_s, self._pace.group_interval_s)
            self._agenda.wake_batch(to)
            return []
        if (rank == _RED and item.what != "resolved") or self._may(person, now, exercise=case.alert.exercise):
            return [self._send(to, [item], now)]
        self._hold(person, item, now)
        return []

    def _item(self, case: Case, to: str, now: float) -> Item | None:
        """Return what a recipient who is owed something is told now; ``None`` when nothing, or later."""
        found, recipient = self._owing.what(case, to), self._people.reached(to)
        if found is None or recipient is None or found.since > now:
            case.owed.pop(to, None)
            self._agenda.wake_case(case, found.since if found is not None and found.since > now else NEVER)
            return None
        before = case.told.get(to)
        again = before.times if before is not None and before.version == case.alert.revision.version else 0
        return Item(case, to, recipient, found.what, again)

    def _flush(self, to: str, now: float) -> list[Message]:
        """Send what waited for one recipient in one message, exercises in one of their own."""
        batch = self._agenda.batch(to)
        items = [item for id_ in batch.items for item in self._ready(id_, [to], now)]
        batch.items, batch.wake = {}, NEVER
        self._agenda.wake_batch(to)
        messages: list[Message] = []
        for exercise in (False, True):
            some = [item for item in items if item.case.alert.exercise == exercise]
            if some and self._may(some[0].person, now, exercise=exercise):
                messages.append(self._send(to, some, now))
                batch.last = now
            else:
                for item in some:
                    self._hold(item.person, item, now)
        return messages

    def _digest(self, person: str, now: float) -> list[Message]:
        """Send what was too much for one person in one message, over the best channel it was for."""
        ration = self._agenda.ration(person)
        items = [item for id_, to in ration.held.items() for item in self._ready(id_, to, now)]
        ration.held, ration.wake = {}, NEVER
        exercise = all(item.case.alert.exercise for item in items)
        for item in items:
            if item.case.alert.exercise != exercise:
                self._hold(person, item, now)
        items = [item for item in items if item.case.alert.exercise == exercise]
        messages = []
        if items:
            best = min((item.to for item in items), key=self._people.preference)
            messages.append(self._send(best, items, now))
            ration.last = now
            if ration.wake < NEVER:
                ration.wake = now + self._pace.digest_every_s
        self._agenda.wake_ration(person)
        return messages

    def _ready(self, id_: str, recipients: list[str], now: float) -> list[Item]:
        """Return what recipients are told of an alert that waited, unless it is muted by now."""
        case = self._agenda.cases.get(id_)
        if case is None:
            return []
        owed = [to for to in recipients if to in case.owed]
        mute = self._owing.mute(case, now) if owed else None
        if mute is not None:
            case.stays = mute.reason
            self._record(case, mute, now)
            self._agenda.wake_case(case, mute.until)
        hearing = set(self._owing.hearing(case, mute, now))
        return [item for to in owed if to in hearing and (item := self._item(case, to, now)) is not None]

    def _send(self, to: str, items: list[Item], now: float) -> Message:
        """Return a message over one channel, and write down that it tells of all items."""
        message = message_of(next(item for item in items if item.to == to).recipient, items)
        person = items[0].person
        system = self._people[person].system
        for item in items:
            left_behind = item.what == "escalation" and item.to in item.case.told and not item.case.owed[item.to]
            if left_behind and item.to not in item.case.heard:
                item.case.heard.append(item.to)
            item.case.hears(item.to, now, system=system)
            self._settle(item.case, now)
        if not system:
            self._agenda.ration(person).count(now)
            self._agenda.touch("person", person)
        return message

    def _may(self, person: str, now: float, *, exercise: bool) -> bool:
        """Tell whether a person can get one more message that is no digest; exercises leave half to what is real."""
        singly = self._pace.per_hour - self._pace.digests
        return self._agenda.ration(person).used(now) < (singly // 2 if exercise else singly)

    def _hold(self, person: str, item: Item, now: float) -> None:
        ration = self._agenda.ration(person)
        ration.hold(item.case.alert.id, item.to, now, self._pace.digest_wait_s, self._pace.digest_every_s)
        self._agenda.wake_ration(person)

    def _settle(self, case: Case, now: float) -> None:
        """Say when to look at an alert again: for a repetition, or to forget it."""
        if is_over(case.alert) and not case.owed:
            case.forget_at = max(now, case.muted_until) + self._pace.keep_s
            self._agenda.wake_case(case, case.forget_at)
        else:
            told_again = case.stays in {"", "CANDIDATE"}
            self._agenda.wake_case(case, self._owing.later(case, now) if told_again else case.wake)

    def _record(self, case: Case, mute: Mute | None, now: float) -> None:
        """Write down, once for a version and a reason, that nobody is told."""
        version = case.alert.revision.version
        if mute is None or case.recorded == (version, mute.reason):
            return
        case.recorded = (version, mute.reason)
        until = mute.until if mute.until < NEVER else None
        self._suppressed.append(
            Suppressed(alert=case.alert.id, version=version, reason=mute.reason, by=mute.by, at=now, until=until)
        )
        self._agenda.touch_case(case)
