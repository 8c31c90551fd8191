"""Puts delivery together from what operators wrote: channels, people, and the settings."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from detectors.taxonomy import load_taxonomy
from streams.channels.base import Channel, Message, Recipient
from streams.channels.loading import load_channels
from streams.delivery.deliverer import Deliverer
from streams.delivery.dispatch import Dispatch
from streams.delivery.handing import Hands, Links, no_links
from streams.delivery.links import links_from
from streams.delivery.policy import Policy
from streams.delivery.sender import Sender
from streams.errors import ConfigurationError, Fault
from streams.intake.places import load_areas
from streams.oncall.loading import OnCall, load_oncall
from streams.oncall.people import People
from streams.oncall.planner import Planner
from streams.settings import Settings


def compose(settings: Settings, environ: Mapping[str, str], *, policy: Policy | None = None) -> Deliverer:
    """Return a member of the group that delivers; it does not connect before it runs.

    Parameters
    ----------
    settings
        Cluster, city, and the files of channels and of people.
    environ
        Variables that secrets are taken from: of channels, and of links.
    policy
        The figures delivery goes by.

    Raises
    ------
    ConfigurationError
        With every fault of both files.

    """
    channels, oncall, links = _load(settings, environ)
    limits = {name: channel.per_minute for name, channel in channels.items()}
    ways = Ways(oncall.people)

    def cost(message: Message) -> int:
        requests = getattr(channels[message.recipient.channel], "requests", None)
        return 1 if requests is None else int(requests(message))

    def new_dispatch() -> Dispatch:
        return Dispatch(Planner(oncall), Sender(limits, policy, ways, cost))

    def on_duty() -> Mapping[str, int]:
        return oncall.rota.staffed(time.time())

    return Deliverer(settings, new_dispatch, Hands(channels, links), oncall.longest_silence_s, on_duty)


class Ways:
    """Finds the other ways to reach somebody: those the file gives for the grade, the best first.

    Parameters
    ----------
    people
        Everybody who can be told.

    """

    def __init__(self, people: People) -> None:
        self._people = people

    def __call__(self, message: Message) -> Sequence[Recipient]:
        """Return the ways other than that of the message."""
        meant = message.recipient
        if meant.id not in self._people:
            return ()
        ways = self._people.recipients(meant.id, message.alerts[0].grade)
        return [way for way in ways if way.channel != meant.channel]


def _load(settings: Settings, environ: Mapping[str, str]) -> tuple[dict[str, Channel], OnCall, Links]:
    """Load both files and the keys of links; faults of all are told together."""
    faults = [
        Fault(f"FENGHUO_{name.upper()}", "", f"is not set: {what}")
        for name, what in (
            ("channels", "the file of the channels messages go out on, or --channels"),
            ("oncall", "the file of people, rosters and routes, or --oncall"),
        )
        if not getattr(settings, name)
    ]
    areas = load_areas(settings.areas)
    channels: dict[str, Channel] | None = None
    oncall: OnCall | None = None
    if settings.channels:
        try:
            channels = load_channels(Path(settings.channels), environ, areas=areas)
        except ConfigurationError as error:
            faults += error.faults
    if settings.oncall:
        try:
            oncall = load_oncall(
                Path(settings.oncall), areas=areas, taxonomy=load_taxonomy(), at=time.time(), channels=channels
            )
        except ConfigurationError as error:
            faults += error.faults
    try:
        links = links_from(settings.links, environ, time.time) or no_links
    except ConfigurationError as error:
        faults += error.faults
    if faults or channels is None or oncall is None:
        raise ConfigurationError(faults)
    return channels, oncall, links
