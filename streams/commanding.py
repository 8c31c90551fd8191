"""`fenghuo alerts sign`, `false`, `close` …: somebody does something about an alert, and waits for the answer."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from rules.alert import Alert, Text
from rules.command import Action, Command, CommandAnswer
from rules.refusals import refusal, sentence_of
from streams import topics
from streams.alerttail import names_of, read_alerts
from streams.codec import decode_answer, decode_command, encode
from streams.errors import BadInput, ConfigurationError, Fault
from streams.intake.decoding import decode_json
from streams.intake.masking import mask
from streams.language import Lang
from streams.newest import Newest
from streams.passing import legible
from streams.publishing import publish
from streams.settings import Settings
from streams.sides import side_of
from streams.tail import Tail

CONFIRMED_WITHIN_S = 15.0
LONGEST = 200
_YEARS = range(2000, 2100)
_TEXTS = ("id", "alert", "by", "role", "why", "to", "other", "finding")
_SEEN = frozenset({"confirm", "sign", "true", "false"})
_MOST_MATCHED = 20

_decode_alert = msgspec.json.Decoder(Alert).decode


class Done(NamedTuple):
    """What came of a command: the alert as it is known now, and whether a worker has confirmed it yet."""

    alert: Alert
    confirmed: bool


def read_command(key: bytes | None, value: bytes | None) -> Command:
    """Read one record of ``commands``; what it says in words is masked, whoever wrote it.

    Parameters
    ----------
    key
        Id of the alert.
    value
        JSON of the command.

    Raises
    ------
    BadInput
        With the path of the fault.

    """
    command = decode_json(decode_command, value or b"")
    for name in ("at", "last_at", "until"):
        at = getattr(command, name)
        if at is not None and at.tzinfo is None:
            raise BadInput("SCHEMA", f"$.{name}", "has no offset from UTC")
        if at is not None and at.year not in _YEARS:
            raise BadInput("SCHEMA", f"$.{name}", f"is not of this century: {at.year}")
    for name in _TEXTS:
        said = getattr(command, name)
        if not said.strip() and name in {"id", "alert", "by"}:
            raise BadInput("SCHEMA", f"$.{name}", "is empty")
        if len(said) > LONGEST:
            raise BadInput("SCHEMA", f"$.{name}", f"has {len(said)} characters, at most {LONGEST} are kept")
    if len(command.matcher) > _MOST_MATCHED or any(len(k) + len(v) > LONGEST for k, v in command.matcher.items()):
        raise BadInput("SCHEMA", "$.matcher", f"has more than {_MOST_MATCHED} fields, or one of more than {LONGEST}")
    if key != command.alert.encode():
        raise BadInput("KEY", "$.alert", "is not the key of the record")
    return msgspec.structs.replace(command, why=mask(command.why), to=mask(command.to))


def give(
    settings: Settings,
    alert_id: str,
    action: Action,
    *,
    by: str,
    why: str = "",
    restricted: bool = False,
    lang: Lang = "en",
    **more: Any,  # noqa: ANN401 - the fields of a command
) -> Done:
    """Do something about an alert, and wait until a worker has answered.

    Parameters
    ----------
    settings
        Cluster and prefix.
    alert_id
        Its id, or how it alone begins; it may be over.
    action
        What to do, as `rules.command.Command` says.
    by
        Who does it.
    why
        A note, or the reason.
    restricted
        Also one that only the duty desk may see.
    lang
        In which language a refusal is told.
    more
        What else the command says: ``role``, ``grade``, ``to``, ``other`` and ``finding`` (an id, or how it alone
        begins).

    Raises
    ------
    ConfigurationError
        When there is no such alert, or the command is refused: why, and who brought the alert there and when.
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    check_said(by, why, more)
    with Tail(settings, names_of(current=True, restricted=restricted), from_beginning=True) as tail:
        current = {alert.id: alert for alert in read_alerts(tail, follow=False, standing=True)}
        alert = find_alert(current, alert_id)
        if more.get("other"):
            more["other"] = find_alert(current, more["other"], "OTHER").id
        if more.get("finding"):
            more["finding"] = find_finding(alert, more["finding"])
        command = command_about(alert, action, by=by, why=why, **more)
        if _is_so(alert, command):
            return Done(alert, confirmed=True)
        _refuse(refusal_of(alert, command), alert, lang)
        with Tail(settings, [topics.ANSWERS]) as answers:
            publish(settings, topics.COMMANDS, alert.id, encode(command))
            answer, newest = _wait(tail, answers, alert, command)
    if answer is not None and answer.reason:
        _refuse(answer.says, newest, lang)
    return Done(newest, confirmed=answer is not None)


def send(settings: Settings, command: Command) -> CommandAnswer | None:
    """Send a command as it is; return the answer, ``None`` when none came in time.

    Raises
    ------
    BrokerUnavailable
        When the broker does not answer, or the topics are not there.

    """
    with Tail(settings, [topics.ANSWERS]) as tail:
        publish(settings, topics.COMMANDS, command.alert, encode(command))
        deadline = time.monotonic() + CONFIRMED_WITHIN_S
        while time.monotonic() < deadline:
            for record in tail.poll(0.2):
                answer = legible(record, decode_answer)
                if answer is not None and answer.command.id == command.id:
                    return answer
    return None


def command_about(alert: Alert, action: Action, *, by: str, why: str = "", **more: Any) -> Command:  # noqa: ANN401
    """Return a command about an alert as it is seen; what is empty is not said, what is said in words is masked."""
    seen: dict[str, Any] = {"grade": alert.grade} if action in _SEEN else {}
    if action in {"true", "false"}:
        seen["last_at"] = alert.last_at
    said = {name: value for name, value in more.items() if value}
    at, id_ = datetime.now(UTC), uuid.uuid4().hex
    return Command(id=id_, action=action, alert=alert.id, by=by, at=at, why=mask(why), **{**seen, **said})


def check_said(by: str, why: str, more: dict[str, Any]) -> None:
    """Raise `ConfigurationError` when it is not said who does it, or too much is."""
    faults = []
    if not by.strip() or len(by) > LONGEST:
        faults.append(Fault("--by", "", f"say who does it, in 1 to {LONGEST} characters"))
    for name, said in (("why", why), *((k, v) for k, v in more.items() if isinstance(v, str) and k != "grade")):
        if len(said) > LONGEST:
            faults.append(Fault(f"--{name}", "", f"has {len(said)} characters, at most {LONGEST} are kept"))
    if faults:
        raise ConfigurationError(faults)


def find_alert(current: dict[str, Alert], id_: str, what: str = "ALERT") -> Alert:
    """Return the alert with this id, or whose id alone begins so.

    Raises
    ------
    ConfigurationError
        When there is no such alert, or there are several.

    """
    found = [key for key in current if key.startswith(id_)] if id_ else []
    if len(found) != 1:
        said = f"{len(found)} alerts begin with it: give more of the id" if found else "no alert has this id"
        raise ConfigurationError([Fault(what, "", f"{id_!r}: {said}; `fenghuo alerts tail --current` lists them")])
    return current[found[0]]


def find_finding(alert: Alert, id_: str) -> str:
    """Return the id of the finding of an alert that alone begins so; as it is given, when there is none or several."""
    found = [one.id for one in alert.findings if one.id.startswith(id_)]
    return found[0] if len(found) == 1 else id_


def refusal_of(alert: Alert, command: Command) -> Text | None:
    """Return why the alert as it is seen will not obey a command, ``None`` when it may."""
    reason = refusal(alert, command)
    return sentence_of(reason, command, alert) if reason is not None else None


def _is_so(alert: Alert, command: Command) -> bool:
    """Tell whether the same is said already: a signature of the same person, the same verdict."""
    handling = alert.revision.handling
    if handling is None:
        return False
    if command.action == "sign":
        return handling.signed_by == command.by
    return command.action in {"true", "false"} and handling.verdict == command.action


def _refuse(says: Text | None, alert: Alert, lang: Lang) -> None:
    if says is not None:
        said = says.zh if lang == "zh" else says.en
        raise ConfigurationError([Fault("ALERT", "", f"{alert.id}: {said}")])


def _wait(tail: Tail, answers: Tail, alert: Alert, command: Command) -> tuple[CommandAnswer | None, Alert]:
    """Return the answer and the alert with what came of the command, or as it is when that takes too long."""
    newest, deadline, answer = Newest(), time.monotonic() + CONFIRMED_WITHIN_S, None
    newest.is_new(alert)
    while time.monotonic() < deadline:
        for version in _versions(tail, alert):
            if version.status == "withdrawn" or newest.is_new(version):
                alert = version
        if answer is None:
            found = (legible(record, decode_answer) for record in answers.poll(0.2))
            answer = next((one for one in found if one is not None and one.command.id == command.id), None)
        there = alert.status == "withdrawn" or (answer is not None and alert.revision.version >= answer.version)
        if answer is not None and (answer.reason or there):
            break
    return answer, alert


def _versions(tail: Tail, alert: Alert) -> Iterator[Alert]:
    """Yield what has come of an alert: what stands no more is withdrawn."""
    for record in tail.poll(0.2):
        if record.key == alert.id.encode() and record.value is not None:
            if (version := legible(record, _decode_alert)) is not None:
                yield version
        elif record.key == alert.id.encode() and record.topic == side_of(alert).current:
            yield msgspec.structs.replace(alert, status="withdrawn")
