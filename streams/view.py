"""What a person sees while events turn into alerts: a live screen on a terminal, lines of text elsewhere."""

from __future__ import annotations

from array import array
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live

from rules.alert import Alert
from streams.bulletin import one_line
from streams.language import Voice
from streams.screen import Progress, Screen
from streams.summary import Summary, quantile, summary_table

_FRAMES_PER_S = 5
_LATENCY_EVERY = 20


class View(Protocol):
    """Shows a run; used as a context."""

    latencies: array[float]

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def alert(self, alert: Alert, latency_s: float | None = None) -> None:
        """Show the next version of an alert, that came `latency_s` seconds after the event that caused it."""
        ...

    def progress(self, progress: Progress) -> None:
        """Show how far the run has come."""
        ...

    def note(self, text: str) -> None:
        """Show something the viewer should know."""
        ...

    def summary(self, summary: Summary) -> None:
        """Show the summary, after the end."""
        ...


class LiveView:
    """The screen, drawn anew a few times a second.

    Parameters
    ----------
    console
        A terminal.
    screen
        What is on it.

    """

    def __init__(self, console: Console, screen: Screen) -> None:
        self._console = console
        self._screen = screen
        self._live = Live(screen, console=console, screen=True, refresh_per_second=_FRAMES_PER_S)
        self.latencies = array("d")

    def __enter__(self) -> Self:
        self._live.start(refresh=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def alert(self, alert: Alert, latency_s: float | None = None) -> None:
        """Put a version on the screen."""
        self._screen.take(alert)
        if latency_s is not None:
            self.latencies.append(latency_s)
            if len(self.latencies) % _LATENCY_EVERY == 0 or self._screen.latency is None:
                p50, p99 = quantile(self.latencies, 0.5), quantile(self.latencies, 0.99)
                self._screen.latency = (p50 or 0.0, p99 or 0.0)

    def progress(self, progress: Progress) -> None:
        """Put the figures on the screen."""
        self._screen.reach(progress)

    def note(self, text: str) -> None:
        """Put a word into the header."""
        self._screen.note = text

    def summary(self, summary: Summary) -> None:
        """Print the summary below whatever was on the terminal before."""
        self._console.print(summary_table(summary, self._screen.voice))


class LogView:
    """One line an alert version, for files and pipes.

    Parameters
    ----------
    console
        Where to.
    voice
        Language and city.

    """

    def __init__(self, console: Console, voice: Voice) -> None:
        self._console = console
        self._voice = voice
        self._reached: datetime | None = None
        self._held: list[Alert] = []
        self.latencies = array("d")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._print_held()

    def alert(self, alert: Alert, latency_s: float | None = None) -> None:
        """Print a version; one that is closed, and what comes after it, as soon as event time has been told."""
        if latency_s is not None:
            self.latencies.append(latency_s)
        self._held.append(alert)
        if all(one.status == "open" for one in self._held):
            self._print_held()

    def progress(self, progress: Progress) -> None:
        """Print what waits for its date; the summary has the figures."""
        self._reached = progress.reached_at
        self._print_held()

    def _print_held(self) -> None:
        for alert in self._held:
            self._console.print(one_line(alert, self._voice, self._reached), soft_wrap=True)
        self._held.clear()

    def note(self, text: str) -> None:
        """Print a word."""
        self._console.print(text, soft_wrap=True, style="dim")

    def summary(self, summary: Summary) -> None:
        """Print the summary."""
        self._console.print(summary_table(summary, self._voice))


def open_view(console: Console, voice: Voice, *, city: str, speed: float | None = None, board: str = "") -> View:
    """Return the view that fits: a live screen on a terminal, lines anywhere else."""
    if console.is_terminal:
        return LiveView(console, Screen(voice, city, speed=speed, board=board))
    return LogView(console, voice)
