"""From a version of an alert to the attempts to tell people of it: what is planned, and how it is sent. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from rules.alert import Alert
from rules.silence import Silence
from streams.channels.base import Message
from streams.delivery.notices import Ended, Notice
from streams.delivery.record import Delivery, instant
from streams.delivery.sender import Answer, Attempt, Sender, Standing

_PLANS = "plan/"
_SENDING = "send/"


class Untold(Protocol):
    """A version that nobody is told of, why, and by what; `at` in epoch seconds."""

    @property
    def alert(self) -> str: ...  # noqa: D102
    @property
    def version(self) -> int: ...  # noqa: D102
    @property
    def reason(self) -> str: ...  # noqa: D102
    @property
    def by(self) -> str: ...  # noqa: D102
    @property
    def at(self) -> float: ...  # noqa: D102


class Plans(Protocol):
    """Says who is told of what, and when: `streams.oncall.planner.Planner`."""

    @property
    def next_due(self) -> float:
        """When `due` may next have something to say, epoch seconds."""

    def note(self, alert: Alert, now: float) -> None:
        """Take in a version."""

    def silence(self, silence: Silence, now: float) -> None:
        """Take in that something is not to be told for a while."""

    def unsilence(self, id_: str, now: float) -> bool:
        """End that early; tell whether there was such a silence."""

    def due(self, now: float) -> list[Message]:
        """Return what is to be sent now, each message once."""

    def suppressed(self) -> Sequence[Untold]:
        """Return, once, what nobody is told of."""

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed."""

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Go on from a state."""

    def reconsider(self, now: float) -> None:
        """Look at everything again at the next `due`: the file of people may be another one."""


class Dispatch:
    """Plans and sending as one thing with one state.

    Parameters
    ----------
    plans
        Who is told of what, and when.
    sender
        How it is sent.

    """

    def __init__(self, plans: Plans, sender: Sender) -> None:
        self._plans = plans
        self._sender = sender
        self._untold: list[Delivery] = []

    def note(self, notice: Notice, now: float) -> None:
        """Take in a version, or a silence."""
        if isinstance(notice, Alert):
            self._plans.note(notice, now)
        elif isinstance(notice, Silence):
            self._plans.silence(notice, now)
        elif isinstance(notice, Ended):
            self._plans.unsilence(notice.silence, now)

    def turn(self, now: float) -> list[Attempt]:
        """Return the attempts to make now; the state that holds them is written down before they are made."""
        for message in self._plans.due(now):
            self._sender.take(message, now)
        self._untold += [
            Delivery(
                key=f"{one.alert}/{one.version}",
                alert=one.alert,
                version=one.version,
                channel="",
                recipient="",
                attempt=0,
                outcome="SUPPRESSED",
                reason=one.reason,
                detail=one.by,
                at=instant(one.at),
            )
            for one in self._plans.suppressed()
        ]
        return self._sender.intend(now)

    def settle(self, key: str, answer: Answer, now: float) -> float:
        """Take in what became of an attempt; return for how long the message has been here, seconds."""
        return self._sender.settle(key, answer, now)

    def next_at(self, now: float) -> float:
        """Return when `turn` may have something to say if nothing else happens, epoch seconds; infinite for never."""
        return min(self._plans.next_due, self._sender.next_at(now))

    def records(self) -> list[Delivery]:
        """Return what happened since the last call."""
        untold, self._untold = self._untold, []
        return untold + self._sender.records()

    def dirty(self) -> dict[str, bytes | None]:
        """Return what changed since the last call."""
        parts = ((_PLANS, self._plans.dirty()), (_SENDING, self._sender.dirty()))
        return {prefix + key: value for prefix, items in parts for key, value in items.items()}

    def restore(self, items: Mapping[str, bytes], now: float) -> None:
        """Go on from what was written down."""
        self._plans.restore(_under(_PLANS, items))
        self._plans.reconsider(now)
        self._sender.restore(_under(_SENDING, items), now)

    def standing(self, now: float) -> Iterator[tuple[str, Standing]]:
        """Yield how every channel stands."""
        return self._sender.standing(now)


def _under(prefix: str, items: Mapping[str, bytes]) -> dict[str, bytes]:
    return {key.removeprefix(prefix): value for key, value in items.items() if key.startswith(prefix)}
