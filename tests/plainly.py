"""The plainest delivery there is: every version to every recipient, over HTTP; run as a process to be killed."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import Any

import aiohttp
import msgspec

from detectors.taxonomy import load_taxonomy
from rules.alert import Alert
from rules.silence import Silence
from streams.channels.base import Message, Permanent, Receipt, Recipient, Retryable
from streams.delivery.deliverer import Deliverer
from streams.delivery.dispatch import Dispatch, Plans, Untold
from streams.delivery.handing import Hands
from streams.delivery.policy import Policy
from streams.delivery.running import run
from streams.delivery.sender import Sender, no_fallbacks
from streams.delivery.wiring import Ways
from streams.intake.places import load_areas
from streams.oncall.loading import OnCall, load_oncall
from streams.oncall.planner import Planner
from streams.settings import load_settings


class Everybody:
    """Plans that tell everybody of every version at once."""

    next_due = float("inf")

    def __init__(self, recipients: Iterable[Recipient]) -> None:
        self._recipients = [*recipients]
        self._versions: dict[str, int] = {}
        self._due: list[Message] = []
        self._changed: set[str] = set()

    def note(self, alert: Alert, now: float) -> None:  # noqa: ARG002
        if alert.revision.version <= self._versions.get(alert.id, 0):
            return
        self._versions[alert.id] = alert.revision.version
        self._changed.add(alert.id)
        self._due += [
            Message(
                key=f"{alert.id}/{alert.revision.version}/{one.channel}/{one.id}",
                alerts=(alert,),
                what="resolved" if alert.status == "closed" else "alert",
                recipient=one,
            )
            for one in self._recipients
        ]

    def silence(self, silence: Silence, now: float) -> None:
        raise NotImplementedError

    def unsilence(self, id_: str, now: float) -> bool:
        raise NotImplementedError

    def due(self, now: float) -> list[Message]:  # noqa: ARG002
        due, self._due = self._due, []
        return due

    def suppressed(self) -> Sequence[Untold]:
        return ()

    def dirty(self) -> dict[str, bytes | None]:
        changed, self._changed = self._changed, set()
        return {id_: str(self._versions[id_]).encode() for id_ in changed}

    def restore(self, items: Mapping[str, bytes]) -> None:
        self._versions = {id_: int(value) for id_, value in items.items()}

    def reconsider(self, now: float) -> None:
        pass


class Robot:
    """A channel that posts what it is given, as JSON, and reads a plain answer."""

    def __init__(self, name: str, url: str, *, per_minute: int | None = None, timeout_s: float = 10.0) -> None:
        self.name = name
        self.per_minute = per_minute
        self._url = url
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def send(self, message: Message) -> Receipt:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        body = {"key": message.key, "again": message.again, "grade": message.alerts[0].grade.value, "to": self.name}
        try:
            async with self._session.post(self._url, json=body) as answer:
                said = await answer.text()
        except TimeoutError:
            raise Retryable("TIMEOUT") from None
        except aiohttp.ClientError:
            raise Retryable("CONNECTION") from None
        if answer.status == 429:
            raise Retryable("RATE_LIMITED", float(answer.headers.get("Retry-After", "1")))
        if answer.status >= 500:
            raise Retryable("SERVER_ERROR")
        if answer.status >= 400:
            raise Permanent("REJECTED", str(answer.status))
        if said != "ok":
            raise Retryable("GARBAGE")
        return Receipt(detail=said)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def a_deliverer(urls: Mapping[str, str], policy: Policy, oncall: OnCall | None = None, **settings: Any) -> Deliverer:
    """Everybody on every channel, or those a file names."""
    channels = {name: Robot(name, url, timeout_s=2.0) for name, url in urls.items()}
    recipients = [Recipient(id="desk", channel=name) for name in channels]

    def new_dispatch() -> Dispatch:
        plans: Plans = Everybody(recipients) if oncall is None else Planner(oncall)
        return Dispatch(plans, Sender(dict.fromkeys(channels), policy, Ways(oncall.people) if oncall else no_fallbacks))

    return Deliverer(load_settings(**settings), new_dispatch, Hands(channels))


def demo_oncall() -> OnCall:
    """The people of the demo city."""
    with resources.as_file(resources.files("streams") / "oncall" / "demo.yaml") as path:
        return load_oncall(path, areas=load_areas("shantou"), taxonomy=load_taxonomy(), at=time.time())


if __name__ == "__main__":
    given = msgspec.json.decode(sys.argv[1])
    file = demo_oncall() if given.get("oncall") else None
    sys.exit(run(a_deliverer(given["urls"], msgspec.convert(given["policy"], Policy), file)))
