"""The audit trail: who did what to data and who saw what unmasked, on record before it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

import msgspec
from aiokafka.errors import KafkaConnectionError, KafkaError

from streams import topicadmin, topics
from streams.clients import failed, no_broker
from streams.codec import encode
from streams.errors import ConfigurationError, Fault
from streams.producing import new_producer
from streams.settings import Settings

LONGEST = 200


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing somebody did; the value of ``audit``.

    Parameters
    ----------
    at
        When, aware.
    by
        Who, by their own account.
    action
        ``reveal``: was shown something unmasked; ``resend``: put original bytes back on their topic. In what `fenghuo
        audit` shows also what people did by way of other topics: ``sign``, ``true``, ``false`` and all other commands,
        ``correct``, ``publish``, ``declare``.
    subject
        What it was done to: where a record is (``hotline.calls/3/1234``, ``calls.csv:17``), or the id of an alert, an
        event, a rule book or a declaration.
    about
        Of an event that was revealed: id of the alert it is evidence of, where that was why.
    why
        What for.
    outcome
        What came of it: ``allowed``, ``obeyed``, ``repeated`` (it was so already), ``refused: …``, ``unconfirmed``.

    """

    at: datetime
    by: str
    action: str
    subject: str
    about: str = ""
    why: str = ""
    outcome: str = ""


def record(settings: Settings, entries: Sequence[AuditEntry]) -> None:
    """Put entries on the audit trail, and return once the broker has confirmed every one: then the deed may be done.

    Raises
    ------
    ConfigurationError
        When an entry does not say who, or what for.
    BrokerUnavailable
        When any was not confirmed; then the deed must not be done.

    """
    faults = [fault for entry in entries[:1] for fault in _lacking(entry)]
    if faults:
        raise ConfigurationError(faults)
    topicadmin.check_topics(settings, [topics.AUDIT])
    asyncio.run(_record(settings, entries))


def _lacking(entry: AuditEntry) -> list[Fault]:
    """Return what an entry does not say, or says at too great a length."""
    said = {"--by": entry.by, "--why": entry.why}
    return [
        Fault(option, "", f"say it in 1 to {LONGEST} characters: it goes on record first")
        for option, text in said.items()
        if not 0 < len(text.strip()) <= LONGEST
    ]


async def _record(settings: Settings, entries: Sequence[AuditEntry]) -> None:
    producer = new_producer(settings.client())
    try:
        await producer.start()
        sent = [
            await producer.send(settings.topic(topics.AUDIT), encode(entry), key=entry.subject.encode())
            for entry in entries
        ]
        await asyncio.gather(*sent)
    except KafkaConnectionError as error:
        raise no_broker(settings) from error
    except KafkaError as error:
        raise failed(settings, "did not confirm the audit entry", error) from error
    finally:
        await producer.stop()
