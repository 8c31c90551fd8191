"""How long input has waited for a stage without any progress. Pure: the clock is handed in."""

from __future__ import annotations


class Patience:
    """Since when each stage has had something to do.

    A stage that had nothing to do for an hour has made no progress for an hour, and is well all the same: what counts
    is how long something has been waiting.

    Examples
    --------
    >>> patience = Patience()
    >>> patience.quiet_s("city", waiting=3, progressed_at=0.0, now=3_600.0)
    0.0
    >>> patience.quiet_s("city", waiting=9, progressed_at=0.0, now=3_670.0)
    70.0
    >>> patience.quiet_s("city", waiting=9, progressed_at=3_665.0, now=3_675.0)
    10.0

    """

    def __init__(self) -> None:
        self._since: dict[str, float] = {}

    def quiet_s(self, stage: str, *, waiting: int, progressed_at: float, now: float) -> float:
        """Return for how many seconds records have been waiting for a stage that did nothing.

        Parameters
        ----------
        stage
            Its name.
        waiting
            Records that wait for it.
        progressed_at, now
            When it last did something, and the time, by one clock, seconds.

        """
        if not waiting:
            self._since.pop(stage, None)
            return 0.0
        return now - max(self._since.setdefault(stage, now), progressed_at)
