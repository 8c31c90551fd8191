"""`fenghuo dead-letters`: what a person sees of them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text as Styled

from streams.bars import progress
from streams.codec import DeadLetter
from streams.deadletters import count_dead_letters, goes_back, read_dead_letters, resend
from streams.settings import Settings

WARNING = "Original bytes can hold personal data: names, numbers, addresses. Do not paste them anywhere."


def list_letters(settings: Settings, console: Console, *, reason: str | None, limit: int, show_raw: bool) -> int:
    """Print the newest dead letters; return how many there are in all."""
    letters = _read(settings, reason)
    if show_raw:
        console.print(WARNING, style="bold yellow")
    for letter in letters[max(0, len(letters) - limit) :]:
        _print_letter(console, letter, show_raw=show_raw)
    shown = min(limit, len(letters))
    console.print(f"dead letters: {len(letters):,}" + (f", the newest {shown:,} shown" if shown < len(letters) else ""))
    return len(letters)


def _print_letter(console: Console, letter: DeadLetter, *, show_raw: bool) -> None:
    line = Styled.assemble(
        (f"{letter.received_at.astimezone(UTC):%m-%d %H:%M:%S}Z  ", "cyan"),
        f"{letter.where}  ",
        (f"{letter.reason}  ", "red"),
        (f"{letter.path}  ", "bold"),
        letter.message,
    )
    console.print(line, soft_wrap=True)
    if show_raw:
        console.print(
            f"    {letter.original().decode('utf-8', errors='backslashreplace')}", soft_wrap=True, markup=False
        )


def count_letters(settings: Settings, console: Console, *, as_json: bool) -> int:
    """Print the number of dead letters by topic and reason; return how many there are in all."""
    counts = count_dead_letters(_read(settings, None))
    total = counts.total()
    if as_json:
        rows = [{"topic": topic, "reason": reason, "count": n} for (topic, reason), n in sorted(counts.items())]
        console.print(msgspec.json.encode(rows).decode(), soft_wrap=True, markup=False)
        return total
    table = Table("topic", "reason", box=None, padding=(0, 2, 0, 0), header_style="bold", show_footer=True)
    table.add_column("letters", justify="right", footer=f"{total:,}")
    for (topic, reason), n in sorted(counts.items()):
        table.add_row(topic, f"[red]{escape(reason)}", f"{n:,}")
    console.print(table)
    return total


def resend_letters(settings: Settings, console: Console, *, reason: str | None, dry_run: bool) -> int:
    """Send dead letters again, or say which would be; return how many."""
    found = _read(settings, reason)
    letters = [letter for letter in found if goes_back(letter)]
    if dry_run:
        for (topic, why), n in sorted(count_dead_letters(letters).items()):
            console.print(f"would send {n:,} with {why} to {settings.topic(topic)}")
        console.print(f"{len(letters):,} in all; nothing was sent")
    else:
        with progress("sending", len(letters)) as bar:
            fed = resend(letters, settings, lambda fed: bar.update(bar.task_ids[0], completed=fed.rows))
        for topic, n in sorted(fed.by_topic.items()):
            console.print(f"sent {n:,} to {settings.topic(topic)}")
        console.print(f"{fed.rows:,} in all, confirmed by the broker")
    _print_rows(console, found)
    return len(letters)


def _print_rows(console: Console, letters: list[DeadLetter]) -> None:
    """Say which letters cannot be sent again, and what to do with those."""
    for file, n in sorted(Counter(letter.file for letter in letters if letter.file).items()):
        rows = f"{n:,} row{'s' * (n > 1)} of {file}"
        console.print(
            f"{rows} cannot be sent again: no mapping could read them. Mend the file or its mapping, and feed it",
            soft_wrap=True,
            markup=False,
        )
    for letter in letters:
        if not letter.file and not goes_back(letter):
            said = f"{letter.where} is not sent again: declare or publish it anew"
            console.print(said, soft_wrap=True, markup=False)


def _read(settings: Settings, reason: str | None) -> list[DeadLetter]:
    with progress("reading dead letters", None) as bar:
        return list(
            read_dead_letters(
                settings, reason, lambda read, total: bar.update(bar.task_ids[0], completed=read, total=total)
            )
        )
