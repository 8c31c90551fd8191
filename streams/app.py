"""The Faust app of a worker: a consumer group, batched; nothing of Faust's own tables, web or producers is used."""

from __future__ import annotations

from typing import Any

import faust

from streams.login import Login
from streams.settings import Settings

SESSION_S = 10.0
FETCH_RECORDS = 2_000
BATCHES_BUFFERED = 8


class _App(faust.App):  # type: ignore[misc]
    async def on_first_start(self) -> None:
        """Make no folders: without Faust's tables they stay empty, and a worker needs no disk."""


def new_app(settings: Settings) -> Any:  # noqa: ANN401 - faust ships no usable types
    """Return an app of these settings that has no agents yet."""
    return _App(
        settings.group,
        broker=f"fenghuo://{settings.bootstrap}",
        broker_credentials=_credentials(settings.login()),
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        reply_create_topic=False,
        consumer_auto_offset_reset="earliest",
        broker_max_poll_records=FETCH_RECORDS,
        broker_commit_interval=0.5,
        broker_session_timeout=SESSION_S,
        broker_heartbeat_interval=SESSION_S / 4,
        stream_buffer_maxsize=BATCHES_BUFFERED,
        stream_wait_empty=False,
        producer_request_timeout=30.0,
    )


def _credentials(login: Login) -> Any:  # noqa: ANN401 - as above
    """Return what Faust wants to know to get in."""
    context = login.context() if login.security.endswith("ssl") else None
    if login.security.startswith("sasl"):
        return faust.SASLCredentials(
            username=login.user, password=login.password, mechanism=login.mechanism, ssl_context=context
        )
    return None if context is None else faust.SSLCredentials(context)
