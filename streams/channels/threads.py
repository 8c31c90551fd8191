"""Runs what blocks beside the event loop, bounded in time; a call that hangs holds up its own channel only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from streams.channels.base import Retryable

T = TypeVar("T")
_AT_ONCE = 4


class Threads:
    """A few threads of one channel.

    Parameters
    ----------
    name
        Of the channel.
    timeout_s
        How long a call may take, waiting for a thread included, seconds.

    """

    def __init__(self, name: str, timeout_s: float) -> None:
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=f"channel-{name}")
        self._timeout_s = timeout_s

    async def run(self, call: Callable[[], T]) -> T:
        """Return what a call returns.

        Raises
        ------
        Retryable
            ``TIMEOUT``; one that has begun goes on for as long as its own limits let it.

        """
        waiting = asyncio.get_running_loop().run_in_executor(self._pool, call)
        try:
            return await asyncio.wait_for(waiting, self._timeout_s)
        except TimeoutError:
            raise Retryable("TIMEOUT") from None

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)
