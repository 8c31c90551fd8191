"""The Faust app of a worker: a consumer group, batched; nothing of Faust's own tables, web or producers is used."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faust

from streams.errors import ConfigurationError, Fault
from streams.login import Login
from streams.settings import Settings, reason

SESSION_S = 10.0
FETCH_RECORDS = 2_000
BATCHES_BUFFERED = 8


def new_app(settings: Settings, folder: Path) -> Any:  # noqa: ANN401 - faust ships no usable types
    """Return an app that keeps what Faust wants to keep in `folder`."""
    return faust.App(
        settings.group,
        broker=f"fenghuo://{settings.bootstrap}",
        broker_credentials=_credentials(settings.login()),
        datadir=folder,
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


def folder_of(settings: Settings, owner: object) -> tuple[str, Callable[[], object]]:
    """Return the folder Faust may write to, and what removes it.

    Without one in the settings it is made, and goes with its owner or the process, however it ends but by `os._exit` or
    a kill.

    Raises
    ------
    ConfigurationError
        When nothing can be written there.

    """
    folder = settings.data_dir
    try:
        if folder:
            (Path(folder) / "v1").mkdir(parents=True, exist_ok=True)  # as Faust will, with a traceback
            return folder, lambda: None
        folder = tempfile.mkdtemp(prefix="fenghuo-")
    except OSError as error:
        where = "FENGHUO_DATA_DIR" if folder else "TMPDIR"
        said = f"{folder or tempfile.gettempdir()} cannot be written to: {reason(error)}; name a folder that can be"
        raise ConfigurationError([Fault(where, "", said)]) from error
    return folder, weakref.finalize(owner, shutil.rmtree, folder, ignore_errors=True)
