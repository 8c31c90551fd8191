"""What is known of the handling of one alert: its clock, who signed it, what somebody found out about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import msgspec

from rules.alert import Alert, AlertPlace, Handling

NEVER = float("inf")


class Charge(msgspec.Struct, array_like=True):
    """What is known of the handling of one alert.

    Parameters
    ----------
    given
        Versions that came from the duty, and not from the engine.
    due, window_s
        When the clock runs out, epoch seconds, infinity once it is signed, a false alarm, over, or as far up as it can
        get; how long a clock runs.
    rank
        Highest grade it had.
    until
        Until when to remember an alert that is over; infinity while it stands.
    last
        Its last version; ``None`` when it was withdrawn, or over before verdicts on such alerts were taken.
    detector
        Whose signals its rule grades, ``rules`` when none's; empty when it is from before verdicts were taken.
    verdict, judged_by, judged_at
        What somebody found out (属实, 误报) at its present grade.
    heard
        Time and id of the latest command that said so, also of one that changed nothing: none from before counts.

    """

    given: int
    due: float
    window_s: float
    rank: int
    sign_by: float
    missed: int = 0
    signed_by: str = ""
    signed_at: datetime | None = None
    until: float = NEVER
    last: Alert | None = None
    detector: str = ""
    verdict: Literal["", "true", "false"] = ""
    judged_by: str = ""
    judged_at: datetime | None = None
    heard: tuple[float, str] = (-NEVER, "")

    @property
    def over(self) -> bool:
        """Whether the alert is closed or withdrawn."""
        return self.until < NEVER

    @property
    def at_top(self) -> bool:
        """Whether it has gone as far up as it can."""
        return self.missed > 0 and self.last is not None and self.missed >= len(levels_of(self.last.place)) - 1

    def go_on_from(self, before: Charge) -> None:
        """Take over what a higher grade does not undo: how far it had come, and which commands were heard."""
        self.given, self.missed, self.heard = before.given, before.missed, before.heard

    def judge(self, verdict: Literal["true", "false"], by: str, at: datetime, clock: float) -> None:
        """Take a verdict: the clock of a false alarm stops, that of one that is true after all begins anew."""
        reversed_ = self.verdict == "false" and not (self.over or self.signed_by or self.at_top)
        self.verdict, self.judged_by, self.judged_at = verdict, by, at.astimezone(UTC)
        if verdict == "false":
            self.due = NEVER
        elif reversed_:
            self.sign_by = max(self.sign_by, max(clock, at.timestamp()) + self.window_s)
            self.due = self.sign_by

    def handling(self, place: AlertPlace, city: str) -> Handling:
        """Return it as alerts tell it.

        Parameters
        ----------
        place
            The alert's.
        city
            Id of the city.

        """
        levels = levels_of(place)
        level = levels[min(self.missed, len(levels) - 1)]
        return Handling(
            level=level,
            area=city if level == "city" else getattr(place, level),
            sign_by=datetime.fromtimestamp(self.sign_by, UTC),
            missed=self.missed,
            signed_by=self.signed_by,
            signed_at=self.signed_at,
            verdict=self.verdict,
            judged_by=self.judged_by,
            judged_at=self.judged_at,
        )


def levels_of(place: AlertPlace) -> list[Literal["community", "street", "district", "city"]]:
    """Return the levels that can be made to answer, from the smallest that is known to the city."""
    known: tuple[Literal["community", "street", "district"], ...] = ("community", "street", "district")
    return [*(level for level in known if getattr(place, level)), "city"]
