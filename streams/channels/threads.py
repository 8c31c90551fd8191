"""Runs what blocks beside the event loop, bounded in time; a call that hangs holds up its own channel only.

The threads are daemons: one that a server keeps waiting, a byte now and then, must not keep the process from ending, as
those of `concurrent.futures` would.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

from streams.channels.http import within

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
        self._name = f"channel-{name}"
        self._timeout_s = timeout_s
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def run(self, call: Callable[[], T]) -> T:
        """Return what a call returns.

        Raises
        ------
        Retryable
            ``TIMEOUT``; a call that has begun goes on for as long as its own limits let it, in its thread.

        """
        async with within(self._timeout_s):
            await self._free.acquire()
            return await self._begun(call)

    def _begun(self, call: Callable[[], T]) -> asyncio.Future[T]:
        """Return what will come of a call, which has begun in a thread of its own."""
        loop = asyncio.get_running_loop()
        coming: asyncio.Future[T] = loop.create_future()

        def settle(result: T | None, error: BaseException | None) -> None:
            self._free.release()
            if coming.done():  # nobody waits for it any more
                return
            if error is not None:
                coming.set_exception(error)
            else:
                coming.set_result(result)  # type: ignore[arg-type]

        def work() -> None:
            result, error = None, None
            try:
                result = call()
            except BaseException as raised:  # noqa: BLE001 - it is raised where it is waited for
                error = raised
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits for anything
                loop.call_soon_threadsafe(settle, result, error)

        threading.Thread(target=work, name=self._name, daemon=True).start()
        return coming
