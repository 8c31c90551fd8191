"""CAP 1.2 messages into a folder, by HTTP POST, onto a Kafka topic."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from detectors.areas import AreaTree
from rules.alert import Alert
from streams.cap.compose import Sender, Wording, compose, identifier
from streams.channels.base import TIMEOUT_S, Message, Permanent, Receipt
from streams.channels.cap_targets import Folder, Post, Target, Topic
from streams.errors import ConfigurationError, Fault
from streams.intake.places import load_areas

_SENDER = re.compile(r"[^\s,<&]+")


class CapOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A channel of type ``cap`` as it is configured.

    Parameters
    ----------
    sender
        Who sends, as every message says.
    areas
        Area tree: shipped name or path; for the names, codes and the time zone.
    folder
        Messages are put here, one file each, named after its identifier.
    url, url_from
        Messages are posted to this URL; or to the one in this variable of the environment.
    token_from, token_file
        Variable or file with a bearer token for it.
    bootstrap, topic
        Messages are put on this topic of this cluster, keyed by alert.
    restricted
        Alerts that only the duty desk may see are sent, too.
    per_minute
        Rate limit.
    timeout_s
        After which a message counts as not sent, seconds.

    """

    sender: Sender
    areas: str = "shantou"
    folder: str = ""
    url: str = ""
    url_from: str = ""
    token_from: str = ""
    token_file: str = ""
    bootstrap: str = ""
    topic: str = ""
    restricted: bool = False
    per_minute: int | None = None
    timeout_s: float = TIMEOUT_S


class CapChannel:
    """Sends every version of an alert as one CAP 1.2 message, to one or several targets.

    A message has the same identifier and the same bytes however often it is sent: targets tell repetitions by that.
    A message with several alerts (a digest) is sent as one CAP message for each.

    Parameters
    ----------
    name
        Configured name.
    sender
        Who sends.
    areas
        The city.
    targets
        Where messages go; all of them have to take one, before it counts as sent.
    restricted
        Whether alerts that only the duty desk may see are sent.
    per_minute
        Rate limit.

    """

    def __init__(
        self,
        name: str,
        sender: Sender,
        areas: AreaTree,
        targets: Sequence[Target],
        *,
        restricted: bool = False,
        per_minute: int | None = None,
    ) -> None:
        self.name = name
        self.per_minute = per_minute
        self._sender = sender
        self._wording = Wording.of(areas)
        self._targets = tuple(targets)
        self._restricted = restricted

    async def send(self, message: Message) -> Receipt:
        """Send one CAP message for every alert.

        Raises
        ------
        Retryable
            When a target may take it later; those that took it already know it by its identifier.
        Permanent
            When it is for the duty desk only, or a target refuses it for good.

        """
        if not self._restricted and any(alert.restricted for alert in message.alerts):
            said = (
                f"{self.name} is not for alerts of the duty desk: set `restricted: true` if its receivers may see them"
            )
            raise Permanent("CONFIGURATION", said)
        sent = [await self._send(alert, exercise=message.exercise) for alert in message.alerts]
        return Receipt(detail=" ".join(sent))

    async def _send(self, alert: Alert, *, exercise: bool) -> str:
        id_ = identifier(self._sender, alert.id, alert.revision.version)
        text = compose(alert, self._sender, self._wording, exercise=exercise)
        for target in self._targets:
            await target.put(id_, alert.id, text)
        return id_

    async def close(self) -> None:
        """Let go of connections."""
        for target in self._targets:
            await target.close()


def cap_channel(name: str, given: Mapping[str, Any], env: Mapping[str, str], file: str = "channels") -> CapChannel:
    """Return the channel that is configured as `given`; secrets come from `env` or files.

    Parameters
    ----------
    name
        Name of the channel.
    given
        What stands below the name, without ``type``.
    env
        Variables of the environment.
    file
        The file it stands in, for faults.

    Raises
    ------
    ConfigurationError
        With every fault.

    """
    at = f"channels.{name}"
    try:
        options = msgspec.convert(dict(given), CapOptions)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        raise ConfigurationError([Fault(file, f"{at}{path.rstrip('`')}", message)]) from error
    odd = list(_odd(options, env))
    faults = [Fault(file, f"{at}{path}", said) for path, said in odd]
    try:
        areas = load_areas(options.areas)
    except ConfigurationError as error:
        raise ConfigurationError([*faults, *error.faults]) from error
    if faults:
        raise ConfigurationError(faults)
    restricted, per_minute = options.restricted, options.per_minute
    targets = list(_targets(options, env))
    return CapChannel(name, options.sender, areas, targets, restricted=restricted, per_minute=per_minute)


def _targets(options: CapOptions, env: Mapping[str, str]) -> Iterator[Target]:
    if options.folder:
        yield Folder(Path(options.folder))
    if url := _url(options, env):
        token = env[options.token_from] if options.token_from else ""
        if options.token_file:
            token = Path(options.token_file).read_text(encoding="utf-8").strip()
        yield Post(url, token, options.timeout_s)
    if options.topic:
        yield Topic(options.bootstrap, options.topic, options.timeout_s)


def _url(options: CapOptions, env: Mapping[str, str]) -> str:
    return env.get(options.url_from, "") if options.url_from else options.url


def _odd(options: CapOptions, env: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong, with where it stands."""
    if not _SENDER.fullmatch(options.sender.id):
        said = "is what receivers know you by: a name without spaces, commas, < and &, such as desk@city.example"
        yield ".sender.id", said
    for path in ("url_from", "token_from"):
        variable = getattr(options, path)
        if variable and not env.get(variable):
            yield f".{path}", f"the variable {variable} is not set"
    if options.token_file and not Path(options.token_file).is_file():
        yield ".token_file", f"there is no file {options.token_file}"
    if options.folder and not Path(options.folder).is_dir():
        yield ".folder", f"there is no folder {options.folder}"
    url = _url(options, env)
    if url and not url.startswith(("https://", "http://")):
        yield ".url", "is no URL that begins with https:// or http://"
    yield from _unfit(options)


def _unfit(options: CapOptions) -> Iterator[tuple[str, str]]:
    """Yield what does not go together or is out of range."""
    if not (options.folder or options.url or options.url_from or options.topic):
        yield "", "goes nowhere: give `folder`, `url` or `topic`"
    if bool(options.topic) != bool(options.bootstrap):
        yield ".topic", "needs `bootstrap`, and the other way round"
    if options.timeout_s <= 0:
        yield ".timeout_s", "must be above 0"
    if options.per_minute is not None and options.per_minute < 1:
        yield ".per_minute", "must be at least 1; without it there is no limit"
