"""Who is to be told of an alert now, and what; or why nobody is."""

from __future__ import annotations

from collections.abc import Callable

from rules.alert import Alert
from streams.oncall.case import Case
from streams.oncall.news import News, Pace, missed_of, news
from streams.oncall.quiet import NEVER, Mute, Quiet, is_over
from streams.oncall.routing import Goes, Router


class Owing:
    """Decides about one alert at a time.

    Parameters
    ----------
    router
        To whom alerts go.
    quiet
        What is not told.
    pace
        How often is often enough.

    """

    def __init__(self, router: Router, quiet: Quiet, pace: Pace) -> None:
        self._router = router
        self._quiet = quiet
        self._pace = pace

    def mute(self, case: Case, now: float) -> Mute | None:
        """Return why an alert is not told at `now`, epoch seconds; what is over passes, unless it changes too often."""
        if (mute := self._flapping(case, now)) is not None:
            return mute
        return None if is_over(case.alert) else self._quiet.why(case.alert, now)

    def decide(self, case: Case, now: float) -> Mute | None:
        """Write down who is to be told now; return why other people are not, ``None`` when somebody is."""
        case.wake = NEVER
        mute = self.mute(case, now)
        if is_over(case.alert) and mute is None:
            case.stays = ""
            case.owed = {to: False for to in case.told if self.what(case, to) is not None}
            return None if case.told else Mute("OVER_BEFORE_SENT")
        if mute is not None and mute.reason != "CANDIDATE":
            case.stays, case.wake = mute.reason, mute.until
            return mute
        if case.stays and not case.told:
            case.owed = {}
        case.stays = mute.reason if mute is not None else ""
        self._owe(case, now, self._router.confirmers if mute is not None else self._routes)
        return mute

    def what(self, case: Case, to: str) -> News | None:
        """Return what one recipient is to be told, and from when on; ``None`` when there is nothing."""
        told = case.told.get(to)
        if told is None:
            moved_up = missed_of(case.alert) > 0 and bool(case.told)
            return None if is_over(case.alert) else News("escalation" if moved_up else "alert")
        left_behind = to in case.heard and not case.owed.get(to, False)
        return news(told, case.alert, case.reminded, self._pace, escalations=not left_behind)

    def hearing(self, case: Case, mute: Mute | None, now: float) -> list[str]:
        """Return which of those who are to be told may hear of it now: of a candidate only who is asked to confirm."""
        if mute is None:
            return list(case.owed)
        if mute.reason != "CANDIDATE":
            return []
        asked = {_to(goes) for goes in self._router.confirmers(case.alert, now)}
        return [to for to in case.owed if to in asked]

    def later(self, case: Case, now: float) -> float:
        """Return when there will be something worth telling again though nothing changes; infinity for never."""
        found = news(case.last, case.alert, case.reminded, self._pace) if case.last is not None else None
        return found.since if found is not None and found.since > now else NEVER

    def _routes(self, alert: Alert, now: float) -> tuple[Goes, ...]:
        return self._router.route(alert, now).goes

    def _owe(self, case: Case, now: float, routes: Callable[[Alert, float], tuple[Goes, ...]]) -> None:
        """Add those who are to be told when there is anything new."""
        last = case.last
        case.owed.update(
            {to: False for to, told in case.told.items() if told.system and self.what(case, to) is not None}
        )
        found = news(last, case.alert, case.reminded, self._pace) if last is not None else News("alert")
        if found is None or found.since > now:
            case.wake = min(case.wake, found.since if found is not None else NEVER)
            return
        for goes in routes(case.alert, now):
            case.owed[_to(goes)] = goes.on_level
        fell = last is not None and case.alert.grade.rank < last.rank
        for to in case.told:
            if fell or (found.what == "escalation" and to not in case.heard):
                case.owed.setdefault(to, False)

    def _flapping(self, case: Case, now: float) -> Mute | None:
        """Return that changes are not told for a while; what is worse than all that was told is."""
        last, alert = case.last, case.alert
        if now >= case.muted_until or last is None or alert.revision.version <= case.flaps_since:
            return None
        if not is_over(alert) and (alert.grade.rank > case.top or missed_of(alert) > last.missed):
            return None
        return Mute("FLAPPING", until=case.muted_until)


def _to(goes: Goes) -> str:
    return f"{goes.recipient.channel}/{goes.recipient.id}"
