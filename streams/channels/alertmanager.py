"""Prometheus Alertmanager, API version 2.

An alert there *is* its labels: one whose grade has changed is another one. So what stands there of an alert is asked
for first, and what no longer holds is resolved together with what is raised. Labels are those one routes, groups and
silences by: kind, category, grade, areas and the id; everything else is an annotation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar
from urllib.parse import urlencode

import msgspec

from rules.alert import Alert
from streams.channels.base import Message, Receipt, Retryable
from streams.channels.http import JSON, Http, within
from streams.channels.settings import ChannelSettings, Secret, Tools, url_fault
from streams.errors import NO_JSON
from streams.messages.forms import safe_url

Stands = tuple[dict[str, str], str]
"""Labels of what stands there, and since when."""


class AlertmanagerSettings(ChannelSettings, frozen=True, kw_only=True):
    """An Alertmanager; each of a pair is a channel of its own, as for Prometheus.

    Parameters
    ----------
    url
        Its address, without ``/api/v2``.
    token_from, token_file
        Bearer token, where something in front asks for one.
    keep_days
        How long an alert of which nothing more is heard stands there, days.

    """

    type: ClassVar[str] = "alertmanager"
    secrets: ClassVar[Mapping[str, bool]] = {"token": False}

    url: str
    token_from: str = ""
    token_file: str = ""
    keep_days: Annotated[float, msgspec.Meta(gt=0, le=90)] = 7.0

    def faults(self, secrets: Mapping[str, Secret]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the URL."""
        if fault := url_fault(self.url, plain=not secrets["token"]):
            yield "url", fault

    def open(self, name: str, tools: Tools) -> Alertmanager:
        """Return the channel."""
        return Alertmanager(name, self, tools)


def labels(alert: Alert) -> dict[str, str]:
    """Return the labels of an alert: from lists of bounded length, but for its id."""
    given = {
        "alertname": alert.kind,
        "category": alert.category,
        "grade": alert.grade.value,
        "severity": alert.severity,
        "district": alert.place.district,
        "area": alert.place.community or alert.place.street or alert.place.district,
        "rule": alert.rule.id,
        "exercise": "true" if alert.exercise else "false",
        "alert_id": alert.id,
        "source": "fenghuo",
    }
    return {name: value for name, value in given.items() if value}  # there, no value is no label


def remarks(alert: Alert) -> dict[str, str]:
    """Return what people read, in both languages."""
    mark_zh, mark_en = ("【演练】", "EXERCISE: ") if alert.exercise else ("", "")
    given = {
        "summary_zh": f"{mark_zh}{alert.title.zh}",
        "summary_en": f"{mark_en}{alert.title.en}",
        "why_zh": alert.why.zh,
        "why_en": alert.why.en,
        "advice_zh": "；".join(one.zh for one in alert.advice),
        "advice_en": "; ".join(one.en for one in alert.advice),
        "owner_zh": alert.owner.zh,
        "owner_en": alert.owner.en,
        "place": alert.place.name,
        "districts": ",".join(alert.districts),
        "sign_by": (alert.revision.handling or alert).sign_by.isoformat(),
        "version": str(alert.revision.version),
        "change": alert.revision.change,
        "events": str(alert.events),
        "reporters": str(alert.reporters),
        "sources": ",".join(alert.sources),
    }
    return {name: value for name, value in given.items() if value}


class Alertmanager:
    """Raises, renews and resolves there what stands here."""

    def __init__(self, name: str, settings: AlertmanagerSettings, tools: Tools) -> None:
        self.name = name
        self.per_minute = settings.per_minute
        self._url = f"{settings.url.rstrip('/')}/api/v2/alerts"
        self._keep = timedelta(days=settings.keep_days)
        self._now, self._timeout_s = tools.now, settings.timeout_s
        token = tools.secrets["token"].reveal()
        self._headers = {**JSON, "Authorization": f"Bearer {token}"} if token else dict(JSON)
        self._http = Http(settings.timeout_s, [token])

    async def send(self, message: Message) -> Receipt:
        """Send."""
        now = datetime.fromtimestamp(self._now(), UTC)
        posted: list[dict[str, Any]] = []
        async with within(self._timeout_s):
            for alert in message.alerts:
                stands = await self._standing(alert.id)
                posted += _changes(alert, stands, message.links, now, now + self._keep)
            if posted:
                await self._http.post(self._url, msgspec.json.encode(posted), self._headers)
        return Receipt(detail=f"{len(posted)} posted")

    async def _standing(self, alert_id: str) -> list[Stands]:
        """Return what stands there of an alert."""
        filters = [("filter", f'alert_id="{alert_id}"'), ("filter", 'source="fenghuo"')]
        answer = await self._http.exchange(f"{self._url}?{urlencode(filters)}", None, self._headers, "GET")
        self._http.check(answer)
        try:
            found = msgspec.json.decode(answer.body, type=list[_Standing])
        except NO_JSON:
            raise Retryable("GARBAGE") from None
        return [(one.labels, one.startsAt) for one in found]

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.close()


class _Standing(msgspec.Struct):
    """What is read of an alert over there."""

    labels: dict[str, str]
    startsAt: str  # noqa: N815 - as it is called there


def _changes(
    alert: Alert, stands: list[Stands], links: Mapping[str, str], now: datetime, until: datetime
) -> Iterator[dict[str, Any]]:
    """Yield what to post: what holds until further notice, and what does not any more as resolved."""
    mine, said, still_open = labels(alert), remarks(alert), alert.status == "open"
    if still_open:
        yield {
            "labels": mine,
            "annotations": said,
            "startsAt": alert.raised_at.isoformat(),
            "endsAt": until.isoformat(),
            "generatorURL": safe_url(links.get("open", "")),
        }
    for theirs, since in stands:
        if not (still_open and theirs == mine):
            yield {"labels": theirs, "annotations": said, "startsAt": since, "endsAt": now.isoformat()}
