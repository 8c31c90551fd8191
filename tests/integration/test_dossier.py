"""The dossier of an alert and the audit trail, read from real Kafka."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable

import msgspec
import pytest

from streams import topics
from streams.audit import AuditEntry, record
from streams.audittrail import Wanted, read_trail
from streams.dossier.compose import compose
from streams.dossier.history import Told
from streams.dossier.reading import DELIVERIES, gather
from streams.errors import ConfigurationError
from streams.producing import Outbox, new_producer
from streams.settings import Settings
from tests.builders import an_alert, the_book
from tests.integration.harness import create_lasting_topics
from tests.lives import HOUR, MINUTE, Life, at


def a_life() -> Life:
    """Signed, and refused to another."""
    life = Life("9c1e4f0a", grade="orange").issue(0)
    life.command(5 * MINUTE, "sign", "li")
    life.command(6 * MINUTE, "sign", "wang")
    life.command(2 * HOUR, "close", "li", why="done")
    return life


async def _put(settings: Settings, records: Iterable[tuple[str, bytes | None, bytes, float]]) -> None:
    producer = new_producer(settings.client())
    await producer.start()
    outbox = Outbox(producer, settings.partitions)
    for topic, key, value, t in records:
        outbox.add(settings.topic(topic), key or b"", value, timestamp_ms=int(t * 1_000))
    await outbox.send()
    await producer.stop()


@pytest.fixture
def settings(kafka: str, topic_prefix: str) -> Settings:
    """One alert with a life, another one, and a third that only the duty desk may see."""
    settings = Settings(bootstrap=kafka, prefix=topic_prefix, partitions=2)
    create_lasting_topics(settings)
    life = a_life()
    records = [
        (topics.ALERTS, life.id.encode(), msgspec.json.encode(one.alert), one.at.timestamp()) for one in life.versions
    ]
    records += [(topics.COMMANDS, key, value or b"", heard.timestamp()) for heard, key, value in life.commands]
    records.append((topics.CURRENT, life.id.encode(), msgspec.json.encode(life.last), life.versions[-1].at.timestamp()))
    other, hidden = an_alert("9c77"), an_alert("secret", restricted=True)
    records.append((topics.ALERTS, b"9c77", msgspec.json.encode(other), at(0).timestamp()))
    records.append((topics.RESTRICTED, b"secret", msgspec.json.encode(hidden), at(0).timestamp()))
    asyncio.run(_put(settings, records))
    return settings


def test_all_that_is_on_record_is_told_in_order(settings: Settings) -> None:
    record(settings, [AuditEntry(at=at(60), by="ops", action="reveal", subject="9c1e4f0a", why="w", outcome="allowed")])
    history = compose(gather(settings, "9c1e"), the_book(), at(3 * HOUR))
    assert [one.alert.revision.change for one in history.versions] == ["new", "signed", "closed"]
    assert [one.at for one in history.versions] == [at(0), at(5 * MINUTE + 0.5), at(2 * HOUR + 0.5)]
    assert [(one.by, one.answer, one.reason) for one in history.commands] == [
        ("li", "obeyed", ""),
        ("wang", "refused", "SIGNED"),
        ("li", "obeyed", ""),
    ]
    assert [(one.state, one.length_s) for one in history.stays] == [
        ("raised", 300.0),
        ("signed", 6_900.0),
        ("closed", None),
    ]
    assert [one.by for one in history.seen] == ["ops"]
    absent = DELIVERIES not in {spec.name for spec in topics.specs()}
    assert [note.en for note in history.notes] == ["there is no topic deliveries"] * absent


def test_originals_that_were_shown_as_evidence_of_it_are_told_and_found_by_event_and_by_alert(
    settings: Settings,
) -> None:
    shown = {"at": at(60), "by": "ops", "action": "reveal", "why": "w", "outcome": "allowed"}
    record(settings, [AuditEntry(subject="hotline:1", about="9c1e4f0a", **shown)])  # type: ignore[arg-type]
    record(settings, [AuditEntry(subject="hotline:2", about="9c77", **shown)])  # type: ignore[arg-type]
    history = compose(gather(settings, "9c1e4f0a", whole=True), the_book(), at(3 * HOUR))
    assert [one.subject for one in history.seen] == ["hotline:1"]
    for subject in ("hotline:1", "9c1e4f0a"):
        found = read_trail(settings, Wanted(by="ops", subject=subject))
        assert [one.about for one in found] == ["9c1e4f0a"]


def test_a_whole_id_is_not_taken_for_the_beginning_of_another(settings: Settings) -> None:
    assert gather(settings, "9c1e4f0a", whole=True).versions
    with pytest.raises(ConfigurationError, match="no alert"):
        gather(settings, "9c1e", whole=True)


def test_messages_are_found_too(settings: Settings) -> None:
    sent = Told(
        key="k", alert="9c1e4f0a", version=1, channel="wecom", recipient="r", attempt=1, outcome="SENT", at=at(9)
    )
    digest = msgspec.structs.replace(sent, alert="9c77", digest=("9c77/1", "9c1e4f0a/2"), key="d")
    strange = msgspec.structs.replace(sent, alert="9c77", key="9c1e4f0a is only named")
    values = [msgspec.json.encode(one) for one in (sent, digest, strange)]
    asyncio.run(_put(settings, [(DELIVERIES, b"k", value, at(9).timestamp()) for value in values]))
    history = compose(gather(settings, "9c1e4f0a"), None, at(3 * HOUR))
    assert {one.key for one in history.deliveries} == {"k", "d"}


@pytest.mark.parametrize(("id_", "said"), [("9c", "2 alerts"), ("", "no alert"), ("secret", "no alert"), ("x", "no")])
def test_an_id_has_to_be_that_of_one_alert(settings: Settings, id_: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        gather(settings, id_)


def test_those_of_the_duty_desk_are_found_only_if_asked(settings: Settings) -> None:
    assert gather(settings, "secret", restricted=True).versions[0].alert.restricted


def test_the_trail_tells_commands_with_what_became_of_them(settings: Settings) -> None:
    found = read_trail(settings, Wanted(subject="9c1e"))
    assert [(one.by, one.outcome) for one in found] == [("li", "obeyed"), ("wang", "refused: SIGNED"), ("li", "obeyed")]
    assert [one.by for one in read_trail(settings, Wanted(since=at(5.9 * MINUTE)))] == ["wang", "li"]
    assert json.loads(msgspec.json.encode(found[0]))["action"] == "sign"
